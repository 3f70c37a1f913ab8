/**
 * Changes of the members, from the request to the conf change entry. What the cluster could not survive is refused here,
 * by what this member sees now (`--strict-reconfig-check`); whether a change is possible at all is decided when it is
 * applied, the same on every member (`state-machine/apply-conf-change.ts`).
 *
 * Raft passes over a conf change while another is not applied yet, and one that is forwarded may get lost. So this member
 * makes one at a time, and again if nothing comes of it: an id is added, promoted and removed once, and a second entry that
 * says the same is refused with nobody waiting.
 */
import {
  type Member as ClusterMember,
  type ConnectedForMs,
  computeMemberId,
  mayAdd,
  mayRemove,
  parsePeerUrls,
  type Sha1,
  type StrictProblem,
} from '../membership/index.js';
import type { Clock, LogSink, Timer } from '../platform/index.js';
import {
  type ConfChange,
  type ConfChangeStep,
  encodeConfChange,
  type Message,
  NOBODY,
  type NodeId,
  type ProposedEntry,
  type RaftNode,
} from '../raft/index.js';
import { type ConfChangeOutcome, Reason, type Refusal, type StateMachine } from '../state-machine/index.js';
import { EMPTY_BYTES } from '../stdx/index.js';
import { MemberChange } from '../wire/index.js';
import {
  HAND_OVER_MS_MAX,
  HAND_OVER_POLL_MS,
  RECONFIGURATION_RETRY_MS,
  RECONFIGURATIONS_MAX,
} from './limits.js';
import type { MemberCounters } from './member-counters.js';
import type { PeerNetwork } from './peer-network.js';
import { PromotionJudge } from './promotion-judge.js';
import type { Proposals } from './proposals.js';

export interface ReconfigurationOptions {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Whether to refuse what would cost the cluster its quorum. */
  readonly strictReconfigCheck: boolean;
  /** Learners that may be there at a time. */
  readonly maxLearners: number;
}

export interface ReconfigurationParts {
  readonly node: RaftNode;
  readonly machine: StateMachine;
  readonly network: PeerNetwork;
  readonly proposals: Proposals;
  readonly clock: Clock;
  readonly sha1: Sha1;
  readonly sink: LogSink;
  readonly counters: MemberCounters;
  /** Has what was proposed be taken up soon. */
  schedule(): void;
  /** Who would lead best in this member's place, if it leads; NOBODY if there is nobody. */
  successor(): NodeId;
}

/** Called when the change is applied on this member, or refused. */
export type ReconfigurationContinuation = (refusal: Refusal | undefined) => void;

interface Order {
  readonly what: 'add' | 'remove' | 'update' | 'promote';
  readonly step: ConfChangeStep;
  readonly context: Partial<MemberChange>;
  readonly check: () => StrictProblem | undefined;
  readonly done: ReconfigurationContinuation;
  isSettled: boolean;
}

const STRICT_REFUSALS: Readonly<Record<StrictProblem, Refusal>> = {
  'not-enough-started': Reason.NOT_ENOUGH_STARTED,
  unhealthy: Reason.UNHEALTHY,
};

/** How etcd's log words it. */
const STRICT_EXPLANATIONS: Readonly<Record<StrictProblem, string>> = {
  'not-enough-started': 'not enough healthy members',
  unhealthy: 'local member has not been connected to all peers, reconfigure breaks active quorum',
};

export class Reconfiguration {
  readonly #options: ReconfigurationOptions;
  readonly #parts: ReconfigurationParts;
  readonly #judge: PromotionJudge;
  /** The first is under way. */
  #orders: Order[] = [];
  #retry: Timer | undefined;
  #stopped: Refusal | undefined;

  constructor(options: ReconfigurationOptions, parts: ReconfigurationParts) {
    this.#options = options;
    this.#parts = parts;
    this.#judge = new PromotionJudge(parts.node, parts.machine, options.strictReconfigCheck);
  }

