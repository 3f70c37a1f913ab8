/**
 * Who leads and since when, as this member knows it, and the wish that somebody else should lead (thesis 3.10).
 *
 * A request that ran out of time is told why, as in etcd: a leader that changed meanwhile, or that cannot be reached.
 */
import type { LogSink } from '../platform/index.js';
import { NOBODY, type NodeId, type RaftNode } from '../raft/index.js';
import { Reason, type Refusal } from '../state-machine/index.js';
import type { MemberCounters } from './member-counters.js';
import { isWithinReach, type PeerNetwork } from './peer-network.js';

export type TransferContinuation = (refusal: Refusal | undefined) => void;

interface Transfer {
  readonly to: NodeId;
  readonly since: number;
  readonly done: TransferContinuation;
}

export interface LeadershipOptions {
  readonly heartbeatMs: number;
  readonly electionMs: number;
}

export interface LeadershipParts {
  readonly node: RaftNode;
  readonly network: PeerNetwork;
  readonly counters: MemberCounters;
  readonly sink: LogSink;
}

/** Time-outs with no leader show up as those of the client's own deadline. */
export class Leadership {
  readonly #node: RaftNode;
  readonly #network: PeerNetwork;
  readonly #options: LeadershipOptions;
  readonly #counters: MemberCounters;
  readonly #sink: LogSink;
  #leader: NodeId = NOBODY;
  /** When this member learned of the present leader; −Infinity before the first one. */
  #electedAt = Number.NEGATIVE_INFINITY;
  /** When this member last found itself without one. */
  #lostAt = Number.NEGATIVE_INFINITY;
  #transfers: Transfer[] = [];
  /** When it was last asked to lead no more because of its disk. */
  #gaveWayAt = Number.NEGATIVE_INFINITY;
  /** When this member last ticked as the leader. */
  #ledAt = Number.POSITIVE_INFINITY;

  constructor(options: LeadershipOptions, { node, network, counters, sink }: LeadershipParts) {
    this.#node = node;
    this.#network = network;
    this.#options = options;
    this.#counters = counters;
    this.#sink = sink;
  }

  /** Takes note of a change. Returns whether there is a new leader. */
  note(leader: NodeId, now: number): boolean {
    if (leader === this.#leader) return false;
    this.#leader = leader;
    if (leader === NOBODY) {
      this.#lostAt = now;
      return false;
    }
    this.#counters.leaderChanges++;
    this.#electedAt = now;
    this.#settle(leader);
    return true;
  }

  /** Why a request that was made at `since` and not answered until `now` timed out (etcd's parseProposeCtxErr). */
  timeoutReason(since: number): Refusal {
    const { leader } = this.#node;
    const lostAt = this.#electedAt - 2 * this.#options.electionMs;
    if (since > lostAt && since < this.#electedAt) return Reason.TIMEOUT_LEADER_FAILED;
    // What was made without a leader has waited for one, and was never proposed.
    if (leader === NOBODY) return since < this.#lostAt ? Reason.TIMEOUT : Reason.DEADLINE_EXCEEDED;
    const isConnected =
      leader === this.#node.id ? this.#hasQuorumSince(since) : this.#isConnectedSince(leader, since);
    return isConnected ? Reason.TIMEOUT : Reason.TIMEOUT_CONNECTION_LOST;
  }

  #isConnectedSince(peer: NodeId, time: number): boolean {
    const since = this.#network.connectedSince(peer);
    return since !== undefined && since <= time;
  }

  #hasQuorumSince(time: number): boolean {
    const { voters } = this.#node.status().confState;
    const connected = voters.filter((id) => id === this.#node.id || this.#isConnectedSince(id, time));
    return connected.length > voters.length / 2;
  }

  /** Asks raft to hand over, and calls back when this member sees `to` lead. Must be the leader. */
  transfer(to: NodeId, now: number, done: TransferContinuation): void {
    const { confState } = this.#node.status();
    if (this.#node.role !== 'leader') return done(Reason.NOT_LEADER);
    if (to === this.#node.id) return done(undefined);
    if (!confState.voters.includes(to)) return done(Reason.BAD_TRANSFEREE);
    this.#transfers.push({ to, since: now, done });
    this.#node.step({ kind: 'transfer-leader', to });
  }

  /** The voter that has most of the log among those within reach; NOBODY if there is none. */
  bestSuccessor(): NodeId {
    let best: NodeId = NOBODY;
    let match = -1;
    for (const progress of this.#node.status().progress) {
      if (progress.id === this.#node.id || progress.learner || !isWithinReach(this.#network, progress))
        continue;
      if (progress.match <= match) continue;
      best = progress.id;
      match = progress.match;
    }
    return best;
  }

  /**
   * Called at each tick. Gives up on transfers that were asked for more than `ageMs` before `now`. `stalledMs`: for how long
   * the log has been at its present write.
   */
  tick(now: number, ageMs: number, stalledMs: number): void {
    this.#countLateHeartbeats(now);
    this.#giveWay(now, stalledMs);
    if (this.#transfers.length === 0) return;
    const late = this.#transfers.filter(({ since }) => since <= now - ageMs);
    this.#transfers = this.#transfers.filter(({ since }) => since > now - ageMs);
    for (const { done } of late) done(Reason.TIMEOUT_TRANSFER);
  }

  /** Gives up everything: the member stops. */
  failAll(refusal: Refusal): void {
    const transfers = this.#transfers;
    this.#transfers = [];
    for (const { done } of transfers) done(refusal);
  }

  /**
   * A leader whose log hangs, or has no room for a segment, goes on with its heartbeats and holds its clients up. In etcd others
   * miss a leader that waits for its disk, and take over; here one of them is asked to.
   */
  #giveWay(now: number, stalledMs: number): void {
    const { electionMs } = this.#options;
    if (stalledMs < electionMs || this.#node.role !== 'leader' || now - this.#gaveWayAt < electionMs) return;
    const to = this.bestSuccessor();
    if (to === NOBODY) return;
    this.#gaveWayAt = now;
    this.#sink.log('warn', 'the log of this leader does not get on; handing over', {
      'stalled-for': `${Math.round(stalledMs)}ms`,
      to,
    });
    this.#node.step({ kind: 'transfer-leader', to });
  }

  /** A leader whose ticks come late has sent its heartbeats late: etcd allows for twice their interval. */
  #countLateHeartbeats(now: number): void {
    const leads = this.#node.role === 'leader';
    if (leads && now - this.#ledAt > 2 * this.#options.heartbeatMs) {
      this.#counters.lateHeartbeats += this.#node.status().progress.length - 1;
    }
    this.#ledAt = leads ? now : Number.POSITIVE_INFINITY;
  }

  #settle(leader: NodeId): void {
    if (this.#transfers.length === 0) return;
    const arrived = this.#transfers.filter(({ to }) => to === leader);
    this.#transfers = this.#transfers.filter(({ to }) => to !== leader);
    for (const { done } of arrived) done(undefined);
  }
}
