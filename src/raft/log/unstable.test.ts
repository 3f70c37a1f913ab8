import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_BYTES } from '../../stdx/index.js';
import type { Entry } from '../entry.js';
import { EMPTY_CONF_STATE, EntryKind } from '../entry.js';
import { Unstable } from './unstable.js';

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  kind: EntryKind.NORMAL,
  data: EMPTY_BYTES,
});

test('an ack counts only for the entry that is held: index and term', () => {
  const unstable = new Unstable(5);
  unstable.append([entry(5, 1), entry(6, 1)]);
  unstable.accept();
  unstable.append([entry(6, 2)]);
  assert.deepEqual(unstable.stableTo(6, 1), { kind: 'mismatch', held: { index: 6, term: 2 } });
  assert.equal(unstable.count, 2);
  assert.deepEqual(unstable.stableTo(9, 1), { kind: 'unknown' });
  assert.deepEqual(unstable.stableTo(6, 2), { kind: 'stable' });
  assert.deepEqual([unstable.count, unstable.offset], [0, 7]);
  assert.deepEqual(unstable.stableTo(6, 2), { kind: 'unknown' });
});

test('overwritten entries are handed out again', () => {
  const unstable = new Unstable(5);
  unstable.append([entry(5, 1), entry(6, 1), entry(7, 1)]);
  unstable.accept();
  assert.equal(unstable.hasPendingEntries, false);
  assert.equal(unstable.append([entry(6, 2)]), 'truncated');
  assert.deepEqual(
    unstable.pendingEntries().map((e) => [e.index, e.term]),
    [[6, 2]],
  );
  assert.equal(unstable.append([entry(4, 3)]), 'replaced');
  assert.deepEqual(
    unstable.pendingEntries().map((e) => [e.index, e.term]),
    [[4, 3]],
  );
});

test('a snapshot takes the place of everything until it is stable', () => {
  const unstable = new Unstable(5);
  unstable.append([entry(5, 1)]);
  unstable.restore({ index: 9, term: 2, confState: EMPTY_CONF_STATE, data: EMPTY_BYTES });
  assert.deepEqual(
    [unstable.firstIndex(), unstable.lastIndex(), unstable.term(9), unstable.term(5)],
    [10, 9, 2, null],
  );
  assert.ok(unstable.hasPendingSnapshot);
  unstable.accept();
  assert.equal(unstable.hasPendingSnapshot, false);
  unstable.stableSnapshotTo(8);
  assert.ok(unstable.snapshot !== null);
  unstable.stableSnapshotTo(9);
  assert.deepEqual([unstable.snapshot, unstable.lastIndex(), unstable.offset], [null, null, 10]);
});
