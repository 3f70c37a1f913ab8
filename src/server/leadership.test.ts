import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RaftNode } from '../raft/index.js';
import { Reason } from '../state-machine/index.js';
import { Leadership } from './leadership.js';
import { MemberCounters } from './member-counters.js';
import { NO_NETWORK, type PeerNetwork } from './peer-network.js';

class FakeNode {
  role = 'follower';
  status(): unknown {
    return { progress: this.role === 'leader' ? [{ id: 1n }, { id: 2n }, { id: 3n }] : [] };
  }
}

function setUp(network: PeerNetwork = NO_NETWORK, node = new FakeNode()) {
  const counters = new MemberCounters();
  const options = { heartbeatMs: 100, electionMs: 1000 };
  const leadership = new Leadership(options, {
    node: node as unknown as RaftNode,
    network,
    counters,
    sink: { log() {} },
  });
  return { node, counters, leadership };
}

test('a new leader is counted, the loss of one is not', () => {
  const { counters, leadership } = setUp();
  for (const leader of [2n, 2n, 0n, 2n, 3n]) leadership.note(leader, 0);
  assert.equal(counters.leaderChanges, 3);
});

test('a leader that ticks late has sent as many heartbeats late as it has followers', () => {
  const { node, counters, leadership } = setUp();
  leadership.tick(0, 1000, 0);
  leadership.tick(900, 1000, 0);
  assert.equal(counters.lateHeartbeats, 0, 'a follower sends none');
  node.role = 'leader';
  for (const now of [1500, 1600, 1800]) leadership.tick(now, 1000, 0);
  assert.equal(counters.lateHeartbeats, 0, 'twice the interval is in time, and so is the first one');
  leadership.tick(2001, 1000, 0);
  assert.equal(counters.lateHeartbeats, 2);
});

/** Votes 1 to 3 and learner 4, led by 1; nobody was heard from since the last count. */
function ledBy1(): { node: FakeNode; steps: unknown[] } {
  const node = new FakeNode();
  node.role = 'leader';
  const steps: unknown[] = [];
  const member = (id: bigint, match: number, learner = false) => ({
    id,
    match,
    learner,
    recentActive: false,
  });
  const progress = [member(1n, 9), member(2n, 7), member(3n, 8), member(4n, 9, true)];
  Object.assign(node, { id: 1n, status: () => ({ progress }), step: (event: unknown) => steps.push(event) });
  return { node, steps };
}

const connectedTo = (...ids: bigint[]): PeerNetwork => ({
  ...NO_NETWORK,
  connectedSince: (id) => (ids.includes(id) ? 0 : undefined),
});

test('the best successor is the voter within reach that has most of the log', () => {
  for (const [connected, expected] of [
    [[2n, 3n, 4n], 3n],
    [[2n, 4n], 2n],
    [[4n], 0n],
  ] as const) {
    const { leadership } = setUp(connectedTo(...connected), ledBy1().node);
    assert.equal(leadership.bestSuccessor(), expected);
  }
});

test('a leader whose log hangs for an election time-out hands over, and tries again after another', () => {
  const { node, steps } = ledBy1();
  const { leadership } = setUp(connectedTo(2n, 3n), node);
  for (let now = 0; now <= 900; now += 100) leadership.tick(now, 7000, now);
  assert.deepEqual(steps, []);
  for (let now = 1000; now <= 2100; now += 100) leadership.tick(now, 7000, now);
  const handOver = { kind: 'transfer-leader', to: 3n };
  assert.deepEqual(steps, [handOver, handOver]);
  node.role = 'follower';
  for (let now = 3000; now <= 5000; now += 100) leadership.tick(now, 7000, now);
  assert.equal(steps.length, 2, 'who does not lead holds nobody up');
});

test('a request that was proposed before the leader was lost timed out; later ones were never proposed', () => {
  const { node, leadership } = setUp();
  Object.assign(node, { leader: 2n });
  leadership.note(2n, 0);
  Object.assign(node, { leader: 0n });
  leadership.note(0n, 5000);
  assert.equal(leadership.timeoutReason(4900), Reason.TIMEOUT);
  assert.equal(leadership.timeoutReason(5000), Reason.DEADLINE_EXCEEDED);
});
