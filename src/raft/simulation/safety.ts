/**
 * The properties of the whole cluster (thesis figure 3.2), checked as things happen by one who sees all nodes: one leader a
 * term, one vote a term and node, logs that match, nothing committed is lost or changed, the same entries applied
 * everywhere, no read before what was committed when it was asked.
 */
import { assert } from '../../stdx/index.js';
import { sameConfState } from '../confchange/conf-state.js';
import type { ConfState, Entry, NodeId } from '../entry.js';
import { EntryKind } from '../entry.js';
import type { LogStorage } from '../log/storage.js';
import type { Message, Snapshot } from '../message.js';
import type { RaftNode } from '../node.js';
import type { RaftStatus } from '../status.js';
import type { ReadState } from '../update.js';

/** What the checker looks at. */
export interface ObservedNode {
  readonly id: NodeId;
  readonly raft: RaftNode | null;
  readonly storage: LogStorage;
  /** All entries behind `mirrorHead` as the node sees them, durable or not. */
  readonly mirror: readonly Entry[];
  readonly mirrorHead: number;
  mirrorTerm(index: number): number | null;
}

interface Committed {
  readonly term: number;
  /** The term in which it was first seen to be committed: later leaders must have it. */
  readonly knownInTerm: number;
}

interface Applied {
  readonly entry: Entry;
  readonly confState: ConfState;
}

export interface SimulationCounts {
  leaders: number;
  committed: number;
  confChanges: number;
  jointConfigurations: number;
  snapshotsInstalled: number;
  readsAnswered: number;
  readsDropped: number;
  crashes: number;
  partitions: number;
  transfers: number;
  compactions: number;
}

export const emptyCounts = (): SimulationCounts => ({
  leaders: 0,
  committed: 0,
  confChanges: 0,
  jointConfigurations: 0,
  snapshotsInstalled: 0,
  readsAnswered: 0,
  readsDropped: 0,
  crashes: 0,
  partitions: 0,
  transfers: 0,
  compactions: 0,
});

export class SafetyChecker {
  readonly counts = emptyCounts();
  readonly #nodes: ReadonlyMap<NodeId, ObservedNode>;
  readonly #first: number;
  readonly #leaders = new Map<number, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  /** `#committed[i]` has index `#first + i`. */
  readonly #committed: Committed[] = [];
  readonly #applied: Applied[] = [];
  readonly #reads = new Map<bigint, number>();
  readonly #knownCommit = new Map<NodeId, number>();
  readonly #durable = new Map<NodeId, number>();

  /** `first` is the first index after what all nodes start from. */
  constructor(nodes: ReadonlyMap<NodeId, ObservedNode>, first: number) {
    this.#nodes = nodes;
    this.#first = first;
  }

  get maxCommitted(): number {
    return this.#first - 1 + this.#committed.length;
  }

  started(node: ObservedNode): void {
    this.#knownCommit.set(node.id, node.raft!.commitIndex);
    this.#durable.set(node.id, node.raft!.commitIndex);
  }

  /** A vote that has left can never be given to another candidate of that term, restarts included. */
  sent(message: Message): void {
    if (message.kind !== 'vote-response' || message.reject) return;
    const key = `${message.from}/${message.term}`;
    const before = this.#votes.get(key);
    assert(before === undefined || before === message.to, 'a node votes once a term');
    this.#votes.set(key, message.to);
  }

