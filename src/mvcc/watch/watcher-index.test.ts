import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, encodeUtf8, Prng } from '../../stdx/index.js';
import { EVENT_DELETE, EVENT_PUT } from './event-segment.js';
import { Matches } from './matches.js';
import type { WatchSink } from './watcher.js';
import { Watcher } from './watcher.js';
import { WatcherIndex } from './watcher-index.js';

const SINK: WatchSink = { reader: { ready: true }, deliver: () => {}, compacted: () => {} };

function watcherOf(key: Uint8Array, rangeEnd: Uint8Array): Watcher {
  return new Watcher(
    { key, rangeEnd, startRevision: 0, eventMask: EVENT_PUT | EVENT_DELETE, prevKv: false },
    SINK,
    1,
  );
}

function contains(watcher: Watcher, key: Uint8Array): boolean {
  const { key: start, rangeEnd } = watcher.spec;
  if (rangeEnd.length === 0) return compareBytes(start, key) === 0;
  if (compareBytes(key, start) < 0) return false;
  return (rangeEnd.length === 1 && rangeEnd[0] === 0) || compareBytes(key, rangeEnd) < 0;
}

function randomKey(prng: Prng): Uint8Array {
  return prng.bytes(prng.between(1, 3)).map((b) => b % 7);
}

test('finds exactly the watchers a linear search finds, through random adds and removes', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const prng = new Prng(seed);
    const index = new WatcherIndex();
    const all: Watcher[] = [];
    for (let round = 0; round < 300; round++) {
      if (all.length > 0 && prng.chance(0.4)) {
        const [gone] = all.splice(prng.below(all.length), 1);
        index.remove(gone!);
      } else {
        const start = randomKey(prng);
        const end = randomKey(prng);
        const single = prng.chance(0.4);
        const open = prng.chance(0.1);
        if (!single && !open && compareBytes(end, start) <= 0) continue;
        const watcher = watcherOf(start, single ? new Uint8Array(0) : open ? new Uint8Array(1) : end);
        all.push(watcher);
        index.add(watcher);
      }
      assert.equal(index.size, all.length);
      const key = randomKey(prng);
      // The key lies somewhere in a larger buffer.
      const buf = new Uint8Array(key.length + 4).fill(3);
      buf.set(key, 2);
      const matches = new Matches();
      index.match(buf, 2, 2 + key.length, matches);
      const found = matches.watchers;
      assert.equal(new Set(found).size, found.length, `seed ${seed}: no watcher twice`);
      assert.deepEqual(new Set(found), new Set(all.filter((w) => contains(w, key))), `seed ${seed}`);
    }
  }
});

test('keys of equal hash are told apart', () => {
  // FNV-1a collides in 32 bits for these two (a well-known pair).
  const costarring = encodeUtf8('costarring');
  const liquid = encodeUtf8('liquid');
  const index = new WatcherIndex();
  const one = watcherOf(costarring, new Uint8Array(0));
  const other = watcherOf(liquid, new Uint8Array(0));
  index.add(one);
  index.add(other);
  const match = (key: Uint8Array): Watcher[] => {
    const found = new Matches();
    index.match(key, 0, key.length, found);
    return found.watchers;
  };
  assert.deepEqual(match(costarring), [one]);
  assert.deepEqual(match(liquid), [other]);
  index.remove(one);
  assert.deepEqual(match(costarring), []);
  assert.deepEqual(match(liquid), [other]);
  index.add(one);
  index.remove(other);
  assert.deepEqual(match(liquid), []);
  assert.deepEqual(match(costarring), [one]);
});

test('many watchers of nested ranges stay cheap to find', () => {
  const index = new WatcherIndex();
  for (let i = 0; i < 20000; i++) {
    const key = encodeUtf8(`k${String(i).padStart(5, '0')}`);
    const end = encodeUtf8(`k${String(i + 1).padStart(5, '0')}`);
    index.add(watcherOf(key, end));
  }
  const found = new Matches();
  for (let i = 0; i < 20000; i += 7) {
    const key = encodeUtf8(`k${String(i).padStart(5, '0')}x`);
    found.count = 0;
    index.match(key, 0, key.length, found);
    assert.equal(found.count, 1);
  }
});
