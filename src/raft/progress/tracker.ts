/** The configuration in force, with the progress of each of its members and the votes of the present election. */
import { assert } from '../../stdx/index.js';
import { compareIds } from '../confchange/conf-state.js';
import type { ConfState, NodeId } from '../entry.js';
import { jointIndex, jointVote } from '../quorum/joint.js';
import type { VoteResult } from '../quorum/majority.js';
import { majorityVote } from '../quorum/majority.js';
import { Inflights } from './inflights.js';
import { Progress } from './progress.js';

export interface VoteTally {
  readonly granted: number;
  readonly rejected: number;
  readonly result: VoteResult;
}

/** Members by id: the progress to keep, or null for one that has to be created. */
export type TrackedNodes = ReadonlyMap<NodeId, Progress | null>;

export class Tracker {
  readonly #inflightMessagesMax: number;
  readonly #inflightBytesMax: number;
  confState: ConfState;
  /** All members by ascending id: the order in which they are sent to. */
  members: readonly Progress[] = [];
  #byId = new Map<NodeId, Progress>();
  #incoming: readonly Progress[] = [];
  #outgoing: readonly Progress[] = [];
  readonly #votes = new Map<NodeId, boolean>();
  readonly #scratchIncoming: number[] = [];
  readonly #scratchOutgoing: number[] = [];

  constructor(confState: ConfState, inflightMessagesMax: number, inflightBytesMax: number) {
    this.#inflightMessagesMax = inflightMessagesMax;
    this.#inflightBytesMax = inflightBytesMax;
    this.confState = confState;
  }

  get(id: NodeId): Progress | null {
    return this.#byId.get(id) ?? null;
  }

  tracked(): TrackedNodes {
    return this.#byId;
  }

  /**
   * Switches to `confState`. A new member is probed from the last entry on: mostly it lacks everything, and one
   * rejection with its hint finds out. It counts as active, lest check-quorum depose the leader for its sake.
   */
  switchTo(confState: ConfState, nodes: TrackedNodes, lastIndex: number): void {
    const next = new Map<NodeId, Progress>();
    for (const id of [...nodes.keys()].sort(compareIds)) {
      let progress = nodes.get(id) ?? null;
      if (progress === null) {
        progress = new Progress(id, Math.max(lastIndex, 1), this.#newInflights());
        progress.recentActive = true;
      }
      next.set(id, progress);
    }
    this.confState = confState;
    this.#byId = next;
    this.members = [...next.values()];
    for (const progress of this.members) progress.learner = confState.learners.includes(progress.id);
    this.#incoming = this.#half(confState.voters);
    this.#outgoing = this.#half(confState.votersOutgoing);
  }

  /** Starts everybody afresh, as a node does whenever its role or term changes. */
  resetProgress(self: NodeId, lastIndex: number): void {
    const nodes = new Map<NodeId, Progress>();
    for (const { id } of this.members) {
      const progress = new Progress(id, lastIndex + 1, this.#newInflights());
      if (id === self) progress.match = lastIndex;
      nodes.set(id, progress);
    }
    this.switchTo(this.confState, nodes, lastIndex);
  }

  #newInflights(): Inflights {
    return new Inflights(this.#inflightMessagesMax, this.#inflightBytesMax);
  }

  #half(ids: readonly NodeId[]): readonly Progress[] {
    return ids.map((id) => {
      const progress = this.#byId.get(id);
      assert(progress !== undefined, 'every voter is tracked');
      return progress;
    });
  }

  get joint(): boolean {
    return this.#outgoing.length > 0;
  }

  isVoter(id: NodeId): boolean {
    const { voters, votersOutgoing } = this.confState;
    return voters.includes(id) || votersOutgoing.includes(id);
  }

  /** Whether `id` alone decides. */
  isOnlyVoter(id: NodeId): boolean {
    return this.#incoming.length === 1 && this.#outgoing.length === 0 && this.#incoming[0]!.id === id;
  }

  /** The voters of both halves, each once, ascending. */
  voterIds(): readonly NodeId[] {
    const { voters, votersOutgoing } = this.confState;
    if (votersOutgoing.length === 0) return voters;
    return [...new Set([...voters, ...votersOutgoing])].sort(compareIds);
  }

  /** The highest index that is durable on a quorum. */
  committedIndex(): number {
    const incoming = this.#scratchIncoming;
    const outgoing = this.#scratchOutgoing;
    incoming.length = 0;
    outgoing.length = 0;
    for (const progress of this.#incoming) incoming.push(progress.match);
    for (const progress of this.#outgoing) outgoing.push(progress.match);
    return jointIndex(incoming, outgoing);
  }

  /** The latest read-confirmation round that a quorum has answered. */
  confirmedReadRound(): number {
    return jointIndex(
      this.#incoming.map((progress) => progress.readRound),
      this.#outgoing.map((progress) => progress.readRound),
    );
  }

  /** Whether the members heard from since the last check are a quorum (check-quorum, thesis 6.2). */
  quorumActive(): boolean {
    const half = (members: readonly Progress[]): VoteResult => {
      let active = 0;
      for (const progress of members) if (progress.recentActive) active++;
      return majorityVote(members.length, active, members.length - active);
    };
    return jointVote(half(this.#incoming), half(this.#outgoing)) === 'won';
  }

  /** Answers to the present campaign, by voter. */
  get votes(): ReadonlyMap<NodeId, boolean> {
    return this.#votes;
  }

  clearVotes(): void {
    this.#votes.clear();
  }

  /** A voter's first answer counts; a repeated or contradicting one is ignored. */
  recordVote(id: NodeId, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  tallyVotes(): VoteTally {
    let granted = 0;
    let rejected = 0;
    for (const progress of this.members) {
      // Only voters are asked, but a learner's answer may come from the time when it was one.
      if (progress.learner) continue;
      const vote = this.#votes.get(progress.id);
      if (vote === true) granted++;
      else if (vote === false) rejected++;
    }
    return {
      granted,
      rejected,
      result: jointVote(this.#voteOf(this.#incoming), this.#voteOf(this.#outgoing)),
    };
  }

  #voteOf(members: readonly Progress[]): VoteResult {
    let granted = 0;
    let rejected = 0;
    for (const progress of members) {
      const vote = this.#votes.get(progress.id);
      if (vote === true) granted++;
      else if (vote === false) rejected++;
    }
    return majorityVote(members.length, granted, rejected);
  }
}
