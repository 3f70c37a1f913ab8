import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '../../stdx/index.js';
import { Inflights } from './inflights.js';
import { Progress } from './progress.js';

test('the window is full by messages or by bytes, and an ack frees all it covers', () => {
  const window = new Inflights(3, 100);
  window.add(1, 10);
  window.add(2, 10);
  assert.equal(window.full, false);
  window.add(5, 10);
  assert.equal(window.full, true);
  assert.throws(() => window.add(6, 1), AssertionError);
  window.freeUpTo(4);
  assert.deepEqual([window.count, window.bytes, window.full], [1, 10, false]);
  window.add(6, 500);
  assert.equal(window.full, true, 'the last message may overshoot the bytes');
  window.freeUpTo(6);
  assert.deepEqual([window.count, window.bytes], [0, 0]);
});

test('a long-lived window does not grow', () => {
  const window = new Inflights(4, Infinity);
  for (let i = 1; i < 10_000; i++) {
    window.add(i, 1);
    window.freeUpTo(i - 2);
  }
  assert.deepEqual([window.count, window.bytes], [2, 2]);
});

function replicating(match: number): Progress {
  const progress = new Progress(2n, match + 1, new Inflights(2, Infinity));
  progress.match = match;
  progress.becomeReplicate();
  return progress;
}

test('streaming advances next and pauses with a full window; an ack resumes', () => {
  const progress = replicating(5);
  progress.sentAppend(2, 1, 5);
  progress.sentAppend(1, 1, 5);
  assert.deepEqual([progress.next, progress.paused], [9, true]);
  assert.equal(progress.acked(7), true);
  assert.equal(progress.acked(7), false);
  progress.inflights.freeUpTo(7);
  assert.deepEqual([progress.match, progress.next, progress.paused], [7, 9, false]);
});

test('a probe pauses after entries, and only its own rejection moves it', () => {
  const progress = replicating(5);
  progress.sentAppend(4, 1, 5);
  progress.becomeProbe();
  assert.deepEqual([progress.next, progress.paused, progress.inflights.count], [6, false, 0]);
  progress.sentAppend(1, 1, 5);
  assert.equal(progress.paused, true);
  assert.equal(progress.rejected(9, 3), false, 'not the present probe');
  assert.equal(progress.rejected(5, 3), true);
  assert.deepEqual([progress.next, progress.paused], [6, false], 'never below what matches');
});

test('after a snapshot the next entry follows it, after a failed one it follows the match', () => {
  const sent = replicating(5);
  sent.becomeSnapshot(20);
  assert.deepEqual([sent.paused, sent.next], [true, 21]);
  sent.becomeProbe();
  assert.deepEqual([sent.next, sent.pendingSnapshot], [21, 0]);
  const failed = replicating(5);
  failed.becomeSnapshot(20);
  failed.pendingSnapshot = 0;
  failed.becomeProbe();
  assert.deepEqual([failed.next, failed.sentCommit], [6, 5]);
});
