import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOLLOWER_LOG_BYTES_MAX, SNAPSHOT_BYTES_PER_MS, SNAPSHOT_CALM_MS } from './limits.js';
import { SnapshotPace } from './snapshot-pace.js';

const CHUNK = SNAPSHOT_BYTES_PER_MS * 4;

function setUp() {
  const now = { ms: 1000, pending: 0, logBytes: 0 };
  const clock = { now: () => now.ms, wallTime: () => 0, setTimer: () => assert.fail(), defer: () => {} };
  const pace = new SnapshotPace({
    clock,
    pendingProposals: () => now.pending,
    keptLogBytes: () => now.logBytes,
  });
  return { now, pace };
}

/** Milliseconds that `chunks` take if each takes `workMs` and what is asked for is waited. */
function timeFor(chunks: number, workMs: number, { now, pace }: ReturnType<typeof setUp>): number {
  const began = now.ms;
  for (let i = 0; i < chunks; i++) now.ms += workMs + pace.pauseAfter(CHUNK);
  return now.ms - began;
}

test('nobody waits: as fast as it goes', () => {
  assert.equal(timeFor(100, 0, setUp()), 0);
});

test('while clients wait it keeps its rate, whether its own work takes some of that time or none', () => {
  for (const workMs of [0, 1, 3]) {
    const setup = setUp();
    setup.now.pending = 1;
    const took = timeFor(1000, workMs, setup);
    assert.ok(took > 3950 && took < 4050, `${took} ms with ${workMs} ms of work each`);
  }
  const slow = setUp();
  slow.now.pending = 1;
  assert.equal(timeFor(1000, 10, slow), 10_000, 'slower than its rate anyway');
});

test('what a stall has cost is not made up for in one burst', () => {
  const setup = setUp();
  setup.now.pending = 1;
  timeFor(10, 0, setup);
  setup.now.ms += 5000;
  assert.ok(timeFor(100, 0, setup) > 350);
});

test('a moment without requests is not calm yet, a while is', () => {
  const setup = setUp();
  setup.now.pending = 1;
  timeFor(100, 0, setup);
  setup.now.pending = 0;
  assert.ok(setup.pace.pauseAfter(CHUNK) > 0);
  setup.now.ms += SNAPSHOT_CALM_MS;
  assert.equal(setup.pace.pauseAfter(CHUNK), 0);
});

test('a log that grows too long for the receiver is more urgent than clients', () => {
  const setup = setUp();
  setup.now.pending = 1;
  setup.now.logBytes = FOLLOWER_LOG_BYTES_MAX * 0.6;
  assert.equal(timeFor(100, 0, setup), 0);
});
