import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RaftNode } from '../raft/index.js';
import { Leadership } from './leadership.js';
import { MemberCounters } from './member-counters.js';
import { NO_NETWORK } from './peer-network.js';

class FakeNode {
  role = 'follower';
  status(): unknown {
    return { progress: this.role === 'leader' ? [{ id: 1n }, { id: 2n }, { id: 3n }] : [] };
  }
}

function setUp() {
  const node = new FakeNode();
  const counters = new MemberCounters();
  const options = { heartbeatMs: 100, electionMs: 1000 };
  const leadership = new Leadership(node as unknown as RaftNode, NO_NETWORK, options, counters);
  return { node, counters, leadership };
}

test('a new leader is counted, the loss of one is not', () => {
  const { counters, leadership } = setUp();
  for (const leader of [2n, 2n, 0n, 2n, 3n]) leadership.note(leader, 0);
  assert.equal(counters.leaderChanges, 3);
});

test('a leader that ticks late has sent as many heartbeats late as it has followers', () => {
  const { node, counters, leadership } = setUp();
  leadership.tick(0, 1000);
  leadership.tick(900, 1000);
  assert.equal(counters.lateHeartbeats, 0, 'a follower sends none');
  node.role = 'leader';
  for (const now of [1500, 1600, 1800]) leadership.tick(now, 1000);
  assert.equal(counters.lateHeartbeats, 0, 'twice the interval is in time, and so is the first one');
  leadership.tick(2001, 1000);
  assert.equal(counters.lateHeartbeats, 2);
});
