/**
 * Leases on one member: decides as the leader when they end, and brings what clients ask about them to the leader.
 *
 * A renewal is answered only after a round of heartbeats has shown that this member still leads (as for a read, thesis
 * 6.4): whoever leads afterwards gives each lease its full time again, so an answer is never a promise that a new leader
 * breaks. Clients whose leader is lost wait for the next one as long as for a request.
 */
import { LeaseClock, LeaseDeadlines, LeaseIds } from '../lease/index.js';
import type { Clock } from '../platform/index.js';
import { Reason, type Refusal, type StateMachine } from '../state-machine/index.js';
import type { LeaseGrantRequest } from '../wire/index.js';
import type { LeaseResponder, LeaseTimeToLive } from './lease-forwarder.js';
import { LeaseNotices } from './lease-notices.js';
import {
  type LeaseAnswers,
  type LeaseQuestion,
  type RenewalContinuation,
  RenewalQuestion,
  type TimeToLiveContinuation,
  TimeToLiveQuestion,
} from './lease-question.js';
import { REQUEST_TIMEOUT_BASE_MS } from './limits.js';
import type { PeerNetwork } from './peer-network.js';
import type { Proposals } from './proposals.js';
import type { ReadContinuation } from './read-barrier.js';

export interface LeaseKeeperOptions {
  readonly memberId: bigint;
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

export interface LeaseKeeperParts {
  readonly machine: StateMachine;
  readonly clock: Clock;
  readonly proposals: Pick<Proposals, 'add'>;
  /** Asks for a turn, in which what was added is proposed. */
  readonly schedule: () => void;
  readonly readBarrier: (read: ReadContinuation) => void;
  readonly network: Pick<PeerNetwork, 'leases'>;
}

/** Nobody leads. */
const NOBODY = 0n;

export class LeaseKeeper implements LeaseResponder, LeaseAnswers {
  readonly machine: StateMachine;
  readonly deadlines: LeaseDeadlines;
  readonly #options: LeaseKeeperOptions;
  readonly #parts: LeaseKeeperParts;
  readonly #leaseClock: LeaseClock;
  readonly #ids: LeaseIds;
  readonly #notices: LeaseNotices;
  readonly #ttlMin: number;
  readonly #timeoutMs: number;
  #primaryTerm = 0;
  #leader = NOBODY;
  #changesSeen = 0;
  #isFlushScheduled = false;
  #isStopped = false;
  /** Not settled. */
  readonly #questions = new Set<LeaseQuestion>();
  /** Those of them that nobody could be asked. */
  #parked: LeaseQuestion[] = [];
  /** Those of them that wait for an entry to be applied. */
  #waiting: LeaseQuestion[] = [];

