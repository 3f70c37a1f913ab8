/**
 * What members say to one another, held against what raft promises (thesis figure 3.2): one leader and one set of
 * entries a term, logs that match, one vote a term; and whatever a member has told others about its log, its vote and
 * its term, by an answer or by asking for votes, must still be so after a crash.
 */
import type { Entry, Message, NodeId, RaftStatus } from '../../raft/index.js';
import { demand, type ViolationSubject } from '../violation.js';
import { digest } from './digest.js';

interface KnownEntry {
  readonly prevTerm: number;
  readonly bytes: Uint8Array;
  readonly digest: number;
}

/** What a member has told others. */
interface Promises {
  /** It has seen this term. */
  term: number;
  /** In this term it has voted for `vote`. */
  voteTerm: number;
  vote: NodeId;
  /** In this term's leader's log it holds all up to `index` durably. */
  ackTerm: number;
  ackIndex: number;
}

function hex(id: NodeId): string {
  return id.toString(16);
}

export class RaftTraffic {
  readonly #leaders = new Map<number, NodeId>();
  #newestTerm = 0;
  /** By index and then term. */
  readonly #entries = new Map<number, Map<number, KnownEntry>>();
  readonly #promises = new Map<NodeId, Promises>();
  /** By term and voter. */
  readonly #votes = new Map<number, Map<NodeId, NodeId>>();
  /** The highest commit index that a term's leader has told. */
  readonly #commits = new Map<number, number>();
  /** Highest index each follower has acknowledged to a leader, by term. */
  readonly #acks = new Map<number, Map<NodeId, number>>();

  /** How many terms had a leader. */
  get elections(): number {
    return this.#leaders.size;
  }

  /** The newest term that had a leader. */
  get newestTerm(): number {
    return this.#newestTerm;
  }

  /** A member says it leads. */
  noteLeader(id: NodeId, term: number): void {
    const known = this.#leaders.get(term);
    demand(
      known === undefined || known === id,
      () => `term ${term} has two leaders: ${hex(known!)} and ${hex(id)}`,
      () => ({ rule: 'election-safety', members: [known!, id] }),
    );
    this.#leaders.set(term, id);
    this.#newestTerm = Math.max(this.#newestTerm, term);
  }

  /** `voters`: who counts for the sender, as it knows. */
  note(message: Message, voters: () => readonly NodeId[]): void {
    switch (message.kind) {
      case 'append':
        this.noteLeader(message.from, message.term);
        this.#noteEntries(message.entries, message.prevTerm);
        return this.#noteCommit(message.from, message.term, message.commit, voters);
      case 'heartbeat':
        this.noteLeader(message.from, message.term);
        return this.#noteCommit(message.from, message.term, message.commit, voters);
      case 'snapshot':
      case 'timeout-now':
        this.noteLeader(message.from, message.term);
        return;
      case 'vote':
        // Who asks has voted for itself.
        return this.#noteVote(message.from, message.from, message.term);
      case 'vote-response':
        if (!message.reject) this.#noteVote(message.from, message.to, message.term);
        return;
      case 'append-response':
        if (!message.reject) this.#noteAck(message.from, message.term, message.index);
        return;
      default:
        return;
    }
  }

  /** A leader's commit index has advanced: only an entry of its own term may be committed by counting (figure 8). */
  checkCommitted(id: NodeId, term: number, commit: number): void {
    const known = this.#entries.get(commit);
    demand(
      known === undefined || known.has(term),
      () => `${hex(id)} leads term ${term} and committed index ${commit}, which is of an earlier term`,
      () => ({ rule: 'commit-by-quorum', members: [id], index: commit }),
    );
  }

