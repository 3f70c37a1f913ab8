import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, EMPTY_BYTES, Prng } from '../../stdx/index.js';
import type { Entry } from '../entry.js';
import { EMPTY_CONF_STATE, EntryKind } from '../entry.js';
import { ENTRY_OVERHEAD_BYTES } from '../limits.js';
import { MemoryStorage } from './memory-storage.js';

const entry = (index: number, term: number, bytes = 0): Entry => ({
  index,
  term,
  kind: EntryKind.NORMAL,
  data: new Uint8Array(bytes),
});

test('appends overwrite from the first new index and skip what is compacted', () => {
  const storage = new MemoryStorage();
  storage.append([entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)]);
  assert.ok(storage.compact(2));
  assert.equal(storage.compact(2), false);
  storage.append([entry(2, 1), entry(3, 2)]);
  assert.deepEqual([storage.firstIndex(), storage.lastIndex()], [3, 3]);
  assert.deepEqual([storage.term(1), storage.term(2), storage.term(3), storage.term(4)], [null, 1, 2, null]);
  assert.throws(() => storage.append([entry(5, 2)]), AssertionError);
});

test('entries are cut after the byte limit, but one is always returned', () => {
  const storage = new MemoryStorage();
  storage.append([entry(1, 1, 10), entry(2, 1, 10), entry(3, 1, 10)]);
  const cost = ENTRY_OVERHEAD_BYTES + 10;
  const count = (bytesMax: number) => storage.entries(1, 4, bytesMax).length;
  assert.deepEqual(
    [count(0), count(cost), count(2 * cost - 1), count(2 * cost), count(Infinity)],
    [1, 1, 1, 2, 3],
  );
});

test('a snapshot replaces the log unless a newer one is installed', () => {
  const storage = new MemoryStorage();
  storage.append([entry(1, 1), entry(2, 1)]);
  const snapshot = { index: 9, term: 3, confState: { ...EMPTY_CONF_STATE, voters: [1n] }, data: EMPTY_BYTES };
  assert.ok(storage.installSnapshot(snapshot));
  assert.equal(storage.installSnapshot({ ...snapshot, index: 8 }), false);
  assert.deepEqual([storage.firstIndex(), storage.lastIndex(), storage.term(9)], [10, 9, 3]);
  assert.deepEqual(storage.initialState().confState.voters, [1n]);
});

test('it behaves like a plain array under random appends and compactions', () => {
  const seed = Number(process.env['QUOIN_SEED'] ?? 7);
  const prng = new Prng(seed);
  const storage = new MemoryStorage();
  const twin: (Entry | null)[] = [entry(0, 0)];
  let head = 0;
  for (let round = 0; round < 3000; round++) {
    if (prng.chance(0.7)) {
      const from = prng.between(head + 1, twin.length);
      const entries = Array.from({ length: prng.between(1, 40) }, (_, i) => entry(from + i, round));
      twin.length = from;
      twin.push(...entries);
      storage.append(entries);
    } else if (twin.length - 1 > head) {
      head = prng.between(head + 1, twin.length - 1);
      storage.compact(head);
    }
    const shown = `seed ${seed}, round ${round}`;
    assert.equal(storage.firstIndex(), head + 1, shown);
    assert.equal(storage.lastIndex(), twin.length - 1, shown);
    const low = prng.between(head + 1, twin.length);
    if (low === twin.length) continue;
    assert.deepEqual(storage.entries(low, twin.length, Infinity), twin.slice(low), shown);
  }
});