  appended(node: ObservedNode, entries: readonly Entry[]): void {
    let index = entries[0]!.index;
    for (const entry of entries) {
      assert(entry.index === index++, 'entries are contiguous');
      const committed = this.#committed[entry.index - this.#first];
      if (committed === undefined || entry.index > (this.#knownCommit.get(node.id) ?? 0)) continue;
      assert(committed.term === entry.term, 'a committed entry is not overwritten');
    }
    if (node.raft!.role === 'leader') this.#checkPendingConfChanges(node);
  }

  #checkPendingConfChanges(node: ObservedNode): void {
    let count = 0;
    for (const entry of node.mirror) {
      if (entry.index > node.raft!.appliedIndex && entry.kind !== EntryKind.NORMAL) count++;
    }
    assert(count <= 1, 'at most one conf change is unapplied at the leader');
  }

  stepped(node: ObservedNode, after: RaftStatus): void {
    if (after.role === 'leader') this.#checkLeader(node, after);
    const known = this.#knownCommit.get(node.id) ?? 0;
    if (after.commit <= known) return;
    for (let index = known + 1; index <= after.commit; index++) this.#checkCommitted(node, after, index);
    this.#knownCommit.set(node.id, after.commit);
  }

  #checkLeader(node: ObservedNode, after: RaftStatus): void {
    const before = this.#leaders.get(after.term);
    assert(before === undefined || before === after.id, 'a term has one leader');
    if (before !== undefined) return;
    this.#leaders.set(after.term, after.id);
    this.counts.leaders++;
    // Leader completeness: it has whatever was committed in an earlier term.
    for (let i = this.#committed.length - 1; i >= 0; i--) {
      const index = this.#first + i;
      if (index <= node.mirrorHead) break;
      if (this.#committed[i]!.knownInTerm >= after.term) continue;
      assert(node.mirrorTerm(index) === this.#committed[i]!.term, 'a new leader has every committed entry');
    }
  }

  /**
   * The leader commits what a quorum of both halves has on disk. To be called whenever it may have committed, before its
   * configuration changes again.
   */
  checkDurable(node: ObservedNode): void {
    const raft = node.raft!;
    const known = this.#durable.get(node.id) ?? 0;
    this.#durable.set(node.id, raft.commitIndex);
    if (raft.role !== 'leader' || raft.commitIndex <= known) return;
    const { commit, confState } = raft.status();
    const term = node.mirrorTerm(commit);
    for (const half of [confState.voters, confState.votersOutgoing]) {
      if (half.length === 0) continue;
      const holders = half.filter((id) => this.#holds(id, commit, term)).length;
      assert(holders * 2 > half.length, 'what is committed is durable on a quorum');
    }
  }

  #holds(id: NodeId, index: number, term: number | null): boolean {
    const { storage } = this.#nodes.get(id)!;
    return index < storage.firstIndex() - 1 || storage.term(index) === term;
  }

  #checkCommitted(node: ObservedNode, after: RaftStatus, index: number): void {
    const term = node.mirrorTerm(index);
    const known = this.#committed[index - this.#first];
    if (term === null) return;
    if (known !== undefined) {
      assert(known.term === term, 'all nodes commit the same entries');
      return;
    }
    assert(index === this.maxCommitted + 1, 'entries are committed in order');
    this.#committed.push({ term, knownInTerm: after.term });
    this.counts.committed++;
  }

  applied(node: ObservedNode, entry: Entry, confState: ConfState): void {
    assert(entry.index <= node.raft!.commitIndex, 'only committed entries are applied');
    const at = entry.index - this.#first;
    const known = this.#applied[at];
    if (known !== undefined) {
      assert(known.entry.term === entry.term, 'all nodes apply the same terms');
      assert(known.entry.kind === entry.kind, 'all nodes apply the same kinds');
      assert(known.entry.data === entry.data, 'all nodes apply the same payloads');
      assert(sameConfState(known.confState, confState), 'all nodes get to the same configuration');
      return;
    }
    assert(at === this.#applied.length, 'entries are first applied in order');
    this.#applied.push({ entry, confState });
    if (entry.kind === EntryKind.NORMAL) return;
    this.counts.confChanges++;
    if (confState.votersOutgoing.length > 0) this.counts.jointConfigurations++;
  }

  installed(snapshot: Snapshot): void {
    const known = this.#applied[snapshot.index - this.#first];
    this.counts.snapshotsInstalled++;
    if (known === undefined) return;
    assert(known.entry.term === snapshot.term, 'a snapshot is of the term that was applied');
    assert(sameConfState(known.confState, snapshot.confState), 'a snapshot has its index’s configuration');
  }

  readAsked(context: bigint): void {
    this.#reads.set(context, this.maxCommitted);
  }

  readAnswered({ context, index }: ReadState): void {
    const asked = this.#reads.get(context);
    assert(asked !== undefined, 'an answered read was asked, and is answered once');
    assert(index >= asked, 'a read sees all that was committed when it was asked');
    this.#reads.delete(context);
    this.counts.readsAnswered++;
  }

  readDropped(context: bigint): void {
    assert(this.#reads.delete(context), 'a dropped read was asked, and is reported once');
    this.counts.readsDropped++;
  }
}
