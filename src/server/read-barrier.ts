/**
 * Linearizable reads that wait for a read index (thesis 6.4): one round of heartbeats serves all that arrived before it
 * began; what arrives later waits for the next one. An answer is given from the local state once that has applied the
 * index. Contexts are never used twice, so a late answer cannot release a younger read.
 */
import { Reason, type Refusal } from '../state-machine/index.js';
import { MemberCounters } from './member-counters.js';

/** Called with undefined when the read may be answered from the local state, else with the reason why not. */
export type ReadContinuation = (refusal: Refusal | undefined) => void;

interface WaitingRead {
  readonly read: ReadContinuation;
  readonly since: number;
}

interface Round {
  readonly context: bigint;
  readonly askedAt: number;
  /** Oldest first, as everywhere here. */
  reads: WaitingRead[];
  /** Known once the leader has answered. */
  index: number | undefined;
}

export class ReadBarrier {
  #waiting: WaitingRead[] = [];
  #asked: Round | undefined;
  /** Confirmed, but the state is not there yet. */
  #confirmed: Round[] = [];
  #context: bigint;
  readonly #counters: MemberCounters;

  constructor(firstContext: bigint, counters: MemberCounters = new MemberCounters()) {
    this.#counters = counters;
    this.#context = firstContext;
  }

  /** `now` counts as the moment from which the read waits. */
  add(read: ReadContinuation, now: number): void {
    this.#waiting.push({ read, since: now });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#asked === undefined && this.#confirmed.length === 0;
  }

  /** The context to ask the leader with, if reads wait and no question is open. */
  nextContext(now: number): bigint | undefined {
    if (this.#asked !== undefined || this.#waiting.length === 0) return undefined;
    this.#asked = { context: ++this.#context, askedAt: now, reads: this.#waiting, index: undefined };
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
    this.#counters.failedReadIndexes++;
    this.#requeue(this.#asked);
  }

  #requeue(round: Round): void {
    this.#waiting = [...round.reads, ...this.#waiting];
    this.#asked = undefined;
  }

  /** Asks anew what was asked before `time`: question or answer may be lost, or the leader gone. */
  reask(time: number): void {
    if (this.#asked === undefined || this.#asked.askedAt > time) return;
    this.#counters.slowReadIndexes++;
    this.#requeue(this.#asked);
  }

  /** Answers what the applied state now allows. */
  release(appliedIndex: number): void {
    while (this.#confirmed.length > 0 && this.#confirmed[0]!.index! <= appliedIndex) {
      for (const { read } of this.#confirmed.shift()!.reads) read(undefined);
    }
  }

  /**
   * Gives up reads that have waited `ageMs`, however often their question was asked; and a question that nobody waits
   * for any more, so that the next one can be asked. Called at each tick.
   */
  expire(now: number, ageMs: number): void {
    const expired: WaitingRead[] = [];
    const young = (reads: WaitingRead[]): WaitingRead[] => {
      let cut = 0;
      while (cut < reads.length && reads[cut]!.since <= now - ageMs) expired.push(reads[cut++]!);
      return cut === 0 ? reads : reads.slice(cut);
    };
    for (const round of this.#confirmed) round.reads = young(round.reads);
    if (this.#asked !== undefined) {
      this.#asked.reads = young(this.#asked.reads);
      if (this.#asked.reads.length === 0) this.#asked = undefined;
    }
    this.#waiting = young(this.#waiting);
    this.#counters.slowReadIndexes += expired.length;
    for (const { read } of expired) read(Reason.TIMEOUT);
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
    for (const { read } of reads) read(refusal);
  }
}
