/**
 * Linearizable reads without the log (thesis 6.4). A leader notes its commit index as a read arrives, makes sure by a
 * round of heartbeats that it still led after that, and then answers with the noted index.
 *
 * Rounds are numbered within a term. All reads that arrive between two updates share one round, whose number travels in
 * the heartbeats and comes back in their answers; a round that a quorum has answered confirms every earlier one. Since a
 * number is never used twice in a term and answers of other terms are dropped, an old answer cannot release a new read.
 */
import { assert } from '../../stdx/index.js';
import type { NodeId } from '../entry.js';
import { WAITING_READS_MAX } from '../limits.js';
import type { ReadState } from '../update.js';

/** A read this leader was asked to confirm. */
export interface WaitingRead {
  /** Who asked: this node, or the follower that forwarded the request. */
  readonly from: NodeId;
  readonly context: bigint;
  /** The commit index when it was asked. */
  readonly index: number;
  /** Confirmed once a quorum has answered this round. */
  readonly round: number;
}

/** A read that came before this leader had committed an entry of its term. */
export interface PostponedRead {
  readonly from: NodeId;
  readonly context: bigint;
}

export class ReadQueue {
  /** Ascending by round. */
  #waiting: WaitingRead[] = [];
  #postponed: PostponedRead[] = [];
  /** Reads sent to the leader: those of the present and of the previous election time-out. */
  #forwarded = new Set<bigint>();
  #forwardedBefore = new Set<bigint>();
  #forwardedTicks = 0;
  /** The last round whose heartbeats have left in this term. */
  round = 0;
  /** Reads wait for a round that has not begun. */
  roundWanted = false;
  #lastContext = 0n;

  /** For the next update. */
  states: ReadState[] = [];
  dropped: bigint[] = [];

  get full(): boolean {
    const forwarded = this.#forwarded.size + this.#forwardedBefore.size;
    return this.#waiting.length + this.#postponed.length + forwarded >= WAITING_READS_MAX;
  }

  /** Checks that a context of this node is new. */
  useContext(context: bigint): void {
    assert(context > this.#lastContext, 'read contexts ascend');
    this.#lastContext = context;
  }

  wait(from: NodeId, context: bigint, index: number): void {
    this.#waiting.push({ from, context, index, round: this.round + 1 });
    this.roundWanted = true;
  }

  postpone(from: NodeId, context: bigint): void {
    this.#postponed.push({ from, context });
  }

  takePostponed(): readonly PostponedRead[] {
    const postponed = this.#postponed;
    this.#postponed = [];
    return postponed;
  }

  get hasPostponed(): boolean {
    return this.#postponed.length > 0;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Begins the round that reads are waiting for, if any; its heartbeats leave now. */
  beginRound(): void {
    if (!this.roundWanted) return;
    this.roundWanted = false;
    this.round++;
  }

  /** A quorum has answered `round`: takes the reads this confirms. */
  takeConfirmed(round: number): readonly WaitingRead[] {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.round <= round) count++;
    return count === 0 ? [] : this.#waiting.splice(0, count);
  }

  /** Ends the leadership: takes all reads that were not confirmed, and starts rounds anew. */
  takeAll(): readonly PostponedRead[] {
    const all: PostponedRead[] = [...this.#waiting, ...this.#postponed];
    this.#waiting = [];
    this.#postponed = [];
    this.round = 0;
    this.roundWanted = false;
    return all;
  }

  forward(context: bigint): void {
    this.#forwarded.add(context);
  }

  /** Whether an answer to a forwarded read is still waited for; each counts once. */
  takeForwarded(context: bigint): boolean {
    return this.#forwarded.delete(context) || this.#forwardedBefore.delete(context);
  }

  /** The leader changed: nobody may answer the forwarded reads any more. */
  dropForwarded(): void {
    this.dropped.push(...this.#forwardedBefore, ...this.#forwarded);
    this.#forwardedBefore.clear();
    this.#forwarded.clear();
  }

  /** Gives up forwarded reads after one to two times `ticksMax`: request or answer was lost. */
  tickForwarded(ticksMax: number): void {
    if (++this.#forwardedTicks < ticksMax) return;
    this.#forwardedTicks = 0;
    if (this.#forwardedBefore.size > 0) this.dropped.push(...this.#forwardedBefore);
    this.#forwardedBefore = this.#forwarded;
    this.#forwarded = new Set();
  }
}
