import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter, Prng, toHex } from '../stdx/index.js';
import {
  appendKeyOnly,
  frameBytes,
  framedBytesMax,
  KeyValueFields,
  keyFieldBytes,
  leaseOf,
  writeKeyValue,
  writeTombstone,
} from './key-value.js';

const EDGES = [1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1];
const LEASES = [
  0n,
  1n,
  127n,
  128n,
  2n ** 31n,
  2n ** 32n,
  2n ** 35n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -1n,
  -(2n ** 63n),
];

function reference(
  key: Uint8Array,
  create: number,
  mod: number,
  version: number,
  value: Uint8Array,
  lease: bigint,
) {
  const w = new ByteWriter();
  w.bytesField(1, key);
  w.intField(2, create);
  w.intField(3, mod);
  w.intField(4, version);
  w.bytesField(5, value);
  w.int64Field(6, lease);
  return w.finish();
}

test('a KeyValue is encoded as protobuf does and read back, at every edge of its numbers', () => {
  const rng = new Prng(5);
  const fields = new KeyValueFields();
  const span = { start: 0, end: 0 };
  for (let i = 0; i < 1200; i++) {
    const key = rng.bytes(rng.pick([1, 8, 30, 127, 128, 200, 20_000]));
    const value = rng.bytes(rng.pick([0, 1, 24, 25, 127, 128, 16_400]));
    const create = rng.pick(EDGES);
    const mod = rng.pick(EDGES);
    const version = rng.pick(EDGES);
    const lease = rng.pick(LEASES);
    const bits = BigInt.asUintN(64, lease);
    const low = Number(bits & 0xffffffffn);
    const high = Number(bits >> 32n);
    const max = framedBytesMax(key.length, value.length);
    const buf = new Uint8Array(max + 20).fill(0xaa);
    writeKeyValue(buf, 10, key, 0, key.length, create, mod, version, value, 0, value.length, low, high, span);
    const expected = reference(key, create, mod, version, value, lease);
    assert.equal(toHex(buf.subarray(span.start, span.end)), toHex(expected));
    const frame = new ByteWriter();
    frame.bytesFieldAlways(2, expected);
    const framed = buf.subarray(span.start - frameBytes(expected.length), span.end);
    assert.equal(toHex(framed), toHex(frame.finish()));
    assert.equal(
      buf.subarray(0, 10).every((b) => b === 0xaa),
      true,
    );
    assert.equal(
      buf.subarray(10 + max).every((b) => b === 0xaa),
      true,
      'the bound holds',
    );
    fields.read(new ByteReader(buf, span.start, span.end));
    assert.deepEqual([fields.createRevision, fields.modRevision, fields.version], [create, mod, version]);
    assert.equal(leaseOf(fields.leaseLow, fields.leaseHigh), lease);
    assert.deepEqual(buf.subarray(fields.keyStart, fields.keyEnd), key);
    assert.deepEqual(buf.subarray(fields.valueStart, fields.valueEnd), value);
  }
});

test('a tombstone shows key and revision, and begins with the key field', () => {
  for (const length of [1, 127, 128, 300]) {
    const key = new Prng(length).bytes(length);
    const buf = new Uint8Array(framedBytesMax(length, 0));
    const span = { start: 0, end: 0 };
    writeTombstone(buf, 0, key, 0, length, 300, span);
    assert.equal(
      toHex(buf.subarray(span.start, span.end)),
      toHex(reference(key, 0, 300, 0, new Uint8Array(0), 0n)),
    );
    const record = buf.subarray(span.start, span.start + keyFieldBytes(length));
    assert.equal(toHex(record), toHex(reference(key, 0, 0, 0, new Uint8Array(0), 0n)));
  }
});

test('an answer without values grows its writer as needed', () => {
  const out = new ByteWriter(4);
  const expected = new ByteWriter();
  const span = { start: 0, end: 0 };
  for (let i = 1; i < 200; i++) {
    const key = new Prng(i).bytes(i);
    appendKeyOnly(out, key, 0, i, i, i * 1000, 1, i % 3, 0, span);
    expected.bytesFieldAlways(2, reference(key, i, i * 1000, 1, new Uint8Array(0), BigInt(i % 3)));
  }
  assert.equal(toHex(out.view()), toHex(expected.view()));
});
