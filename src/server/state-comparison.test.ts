import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, StateMachineFixture } from '../state-machine/state-machine-fixture.conformance.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { RequestKind, StateHash } from '../wire/index.js';
import { COMPARISON_INTERVAL_MS } from './limits.js';
import { StateComparison } from './state-comparison.js';

/** A member with what it proposed, and how often it found itself to differ. */
function member(clock: ManualClock, intervalMs?: number) {
  const fixture = new StateMachineFixture();
  const proposed: Uint8Array[] = [];
  const differences: StateHash[] = [];
  const comparison = new StateComparison({
    machine: fixture.machine,
    clock,
    intervalMs,
    propose: (body) => void proposed.push(body),
    onDifference: (_leader, own) => void differences.push(own),
  });
  const apply = (body: Uint8Array): void =>
    void accepted(fixture.applyBytes(RequestKind.STATE_HASH, body, false));
  return { fixture, proposed, differences, comparison, apply };
}

type Tested = ReturnType<typeof member>;

/** Lets the interval pass; returns what the leader has proposed, applied by all. */
function compare(clock: ManualClock, leader: Tested, others: readonly Tested[]): StateHash | undefined {
  clock.advance(COMPARISON_INTERVAL_MS);
  leader.comparison.tick(true);
  for (const other of others) other.comparison.tick(false);
  clock.advance(1000);
  const body = leader.proposed.pop();
  if (body === undefined) return undefined;
  for (const each of [leader, ...others]) each.apply(body);
  clock.advance(1000);
  return StateHash.decode(body);
}

test('how often is for the operator to say', () => {
  const clock = new ManualClock();
  const hasty = member(clock, 5000);
  clock.advance(4999);
  hasty.comparison.tick(true);
  clock.advance(1000);
  assert.equal(hasty.proposed.length, 0, 'the first time it was too early');
  hasty.comparison.tick(true);
  clock.advance(1000);
  assert.equal(hasty.proposed.length, 1);
});

test('members that hold the same find no difference, whatever was written since', () => {
  const clock = new ManualClock();
  const [leader, other] = [member(clock), member(clock)];
  for (const { fixture } of [leader, other]) {
    for (let i = 0; i < 1500; i++) accepted(fixture.put({ key: `k${i % 40}`, value: `${i}` }));
    accepted(fixture.compact(700));
  }
  accepted(other.fixture.put({ key: 'later', value: 'x' }));
  const hash = compare(clock, leader, [other]);
  assert.deepEqual([hash?.revision, hash?.compactRevision], [1501, 700]);
  assert.deepEqual([leader.differences, other.differences, other.proposed], [[], [], []]);
  assert.equal(compare(clock, leader, [other]), undefined, 'nothing has changed since');
});

test('a member whose keys are others says so, the others do not', () => {
  const clock = new ManualClock();
  const members = [member(clock), member(clock), member(clock)] as const;
  for (const { fixture } of members) accepted(fixture.put({ key: 'a', value: '1' }));
  members[0].fixture.put({ key: 'b', value: '1' });
  members[1].fixture.put({ key: 'b', value: '2' });
  members[2].fixture.put({ key: 'b', value: '1' });
  compare(clock, members[0], members.slice(1));
  assert.deepEqual(
    members.map(({ differences }) => differences.length),
    [0, 1, 0],
  );
  assert.equal(members[1].differences[0]!.revision, 3);
});

test('hashes of different compactions are not compared, and a stopped member hashes nothing', () => {
  const clock = new ManualClock();
  const [leader, other, stopped] = [member(clock), member(clock), member(clock)];
  for (const { fixture } of [leader, other]) {
    for (const value of ['1', '2', '3']) accepted(fixture.put({ key: 'a', value }));
  }
  for (const value of ['3', '2', '1']) accepted(stopped.fixture.put({ key: 'a', value }));
  stopped.comparison.stop();
  accepted(other.fixture.compact(3));
  const hash = compare(clock, leader, [other, stopped]);
  assert.equal(hash?.compactRevision, -1);
  assert.deepEqual([other.differences, stopped.differences], [[], []]);
});
