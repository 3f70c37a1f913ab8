/**
 * Brings raft's log to the disk in the order of the updates, one write at a time: what is ordered while a write is under
 * way goes into the next one (group commit).
 */
import { type Clock, DiskError, type LogSink, type Timer } from '../platform/index.js';
import type { AppendWork, Entry, HardState, Snapshot } from '../raft/index.js';
import type { SnapshotMarker, Wal } from '../storage/index.js';
import { DISK_FULL_RETRY_MS } from './limits.js';
import type { MemberCounters } from './member-counters.js';

/** One update's share of a write. */
export interface WriteOrder {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  /** Replaces the log before it; there are no entries then. */
  readonly snapshot: Snapshot | null;
  readonly append: AppendWork | null;
}

/** The part of the log that the writer needs. */
export type DurableLog = Pick<Wal, 'append' | 'seal' | 'failure'>;

export interface LogWriterParts {
  readonly wal: DurableLog;
  readonly clock: Clock;
  readonly sink: LogSink;
  readonly counters: MemberCounters;
  readonly onDurable: (orders: readonly WriteOrder[]) => void;
  /** The log is broken: nothing may be acknowledged any more. */
  readonly onFailure: (error: Error) => void;
}

export class LogWriter {
  readonly #parts: LogWriterParts;
  #waiting: WriteOrder[] = [];
  #writing: WriteOrder[] = [];
  #busy = false;
  /** A commit index alone is worth no write: it rides on the next one. */
  #lazyHardState: HardState | undefined;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  /** Runs while the disk is full. */
  #retry: Timer | undefined;
  /** Something was written since the last look of {@link sealWhenIdle}. */
  #wrote = false;

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  /** Whether anything that was ordered is not durable yet. */
  get busy(): boolean {
    return this.#busy || this.#waiting.length > 0;
  }

  /** Remembers a hard state that need not be durable for safety. */
  setLazyHardState(hardState: HardState): void {
    this.#lazyHardState = hardState;
  }

  write(order: WriteOrder): void {
    // What was lazy is older, and must not be written behind it: that would take a vote or a term back.
    if (order.hardState !== null) this.#lazyHardState = undefined;
    this.#waiting.push(order);
    if (!this.#busy) this.#start();
  }

  /**
   * Protects the last write once nothing more comes: a damaged last frame looks like an unfinished write, unless
   * another one follows it. Called at each tick.
   */
  sealWhenIdle(): void {
    if (!this.#busy && !this.#wrote && !this.#stopped) this.#parts.wal.seal();
    this.#wrote = false;
  }

  /** Resolves when nothing is under way; then no write starts any more. */
  stop(): Promise<void> {
    this.#stopped = true;
    if (this.#retry !== undefined) {
      this.#retry.cancel();
      this.#busy = false;
    }
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #start(): void {
    if (this.#waiting.length === 0 || this.#stopped) return;
    this.#takeTogether();
    this.#busy = true;
    this.#wrote = true;
    let hardState: HardState | undefined;
    // It may speak of entries that were ordered last: it must not come before them.
    if (this.#waiting.length === 0) {
      hardState = this.#lazyHardState;
      this.#lazyHardState = undefined;
    }
    let entries: readonly Entry[] = [];
    for (const order of this.#writing) {
      if (order.hardState !== null) hardState = order.hardState;
      if (order.entries.length > 0) entries = joinEntries(entries, order.entries);
    }
    const { snapshot } = this.#writing[0]!;
    const marker: SnapshotMarker | undefined = snapshot ?? undefined;
    this.#append(hardState, entries, marker);
  }

  /** What one write can hold: a snapshot goes alone, since what comes before and after it is not one log. */
  #takeTogether(): void {
    const waiting = this.#waiting;
    const at = waiting.findIndex(({ snapshot }) => snapshot !== null);
    this.#writing = waiting;
    this.#waiting = [];
    if (at >= 0) this.#waiting = this.#writing.splice(Math.max(at, 1));
  }

  #append(
    hardState: HardState | undefined,
    entries: readonly Entry[],
    marker: SnapshotMarker | undefined,
  ): void {
    const { wal, clock, counters } = this.#parts;
    const began = clock.now();
    const done = (error?: Error): void => {
      counters.logWriteSeconds.observe((clock.now() - began) / 1000);
      if (error === undefined) this.#finish();
      else if (this.#isDiskFull(error)) this.#tryAgain(hardState, entries, marker, error);
      else this.#fail(error);
    };
    wal.append(hardState, entries, done, marker);
  }

  #finish(): void {
    const orders = this.#writing;
    this.#writing = [];
    this.#busy = false;
    this.#parts.onDurable(orders);
    if (!this.#busy) this.#start();
    if (!this.#busy) this.#onIdle?.();
  }

  /** No room for another segment, and nothing written: the log is whole, and the same write may be tried again. */
  #isDiskFull(error: Error): boolean {
    return this.#parts.wal.failure === undefined && error instanceof DiskError && error.code === 'ENOSPC';
  }

  /** Requests wait meanwhile, and time out if it lasts; reads go on. */
  #tryAgain(
    hardState: HardState | undefined,
    entries: readonly Entry[],
    marker: SnapshotMarker | undefined,
    error: Error,
  ): void {
    if (this.#stopped) {
      this.#busy = false;
      this.#onIdle?.();
      return;
    }
    this.#parts.sink.log('warn', 'the disk is full; the log tries again', { error: error.message });
    this.#retry = this.#parts.clock.setTimer(DISK_FULL_RETRY_MS, () => {
      this.#retry = undefined;
      this.#append(hardState, entries, marker);
    });
  }

  #fail(error: Error): void {
    this.#writing = [];
    this.#busy = false;
    this.#stopped = true;
    this.#onIdle?.();
    this.#parts.onFailure(error);
  }
}

/** The log after both appends: later entries overwrite earlier ones from their first index on. */
function joinEntries(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  if (before.length === 0) return after;
  const first = after[0]!.index;
  const kept = before.filter((entry) => entry.index < first);
  return kept.length === 0 ? after : [...kept, ...after];
}
