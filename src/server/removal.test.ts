import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../membership/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { Removal } from './removal.js';

const SELF = 1n;

function setUp(): { clock: ManualClock; cluster: Cluster; removal: Removal; told: number[] } {
  const clock = new ManualClock();
  const cluster = new Cluster();
  for (const id of [SELF, 2n]) cluster.add({ id, name: '', peerUrls: [], clientUrls: [], isLearner: false });
  const told: number[] = [];
  const removal = new Removal({ memberId: SELF, electionMs: 1000 }, clock, () => told.push(clock.now()));
  return { clock, cluster, removal, told };
}

test('a member that applies its own removal stays for two election time-outs, and leaves once', () => {
  const { clock, cluster, removal, told } = setUp();
  const start = clock.now();
  assert.equal(removal.note(cluster), false);
  cluster.remove(SELF);
  assert.equal(removal.note(cluster), true);
  assert.equal(removal.note(cluster), false, 'it has just left once only');
  clock.advance(1999);
  assert.deepEqual(told, []);
  clock.advance(1);
  assert.deepEqual(told, [start + 2000]);
  removal.told();
  assert.equal(removal.note(cluster), false);
  clock.advance(5000);
  assert.equal(told.length, 1);
});

test('the removal of another member is none of its business', () => {
  const { clock, cluster, removal, told } = setUp();
  cluster.remove(2n);
  assert.equal(removal.note(cluster), false);
  clock.advance(5000);
  assert.deepEqual(told, []);
});

test('a member that is told by a peer leaves at once, also while it stays', () => {
  const { clock, cluster, removal, told } = setUp();
  cluster.remove(SELF);
  removal.note(cluster);
  removal.told();
  assert.equal(told.length, 1);
  clock.advance(5000);
  assert.equal(told.length, 1);
});

test('a member that stops for another reason does not leave as well', () => {
  const { clock, cluster, removal, told } = setUp();
  cluster.remove(SELF);
  removal.note(cluster);
  removal.cancel();
  removal.told();
  clock.advance(5000);
  assert.deepEqual(told, []);
});
