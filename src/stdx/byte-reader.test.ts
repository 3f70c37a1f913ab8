import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteReader, MalformedError } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

const TWO_63 = 2n ** 63n;

function varintOf(value: bigint): Uint8Array {
  const out = new ByteWriter(16);
  out.varint64(value);
  return out.finish();
}

describe('varint', () => {
  const edges = [0n, 1n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, TWO_63 - 1n];

  test('every signed 64-bit edge survives exactly as a bigint', () => {
    for (const edge of edges) {
      for (const value of [edge, -edge, -edge - 1n]) {
        assert.equal(new ByteReader(varintOf(value)).varint64(), value);
        assert.equal(new ByteReader(varintOf(value)).uvarint64(), BigInt.asUintN(64, value));
      }
    }
  });

  test('as a number it is exact within 2^53 and keeps its sign beyond', () => {
    for (const edge of edges) {
      for (const value of [edge, -edge, -edge - 1n]) {
        const got = new ByteReader(varintOf(value)).varint();
        if (value >= -(2n ** 53n) && value <= 2n ** 53n) assert.equal(BigInt(got), value);
        assert.equal(Math.sign(got), value === 0n ? 0 : value < 0n ? -1 : 1);
        assert.ok(Math.abs(got - Number(value)) <= Math.abs(Number(value)) * 2 ** -50);
      }
    }
  });

  test('what lies above bit 63 is cut off', () => {
    const bytes = new Uint8Array(10).fill(0x80);
    bytes[0] = 0x85;
    bytes[9] = 0x7e;
    assert.equal(new ByteReader(bytes).uvarint(), 5);
    assert.equal(new ByteReader(bytes).uvarint64(), 5n);
  });

  test('an eleventh byte and a missing byte are malformed', () => {
    const long = new Uint8Array(11).fill(0x80);
    assert.throws(() => new ByteReader(long).uvarint(), MalformedError);
    assert.throws(() => new ByteReader(long, 0, 9).uvarint(), MalformedError);
  });
});