  /** Adds a member; `done` is told who it is. */
  add(
    peerUrls: readonly string[],
    isLearner: boolean,
    done: (refusal: Refusal | undefined, member: ClusterMember | undefined) => void,
  ): void {
    const urls = parsePeerUrls(peerUrls);
    if (urls === undefined) return done(Reason.MEMBER_BAD_URLS, undefined);
    const { clock, sha1, machine } = this.#parts;
    const id = computeMemberId(sha1, urls, '', Math.floor(clock.wallTime() / 1000));
    const member: ClusterMember = { id, name: '', peerUrls: urls, clientUrls: [], isLearner };
    this.#order({
      what: 'add',
      step: { type: isLearner ? 'add-learner' : 'add-voter', nodeId: id },
      context: { ...member, learnersMax: this.#options.maxLearners },
      check: () => mayAdd(machine.cluster, isLearner, this.#connectedFor()),
      done: (refusal) => done(refusal, refusal === undefined ? member : undefined),
    });
  }

  remove(id: bigint, done: ReconfigurationContinuation): void {
    this.#order({
      what: 'remove',
      step: { type: 'remove', nodeId: id },
      context: { id },
      check: () => mayRemove(this.#parts.machine.cluster, id, this.#connectedFor()),
      done,
    });
  }

  /** Gives a member other peer URLs, as they are: etcd looks at nothing but whether somebody else has one of them. */
  update(id: bigint, peerUrls: readonly string[], done: ReconfigurationContinuation): void {
    this.#order({
      what: 'update',
      step: { type: 'update', nodeId: id },
      context: { id, peerUrls },
      check: () => undefined,
      done,
    });
  }

  /** Makes a voter of a learner that has caught up. */
  promote(id: bigint, done: ReconfigurationContinuation): void {
    this.#order({
      what: 'promote',
      step: { type: 'add-voter', nodeId: id },
      context: { id, isPromotion: true },
      check: () => undefined,
      done: (refusal) => {
        this.#countPromotion(refusal);
        done(refusal);
      },
    });
  }

  #countPromotion(refusal: Refusal | undefined): void {
    const { counters } = this.#parts;
    if (refusal === undefined) {
      counters.promotedLearners++;
      return;
    }
    const { refusedPromotions } = counters;
    refusedPromotions.set(refusal.message, (refusedPromotions.get(refusal.message) ?? 0) + 1);
  }

  /**
   * What a leader takes from this member: the same, with its verdict on promotions. A change may wait among the proposals
   * when nobody waits for it any more.
   */
  judge(entries: readonly ProposedEntry[]): readonly ProposedEntry[] {
    return this.#judge.judge(entries);
  }

  /** {@link judge} for what a follower has forwarded. */
  judgeForwarded(message: Message): Message {
    if (message.kind !== 'propose') return message;
    const entries = this.#judge.judge(message.entries);
    return entries === message.entries ? message : { ...message, entries };
  }

  /** A conf change was applied here. */
  applied(change: ConfChange, outcome: ConfChangeOutcome): void {
    const { refusal } = outcome;
    if (refusal === undefined) this.#log(change);
    const waiter = this.#parts.proposals.take(outcome.requestId);
    if (refusal !== undefined) waiter?.finish(refusal.code, refusal.message);
    else waiter?.reply(EMPTY_BYTES, 0, 0);
  }

  /** The member stops: nothing is begun any more. What is under way is failed with the other proposals. */
  stop(refusal: Refusal): void {
    this.#stopped = refusal;
    this.#retry?.cancel();
    const orders = this.#orders;
    this.#orders = [];
    for (const order of orders) this.#settle(order, refusal);
  }

  #connectedFor(): ConnectedForMs {
    const { clock, network } = this.#parts;
    const now = clock.now();
    return (id) => {
      if (id === this.#options.memberId) return Number.POSITIVE_INFINITY;
      const since = network.connectedSince(id);
      return since === undefined ? undefined : now - since;
    };
  }

  #order(order: Omit<Order, 'isSettled'>): void {
    if (this.#stopped !== undefined) return order.done(this.#stopped);
    if (this.#orders.length >= RECONFIGURATIONS_MAX) return order.done(Reason.TOO_MANY_REQUESTS);
    const accepted = { ...order, isSettled: false };
    this.#orders.push(accepted);
    if (this.#orders.length === 1) this.#begin(accepted);
  }

  #begin(order: Order): void {
    const problem = this.#options.strictReconfigCheck ? order.check() : undefined;
    if (problem === undefined) return this.#makeWay(order);
    const message = `rejecting member ${order.what} request; ${STRICT_EXPLANATIONS[problem]}`;
    this.#parts.sink.log('warn', message, {
      'local-member-id': this.#options.memberId,
      'requested-member-id': order.step.nodeId,
    });
    this.#settle(order, STRICT_REFUSALS[problem]);
  }

  /**
   * A leader that is to be removed hands over first: the others refuse it from the moment they apply its removal, and
   * would find no leader until they miss it. Should that fail, it is removed all the same.
   */
  #makeWay(order: Order): void {
    const { node, clock } = this.#parts;
    const { leader } = node;
    const deadline = clock.now() + HAND_OVER_MS_MAX;
    const successor = leader === node.id ? this.#parts.successor() : node.id;
    if (order.what !== 'remove' || order.step.nodeId !== leader || successor === NOBODY)
      return this.#attempt(order);
    node.step({ kind: 'transfer-leader', to: successor });
    this.#parts.schedule();
    const look = (): void => {
      if (order.isSettled) return;
      const hasMoved = node.leader !== leader && node.leader !== NOBODY;
      if (hasMoved || clock.now() >= deadline) this.#attempt(order);
      else this.#retry = clock.setTimer(HAND_OVER_POLL_MS, look);
    };
    look();
  }

  #attempt(order: Order): void {
    const { proposals, clock } = this.#parts;
    const propose = (requestId: number): Uint8Array => {
      const context = MemberChange.toBytes(MemberChange.create({ ...order.context, requestId }));
      return encodeConfChange({ transition: 'auto', changes: [order.step], context }, true);
    };
    proposals.addConfChange(propose, {
      reply: () => this.#settle(order, undefined),
      finish: (code, message) => this.#settle(order, { code, message }),
      get finished(): boolean {
        return order.isSettled;
      },
    });
    this.#parts.schedule();
    // An update that comes a second time could undo one that somebody else made in between.
    if (order.what === 'update') return;
    this.#retry = clock.setTimer(RECONFIGURATION_RETRY_MS, () => {
      if (!order.isSettled) this.#attempt(order);
    });
  }

  #settle(order: Order, refusal: Refusal | undefined): void {
    if (order.isSettled) return;
    order.isSettled = true;
    const isUnderWay = this.#orders[0] === order;
    if (isUnderWay) {
      this.#retry?.cancel();
      this.#orders.shift();
    }
    const next = this.#orders[0];
    order.done(refusal);
    if (isUnderWay && next !== undefined && next === this.#orders[0]) this.#begin(next);
  }

  /** The lines that etcd writes, which operators and tests look for. */
  #log(change: ConfChange): void {
    const { sink, machine } = this.#parts;
    const ids = { 'cluster-id': this.#options.clusterId, 'local-member-id': this.#options.memberId };
    for (const { type, nodeId } of change.changes) {
      const member = machine.cluster.get(nodeId);
      if (type === 'remove' || member === undefined) {
        sink.log('info', 'removed member', { ...ids, 'removed-remote-peer-id': nodeId });
        continue;
      }
      const isPromotion = MemberChange.decode(change.context).isPromotion;
      const message = type === 'update' ? 'updated member' : isPromotion ? 'promote member' : 'added member';
      sink.log('info', message, {
        ...ids,
        'peer-id': nodeId,
        'peer-urls': member.peerUrls,
        'is-learner': member.isLearner,
      });
    }
  }
}
