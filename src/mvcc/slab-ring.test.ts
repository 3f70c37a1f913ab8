import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLAB_BYTES } from './limits.js';
import { SlabRing } from './slab-ring.js';

/** Fills the ring with records of half a slab; each gets its number as sequence number. */
function fill(ring: SlabRing, from: number, to: number): void {
  for (let seq = from; seq < to; seq++) {
    ring.reserve(SLAB_BYTES / 2, seq);
    ring.buf[ring.len] = seq;
    ring.len += SLAB_BYTES / 2;
  }
}

test('a slab stays until its last record is committed, however full the ring is', () => {
  const ring = new SlabRing(0);
  fill(ring, 0, 6);
  ring.release(0);
  assert.equal(ring.firstSlab, 1);
  ring.release(1);
  assert.equal(ring.firstSlab, 1, 'record 1 is not committed yet');
  ring.release(2);
  assert.equal(ring.firstSlab, 2);
  ring.release(6);
  assert.equal(ring.firstSlab, 3, 'the slab being filled stays');
  assert.equal(ring.has(2), false);
  assert.equal(ring.bufOf(3)[0], 4);
});

test('committed slabs stay as long as there is room', () => {
  const ring = new SlabRing(3 * SLAB_BYTES);
  fill(ring, 0, 6);
  ring.release(6);
  assert.equal(ring.firstSlab, 1);
  fill(ring, 6, 8);
  ring.release(8);
  assert.equal(ring.firstSlab, 2);
  assert.equal(ring.bytes, 3 * SLAB_BYTES);
});

test('a freed slab is filled again, so a full ring allocates nothing', () => {
  const ring = new SlabRing(2 * SLAB_BYTES);
  const bufs = new Set<Uint8Array>();
  for (let seq = 0; seq < 100; seq++) {
    fill(ring, seq, seq + 1);
    ring.release(seq + 1);
    bufs.add(ring.buf);
  }
  assert.equal(bufs.size <= 4, true);
});

test('a record larger than a slab has one of its own', () => {
  const ring = new SlabRing(SLAB_BYTES);
  ring.reserve(10, 0);
  ring.len += 10;
  ring.reserve(3 * SLAB_BYTES, 1);
  assert.equal(ring.buf.length, 3 * SLAB_BYTES);
  ring.len += 3 * SLAB_BYTES;
  ring.reserve(10, 2);
  assert.equal(ring.buf.length, SLAB_BYTES);
  assert.equal(ring.slab, 3);
  ring.release(2);
  assert.equal(ring.firstSlab, 3);
});
