import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { KeyArena } from './key-arena.js';

const MIB = 1 << 20;

test('keys of every length keep their bytes while others come and go', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const rng = new Prng(seed);
    const arena = new KeyArena();
    const held: { address: number; key: Uint8Array }[] = [];
    for (let i = 0; i < 6000; i++) {
      if (held.length > 0 && rng.chance(0.45)) {
        const at = rng.below(held.length);
        const { address, key } = held[at]!;
        assert.equal(arena.equals(address, key.length, key, 0, key.length), true, `seed ${seed}`);
        arena.remove(address, key.length);
        held[at] = held[held.length - 1]!;
        held.pop();
      } else {
        const key = rng.bytes(rng.chance(0.02) ? rng.between(1000, 9000) : rng.between(1, 80));
        held.push({ address: arena.add(key, 0, key.length), key });
      }
    }
    assert.equal(new Set(held.map((h) => h.address)).size, held.length);
    for (const { address, key } of held) {
      assert.equal(arena.compare(address, key.length, key, 0, key.length), 0, `seed ${seed}`);
    }
  }
});

test('a freed block is used again by a key of its size', () => {
  const arena = new KeyArena();
  const key = new Uint8Array(40).fill(1);
  const first = arena.add(key, 0, 40);
  arena.add(key, 0, 40);
  arena.remove(first, 40);
  assert.equal(arena.add(key, 0, 38), first);
});

test('a key longer than a segment has one of its own, and the small ones go on behind', () => {
  const arena = new KeyArena();
  const small = Uint8Array.of(1, 2, 3);
  const long = new Uint8Array(9 * MIB).fill(7);
  const a = arena.add(small, 0, 3);
  const b = arena.add(long, 0, long.length);
  const c = arena.add(small, 0, 3);
  assert.equal(arena.equals(a, 3, small, 0, 3), true);
  assert.equal(arena.equals(b, long.length, long, 0, long.length), true);
  assert.equal(arena.equals(c, 3, small, 0, 3), true);
});

test('a shorter key sorts before its extensions, bytes as unsigned', () => {
  const arena = new KeyArena();
  const stored = arena.add(Uint8Array.of(0x61, 0x80), 0, 2);
  const compare = (...bytes: number[]): number =>
    Math.sign(arena.compare(stored, 2, Uint8Array.from(bytes), 0, bytes.length));
  assert.equal(compare(0x61, 0x80), 0);
  assert.equal(compare(0x61, 0x80, 0), -1);
  assert.equal(compare(0x61), 1);
  assert.equal(compare(0x61, 0x7f), 1);
  assert.equal(compare(0x61, 0x81), -1);
});
