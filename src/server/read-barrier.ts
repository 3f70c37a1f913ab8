/**
 * Linearizable reads that wait for a read index (thesis 6.4): one round of heartbeats serves all that arrived before it
 * began; what arrives later waits for the next one. An answer is given from the local state once that has applied the
 * index. Contexts are never used twice, so a late answer cannot release a younger read.
 */
import { Reason, type Refusal } from '../state-machine/index.js';

/** Called with undefined when the read may be answered from the local state, else with the reason why not. */
export type ReadContinuation = (refusal: Refusal | undefined) => void;

interface Round {
  readonly context: bigint;
  readonly startedAt: number;
  readonly reads: ReadContinuation[];
  /** Known once the leader has answered. */
  index: number | undefined;
}

export class ReadBarrier {
  #waiting: ReadContinuation[] = [];
  #asked: Round | undefined;
  /** Confirmed, but the state is not there yet. */
  #confirmed: Round[] = [];
  #context: bigint;

  constructor(firstContext: bigint) {
    this.#context = firstContext;
  }

  add(read: ReadContinuation): void {
    this.#waiting.push(read);
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#asked === undefined && this.#confirmed.length === 0;
  }

  /** The context to ask the leader with, if reads wait and no question is open. */
  nextContext(now: number): bigint | undefined {
    if (this.#asked !== undefined || this.#waiting.length === 0) return undefined;
    this.#asked = { context: ++this.#context, startedAt: now, reads: this.#waiting, index: undefined };
    this.#waiting = [];
    return this.#context;
  }

  /** The leader's answer. Answers to questions that were given up are ignored. */
  confirm(context: bigint, index: number): void {
    if (this.#asked?.context !== context) return;
    this.#asked.index = index;
    this.#confirmed.push(this.#asked);
    this.#asked = undefined;
  }

  /** The question was dropped: ask again, under a new context. */
  drop(context: bigint): void {
    if (this.#asked?.context !== context) return;
    this.#waiting = [...this.#asked.reads, ...this.#waiting];
    this.#asked = undefined;
  }

  /** Answers what the applied state now allows. */
  release(appliedIndex: number): void {
    while (this.#confirmed.length > 0 && this.#confirmed[0]!.index! <= appliedIndex) {
      for (const read of this.#confirmed.shift()!.reads) read(undefined);
    }
  }

  /** Gives up a question that is older than `ageMs`. Called at each tick. */
  expire(now: number, ageMs: number): void {
    if (this.#asked === undefined || this.#asked.startedAt > now - ageMs) return;
    const { reads } = this.#asked;
    this.#asked = undefined;
    for (const read of reads) read(Reason.TIMEOUT);
  }

  failAll(refusal: Refusal): void {
    const reads = [
      ...this.#confirmed.flatMap((round) => round.reads),
      ...(this.#asked?.reads ?? []),
      ...this.#waiting,
    ];
    this.#confirmed = [];
    this.#asked = undefined;
    this.#waiting = [];
    for (const read of reads) read(refusal);
  }
}
