import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { PagedBytes } from './paged-bytes.js';

/** The naive twin. */
class PlainBytes {
  bytes = new Uint8Array(0);

  write(bytes: Uint8Array, offset: number): void {
    this.resize(Math.max(this.bytes.length, offset + bytes.length));
    this.bytes.set(bytes, offset);
  }

  resize(size: number): void {
    const next = new Uint8Array(size);
    next.set(this.bytes.subarray(0, size));
    this.bytes = next;
  }

  clone(): PlainBytes {
    const copy = new PlainBytes();
    copy.bytes = this.bytes.slice();
    return copy;
  }
}

function contentOf(bytes: PagedBytes): Uint8Array {
  const all = new Uint8Array(bytes.size);
  assert.equal(bytes.read(all, 0), bytes.size);
  return all;
}

test('pages and their shared copies hold what plain bytes would', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const prng = new Prng(seed);
    const pairs = [{ paged: new PagedBytes(), plain: new PlainBytes() }];
    for (let step = 0; step < 60; step++) {
      const { paged, plain } = prng.pick(pairs);
      const action = prng.below(4);
      if (action === 0 && pairs.length < 5) {
        pairs.push({ paged: paged.clone(), plain: plain.clone() });
      } else if (action === 1) {
        const size = prng.below(60_000);
        paged.resize(size);
        plain.resize(size);
      } else {
        const bytes = prng.bytes(prng.pick([1, 100, 16_384, 40_000]));
        const offset = prng.pick([0, 16_383, 16_384, prng.below(50_000)]);
        paged.write(bytes, offset);
        plain.write(bytes, offset);
      }
    }
    for (const { paged, plain } of pairs) assert.deepEqual(contentOf(paged), plain.bytes, `seed ${seed}`);
  }
});

test('a read ends where the bytes end', () => {
  const paged = new PagedBytes();
  paged.write(new Uint8Array([1, 2, 3]), 2);
  const into = new Uint8Array(8).fill(9);
  assert.equal(paged.read(into, 1), 4);
  assert.deepEqual(into, new Uint8Array([0, 1, 2, 3, 9, 9, 9, 9]));
  assert.equal(paged.read(into, 5), 0);
  assert.equal(paged.read(into, 50), 0);
});
