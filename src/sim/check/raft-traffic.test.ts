/** The checks of consensus must refuse what raft never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONF_STATE, type Entry, EntryKind, type Message, type RaftStatus } from '../../raft/index.js';
import { AppliedLog } from './applied-log.js';
import { MemberCheck } from './member-check.js';
import { RaftTraffic } from './raft-traffic.js';

const VOTERS = (): bigint[] => [1n, 2n, 3n];

function entry(index: number, term: number, content = index): Entry {
  return { index, term, kind: EntryKind.NORMAL, data: new Uint8Array([content]) };
}

function append(
  from: bigint,
  term: number,
  prevTerm: number,
  entries: readonly Entry[],
  commit = 0,
): Message {
  const prevIndex = (entries[0]?.index ?? 1) - 1;
  return { kind: 'append', from, to: from === 2n ? 1n : 2n, term, prevIndex, prevTerm, commit, entries };
}

function ack(from: bigint, to: bigint, term: number, index: number): Message {
  return { kind: 'append-response', from, to, term, index, reject: false, hintIndex: 0, hintTerm: 0 };
}

function vote(from: bigint, to: bigint, term: number): Message {
  return { kind: 'vote-response', from, to, term, reject: false, commitIndex: 0, commitTerm: 0 };
}

function status(overrides: Partial<RaftStatus>): RaftStatus {
  return {
    id: 1n,
    role: 'follower',
    term: 1,
    vote: 0n,
    leader: 0n,
    commit: 0,
    applied: 0,
    lastIndex: 0,
    transferee: 0n,
    confState: EMPTY_CONF_STATE,
    progress: [],
    ...overrides,
  };
}

function heard(...messages: Message[]): RaftTraffic {
  const traffic = new RaftTraffic();
  for (const message of messages) traffic.note(message, VOTERS);
  return traffic;
}

test('sound traffic passes', () => {
  const traffic = heard(
    vote(2n, 1n, 2),
    append(1n, 2, 1, [entry(4, 2), entry(5, 2)]),
    ack(2n, 1n, 2, 5),
    append(1n, 2, 2, [entry(6, 2)], 5),
    vote(3n, 2n, 3),
    append(2n, 3, 2, [entry(6, 3)]),
  );
  assert.equal(traffic.elections, 2);
  traffic.restarted(status({ id: 2n, term: 3, lastIndex: 6 }));
});

for (const [name, messages, error] of [
  ['two leaders of a term', [append(1n, 2, 1, []), append(2n, 2, 1, [])], /two leaders/],
  ['two votes of a term', [vote(3n, 1n, 2), vote(3n, 2n, 2)], /voted twice/],
  [
    'two entries of a term at an index',
    [append(1n, 2, 1, [entry(4, 2)]), append(1n, 2, 1, [entry(4, 2, 9)])],
    /logs differ/,
  ],
  [
    'an entry behind different ones',
    [append(1n, 2, 1, [entry(4, 2)]), append(1n, 2, 2, [entry(4, 2)])],
    /logs differ/,
  ],
  [
    'a commit that nobody else holds',
    [append(1n, 2, 1, [entry(4, 2)]), append(1n, 2, 2, [], 4)],
    /0 of 3 others hold/,
  ],
] as const) {
  test(`refused: ${name}`, () => assert.throws(() => heard(...messages), error));
}

test('refused: a member that comes back without what it has told others', () => {
  const voted = heard(vote(3n, 1n, 4));
  assert.throws(() => voted.restarted(status({ id: 3n, term: 3 })), /came back with term 3/);
  assert.throws(() => voted.restarted(status({ id: 3n, term: 4, vote: 2n })), /without its vote/);
  const acked = heard(append(1n, 2, 1, [entry(4, 2)]), ack(3n, 1n, 2, 4));
  assert.throws(() => acked.restarted(status({ id: 3n, term: 2, lastIndex: 3 })), /log up to 3/);
  // A later leader may have taken its entries away.
  acked.restarted(status({ id: 3n, term: 3, lastIndex: 3 }));
});

test('refused: a leader that counted itself and comes back without the entry', () => {
  const traffic = heard(append(1n, 2, 1, [entry(4, 2)]), ack(2n, 1n, 2, 4), append(1n, 2, 2, [], 4));
  assert.throws(
    () => traffic.restarted(status({ id: 1n, term: 2, vote: 1n, lastIndex: 3 })),
    /acknowledged 4/,
  );
});

test('refused: entries of an earlier term that are committed by counting', () => {
  const traffic = heard(append(1n, 2, 1, [entry(4, 2)]), append(2n, 3, 2, [entry(5, 3)]));
  traffic.checkCommitted(2n, 3, 5);
  assert.throws(() => traffic.checkCommitted(2n, 3, 4), /of an earlier term/);
});

test('refused: members that apply different entries, or come to different revisions', () => {
  const applied = new AppliedLog();
  applied.note('a', entry(4, 2), 7);
  applied.note('b', entry(4, 2), 7);
  assert.throws(() => applied.note('b', entry(4, 3), 7), /b applied at index 4/);
  assert.throws(() => applied.note('b', entry(4, 2, 9), 7), /b applied at index 4/);
  assert.throws(() => applied.note('b', entry(4, 2), 8), /came to revision 8/);
});

test('refused: a new leader without what is applied elsewhere', () => {
  const applied = new AppliedLog();
  applied.note('a', entry(4, 2), 7);
  const check = new MemberCheck('b', new RaftTraffic(), applied);
  const member = (overrides: Partial<RaftStatus>) => ({
    assertInvariants: () => {},
    raftStatus: () => status(overrides),
    machine: { store: { revision: 1 } },
  });
  check.look(member({ lastIndex: 3 }));
  assert.throws(
    () => check.look(member({ role: 'leader', leader: 1n, vote: 1n, term: 3, lastIndex: 3 })),
    /with a log up to 3; 4 is applied elsewhere/,
  );
});
