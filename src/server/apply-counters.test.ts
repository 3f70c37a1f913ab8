import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestKind } from '../wire/index.js';
import { ApplyCounters } from './apply-counters.js';

test('each entry of a batch counts with its even share', () => {
  const counters = new ApplyCounters();
  counters.note(RequestKind.PUT, true);
  counters.note(RequestKind.PUT, true);
  counters.note(RequestKind.TXN, false);
  counters.note(RequestKind.PUT, false);
  assert.deepEqual([...counters.all()], [], 'nothing is known before the batch is through');
  counters.endBatch(4);
  counters.note(RequestKind.PUT, true);
  counters.endBatch(0.5);
  counters.endBatch(100);
  const seen = [...counters.all()].map(({ kind, success, seconds }) => [
    kind,
    success,
    seconds.count,
    seconds.sum,
  ]);
  assert.deepEqual(seen, [
    [RequestKind.PUT, true, 3, 2.5],
    [RequestKind.PUT, false, 1, 1],
    [RequestKind.TXN, false, 1, 1],
  ]);
});
