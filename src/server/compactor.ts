/**
 * Removes in slices what a compaction made unreadable, so that no request waits for it: `compaction-batch-limit`
 * records, a pause, and so on.
 */
import type { Store } from '../mvcc/index.js';
import type { Clock, Timer } from '../platform/index.js';
import { Reason, type Refusal } from '../state-machine/index.js';
import { MemberCounters } from './member-counters.js';

export interface CompactorOptions {
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
}

/** Called with undefined once the removal is durable, else with the reason why that is not known. */
export type CompactionContinuation = (refusal: Refusal | undefined) => void;

export class Compactor {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #options: CompactorOptions;
  readonly #onChanges: () => void;
  #timer: Timer | undefined;
  #seenRevision: number;
  #working: boolean;
  #waiting: { readonly revision: number; readonly done: CompactionContinuation }[] = [];
  #stopped = false;
  readonly #counters: MemberCounters;
  /** When the work at hand began; undefined if there is none. */
  #beganAt: number | undefined;

  constructor(
    store: Store,
    clock: Clock,
    options: CompactorOptions,
    onChanges: () => void,
    counters: MemberCounters = new MemberCounters(),
  ) {
    this.#counters = counters;
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
    this.#onChanges = onChanges;
    this.#seenRevision = -2;
    this.#working = true;
  }

  /** After entries were applied: a compaction may be among them. */
  noteChanges(): void {
    if (this.#store.compactedRevision === this.#seenRevision) return;
    this.#seenRevision = this.#store.compactedRevision;
    this.#working = true;
    this.#arm();
  }

  /** The store has another content, with compactions of its own. */
  noteReplaced(): void {
    this.#seenRevision = this.#store.compactedRevision;
    this.#working = true;
    this.#arm();
    this.noteCommitted();
  }

  whenFinished(revision: number, done: CompactionContinuation): void {
    if (this.#stopped) {
      done(Reason.STOPPED);
      return;
    }
    this.#waiting.push({ revision, done });
    this.noteCommitted();
  }

  /** The backend has committed: removals may be durable now. */
  noteCommitted(): void {
    if (this.#waiting.length === 0) return;
    const finished = this.#store.finishedCompactRevision;
    const due = this.#waiting.filter((waiting) => waiting.revision <= finished);
    this.#waiting = this.#waiting.filter((waiting) => waiting.revision > finished);
    for (const { done } of due) done(undefined);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { done } of waiting) done(Reason.STOPPED);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped || !this.#working) return;
    this.#timer = this.#clock.setTimer(this.#options.compactionSleepMs, () => {
      this.#timer = undefined;
      this.#work();
      this.#onChanges();
      this.#arm();
    });
  }

  #work(): void {
    const { compactedRecords } = this.#store.counters;
    const began = this.#clock.now();
    this.#beganAt ??= began;
    this.#working = this.#store.compactSome(this.#options.compactionBatchLimit);
    const now = this.#clock.now();
    const hasWorked = this.#store.counters.compactedRecords > compactedRecords;
    if (this.#working || hasWorked) this.#counters.compactionPauseMs.observe(now - began);
    if (this.#working) return;
    if (hasWorked || this.#beganAt < began) {
      this.#counters.compactionTotalMs.observe(now - this.#beganAt);
      this.#counters.compactedAt = this.#clock.wallTime();
    }
    this.#beganAt = undefined;
  }
}
