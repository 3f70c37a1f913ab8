/** What is asked of the leader about leases, on its way to whoever can answer. */
import type { LeaseDeadlines } from '../lease/index.js';
import { keysOfLease, type Refusal, type StateMachine } from '../state-machine/index.js';
import type { LeaseForwarder, LeaseTimeToLive } from './lease-forwarder.js';

/** What a question needs of the leader's side. */
export interface LeaseAnswers {
  readonly machine: StateMachine;
  readonly deadlines: LeaseDeadlines;
  /** The others must hear of a renewal before the client does. */
  tell(id: bigint): void;
  /** A lease has ended that somebody waits for. */
  revokeSoon(): void;
}

export interface LeaseQuestion {
  /** When it was asked, on the member's clock. */
  readonly since: number;
  /** Asked by another member: not to be sent on again. */
  readonly isForwarded: boolean;
  /** Has been answered or given up. */
  readonly isSettled: boolean;
  /** Answers on the leader. False if something must be applied first: it is asked again then. */
  answer(leader: LeaseAnswers): boolean;
  /** Sends it to the leader; `failed` is called if no answer came. */
  forward(forwarder: LeaseForwarder, leader: bigint, failed: () => void): void;
  fail(refusal: Refusal): void;
}

/** By position: seconds granted, 0 for a lease that is gone. */
export type RenewalContinuation = (answer: readonly number[] | Refusal) => void;

/** Renews leases in order; the answer comes when all are settled. */
export class RenewalQuestion implements LeaseQuestion {
  readonly since: number;
  readonly isForwarded: boolean;
  isSettled = false;
  readonly #ids: readonly bigint[];
  readonly #ttls: number[] = [];
  /** Positions without an answer yet. */
  #open: number[];
  readonly #done: RenewalContinuation;

  constructor(ids: readonly bigint[], since: number, isForwarded: boolean, done: RenewalContinuation) {
    this.#ids = ids;
    this.since = since;
    this.isForwarded = isForwarded;
    this.#done = done;
    this.#open = ids.map((_id, at) => at);
  }

  answer(leader: LeaseAnswers): boolean {
    const open = this.#open;
    const stillOpen: number[] = [];
    for (const at of open) {
      const id = this.#ids[at]!;
      const status = leader.deadlines.renew(id);
      if (status === 'renewed') this.#ttls[at] = leader.machine.lessor.get(id)!.ttl;
      else if (status === 'unknown') this.#ttls[at] = 0;
      else stillOpen.push(at);
      if (status === 'untold') leader.tell(id);
      else if (status === 'ended') leader.revokeSoon();
    }
    this.#open = stillOpen;
    if (stillOpen.length > 0) return false;
    this.#settle(this.#ttls);
    return true;
  }

  forward(forwarder: LeaseForwarder, leader: bigint, failed: () => void): void {
    forwarder.renew(leader, this.#ids, (ttls) => {
      if (ttls === undefined) failed();
      else this.#settle(ttls);
    });
  }

  fail(refusal: Refusal): void {
    this.#settle(refusal);
  }

  #settle(answer: readonly number[] | Refusal): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#done(answer);
  }
}

export type TimeToLiveContinuation = (answer: LeaseTimeToLive | Refusal) => void;

const NO_LEASE: LeaseTimeToLive = { ttl: -1, grantedTtl: 0, keys: [] };

export class TimeToLiveQuestion implements LeaseQuestion {
  readonly since: number;
  readonly isForwarded: boolean;
  isSettled = false;
  readonly #id: bigint;
  readonly #withKeys: boolean;
  readonly #done: TimeToLiveContinuation;

  constructor(
    id: bigint,
    withKeys: boolean,
    since: number,
    isForwarded: boolean,
    done: TimeToLiveContinuation,
  ) {
    this.#id = id;
    this.#withKeys = withKeys;
    this.since = since;
    this.isForwarded = isForwarded;
    this.#done = done;
  }

  answer(leader: LeaseAnswers): boolean {
    const { machine, deadlines } = leader;
    const lease = machine.lessor.get(this.#id);
    if (lease === undefined) {
      this.#settle(NO_LEASE);
      return true;
    }
    this.#settle({
      ttl: Math.trunc(deadlines.remainingMs(lease) / 1000),
      grantedTtl: lease.ttl,
      keys: this.#withKeys ? keysOfLease(machine.store, lease) : [],
    });
    return true;
  }

  forward(forwarder: LeaseForwarder, leader: bigint, failed: () => void): void {
    forwarder.timeToLive(leader, this.#id, this.#withKeys, (answer) => {
      if (answer === undefined) failed();
      else this.#settle(answer);
    });
  }

  fail(refusal: Refusal): void {
    this.#settle(refusal);
  }

  #settle(answer: LeaseTimeToLive | Refusal): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#done(answer);
  }
}
