/** A cluster of raft nodes in one thread, driven by a seed through everything that can go wrong. */
import { assert, EMPTY_BYTES, Prng } from '../../stdx/index.js';
import type { ConfChange, ConfChangeStep, ConfChangeTransition, ConfChangeType } from '../conf-change.js';
import { sameConfState } from '../confchange/conf-state.js';
import type { ConfState, NodeId } from '../entry.js';
import { EMPTY_CONF_STATE, EntryKind } from '../entry.js';
import type { Message, Snapshot } from '../message.js';
import type { TraceEvent } from '../trace.js';
import { Network } from './network.js';
import type { SimulationOptions } from './options.js';
import { drawOptions } from './options.js';
import type { SimulationCounts } from './safety.js';
import { SafetyChecker } from './safety.js';
import { SimNode } from './sim-node.js';

const ELECTION_TICKS = 6;
const FIRST_INDEX = 3;
/** Rounds in which a healed cluster must agree; a round is a tick of every node and all that follows from it. */
const SETTLING_ROUNDS_MAX = 400;

/** How often messages may be answered by messages in one such round. */
const EXCHANGES_MAX = 20_000;

type Action = () => void;

/** An entry that must be applied everywhere. */
interface Goal {
  readonly index: number;
  readonly term: number;
}

export class Cluster {
  readonly options: SimulationOptions;
  readonly checker: SafetyChecker;
  readonly #prng: Prng;
  readonly #nodes = new Map<NodeId, SimNode>();
  readonly #ids: NodeId[] = [];
  readonly #network: Network;
  readonly #actions: readonly (readonly [weight: number, action: Action])[];
  readonly #weightSum: number;
  #context = 0n;
  #proposals = 0;

  constructor(seed: number, trace: ((event: TraceEvent) => void) | null) {
    this.#prng = new Prng(seed);
    this.options = drawOptions(this.#prng);
    this.#network = new Network(this.#prng, this.options, (from, to) =>
      this.#reportSnapshot(from, to, false),
    );
    this.checker = new SafetyChecker(this.#nodes, FIRST_INDEX);
    for (let i = 1; i <= this.options.nodes; i++) this.#addNode(BigInt(i), trace);
    this.#actions = this.#weighedActions();
    this.#weightSum = this.#actions.reduce((sum, [weight]) => sum + weight, 0);
  }

  get counts(): SimulationCounts {
    return this.checker.counts;
  }

  #addNode(id: NodeId, trace: ((event: TraceEvent) => void) | null): void {
    const voters = Array.from({ length: this.options.voters }, (_, i) => BigInt(i + 1));
    const bootstrap: Snapshot | null = voters.includes(id)
      ? { index: FIRST_INDEX - 1, term: 1, confState: { ...EMPTY_CONF_STATE, voters }, data: EMPTY_BYTES }
      : null;
    const config = {
      ...this.options,
      id,
      electionTicks: ELECTION_TICKS,
      heartbeatTicks: 1,
      readOnly: 'safe' as const,
      disableProposalForwarding: false,
      disableConfChangeValidation: false,
      applied: bootstrap?.index ?? 0,
      random: () => this.#prng.float(),
      trace,
    };
    const send = (message: Message): void => this.#network.send(message);
    this.#nodes.set(id, new SimNode(config, bootstrap, EMPTY_CONF_STATE, this.checker, send));
    this.#ids.push(id);
  }

