import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '../stdx/index.js';
import { Cluster } from './cluster.js';
import type { Member } from './member.js';

const member = (id: bigint, name = ''): Member => ({
  id,
  name,
  peerUrls: [`http://${id}:2380`],
  clientUrls: [],
  isLearner: false,
});

test('members are listed by ascending id, also above 2^63', () => {
  const cluster = new Cluster();
  for (const id of [0xffff_ffff_ffff_fff0n, 3n, 0x8000_0000_0000_0000n, 20n]) cluster.add(member(id));
  assert.deepEqual(
    cluster.list().map(({ id }) => id),
    [3n, 20n, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_fff0n],
  );
});

test('what is known of a member is replaced as a whole', () => {
  const cluster = new Cluster();
  cluster.add(member(1n));
  cluster.update(member(1n, 'renamed'));
  assert.equal(cluster.get(1n)!.name, 'renamed');
  assert.throws(() => cluster.update(member(2n)), AssertionError);
});

test('an id is used once and never again after a removal', () => {
  const cluster = new Cluster();
  cluster.add(member(1n));
  assert.throws(() => cluster.add(member(1n)), AssertionError);
  cluster.remove(1n);
  assert.deepEqual([cluster.get(1n), cluster.isRemoved(1n), cluster.isRemoved(2n)], [undefined, true, false]);
  assert.deepEqual([cluster.list(), cluster.removedIds()], [[], [1n]]);
  assert.throws(() => cluster.add(member(1n)), AssertionError);
});
