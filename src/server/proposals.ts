/**
 * Requests on their way through the log: gathered into batches for raft, then remembered under their sequence until
 * they are applied here, refused, or too old.
 */
import { EntryKind, type ProposedEntry } from '../raft/index.js';
import { Reason, type Refusal } from '../state-machine/index.js';
import type { Credentials, RequestKind } from '../wire/index.js';
import { EntrySlab } from './entry-slab.js';
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, PROPOSAL_BYTES_MAX } from './limits.js';
import { MemberCounters } from './member-counters.js';
import type { Waiter } from './waiter.js';

/** A request that has not been given to raft. */
interface QueuedProposal extends ProposedEntry {
  /** Its own; of what was adopted one that tells its age. */
  readonly requestId: number;
  /** Of what was adopted. */
  readonly uselessFrom?: number;
}

/** Ids up to `requestId` were given out before `time`. */
interface AgeMark {
  readonly time: number;
  readonly requestId: number;
}

export class Proposals {
  readonly #slab = new EntrySlab();
  #queue: QueuedProposal[] = [];
  #queueHead = 0;
  #queuedBytes = 0;
  /** By request id; ids ascend, so the oldest stands first. */
  readonly #waiting = new Map<number, Waiter>();
  readonly #counters: MemberCounters;
  #lastId: number;
  #marks: AgeMark[] = [];

  /**
   * Ids ascend from `baseId`, a random number below 2^52 that is drawn at each start: ids of other members and of
   * earlier runs, which stand in the same log, must not meet a request that waits here.
   */
  constructor(baseId: number, counters: MemberCounters = new MemberCounters()) {
    this.#counters = counters;
    counters.pendingProposals = () => this.#waiting.size;
    this.#lastId = baseId;
  }

  get queuedCount(): number {
    return this.#queue.length - this.#queueHead;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Queues a request for the next batch. Refuses, by the waiter, what would exceed the bound. */
  add(
    kind: RequestKind,
    body: Uint8Array,
    start: number,
    end: number,
    waiter: Waiter | undefined,
    credentials?: Credentials,
  ): void {
    if (this.#queuedBytes > PROPOSAL_BYTES_MAX) {
      waiter?.finish(Reason.TOO_MANY_REQUESTS.code, Reason.TOO_MANY_REQUESTS.message);
      return;
    }
    const requestId = ++this.#lastId;
    const data = this.#slab.encode(kind, requestId, credentials, body, start, end);
    this.#queuedBytes += data.length;
    this.#queue.push({ kind: EntryKind.NORMAL, data, requestId });
    if (waiter !== undefined) this.#waiting.set(requestId, waiter);
  }

  /** Queues a conf change as `encode` makes it of its request id. Not bounded: whoever proposes these has a bound. */
  addConfChange(encode: (requestId: number) => Uint8Array, waiter: Waiter): void {
    const requestId = ++this.#lastId;
    const data = encode(requestId);
    this.#queuedBytes += data.length;
    this.#queue.push({ kind: EntryKind.CONF_CHANGE, data, requestId });
    this.#waiting.set(requestId, waiter);
  }

  /**
   * Queues what another member has forwarded and raft did not take, to be passed on: nobody waits here, and nobody else will
   * propose it again. It is dropped if that has not happened by `uselessFrom`, or if there is no room.
   */
  adopt(entries: readonly ProposedEntry[], uselessFrom: number): void {
    for (const { kind, data } of entries) {
      if (this.#queuedBytes > PROPOSAL_BYTES_MAX) return;
      this.#queuedBytes += data.length;
      this.#queue.push({ kind, data, requestId: ++this.#lastId, uselessFrom });
    }
  }

  /** The next batch, in order; empty if nothing waits. */
  takeBatch(): QueuedProposal[] {
    const queue = this.#queue;
    let cut = this.#queueHead;
    let bytes = 0;
    while (cut < queue.length && cut - this.#queueHead < BATCH_ENTRIES_MAX && bytes < BATCH_BYTES_MAX) {
      bytes += queue[cut]!.data.length;
      cut++;
    }
    this.#queuedBytes -= bytes;
    if (cut === queue.length) {
      const batch = this.#queueHead === 0 ? queue : queue.slice(this.#queueHead);
      this.#queue = [];
      this.#queueHead = 0;
      return batch;
    }
    const batch = queue.slice(this.#queueHead, cut);
    this.#queueHead = cut;
    return batch;
  }

  /** Puts a batch back to the front: raft would not have it now. */
  putBack(batch: readonly QueuedProposal[]): void {
    for (const entry of batch) this.#queuedBytes += entry.data.length;
    this.#queue = [...batch, ...this.#queue.slice(this.#queueHead)];
    this.#queueHead = 0;
  }

  /** Who waits for the request that was just applied; forgets him. */
  take(requestId: number): Waiter | undefined {
    const waiter = this.#waiting.get(requestId);
    if (waiter !== undefined) this.#waiting.delete(requestId);
    return waiter;
  }

  /**
   * Gives up requests that were added more than `ageMs` before `now`, for the reason that holds for those made at a time.
   * What raft has not been given is forgotten with its waiter: it must not be carried out later, over what others have done
   * since. Called at each tick.
   */
  expire(now: number, ageMs: number, reasonFor: (since: number) => Refusal): void {
    let old = 0;
    let since = now;
    while (this.#marks.length > 0 && this.#marks[0]!.time <= now - ageMs) {
      const mark = this.#marks.shift()!;
      old = mark.requestId;
      since = mark.time;
    }
    if (this.#waiting.size > 0 || this.queuedCount > 0) {
      this.#marks.push({ time: now, requestId: this.#lastId });
    }
    if (old > 0) this.#refuseUpTo(old, reasonFor(since));
    if (this.queuedCount > 0) this.#forgetQueued(old, now);
  }

  #refuseUpTo(old: number, refusal: Refusal): void {
    for (const [requestId, waiter] of this.#waiting) {
      if (requestId > old) return;
      this.#waiting.delete(requestId);
      this.#counters.failedProposals++;
      waiter.finish(refusal.code, refusal.message);
    }
  }

  /** Drops from the queue what is too old, and what nobody waits for any more. */
  #forgetQueued(old: number, now: number): void {
    const kept: QueuedProposal[] = [];
    for (let at = this.#queueHead; at < this.#queue.length; at++) {
      const entry = this.#queue[at]!;
      const hasGone = this.#waiting.get(entry.requestId)?.finished === true;
      if (hasGone) {
        this.#waiting.delete(entry.requestId);
        this.#counters.failedProposals++;
      }
      const isUseless = entry.uselessFrom !== undefined && entry.uselessFrom <= now;
      if (hasGone || isUseless || entry.requestId <= old) this.#queuedBytes -= entry.data.length;
      else kept.push(entry);
    }
    this.#queue = kept;
    this.#queueHead = 0;
  }

  /** Gives up everything: the member stops. */
  failAll(refusal: Refusal): void {
    this.#queue = [];
    this.#queueHead = 0;
    this.#queuedBytes = 0;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#counters.failedProposals += waiting.length;
    for (const waiter of waiting) waiter.finish(refusal.code, refusal.message);
  }
}