  /** A member has started again: what it has told others must hold. */
  restarted(status: RaftStatus): void {
    const told = this.#promises.get(status.id);
    if (told === undefined) return;
    const { id, term, vote, lastIndex } = status;
    const about = (): ViolationSubject => ({ rule: 'kept-promises', members: [id] });
    demand(
      term >= told.term,
      () => `${hex(id)} came back with term ${term}; it had acted in term ${told.term}`,
      about,
    );
    demand(
      term !== told.voteTerm || vote === told.vote,
      () => `${hex(id)} came back in term ${term} without its vote for ${hex(told.vote)}`,
      about,
    );
    demand(
      term !== told.ackTerm || lastIndex >= told.ackIndex,
      () => `${hex(id)} came back with a log up to ${lastIndex}; it had acknowledged ${told.ackIndex}`,
      about,
    );
  }

  #promisesOf(id: NodeId, term: number): Promises {
    let promises = this.#promises.get(id);
    if (promises === undefined) {
      promises = { term: 0, voteTerm: 0, vote: 0n, ackTerm: 0, ackIndex: 0 };
      this.#promises.set(id, promises);
    }
    promises.term = Math.max(promises.term, term);
    return promises;
  }

  #noteVote(voter: NodeId, candidate: NodeId, term: number): void {
    let votes = this.#votes.get(term);
    if (votes === undefined) this.#votes.set(term, (votes = new Map()));
    const before = votes.get(voter);
    demand(
      before === undefined || before === candidate,
      () => `${hex(voter)} voted twice in term ${term}: for ${hex(before!)} and ${hex(candidate)}`,
      () => ({ rule: 'election-safety', members: [voter] }),
    );
    votes.set(voter, candidate);
    const promises = this.#promisesOf(voter, term);
    if (term < promises.voteTerm) return;
    promises.voteTerm = term;
    promises.vote = candidate;
  }

  #noteAck(id: NodeId, term: number, index: number): void {
    const promises = this.#promisesOf(id, term);
    if (term > promises.ackTerm) {
      promises.ackTerm = term;
      promises.ackIndex = index;
    } else if (term === promises.ackTerm) {
      promises.ackIndex = Math.max(promises.ackIndex, index);
    }
    let acks = this.#acks.get(term);
    if (acks === undefined) this.#acks.set(term, (acks = new Map()));
    acks.set(id, Math.max(acks.get(id) ?? 0, index));
  }

  /**
   * A leader that counts itself into the quorum of what it calls committed has promised to hold it. What was committed
   * before its term may be on the disks of others alone.
   */
  #noteCommit(leader: NodeId, term: number, commit: number, voters: () => readonly NodeId[]): void {
    const before = this.#commits.get(term) ?? 0;
    if (commit <= before) return;
    this.#commits.set(term, commit);
    if (!this.#entries.get(commit)?.has(term)) return;
    const counted = voters();
    const acks = this.#acks.get(term);
    let others = 0;
    for (const id of counted) if (id !== leader && (acks?.get(id) ?? 0) >= commit) others++;
    if (others > counted.length / 2 || !counted.includes(leader)) return;
    demand(
      others + 1 > counted.length / 2,
      () =>
        `${hex(leader)} committed ${commit} in term ${term}, which ${others} of ${counted.length} others hold`,
      () => ({ rule: 'commit-by-quorum', members: [leader], index: commit }),
    );
    this.#noteAck(leader, term, commit);
  }

  #noteEntries(entries: readonly Entry[], beforeFirst: number): void {
    let prevTerm = beforeFirst;
    for (const { index, term, data } of entries) {
      let known = this.#entries.get(index);
      if (known === undefined) this.#entries.set(index, (known = new Map()));
      const entry = known.get(term);
      if (entry === undefined) {
        known.set(term, { prevTerm, bytes: data, digest: digest(data) });
      } else {
        const isSame = entry.bytes === data || entry.digest === digest(data);
        demand(
          isSame && entry.prevTerm === prevTerm,
          () => `two logs differ up to the entry of term ${term} at index ${index}`,
          () => ({ rule: 'log-matching', index }),
        );
      }
      prevTerm = term;
    }
  }
}
