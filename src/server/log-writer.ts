/**
 * Brings raft's log to the disk in the order of the updates, one write at a time: what is ordered while a write is under
 * way goes into the next one (group commit).
 */
import type { AppendWork, Entry, HardState } from '../raft/index.js';
import type { Wal } from '../storage/index.js';

/** One update's share of a write. */
export interface WriteOrder {
  readonly hardState: HardState | null;
  readonly entries: readonly Entry[];
  readonly append: AppendWork | null;
}

/** The part of the log that the writer needs. */
export type DurableLog = Pick<Wal, 'append'>;

export class LogWriter {
  readonly #wal: DurableLog;
  readonly #onDurable: (orders: readonly WriteOrder[]) => void;
  readonly #onFailure: (error: Error) => void;
  #waiting: WriteOrder[] = [];
  #writing: WriteOrder[] = [];
  #busy = false;
  /** A commit index alone is worth no write: it rides on the next one. */
  #lazyHardState: HardState | undefined;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(
    wal: DurableLog,
    onDurable: (orders: readonly WriteOrder[]) => void,
    onFailure: (error: Error) => void,
  ) {
    this.#wal = wal;
    this.#onDurable = onDurable;
    this.#onFailure = onFailure;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Remembers a hard state that need not be durable for safety. */
  setLazyHardState(hardState: HardState): void {
    this.#lazyHardState = hardState;
  }

  write(order: WriteOrder): void {
    this.#waiting.push(order);
    if (!this.#busy) this.#start();
  }

  /** Resolves when nothing is under way; then no write starts any more. */
  stop(): Promise<void> {
    this.#stopped = true;
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #start(): void {
    if (this.#waiting.length === 0 || this.#stopped) return;
    this.#writing = this.#waiting;
    this.#waiting = [];
    this.#busy = true;
    let hardState: HardState | undefined = this.#lazyHardState;
    this.#lazyHardState = undefined;
    let entries: readonly Entry[] = [];
    for (const order of this.#writing) {
      if (order.hardState !== null) hardState = order.hardState;
      if (order.entries.length > 0) entries = joinEntries(entries, order.entries);
    }
    this.#wal.append(hardState, entries, this.#done);
  }

  readonly #done = (error?: Error): void => {
    const orders = this.#writing;
    this.#writing = [];
    this.#busy = false;
    if (error !== undefined) {
      this.#stopped = true;
      this.#onIdle?.();
      this.#onFailure(error);
      return;
    }
    this.#onDurable(orders);
    if (!this.#busy) this.#start();
    if (!this.#busy) this.#onIdle?.();
  };
}

/** The log after both appends: later entries overwrite earlier ones from their first index on. */
function joinEntries(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  if (before.length === 0) return after;
  const first = after[0]!.index;
  const kept = before.filter((entry) => entry.index < first);
  return kept.length === 0 ? after : [...kept, ...after];
}
