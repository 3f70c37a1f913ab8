import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { computeClusterId, computeMemberId } from './identity.js';

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

test('ids equal those that etcd computes for the same settings', () => {
  const id = computeMemberId(sha1, ['http://127.0.0.1:14380'], 'etcd-cluster');
  assert.equal(id, 7026481039975517645n);
  assert.equal(computeClusterId(sha1, [id]), 15068982936956642583n);
  const other = computeMemberId(sha1, ['http://127.0.0.1:14480'], 'etcd-cluster');
  assert.equal(other, 16884268368557261862n);
  assert.equal(computeClusterId(sha1, [other]), 2660578481283188282n);
});

test('the order of URLs and of members does not matter', () => {
  const urls = ['http://b:2380', 'http://a:2380'];
  assert.equal(computeMemberId(sha1, urls, 't'), computeMemberId(sha1, [...urls].reverse(), 't'));
  assert.equal(computeClusterId(sha1, [2n, 1n]), computeClusterId(sha1, [1n, 2n]));
});

test('a member that is added later gets an id of its own', () => {
  const urls = ['http://a:2380'];
  assert.notEqual(computeMemberId(sha1, urls, '', 1795326869), computeMemberId(sha1, urls, '', 1795326870));
});
