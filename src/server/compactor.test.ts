import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Store, StoreCounters } from '../mvcc/index.js';
import { Reason } from '../state-machine/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { Compactor } from './compactor.js';

/** A store with so many slices of removal to do. */
class FakeStore {
  compactedRevision = -1;
  finishedCompactRevision = -1;
  slices = 0;
  readonly steps: number[] = [];
  readonly counters = new StoreCounters();

  compact(revision: number, slices: number): void {
    this.compactedRevision = revision;
    this.slices = slices;
  }

  compactSome(recordsMax: number): boolean {
    this.steps.push(recordsMax);
    if (this.slices > 0) {
      this.slices--;
      this.counters.compactedRecords += recordsMax;
    }
    return this.slices > 0;
  }
}

function setUp() {
  const store = new FakeStore();
  const clock = new ManualClock();
  let changes = 0;
  const options = { compactionBatchLimit: 7, compactionSleepMs: 10 };
  const compactor = new Compactor(store as unknown as Store, clock, options, () => {
    changes++;
  });
  return { store, clock, compactor, changes: () => changes };
}

test('removals are done in slices with a pause before each, and told of for the backend', () => {
  const { store, clock, compactor, changes } = setUp();
  compactor.noteChanges();
  clock.advance(1000);
  assert.deepEqual(store.steps, [7], 'after a start it looks once for work that was left');
  store.compact(5, 3);
  compactor.noteChanges();
  compactor.noteChanges();
  clock.advance(9);
  assert.equal(store.steps.length, 1);
  clock.advance(21);
  assert.deepEqual([store.steps.length, changes()], [4, 4]);
  clock.advance(1000);
  assert.deepEqual([store.steps.length, clock.timerCount], [4, 0], 'then it rests');
  compactor.noteChanges();
  clock.advance(1000);
  assert.equal(store.steps.length, 4, 'entries without a compaction change nothing');
});

test('a compaction during another one is seen', () => {
  const { store, clock, compactor } = setUp();
  store.compact(5, 2);
  compactor.noteChanges();
  clock.advance(10);
  store.compact(9, 3);
  compactor.noteChanges();
  clock.advance(1000);
  assert.equal(store.steps.length, 4);
});

test('who waits is told once the revision is finished, each once', () => {
  const { store, compactor } = setUp();
  const told: string[] = [];
  store.compact(9, 5);
  compactor.whenFinished(5, () => told.push('5'));
  compactor.whenFinished(9, () => told.push('9'));
  compactor.noteCommitted();
  assert.equal(told.length, 0);
  store.finishedCompactRevision = 5;
  compactor.noteCommitted();
  assert.deepEqual(told, ['5']);
  store.finishedCompactRevision = 9;
  compactor.noteCommitted();
  compactor.noteCommitted();
  assert.deepEqual(told, ['5', '9']);
  compactor.whenFinished(9, (refusal) => told.push(String(refusal)));
  assert.deepEqual(told, ['5', '9', 'undefined'], 'finished already');
});

test('a stop ends the work and tells who waits', () => {
  const { store, clock, compactor } = setUp();
  const told: (string | undefined)[] = [];
  store.compact(9, 5);
  compactor.noteChanges();
  compactor.whenFinished(9, (refusal) => told.push(refusal?.message));
  compactor.stop();
  compactor.stop();
  assert.equal(told.length, 1);
  compactor.noteChanges();
  clock.advance(1000);
  assert.deepEqual(store.steps, []);
  compactor.whenFinished(9, (refusal) => told.push(refusal?.message));
  assert.deepEqual(told, [Reason.STOPPED.message, Reason.STOPPED.message]);
});
