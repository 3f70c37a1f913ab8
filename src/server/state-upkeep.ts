/**
 * What becomes of the state after entries were applied: the backend gets it, the log lets go of what the backend has,
 * and compaction removes what nobody can read any more.
 */
import type { Clock } from '../platform/index.js';
import type { Entry, MemoryStorage } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import type { Wal } from '../storage/index.js';
import { BackendFlusher } from './backend-flusher.js';
import { type CompactionContinuation, Compactor, type CompactorOptions } from './compactor.js';
import { LogRetention, type RetentionOptions } from './log-retention.js';
import type { MemberCounters } from './member-counters.js';

export interface UpkeepOptions extends RetentionOptions, CompactorOptions {
  readonly backendBatchMs: number;
  readonly backendBatchLimit: number;
}

export interface UpkeepParts {
  readonly machine: StateMachine;
  readonly log: MemoryStorage;
  readonly wal: Pick<Wal, 'saveSnapshotMarker' | 'releaseTo'>;
  readonly clock: Clock;
  readonly counters: MemberCounters;
}

export interface UpkeepOwner {
  /** See {@link LogRetention}. */
  followersHave(): number;
  /** The backend is durable up to this index. */
  onDurable(index: number): void;
  /** The backend is broken. */
  onFailure(error: Error): void;
}

export class StateUpkeep {
  readonly #flusher: BackendFlusher;
  readonly #retention: LogRetention;
  readonly #compactor: Compactor;

  constructor(options: UpkeepOptions, parts: UpkeepParts, owner: UpkeepOwner) {
    const { machine, clock, log, wal, counters } = parts;
    this.#retention = new LogRetention(log, wal, options, () => owner.followersHave());
    const flush = { batchLimit: options.backendBatchLimit, batchMs: options.backendBatchMs };
    this.#flusher = new BackendFlusher(
      machine,
      clock,
      flush,
      (marker) => {
        this.#retention.noteDurable(marker);
        this.#compactor.noteCommitted();
        owner.onDurable(marker.index);
      },
      (error) => owner.onFailure(error),
      counters,
    );
    this.#compactor = new Compactor(
      machine.store,
      clock,
      options,
      () => this.#flusher.noteChanges(),
      counters,
    );
  }

  /** So far behind that proposals should wait. */
  get isBehind(): boolean {
    return this.#flusher.isBehind;
  }

  /** Bytes of applied entries in memory. */
  get keptLogBytes(): number {
    return this.#retention.keptBytes;
  }

  noteApplied(entries: readonly Entry[]): void {
    this.#retention.noteApplied(entries);
    this.#flusher.noteChanges();
    this.#compactor.noteChanges();
  }

  /** The log will be replaced by a snapshot of this index: its marker is on the way to the disk. */
  noteReplacing(index: number): void {
    this.#retention.noteReplacing(index);
  }

  /** Log, backend and state have been replaced by the snapshot. */
  noteReplaced(index: number): void {
    this.#retention.noteReplaced(index);
    this.#flusher.noteReplaced();
    this.#compactor.noteReplaced();
  }

  /** Calls back once the removal of what was compacted below `revision` is finished and committed. */
  whenCompacted(revision: number, done: CompactionContinuation): void {
    this.#compactor.whenFinished(revision, done);
  }

  /** Begins nothing new. */
  quiesce(): void {
    this.#compactor.stop();
  }

  /** Brings the backend up to date. Nothing is committed, or told of, afterwards. */
  stop(): Promise<void> {
    return this.#flusher.stop();
  }

  /** Commits nothing any more: the state may be half of something. */
  abandon(): void {
    this.#flusher.abandon();
  }
}
