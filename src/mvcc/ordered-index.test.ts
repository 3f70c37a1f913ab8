import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, Prng } from '../stdx/index.js';
import { KeyIndex } from './key-index.js';
import { NO_PAGE } from './page-pool.js';
import { sortIdsByKey } from './sort-ids.js';

/** A key index beside a sorted array of the same keys. */
class Pair {
  readonly index = new KeyIndex(7);
  readonly keys = new Map<string, number>();

  add(text: string, isLive = true): void {
    const key = Buffer.from(text, 'latin1');
    assert.equal(this.index.find(key, 0, key.length), -1);
    const id = this.index.add(this.index.hash(key, 0, key.length), key, 0, key.length);
    this.index.table.setLife(id, 1, isLive ? 1 : 0, 0, 0);
    this.index.tree.insert(id);
    this.keys.set(text, id);
  }

  remove(text: string): void {
    const id = this.keys.get(text)!;
    if (this.index.table.version(id) > 0) {
      this.index.table.setLife(id, 0, 0, 0, 0);
      this.index.tree.adjustLive(id, -1);
    }
    this.index.remove(id);
    this.keys.delete(text);
  }

  sorted(): string[] {
    return [...this.keys.keys()].sort();
  }

  /** The keys from `from` on, read off the leaves. */
  walk(from: string): string[] {
    const { tree } = this.index;
    const key = Buffer.from(from, 'latin1');
    tree.seek(key, 0, key.length);
    const out: string[] = [];
    for (let page = tree.page, slot = tree.slot; page !== NO_PAGE; page = tree.nextLeaf(page), slot = 0) {
      for (; slot < tree.entries(page); slot++) out.push(this.textOf(tree.idAt(page, slot)));
    }
    return out;
  }

  textOf(id: number): string {
    const { arena, table } = this.index;
    const at = arena.offsetOf(table.address(id));
    return Buffer.from(arena.segmentOf(table.address(id)).slice(at, at + table.keyLength(id))).toString(
      'latin1',
    );
  }

  check(): void {
    assert.equal(this.index.tree.validate(), this.keys.size);
    assert.deepEqual(this.walk('\0'), this.sorted());
  }
}

test('an empty tree has no first key', () => {
  const pair = new Pair();
  pair.check();
  pair.index.tree.seekFirst();
  assert.equal(pair.index.tree.page, NO_PAGE);
});

test('keys that come in order fill their pages', () => {
  const pair = new Pair();
  for (let i = 0; i < 20_000; i++) pair.add(`k${String(i).padStart(8, '0')}`);
  pair.check();
  let leaves = 0;
  pair.index.tree.seekFirst();
  for (let page = pair.index.tree.page; page !== NO_PAGE; page = pair.index.tree.nextLeaf(page)) leaves++;
  assert.equal(leaves, Math.ceil(20_000 / 124), 'no leaf is left half empty');
});

test('keys that come in reverse and in random order', () => {
  for (const order of ['reverse', 'random']) {
    const pair = new Pair();
    const names = Array.from({ length: 8000 }, (_, i) => `k${String(i).padStart(5, '0')}`);
    if (order === 'reverse') names.reverse();
    else new Prng(3).shuffle(names);
    for (const name of names) pair.add(name);
    pair.check();
    for (const from of ['k00000', 'k01234', 'k012345', 'k07999', 'k08', 'a', 'z']) {
      assert.deepEqual(
        pair.walk(from),
        pair.sorted().filter((k) => k >= from),
      );
    }
  }
});

test('a tree emptied from either end or the middle takes keys again', () => {
  for (const from of ['front', 'back', 'middle']) {
    const pair = new Pair();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 9000; i++) pair.add(`k${String((i * 7919) % 9000).padStart(5, '0')}`);
      pair.check();
      const victims = pair.sorted();
      if (from === 'back') victims.reverse();
      if (from === 'middle') victims.push(...victims.splice(0, 4000));
      victims.forEach((victim, i) => {
        pair.remove(victim);
        if (i % 3000 === 0) pair.check();
      });
      pair.check();
    }
  }
});

