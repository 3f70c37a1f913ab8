import type { EventPieces } from './event-pieces.js';

/**
 * A watcher is a cursor over the revisions: it has seen all matching events below `next`, and none at or above it.
 *
 * Its state says who moves the cursor:
 * - SYNCED: it sits at the front. The live distribution hands it each new event; `next` is only a lower bound then
 *   (a start in the future, or what a catch-up already gave it).
 * - LAGGING: the catch-up reads for it.
 * - PARKED: its reader is congested; nobody works for it until the reader drains, then it is LAGGING.
 * - COMPACTED: what it needed is gone. It stays known to its stream until the client cancels it.
 * - CANCELLED: over.
 */
export const WatcherState = { SYNCED: 0, LAGGING: 1, PARKED: 2, COMPACTED: 3, CANCELLED: 4 } as const;
export type WatcherState = (typeof WatcherState)[keyof typeof WatcherState];

/** One stream to a client, shared by its watchers. */
export interface WatchReader {
  /** False while the client reads too slowly; nothing is delivered until the store's `resume(reader)`. */
  readonly ready: boolean;
  /** Bytes that would leave at once; more would have to be kept for it. Undefined if that is not known. */
  readonly roomBytes?: number;
}

/** Where one watcher's responses go. Called only while the reader is ready. */
export interface WatchSink {
  readonly reader: WatchReader;
  /**
   * One response: all its matching events between the last one and `revision` as the watcher catches up, or those of
   * the single revision `revision` when it is live. `events` is read during the call.
   */
  deliver(revision: number, events: EventPieces): void;
  /** The watcher needs revisions below `compactRevision`, which are gone. Nothing follows. */
  compacted(compactRevision: number): void;
}

export interface WatchSpec {
  /** Not empty. Key and range end are kept: they must not change. */
  readonly key: Uint8Array;
  /** Empty: the key alone. A single zero byte: all keys from `key` on. Else greater than `key`, and excluded. */
  readonly rangeEnd: Uint8Array;
  /** The first revision wanted; 0 for whatever comes next. */
  readonly startRevision: number;
  /** `EVENT_PUT | EVENT_DELETE`, less what is filtered out. */
  readonly eventMask: number;
  readonly prevKv: boolean;
}

export class Watcher {
  readonly spec: WatchSpec;
  readonly sink: WatchSink;
  state: WatcherState = WatcherState.CANCELLED;
  next: number;
  /**
   * Events of the segment at hand that are to be delivered. As long as they follow one another, which is usual, the first
   * of them says it all; of a thousand watchers each has a list otherwise.
   */
  pendingCount = 0;
  #firstPending = 0;
  #pending: number[] | undefined;
  /** The last step of the live distribution that has handed it anything. */
  step = 0;
  /** The catch-up batch it takes part in. */
  cohort = 0;
  /** Its place in the list of the watchers of its key or range. */
  slot = -1;

  constructor(spec: WatchSpec, sink: WatchSink, next: number) {
    this.spec = spec;
    this.sink = sink;
    this.next = next;
  }

  /** True if this is the first pending event. */
  addPending(index: number): boolean {
    const count = this.pendingCount++;
    if (count === 0) this.#firstPending = index;
    else if (this.#pending !== undefined) this.#pending.push(index);
    else if (index !== this.#firstPending + count) {
      this.#pending = Array.from({ length: count }, (_, i) => this.#firstPending + i);
      this.#pending.push(index);
    }
    return count === 0;
  }

  /** The pending event `i`. */
  pendingAt(i: number): number {
    return this.#pending === undefined ? this.#firstPending + i : this.#pending[i]!;
  }

  clearPending(): void {
    this.#pending = undefined;
    this.pendingCount = 0;
  }
}
