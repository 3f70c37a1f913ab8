import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLES, type Table } from '../mvcc/index.js';
import { compareBytes, concatBytes, crc32c, encodeUtf8, MalformedError, Prng, toHex } from '../stdx/index.js';
import { MemoryBackend } from '../storage/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { SNAPSHOT_CHUNK_BYTES, SNAPSHOT_SLICE_RECORDS } from './limits.js';
import { SnapshotBody } from './snapshot-body.js';
import { SnapshotDecoder, type SnapshotHeader } from './snapshot-format.js';

const HEADER: SnapshotHeader = { clusterId: 0xfedc_ba98_7654_3210n, index: 12_345, term: 7 };

type Row = readonly [Table, Uint8Array, Uint8Array];

async function backendOf(rows: readonly Row[]): Promise<MemoryBackend> {
  const backend = new MemoryBackend();
  await backend.commit((tx) => {
    for (const [table, key, value] of rows) tx.put(table, key, value);
  });
  return backend;
}

async function readAll(backend: MemoryBackend): Promise<Uint8Array[]> {
  const clock = new ManualClock();
  const body = new SnapshotBody(backend.snapshot(), HEADER, clock, { pauseAfter: () => 0 });
  const chunks: Uint8Array[] = [];
  for (;;) {
    const next = body.next();
    clock.runDeferred();
    const chunk = await next;
    if (chunk === undefined) break;
    chunks.push(chunk.slice());
  }
  body.close();
  await backend.close();
  return chunks;
}

/** All records if the stream is whole, as lines; else throws, or says that it is not complete. */
function decode(chunks: readonly Uint8Array[]): string[] | 'incomplete' {
  const lines: string[] = [];
  const decoder = new SnapshotDecoder({
    header: (header) => assert.deepEqual(header, HEADER),
    record: (table, key, value) => lines.push(lineOf(table, key, value)),
  });
  for (const chunk of chunks) {
    decoder.push(chunk);
    while (decoder.step());
  }
  return decoder.isComplete ? lines : 'incomplete';
}

/** Short, for values may be long. */
function lineOf(table: Table, key: Uint8Array, value: Uint8Array): string {
  return `${table} ${toHex(key)} ${value.length} ${crc32c(value)}`;
}

const linesOf = (rows: readonly Row[]): string[] =>
  [...rows]
    .sort((a, b) => TABLES.indexOf(a[0]) - TABLES.indexOf(b[0]) || compareBytes(a[1], b[1]))
    .map(([table, key, value]) => lineOf(table, key, value));

function cutAnew(prng: Prng, chunks: readonly Uint8Array[], bytesMax: number): Uint8Array[] {
  const all = concatBytes(chunks);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < all.length; ) {
    const end = Math.min(all.length, at + prng.between(0, bytesMax));
    pieces.push(all.subarray(at, end));
    at = end;
  }
  return pieces;
}

test('what is read comes out again, however the stream is cut', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const prng = new Prng(seed);
    const rows = new Map<string, Row>();
    for (let i = prng.between(0, 1200); i > 0; i--) {
      const table = prng.pick(TABLES);
      const key = prng.bytes(prng.between(1, 20));
      const large = prng.chance(0.005) ? prng.between(60_000, 300_000) : 0;
      rows.set(`${table} ${toHex(key)}`, [table, key, prng.bytes(large + prng.between(0, 200))]);
    }
    const chunks = await readAll(await backendOf([...rows.values()]));
    for (const chunk of chunks) assert.ok(chunk.length > 0 && chunk.length <= SNAPSHOT_CHUNK_BYTES);
    assert.ok(chunks.length >= 2 + Math.floor(rows.size / SNAPSHOT_SLICE_RECORDS));
    const expected = linesOf([...rows.values()]);
    assert.deepEqual(decode(chunks), expected, `seed ${seed}`);
    assert.deepEqual(decode(cutAnew(prng, chunks, 5000)), expected, `seed ${seed}, cut anew`);
  }
});

test('whose backend it was stays at home', async () => {
  const rows: Row[] = [
    ['meta', encodeUtf8('applied'), Uint8Array.of(1, 1)],
    ['meta', encodeUtf8('identity'), Uint8Array.of(1, 2)],
    ['auth', encodeUtf8('identity'), Uint8Array.of(3)],
  ];
  const chunks = await readAll(await backendOf(rows));
  assert.deepEqual(decode(chunks), linesOf([rows[0]!, rows[2]!]));
});

test('no damaged bit, missing piece, doubled piece or exchanged piece goes unnoticed', async () => {
  const rows: Row[] = Array.from({ length: 300 }, (_, i) => [
    i < 280 ? 'key' : 'members',
    Uint8Array.of(i >> 8, i & 255),
    Uint8Array.of(i & 7),
  ]);
  const whole = concatBytes(await readAll(await backendOf(rows)));
  const expected = linesOf(rows);
  assert.deepEqual(decode([whole]), expected);
  const isNoticed = (bytes: Uint8Array): boolean => {
    try {
      return decode([bytes]) === 'incomplete';
    } catch (error) {
      assert.ok(error instanceof MalformedError, String(error));
      return true;
    }
  };
  for (let at = 0; at < whole.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bent = whole.slice();
      bent[at]! ^= 1 << bit;
      assert.ok(isNoticed(bent), `bit ${bit} of byte ${at}`);
    }
    assert.ok(isNoticed(whole.subarray(0, at)), `cut to ${at} bytes`);
  }
  const frames: Uint8Array[] = [];
  for (let at = 0; at < whole.length; ) {
    const length = whole[at]! + whole[at + 1]! * 256;
    frames.push(whole.subarray(at, at + 8 + length));
    at += 8 + length;
  }
  assert.ok(frames.length >= 4);
  for (let i = 0; i < frames.length; i++) {
    assert.ok(isNoticed(concatBytes(frames.toSpliced(i, 1))), `without frame ${i}`);
    assert.ok(isNoticed(concatBytes(frames.toSpliced(i, 0, frames[i]!))), `frame ${i} twice`);
    for (let j = 0; j < i; j++) {
      const exchanged = frames.with(i, frames[j]!).with(j, frames[i]!);
      assert.ok(isNoticed(concatBytes(exchanged)), `frames ${j} and ${i} exchanged`);
    }
  }
  assert.ok(isNoticed(concatBytes([whole, Uint8Array.of(0)])), 'a byte too many');
});

test('a body that is closed early says so, and lets go of its view', async () => {
  const backend = await backendOf([['key', Uint8Array.of(1), Uint8Array.of(1)]]);
  const clock = new ManualClock();
  const body = new SnapshotBody(backend.snapshot(), HEADER, clock, { pauseAfter: () => 0 });
  const next = body.next();
  body.close();
  body.close();
  clock.runDeferred();
  await assert.rejects(next, /closed before its end/);
  await backend.close();
});
