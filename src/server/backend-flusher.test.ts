import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONF_STATE } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { BackendFlusher } from './backend-flusher.js';
import { BACKEND_BACKLOG_BYTES_MAX, BACKEND_PENDING_BYTES } from './limits.js';

/** A state machine with a store whose commits end when the test says so. */
class FakeMachine {
  appliedIndex = 0;
  appliedTerm = 1;
  confState = EMPTY_CONF_STATE;
  readonly commits: { index: number; done: () => void; fail: (error: Error) => void }[] = [];
  readonly store = {
    pendingCount: 0,
    pendingBytes: 0,
    flush: (): Promise<void> => {
      this.store.pendingCount = 0;
      this.store.pendingBytes = 0;
      return new Promise((done, fail) => {
        this.commits.push({ index: this.appliedIndex, done, fail });
      });
    },
  };

  apply(count: number, bytes = 10): void {
    this.appliedIndex += count;
    this.store.pendingCount += count;
    this.store.pendingBytes += count * bytes;
  }
}

function setUp() {
  const machine = new FakeMachine();
  const clock = new ManualClock();
  const durable: number[] = [];
  const failures: string[] = [];
  const flusher = new BackendFlusher(
    machine as unknown as StateMachine,
    clock,
    { batchLimit: 10, batchMs: 100 },
    ({ index }) => void durable.push(index),
    (error) => void failures.push(error.message),
  );
  const apply = (count: number, bytes?: number): void => {
    machine.apply(count, bytes);
    flusher.noteChanges();
  };
  return { machine, clock, durable, failures, flusher, apply };
}

async function turn(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

test('changes are committed a while after the first of them, together', async () => {
  const { machine, clock, durable, apply } = setUp();
  apply(1);
  clock.advance(60);
  apply(2);
  clock.advance(39);
  assert.equal(machine.commits.length, 0);
  clock.advance(1);
  assert.deepEqual(
    machine.commits.map(({ index }) => index),
    [3],
  );
  assert.deepEqual(durable, []);
  machine.commits[0]!.done();
  await turn();
  assert.deepEqual(durable, [3]);
  clock.advance(1000);
  assert.equal(machine.commits.length, 1, 'nothing new, no commit');
});

test('many changes or bytes are committed at once', () => {
  const { machine, apply } = setUp();
  apply(9);
  assert.equal(machine.commits.length, 0);
  apply(1);
  assert.equal(machine.commits.length, 1);
  apply(1, BACKEND_PENDING_BYTES);
  assert.equal(machine.commits.length, 2);
});

test('an applied index alone is committed too: entries without effect must not be replayed for ever', () => {
  const { machine, clock, flusher } = setUp();
  machine.appliedIndex = 5;
  flusher.noteChanges();
  clock.advance(100);
  assert.deepEqual(
    machine.commits.map(({ index }) => index),
    [5],
  );
});

test('two commits are under way at the most; what gathers meanwhile goes after one of them', async () => {
  const { machine, clock, durable, apply } = setUp();
  apply(10);
  apply(10);
  apply(10);
  clock.advance(1000);
  assert.equal(machine.commits.length, 2);
  machine.commits[0]!.done();
  await turn();
  assert.deepEqual([machine.commits.length, durable], [3, [10]]);
});

test('it is behind while too many bytes are pending or under way', async () => {
  const { machine, flusher, apply } = setUp();
  apply(1, BACKEND_BACKLOG_BYTES_MAX + 1);
  assert.ok(flusher.isBehind);
  machine.commits[0]!.done();
  await turn();
  assert.equal(flusher.isBehind, false);
  machine.store.pendingBytes = BACKEND_BACKLOG_BYTES_MAX + 1;
  assert.ok(flusher.isBehind);
});

test('a failure is told of once and ends it', async () => {
  const { machine, clock, durable, failures, flusher, apply } = setUp();
  apply(10);
  apply(10);
  machine.commits[0]!.fail(new Error('first'));
  machine.commits[1]!.fail(new Error('second'));
  await turn();
  apply(50);
  clock.advance(1000);
  await flusher.stop();
  assert.deepEqual([failures, durable, machine.commits.length], [['first'], [], 2]);
});

test('an error of who is told of a commit is a failure, not an unhandled rejection', async () => {
  const machine = new FakeMachine();
  const failures: string[] = [];
  const flusher = new BackendFlusher(
    machine as unknown as StateMachine,
    new ManualClock(),
    { batchLimit: 1, batchMs: 100 },
    () => {
      throw new Error('listener');
    },
    (error) => void failures.push(error.message),
  );
  machine.apply(1);
  flusher.noteChanges();
  machine.commits[0]!.done();
  await turn();
  assert.deepEqual(failures, ['listener']);
});

test('stop commits what is left, waits for all of it, and commits nothing later', async () => {
  const { machine, clock, durable, flusher, apply } = setUp();
  apply(10);
  apply(3);
  let stopped = false;
  void flusher.stop().then(() => {
    stopped = true;
  });
  assert.deepEqual(
    machine.commits.map(({ index }) => index),
    [10, 13],
  );
  machine.commits[1]!.done();
  await turn();
  assert.equal(stopped, false, 'the first is still under way');
  machine.commits[0]!.done();
  await turn();
  assert.equal(stopped, true);
  assert.deepEqual(durable, [13, 10]);
  apply(20);
  clock.advance(1000);
  assert.equal(machine.commits.length, 2);
});

test('what is abandoned commits nothing and tells nobody', async () => {
  const { machine, clock, durable, failures, flusher, apply } = setUp();
  apply(10);
  apply(3);
  flusher.abandon();
  clock.advance(1000);
  machine.commits[0]!.done();
  await turn();
  await flusher.stop();
  assert.deepEqual([machine.commits.length, durable, failures], [1, [], []]);
});
