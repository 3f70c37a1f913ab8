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
  /** When the present write began, the first time. */
  #since = 0;
  /** A commit index alone is worth no write: it rides on the next one. */
  #lazyHardState: HardState | undefined;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  /** Runs while the disk is full. */
  #retry: Timer | undefined;
  /** Behind the last write that matters stands one that does not. */
  #isProtected = false;
  /** Something was written since the last look of {@link sealWhenIdle}. */
  #wrote = false;

  constructor(parts: LogWriterParts) {
    this.#parts = parts;
  }

  /** Whether anything that was ordered is not durable yet. */
  get busy(): boolean {
    return this.#busy || this.#waiting.length > 0;
  }

  /** For how long the present write has been under way, a full disk's refusals included; 0 if there is none. */
  stalledMs(now: number): number {
    return this.#busy ? now - this.#since : 0;
  }

  /**
   * Remembers a hard state that need not be durable before anything else happens. It is behind all that was ordered before,
   * and before what is ordered next, with which it is written.
   */
  setLazyHardState(hardState: HardState): void {
    this.#lazyHardState = hardState;
  }

  write(order: WriteOrder): void {
    const lazy = this.#lazyHardState;
    this.#lazyHardState = undefined;
    // What was lazy is older than a hard state of the order's own. Without one it must come with the order: a log that holds
    // a conf change knows of the commit of the change before it, or who starts again would campaign among voters of old.
    const isCarrier = order.hardState === null && lazy !== undefined;
    this.#waiting.push(isCarrier ? { ...order, hardState: lazy } : order);
    if (!this.#busy) this.#start();
  }

  /**
   * Once nothing more comes, writes what was lazy, or else protects the last write: a damaged last frame looks like an
   * unfinished write, unless another one follows it. Called at each tick.
   */
  sealWhenIdle(): void {
    const isIdle = !this.#busy && !this.#wrote && !this.#stopped;
    const lazy = this.#lazyHardState;
    if (isIdle && lazy !== undefined) {
      // Who makes a cluster of one out of this log (`--force-new-cluster`) keeps only what it says is committed. It protects
      // what is before it, and needs no protection itself.
      this.write({ hardState: lazy, entries: [], snapshot: null, append: null });
      this.#isProtected = true;
    } else if (isIdle && !this.#isProtected) {
      this.#parts.wal.seal();
    }
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
    this.#isProtected = false;
    this.#since = this.#parts.clock.now();
    this.#wrote = true;
    let hardState: HardState | undefined;
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