  constructor(options: LeaseKeeperOptions, parts: LeaseKeeperParts) {
    const { machine, clock, proposals, schedule } = parts;
    this.#options = options;
    this.#parts = parts;
    this.machine = machine;
    this.#leaseClock = new LeaseClock(clock.now(), options.electionMs);
    this.deadlines = new LeaseDeadlines(machine.lessor, options.electionMs, () =>
      this.#leaseClock.read(clock.now()),
    );
    machine.lessor.listener = this.deadlines;
    this.#ids = new LeaseIds(options.memberId, clock.wallTime());
    this.#notices = new LeaseNotices(this.deadlines, (kind, body, waiter) => {
      proposals.add(kind, body, 0, body.length, waiter);
      schedule();
    });
    this.#timeoutMs = REQUEST_TIMEOUT_BASE_MS + 2 * options.electionMs;
    this.#ttlMin = leaseTtlMin(options);
  }

  /** A grant as it is to be replicated: what the server chooses is chosen here, so that all members agree. */
  prepareGrant(request: LeaseGrantRequest): LeaseGrantRequest {
    return {
      id: request.id === 0n ? this.#ids.next() : request.id,
      ttl: Math.max(request.ttl, this.#ttlMin),
    };
  }

  /** Lets leases begin anew. */
  renew(ids: readonly bigint[], done: RenewalContinuation): void {
    this.#ask(new RenewalQuestion(ids, this.#parts.clock.now(), false, done));
  }

  /** How long a lease lives, and with `withKeys`, which keys go with it. */
  timeToLive(id: bigint, withKeys: boolean, done: TimeToLiveContinuation): void {
    this.#ask(new TimeToLiveQuestion(id, withKeys, this.#parts.clock.now(), false, done));
  }

  renewForPeer(ids: readonly bigint[], done: (ttls: readonly number[] | undefined) => void): void {
    const settle: RenewalContinuation = (answer) => done('message' in answer ? undefined : answer);
    this.#ask(new RenewalQuestion(ids, this.#parts.clock.now(), true, settle));
  }

  timeToLiveForPeer(id: bigint, keys: boolean, done: (answer: LeaseTimeToLive | undefined) => void): void {
    const settle: TimeToLiveContinuation = (answer) => done('message' in answer ? undefined : answer);
    this.#ask(new TimeToLiveQuestion(id, keys, this.#parts.clock.now(), true, settle));
  }

  /** Ids by what is left of the leases, as far as this member knows. */
  leases(): bigint[] {
    return this.deadlines.byDeadline().map(({ id }) => id);
  }

  /**
   * After entries were applied or the leader changed. `primaryTerm` is the term if this member leads and has applied an
   * entry of its own term, else 0.
   */
  update(primaryTerm: number, leader: bigint): void {
    if (leader !== this.#leader) {
      this.#leader = leader;
      this.#leaseClock.hold(leader === NOBODY, this.#parts.clock.now());
      this.#routeParked();
    }
    if (primaryTerm !== this.#primaryTerm) this.#changeRole(primaryTerm);
    if (this.#waiting.length > 0 && this.deadlines.changes !== this.#changesSeen) this.#answerWaiting();
  }

  /** Called at each tick of the member. */
  tick(): void {
    const now = this.#parts.clock.now();
    // Also where nothing asks for the time: a gap between two readings would not count.
    this.#leaseClock.read(now);
    this.#notices.scan();
    if (this.#questions.size === 0) return;
    const oldest = now - this.#timeoutMs;
    for (const question of this.#questions) {
      if (question.isSettled) this.#questions.delete(question);
      else if (question.since <= oldest) this.#give(question, this.#timeoutReason());
    }
    this.#routeParked();
  }

  stop(): void {
    this.#isStopped = true;
    this.#notices.begin(0);
    this.#parked = [];
    this.#waiting = [];
    for (const question of this.#questions) question.fail(Reason.STOPPED);
    this.#questions.clear();
  }

  tell(id: bigint): void {
    this.#notices.tell(id);
    this.#flushSoon();
  }

  revokeSoon(): void {
    this.#flushSoon();
  }

  /** At the end of the turn: what many streams ask in one goes through the log as one. */
  #flushSoon(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#parts.clock.defer(() => {
      this.#isFlushScheduled = false;
      if (this.#isStopped || this.#primaryTerm === 0) return;
      this.#notices.flush();
      this.#notices.scan();
    });
  }

  #changeRole(primaryTerm: number): void {
    this.deadlines.demote();
    this.#primaryTerm = primaryTerm;
    this.#notices.begin(primaryTerm);
    if (primaryTerm > 0) this.deadlines.promote();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const question of waiting) this.#route(question);
  }

  #timeoutReason(): Refusal {
    return this.#leader === NOBODY ? Reason.NO_LEADER : Reason.TIMEOUT;
  }

  #ask(question: LeaseQuestion): void {
    if (this.#isStopped) return question.fail(Reason.STOPPED);
    this.#questions.add(question);
    this.#route(question);
  }

  #give(question: LeaseQuestion, refusal: Refusal): void {
    this.#questions.delete(question);
    question.fail(refusal);
  }

  #route(question: LeaseQuestion): void {
    if (question.isSettled) return;
    const forwarder = this.#parts.network.leases;
    if (this.#leader === this.#options.memberId) {
      this.#parts.readBarrier((refusal) => {
        if (refusal === undefined) this.#answer(question);
        // The leadership that was to be shown may be what is missing.
        else this.#give(question, refusal === Reason.TIMEOUT ? this.#timeoutReason() : refusal);
      });
    } else if (question.isForwarded) {
      this.#give(question, Reason.NOT_LEADER);
    } else if (this.#leader === NOBODY || forwarder === undefined) {
      this.#parked.push(question);
    } else {
      question.forward(forwarder, this.#leader, () => {
        if (!question.isSettled) this.#parked.push(question);
      });
    }
  }

  /** With the leadership shown, unless it was lost since. */
  #answer(question: LeaseQuestion): void {
    if (question.isSettled) return;
    if (this.#primaryTerm === 0) {
      if (question.isForwarded) this.#give(question, Reason.NOT_LEADER);
      else this.#parked.push(question);
    } else if (question.answer(this)) {
      this.#questions.delete(question);
    } else {
      this.#waiting.push(question);
    }
  }

  #answerWaiting(): void {
    this.#changesSeen = this.deadlines.changes;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const question of waiting) this.#answer(question);
  }

  #routeParked(): void {
    if (this.#parked.length === 0) return;
    const parked = this.#parked;
    this.#parked = [];
    for (const question of parked) this.#route(question);
  }
}

/** etcd's shortest time to live: one and a half election time-outs, in whole seconds. */
function leaseTtlMin(options: LeaseKeeperOptions): number {
  const electionTicks = Math.floor(options.electionMs / options.heartbeatMs);
  return Math.ceil((Math.floor((3 * electionTicks) / 2) * options.heartbeatMs) / 1000);
}
