import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryView, MemberView } from '../../../src/lab/index.js';
import { boxOf, entryAt, presentLeader } from './box.js';

const entry = (index: number, term: number): EntryView => ({
  index,
  term,
  kind: 'put',
  summary: '',
  operation: 0,
});

/** A member whose log has these terms, from index 1. */
function member(id: number, terms: readonly number[], more: Partial<MemberView> = {}): MemberView {
  return {
    id,
    name: `m${id}`,
    raftId: '',
    state: 'up',
    learner: false,
    role: 'follower',
    term: terms.at(-1) ?? 0,
    vote: 0,
    leader: 0,
    votesGranted: [],
    votesRefused: [],
    electionTimer: null,
    heartbeatTimer: null,
    firstIndex: 1,
    lastIndex: terms.length,
    commit: 0,
    applied: 0,
    durableIndex: 0,
    log: terms.map((term, i) => entry(i + 1, term)),
    progress: [],
    configuration: { voters: [1, 2, 3], votersOutgoing: [], learners: [], joint: false },
    revision: 1,
    compactedRevision: 0,
    kv: [],
    writing: 0,
    diskMs: 0,
    diskSlow: false,
    clockRate: 1,
    lives: 1,
    ...more,
  };
}

test('a box is dashed, then solid, then filled', () => {
  const one = member(1, [1, 1, 1, 1], { applied: 1, commit: 2, durableIndex: 3 });
  const boxes = one.log.map((each) => boxOf(one, each, undefined));
  assert.deepEqual(
    boxes.map((box) => box.style),
    ['filled', 'solid', 'dashed', 'dashed'],
  );
  assert.deepEqual(
    boxes.map((box) => box.durable),
    [true, true, true, false],
  );
});

test('what the present leader cannot have is struck', () => {
  const leader = member(1, [1, 1, 3], { role: 'leader' });
  const stale = member(2, [1, 2, 2, 2]);
  assert.deepEqual(
    stale.log.map((each) => boxOf(stale, each, leader).struck),
    [false, true, true, true],
  );
  // A follower may be ahead of what the leader is known to hold only within the leader's own term.
  const ahead = member(3, [1, 1, 3, 3]);
  assert.ok(ahead.log.every((each) => !boxOf(ahead, each, leader).struck));
  assert.ok(leader.log.every((each) => !boxOf(leader, each, leader).struck));
});

test('of two leaders the one of the higher term is the present one, and a crashed one is none', () => {
  const old = member(1, [1], { role: 'leader', term: 1 });
  const young = member(2, [1, 2], { role: 'leader', term: 2 });
  assert.equal(presentLeader([young, old, member(3, [])])?.id, 2);
  assert.equal(presentLeader([old, { ...young, state: 'down' }])?.id, 1);
  assert.equal(presentLeader([member(3, [])]), undefined);
});

test('a compacted log is addressed by index', () => {
  const one = member(1, []);
  const compacted = { ...one, log: [entry(7, 2), entry(8, 2)] };
  assert.equal(entryAt(compacted, 8)?.index, 8);
  assert.equal(entryAt(compacted, 6), undefined);
  assert.equal(entryAt(compacted, 9), undefined);
  assert.equal(entryAt(one, 1), undefined);
});