  #weighedActions(): readonly (readonly [number, Action])[] {
    const each = (body: (node: SimNode) => void) => () => this.#withNode(body);
    const membership = this.options.membershipChanges ? 1 : 0;
    return [
      [30, each((node) => node.step({ kind: 'tick' }))],
      [120, () => this.#deliver()],
      [60, each((node) => node.completeWrite())],
      [40, each((node) => node.applyBatch())],
      [20, each((node) => this.#propose(node))],
      [6, each((node) => this.#read(node))],
      [6 * membership, each((node) => this.#changeMembership(node))],
      [2, each((node) => this.#compact(node))],
      [4, each((node) => node.saveImage())],
      [0.6, each((node) => this.#crash(node))],
      [2, () => this.#restartOne()],
      [0.5, () => this.#partition()],
      [0.7, () => this.#network.heal()],
      [0.8, each((node) => this.#transfer(node))],
      [0.4, each((node) => node.step({ kind: 'forget-leader' }))],
      [1, each((node) => node.step({ kind: 'report-unreachable', peer: this.#prng.pick(this.#ids) }))],
      [0.4, each((node) => node.step({ kind: 'campaign' }))],
    ];
  }

  #withNode(body: (node: SimNode) => void): void {
    const node = this.#nodes.get(this.#prng.pick(this.#ids))!;
    if (node.raft !== null) body(node);
  }

  /** Runs so many random actions, checking everything after each. */
  run(steps: number): void {
    for (let i = 0; i < steps; i++) {
      let at = this.#prng.float() * this.#weightSum;
      const chosen = this.#actions.find(([weight]) => (at -= weight) < 0);
      chosen?.[1]();
    }
  }

  #deliver(): void {
    const message = this.#network.next();
    if (message !== null) this.#receive(message);
  }

  #receive(message: Message): void {
    const to = this.#nodes.get(message.to);
    const arrived = to !== undefined && to.raft !== null;
    if (arrived) to.step({ kind: 'receive', message });
    if (message.kind === 'snapshot') this.#reportSnapshot(message.from, message.to, arrived);
  }

  #reportSnapshot(from: NodeId, peer: NodeId, ok: boolean): void {
    const node = this.#nodes.get(from);
    if (node !== undefined && node.raft !== null) node.step({ kind: 'report-snapshot', peer, ok });
  }

  #propose(node: SimNode): void {
    const entries = [];
    for (let i = this.#prng.between(1, 4); i > 0; i--) {
      entries.push({ kind: EntryKind.NORMAL, data: new Uint8Array(1 + (this.#proposals++ % 30)) });
    }
    node.step({ kind: 'propose', entries });
  }

  #read(node: SimNode): void {
    const context = ++this.#context;
    this.checker.readAsked(context);
    if (node.step({ kind: 'read-index', context }) !== 'ok') this.checker.readDropped(context);
  }

  /** One step, or several through a joint configuration; sometimes the wish to leave one. */
  #changeMembership(node: SimNode): void {
    const types: readonly ConfChangeType[] = ['add-voter', 'add-voter', 'remove', 'add-learner', 'update'];
    const count = this.#prng.pick([0, 1, 1, 1, 2, 3]);
    const changes: ConfChangeStep[] = [];
    for (let i = 0; i < count; i++) {
      changes.push({ type: this.#prng.pick(types), nodeId: this.#prng.pick(this.#ids) });
    }
    const transitions: readonly ConfChangeTransition[] = ['auto', 'auto', 'implicit', 'explicit'];
    const transition = count === 0 ? 'auto' : this.#prng.pick(transitions);
    if (!this.#leavesVoters(node.confState, changes)) return;
    const change: ConfChange = { transition, changes, context: EMPTY_BYTES };
    node.step({
      kind: 'propose-conf-change',
      change,
      v1: count === 1 && transition === 'auto' && this.#prng.chance(0.5),
    });
  }

  /**
   * A server refuses changes that leave no voter. It decides by its own state, which may be old: so that the simulation
   * never asks for the impossible, node 1 always stays a voter.
   */
  #leavesVoters(confState: ConfState, changes: readonly ConfChangeStep[]): boolean {
    assert(confState.voters.length >= 0, 'a configuration has a list of voters');
    return changes.every(({ type, nodeId }) => nodeId !== 1n || type === 'add-voter' || type === 'update');
  }

  #compact(node: SimNode): void {
    const low = node.storage.firstIndex();
    const high = Math.min(node.savedIndex, node.storage.lastIndex());
    if (high < low) return;
    node.storage.compact(this.#prng.between(low, high));
    this.counts.compactions++;
  }

  #crash(node: SimNode): void {
    node.crash(this.#prng.below(node.writes.length + 1));
    this.counts.crashes++;
  }

  #restartOne(): void {
    const node = this.#nodes.get(this.#prng.pick(this.#ids))!;
    if (node.raft === null) node.start();
  }

  /** Cuts links between two random sides, in one or both directions. */
  #partition(): void {
    this.counts.partitions++;
    const both = this.#prng.chance(0.7);
    const side = this.#ids.filter(() => this.#prng.chance(0.5));
    for (const from of this.#ids) {
      for (const to of this.#ids) {
        if (side.includes(from) === side.includes(to)) continue;
        if (both || side.includes(from)) this.#network.cut(from, to);
      }
    }
  }

  #transfer(node: SimNode): void {
    node.step({ kind: 'transfer-leader', to: this.#prng.pick(this.#ids) });
    this.counts.transfers++;
  }

  /** The node that has applied most knows the configuration best. */
  #mostAdvanced(): SimNode {
    let best = this.#nodes.get(this.#ids[0]!)!;
    for (const node of this.#nodes.values()) if (node.applied > best.applied) best = node;
    return best;
  }

  /** Ends all faults; then the cluster must elect a leader, and all members apply a new entry. */
  settle(): void {
    this.#network.heal();
    this.#network.reliable = true;
    let goal: Goal | null = null;
    for (let round = 0; round < SETTLING_ROUNDS_MAX; round++) {
      this.#settleRound();
      goal = this.#proposeGoal(goal);
      if (goal !== null && this.#allApplied(goal.index)) return;
    }
    assert(false, 'a healed cluster makes progress');
  }

  #members(): readonly NodeId[] {
    const { voters, votersOutgoing, learners } = this.#mostAdvanced().confState;
    return [...new Set([...voters, ...votersOutgoing, ...learners])];
  }

  /** Only when all members have applied a removal may the removed node go: its vote may be needed until then. */
  #configurationKnown(members: readonly NodeId[]): boolean {
    const { confState } = this.#mostAdvanced();
    return members.every((id) => sameConfState(this.#nodes.get(id)!.confState, confState));
  }

  #settleRound(): void {
    const members = this.#members();
    const known = this.#configurationKnown(members);
    for (const node of this.#nodes.values()) {
      if (members.includes(node.id) || !known) {
        if (node.raft === null) node.start();
        node.step({ kind: 'tick' });
        node.saveImage();
      } else if (node.raft !== null) {
        // Who was removed and does not know would campaign for ever; its operator switches it off.
        node.crash(node.writes.length);
      }
    }
    for (let exchange = 0, busy = true; busy; exchange++) {
      assert(exchange < EXCHANGES_MAX, 'messages come to an end');
      busy = false;
      for (const node of this.#nodes.values()) {
        while (node.raft !== null && (node.writes.length > 0 || node.batches.length > 0)) {
          busy = true;
          node.completeWrite();
          node.applyBatch();
        }
      }
      for (let n = this.#network.count; n > 0; n--) {
        busy = true;
        this.#deliver();
      }
    }
  }

  /** An entry of the latest leader: what a deposed one has taken may be overwritten. */
  #proposeGoal(goal: Goal | null): Goal | null {
    let latest = goal;
    for (const node of this.#nodes.values()) {
      const { raft } = node;
      if (
        raft === null ||
        raft.role !== 'leader' ||
        !raft.committedInTerm ||
        raft.term <= (latest?.term ?? 0)
      )
        continue;
      const entries = [{ kind: EntryKind.NORMAL, data: EMPTY_BYTES }];
      if (node.step({ kind: 'propose', entries }) === 'ok')
        latest = { index: raft.lastIndex, term: raft.term };
    }
    return latest;
  }

  #allApplied(index: number): boolean {
    return this.#members().every((id) => this.#nodes.get(id)!.applied >= index);
  }

  /** What distinguishes one run from another: equal seeds must give equal strings. */
  digest(): string {
    return [...this.#nodes.values()]
      .map((node) => `${node.id}:${node.applied}/${node.raft?.term ?? '-'}/${node.raft?.lastIndex ?? '-'}`)
      .join(' ');
  }
}