test('leaves emptied in any order take their separators with them, at every level', () => {
  const rng = new Prng(21);
  const pair = new Pair();
  for (let i = 0; i < 16_000; i++) pair.add(`k${String(i).padStart(5, '0')}`);
  const { tree } = pair.index;
  while (pair.keys.size > 0) {
    const key = Buffer.from(rng.pick([...pair.keys.keys()].slice(0, 4000)));
    tree.seek(key, 0, key.length);
    const ids: number[] = [];
    for (let i = 0; i < tree.entries(tree.page); i++) ids.push(tree.idAt(tree.page, i));
    for (const id of rng.chance(0.5) ? ids : ids.reverse()) pair.remove(pair.textOf(id));
    assert.equal(tree.validate(), pair.keys.size);
  }
});

test('random inserts and removals keep order, counts and separators', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const rng = new Prng(seed);
    const pair = new Pair();
    const space = rng.pick([200, 3000, 30_000]);
    for (let i = 0; i < 12_000; i++) {
      const name = `/p/${rng.below(space).toString(36)}`;
      if (!pair.keys.has(name)) pair.add(name, rng.chance(0.7));
      else if (rng.chance(0.8)) pair.remove(name);
      if (i % 2000 === 0) pair.check();
    }
    assert.doesNotThrow(() => pair.check(), `seed ${seed}`);
  }
});

test('a removed key is not found, its neighbours in the hash are', () => {
  const rng = new Prng(11);
  const pair = new Pair();
  for (let i = 0; i < 4000; i++) pair.add(`n${i}`);
  for (const name of rng.shuffle(pair.sorted()).slice(0, 3000)) {
    pair.remove(name);
    const key = Buffer.from(name);
    assert.equal(pair.index.find(key, 0, key.length), -1);
  }
  for (const [name, id] of pair.keys) {
    const key = Buffer.from(name);
    assert.equal(pair.index.find(key, 0, key.length), id);
  }
});

test('a bulk-loaded tree is like one that grew, and goes on growing', () => {
  for (const count of [0, 1, 111, 112, 113, 5000, 40_000]) {
    const pair = new Pair();
    const rng = new Prng(count);
    while (pair.keys.size < count) {
      const name = `/registry/${rng.pick(['a', 'bb', ''])}${rng.below(1e6)}`;
      if (pair.keys.has(name)) continue;
      const key = Buffer.from(name);
      const id = pair.index.add(pair.index.hash(key, 0, key.length), key, 0, key.length);
      pair.index.table.setLife(id, 1, rng.below(2), 0, 0);
      pair.keys.set(name, id);
    }
    const ids = toEnd(sortIdsByKey(pair.index));
    toEnd(pair.index.tree.bulkLoad(ids, ids.length));
    pair.check();
    for (let i = 0; i < 500; i++) pair.add(`/registry/x${i}`);
    for (const name of rng.shuffle(pair.sorted()).slice(0, pair.keys.size / 2)) pair.remove(name);
    pair.check();
  }
});

/** Runs what pauses now and then without a pause. */
function toEnd<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

test('ids are sorted by their bytes, whatever prefixes and zero bytes they have', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const rng = new Prng(seed);
    const index = new KeyIndex(seed);
    const prefix = rng.bytes(rng.below(4));
    const keys: Uint8Array[] = [];
    for (let i = rng.below(300); i >= 0; i--) {
      const tail = rng.bytes(rng.below(9));
      for (let j = 0; j < tail.length; j++) tail[j]! &= rng.pick([1, 255]);
      const key = Buffer.concat([prefix, tail]);
      if (key.length === 0 || index.find(key, 0, key.length) >= 0) continue;
      index.add(index.hash(key, 0, key.length), key, 0, key.length);
      keys.push(key);
    }
    const sorted = [...toEnd(sortIdsByKey(index))].map((id) => {
      const at = index.arena.offsetOf(index.table.address(id));
      return index.arena.segmentOf(index.table.address(id)).slice(at, at + index.table.keyLength(id));
    });
    assert.deepEqual(
      sorted.map((k) => Buffer.from(k).toString('hex')),
      keys.sort(compareBytes).map((k) => Buffer.from(k).toString('hex')),
      `seed ${seed}`,
    );
  }
});
