/** One node of a small cluster, whose peers are played by the test. */
import assert from 'node:assert/strict';
import { EMPTY_BYTES } from '../stdx/index.js';
import type { RaftConfig } from './config.js';
import { DEFAULT_RAFT_CONFIG } from './config.js';
import type { Entry, NodeId } from './entry.js';
import { EMPTY_CONF_STATE, EntryKind } from './entry.js';
import { MemoryStorage } from './log/memory-storage.js';
import type { Message, MessageOf, ProposedEntry } from './message.js';
import { RaftNode } from './node.js';
import type { Update } from './update.js';

/** Where the stored log begins: all up to here is in a snapshot. */
export const BASE = 5;
export const BASE_TERM = 1;

export class Bench {
  readonly storage = new MemoryStorage();
  readonly node: RaftNode;
  readonly updates: Update[] = [];

  constructor(
    options: Partial<RaftConfig> = {},
    log: readonly Entry[] = [],
    voters: NodeId[] = [1n, 2n, 3n],
  ) {
    const confState = { ...EMPTY_CONF_STATE, voters };
    this.storage.installSnapshot({ index: BASE, term: BASE_TERM, confState, data: EMPTY_BYTES });
    const term = log.length > 0 ? log[log.length - 1]!.term : BASE_TERM;
    this.storage.setHardState({ term, vote: 0n, commit: BASE });
    this.storage.append(log);
    this.node = new RaftNode(
      {
        ...DEFAULT_RAFT_CONFIG,
        id: 1n,
        preVote: false,
        checkQuorum: false,
        applied: BASE,
        random: () => 0,
        ...options,
      },
      this.storage,
    );
  }

  take(): Update {
    const update = this.node.takeUpdate();
    this.updates.push(update);
    return update;
  }

  /** Writes what an update orders, and acknowledges it. */
  persist(update: Update): void {
    if (update.hardState !== null) this.storage.setHardState(update.hardState);
    this.storage.append(update.entries);
    if (update.append !== null) this.node.step({ kind: 'persisted', append: update.append });
  }

  receive(message: Message): void {
    this.node.step({ kind: 'receive', message });
  }

  ack(from: NodeId, index: number, term = this.node.term): void {
    const rejection = { reject: false, hintIndex: 0, hintTerm: 0 };
    this.receive({ kind: 'append-response', from, to: 1n, term, index, ...rejection });
  }

  grant(from: NodeId, term = this.node.term): void {
    this.receive({ kind: 'vote-response', from, to: 1n, term, reject: false, commitIndex: 0, commitTerm: 0 });
  }

  append(prevIndex: number, prevTerm: number, entries: Entry[], commit: number, term = 2): void {
    this.receive({ kind: 'append', from: 2n, to: 1n, term, prevIndex, prevTerm, commit, entries });
  }

  /** Wins an election with the vote of node 2; everything so far is durable at this node. */
  lead(): this {
    this.node.step({ kind: 'campaign' });
    this.persist(this.take());
    if (this.node.role !== 'leader') this.grant(2n);
    assert.equal(this.node.role, 'leader');
    this.persist(this.take());
    return this;
  }

  /** All messages of one kind that were sent so far, those after a write included. */
  sent<K extends Message['kind']>(kind: K): MessageOf<K>[] {
    const all = this.updates.flatMap((u) => [...u.messages, ...(u.append?.responses ?? [])]);
    return all.filter((m) => m.kind === kind) as MessageOf<K>[];
  }
}

export const entry = (index: number, term: number): Entry => ({
  index,
  term,
  kind: EntryKind.NORMAL,
  data: EMPTY_BYTES,
});
export const proposal = (bytes = 1): ProposedEntry => ({
  kind: EntryKind.NORMAL,
  data: new Uint8Array(bytes),
});
/** Terms of the durable entries. */
export const logTerms = (bench: Bench): number[] => {
  const last = bench.storage.lastIndex();
  return last === BASE ? [] : bench.storage.entries(BASE + 1, last + 1, Infinity).map((e) => e.term);
};
