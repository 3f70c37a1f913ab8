/**
 * Decides when the backend commits: at so many changes or bytes, or so long after the first of them. The write-ahead log
 * makes requests durable; a backend commit only bounds how much of the log a restart replays and lets segments go.
 */
import type { Clock, Timer } from '../platform/index.js';
import type { StateMachine } from '../state-machine/index.js';
import type { SnapshotMarker } from '../storage/index.js';
import { BACKEND_BACKLOG_BYTES_MAX, BACKEND_COMMITS_MAX, BACKEND_PENDING_BYTES } from './limits.js';
import { MemberCounters } from './member-counters.js';

export interface FlushOptions {
  readonly batchLimit: number;
  readonly batchMs: number;
}

export class BackendFlusher {
  readonly #machine: StateMachine;
  readonly #clock: Clock;
  readonly #options: FlushOptions;
  readonly #onDurable: (marker: SnapshotMarker) => void;
  readonly #onFailure: (error: Error) => void;
  #timer: Timer | undefined;
  #outstanding = 0;
  #outstandingBytes = 0;
  /** Applied index that the last transaction carries. */
  #handedIndex: number;
  #stopped = false;
  #failed = false;
  readonly #counters: MemberCounters;
  /** Counts the contents that the backend has had. */
  #epoch = 0;
  #onSettled: (() => void) | undefined;

  constructor(
    machine: StateMachine,
    clock: Clock,
    options: FlushOptions,
    onDurable: (marker: SnapshotMarker) => void,
    onFailure: (error: Error) => void,
    counters: MemberCounters = new MemberCounters(),
  ) {
    this.#counters = counters;
    this.#machine = machine;
    this.#clock = clock;
    this.#options = options;
    this.#onDurable = onDurable;
    this.#onFailure = onFailure;
    this.#handedIndex = machine.appliedIndex;
  }

  /** So far behind that proposals should wait. */
  get isBehind(): boolean {
    return this.#outstandingBytes + this.#machine.store.pendingBytes > BACKEND_BACKLOG_BYTES_MAX;
  }

  /** After entries were applied or a compaction has worked. */
  noteChanges(): void {
    const store = this.#machine.store;
    if (store.pendingCount >= this.#options.batchLimit || store.pendingBytes >= BACKEND_PENDING_BYTES) {
      this.#flush();
    } else if (this.#timer === undefined && !this.#stopped && this.#isDirty()) {
      this.#timer = this.#clock.setTimer(this.#options.batchMs, () => {
        this.#timer = undefined;
        this.#flush();
      });
    }
  }

  /** The backend's content was replaced by a state that needs no commit. What is under way concerns the old one. */
  noteReplaced(): void {
    this.#epoch++;
    this.#handedIndex = this.#machine.appliedIndex;
    this.noteChanges();
  }

  /** Commits what is left and waits for all that is under way. Nothing is committed, or told of, afterwards. */
  async stop(): Promise<void> {
    this.#halt();
    if (this.#failed) return;
    if (this.#isDirty()) void this.#commit();
    if (this.#outstanding === 0) return;
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
  }

  /** Commits nothing any more: the state may be half of something. */
  abandon(): void {
    this.#halt();
    this.#failed = true;
    this.#onSettled?.();
  }

  #halt(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#stopped = true;
  }

  #isDirty(): boolean {
    return this.#machine.store.pendingCount > 0 || this.#machine.appliedIndex > this.#handedIndex;
  }

  #flush(): void {
    if (this.#stopped || this.#outstanding >= BACKEND_COMMITS_MAX || !this.#isDirty()) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    void this.#commit();
  }

  async #commit(): Promise<void> {
    const { appliedIndex, appliedTerm, confState, store } = this.#machine;
    const bytes = store.pendingBytes;
    const epoch = this.#epoch;
    const began = this.#clock.now();
    this.#handedIndex = appliedIndex;
    this.#outstanding++;
    this.#outstandingBytes += bytes;
    try {
      await store.flush((tx) => this.#machine.persist(tx));
      this.#counters.commitSeconds.observe((this.#clock.now() - began) / 1000);
      this.#outstanding--;
      this.#outstandingBytes -= bytes;
      if (this.#failed) return;
      this.#onDurable({ index: appliedIndex, term: appliedTerm, confState });
    } catch (error) {
      if (this.#failed) return;
      // What failed was to go into a content that is not there any more.
      if (epoch !== this.#epoch) return this.#noteSettled(bytes);
      this.abandon();
      this.#onFailure(error as Error);
      return;
    }
    this.noteChanges();
    if (this.#stopped && this.#outstanding === 0) this.#onSettled?.();
  }

  #noteSettled(bytes: number): void {
    this.#outstanding--;
    this.#outstandingBytes -= bytes;
    if (this.#stopped && this.#outstanding === 0) this.#onSettled?.();
  }
}
