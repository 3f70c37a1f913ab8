import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkChange, type MembershipChange, makeChange } from './change.js';
import { Cluster } from './cluster.js';
import type { Member } from './member.js';

const member = (id: bigint, isLearner = false): Member => ({
  id,
  name: '',
  peerUrls: [`http://${id}:2380`, `http://${id}:7001`],
  clientUrls: [],
  isLearner,
});

const clusterOf = (...members: readonly Member[]): Cluster => {
  const cluster = new Cluster();
  for (const one of members) cluster.add(one);
  return cluster;
};

const add = (one: Member, learnersMax = 1): MembershipChange => ({ kind: 'add', member: one, learnersMax });

test('of several problems the one is told that etcd would find first', () => {
  const cluster = clusterOf(member(1n), member(2n, true), member(3n));
  cluster.remove(3n);
  const removedWithUsedUrl = { ...member(3n), peerUrls: member(1n).peerUrls };
  assert.equal(checkChange(cluster, add(removedWithUsedUrl)), 'id-removed');
  const presentLearner = { ...member(1n, true), peerUrls: member(2n).peerUrls };
  assert.equal(checkChange(cluster, add(presentLearner)), 'id-exists');
  const learnerWithUsedUrl = { ...member(4n, true), peerUrls: ['http://new', 'http://1:7001'] };
  assert.equal(checkChange(cluster, add(learnerWithUsedUrl)), 'peer-url-exists');
  assert.equal(checkChange(cluster, add(member(4n, true))), 'too-many-learners');
  assert.equal(checkChange(cluster, add(member(4n, true), 2)), undefined);
  assert.equal(checkChange(cluster, add(member(4n))), undefined);
});

test('a removed id is refused for every kind of change', () => {
  const cluster = clusterOf(member(1n), member(2n));
  cluster.remove(2n);
  const changes: readonly MembershipChange[] = [
    add(member(2n)),
    { kind: 'promote', id: 2n },
    { kind: 'remove', id: 2n },
    { kind: 'update', id: 2n, peerUrls: [] },
  ];
  for (const change of changes) assert.equal(checkChange(cluster, change), 'id-removed');
});

test('a member keeps its own URLs in an update, and takes no other one’s', () => {
  const cluster = clusterOf(member(1n), member(2n, true));
  const urls = (peerUrls: readonly string[]): MembershipChange => ({ kind: 'update', id: 2n, peerUrls });
  assert.equal(checkChange(cluster, urls(['http://2:2380'])), undefined);
  assert.equal(checkChange(cluster, urls([])), undefined);
  assert.equal(checkChange(cluster, urls(['http://1:2380'])), 'peer-url-exists');
  makeChange(cluster, urls(['http://x']));
  assert.deepEqual(cluster.get(2n), { ...member(2n, true), peerUrls: ['http://x'] });
});

test('only a learner is promoted, and it keeps all else', () => {
  const cluster = clusterOf(member(1n), member(2n, true));
  assert.equal(checkChange(cluster, { kind: 'promote', id: 1n }), 'not-a-learner');
  assert.equal(checkChange(cluster, { kind: 'promote', id: 9n }), 'id-not-found');
  assert.equal(checkChange(cluster, { kind: 'promote', id: 2n }), undefined);
  makeChange(cluster, { kind: 'promote', id: 2n });
  assert.deepEqual(cluster.get(2n), member(2n));
});

test('the last voter is not removed', () => {
  const cluster = clusterOf(member(1n), member(2n), member(3n, true));
  makeChange(cluster, { kind: 'remove', id: 2n });
  assert.equal(checkChange(cluster, { kind: 'remove', id: 1n }), 'last-voter');
  assert.equal(checkChange(cluster, { kind: 'remove', id: 3n }), undefined);
});
