import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, concatBytes, copyOf, encodeUtf8, Prng, toHex } from '../stdx/index.js';
import { BoltFile, isBucket } from './bolt-file.js';
import { BoltLayout } from './bolt-layout.js';
import { BoltWriter } from './bolt-writer.js';
import { CorruptBoltError } from './errors.js';
import { decodeMeta, putMeta, putUint16, putUint64 } from './format.js';
import { bytesSource } from './source.js';

type Records = [Uint8Array, Uint8Array][];
type Buckets = ReadonlyMap<string, Records>;

function build(buckets: Buckets, pageBytes = 4096): Uint8Array {
  const layout = new BoltLayout(pageBytes);
  for (const [name, records] of buckets) {
    layout.beginBucket(encodeUtf8(name));
    for (const [key, value] of records) layout.add(key, value.length);
    layout.endBucket();
  }
  layout.finish();
  const pages: Uint8Array[] = [];
  const writer = new BoltWriter(layout, (page) => pages.push(copyOf(page)));
  for (const [name, records] of buckets) {
    writer.beginBucket(encodeUtf8(name));
    for (const [key, value] of records) writer.add(key, value);
    writer.endBucket();
  }
  writer.finish();
  const file = concatBytes(pages);
  assert.equal(file.length, layout.fileBytes);
  return file;
}

/** Everything in the file, as text. */
function dump(bytes: Uint8Array): string[] {
  const file = new BoltFile(bytesSource(bytes));
  for (const _ of file.check());
  const lines: string[] = [];
  for (const buckets = file.buckets(); buckets.next(); ) {
    assert.ok(isBucket(buckets));
    const name = new TextDecoder().decode(buckets.buf.subarray(buckets.keyStart, buckets.keyEnd));
    lines.push(name);
    for (const at = file.bucketAt(buckets); at.next(); ) {
      lines.push(`${name}/${hex(at.buf, at.keyStart, at.keyEnd)}=${hex(at.buf, at.keyEnd, at.valueEnd)}`);
    }
  }
  return lines;
}

const hex = (buf: Uint8Array, start: number, end: number): string => toHex(buf.subarray(start, end));

function expected(buckets: Buckets): string[] {
  const lines: string[] = [];
  for (const [name, records] of buckets) {
    lines.push(name);
    for (const [key, value] of records) lines.push(`${name}/${toHex(key)}=${toHex(value)}`);
  }
  return lines;
}

function sortedRecords(prng: Prng, count: number, keyBytesMax: number, valueBytesMax: number): Records {
  const records = new Map<string, [Uint8Array, Uint8Array]>();
  for (let i = 0; i < count; i++) {
    const key = prng.bytes(prng.between(1, keyBytesMax));
    records.set(toHex(key), [key, prng.bytes(prng.between(0, valueBytesMax))]);
  }
  return [...records.values()].sort((a, b) => compareBytes(a[0], b[0]));
}

test('a file without buckets, and one with empty and small buckets', () => {
  assert.deepEqual(dump(build(new Map())), []);
  const small: Buckets = new Map([
    ['alarm', []],
    ['auth', [[Uint8Array.of(1), new Uint8Array(0)]]],
    ['key', [[Uint8Array.of(0), Uint8Array.of(7)]]],
  ]);
  const file = build(small);
  assert.deepEqual(dump(file), expected(small));
  // Metas, freelist, and one page for all.
  assert.equal(file.length, 4 * 4096);
});

test('random buckets come back, with long keys, overflow pages and several levels of branches', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const prng = new Prng(seed);
    const pageBytes = prng.chance(0.5) ? 512 : 4096;
    const buckets = new Map<string, Records>();
    for (let i = prng.between(1, 8); i > 0; i--) {
      const count = prng.chance(0.2) ? prng.between(0, 5) : prng.between(0, 700);
      const keyBytesMax = prng.chance(0.3) ? 900 : 20;
      const valueBytesMax = prng.chance(0.2) ? 9_000 : 60;
      const limit = valueBytesMax > 60 ? Math.min(count, 30) : count;
      buckets.set(
        `bucket-${String.fromCharCode(110 - i)}`,
        sortedRecords(prng, limit, keyBytesMax, valueBytesMax),
      );
    }
    const found = dump(build(buckets, pageBytes)).join('\n');
    assert.ok(found === expected(buckets).join('\n'), `seed ${seed}`);
  }
});

test('a bucket is found by its name', () => {
  const file = new BoltFile(
    bytesSource(
      build(
        new Map([
          ['a', []],
          ['b', [[Uint8Array.of(1), Uint8Array.of(2)]]],
        ]),
      ),
    ),
  );
  const cursor = file.bucket(encodeUtf8('b'))!;
  assert.ok(cursor.next());
  assert.equal(cursor.buf[cursor.keyEnd], 2);
  assert.ok(!cursor.next());
  assert.equal(file.bucket(encodeUtf8('c')), undefined);
});

test('either meta page is enough', () => {
  const buckets: Buckets = new Map([['a', sortedRecords(new Prng(1), 200, 10, 10)]]);
  for (const at of [16, 4096 + 40]) {
    const file = build(buckets);
    file[at]! ^= 1;
    assert.deepEqual(dump(file), expected(buckets));
  }
  const file = build(buckets);
  file[20]! ^= 1;
  file[4096 + 20]! ^= 1;
  assert.throws(() => dump(file), CorruptBoltError);
});

/** The file with two free pages behind it, and the given ids on its list of free pages. */
function withFreelist(buckets: Buckets, ids: (pageCount: number) => readonly number[]): Uint8Array {
  const file = build(buckets, 512);
  const pageCount = file.length / 512 + 2;
  const bytes = new Uint8Array(pageCount * 512);
  bytes.set(file);
  const list = ids(pageCount);
  putUint16(bytes, 2 * 512 + 10, list.length);
  for (const [i, id] of list.entries()) putUint64(bytes, 2 * 512 + 16 + 8 * i, id);
  for (const page of [0, 1]) {
    const at = page * 512 + 16;
    putMeta(bytes, at, { ...decodeMeta(bytes, at)!, pageCount });
  }
  return bytes;
}

test('free pages are listed, each once, and no others', () => {
  const buckets: Buckets = new Map([['a', sortedRecords(new Prng(1), 60, 10, 10)]]);
  assert.deepEqual(dump(withFreelist(buckets, (n) => [n - 2, n - 1])), expected(buckets));
  const refused: [(pageCount: number) => number[], RegExp][] = [
    [(n) => [n - 1], /neither in use nor free/],
    [(n) => [n - 2, n - 1, n - 1], /in use and on the list/],
    [(n) => [n - 2, n - 1, 3], /in use and on the list/],
    [(n) => [n - 2, n - 1, n], /a free page is out of bounds/],
    [(n) => [1, n - 2, n - 1], /a free page is out of bounds/],
  ];
  for (const [ids, message] of refused) assert.throws(() => dump(withFreelist(buckets, ids)), message);
});

test('a damaged file gives an error that names the page, or what was written: never a crash, a hang or another key', () => {
  const buckets: Buckets = new Map([
    ['a', sortedRecords(new Prng(2), 800, 12, 20)],
    ['b', sortedRecords(new Prng(3), 10, 12, 9000)],
    ['c', sortedRecords(new Prng(4), 5, 12, 10)],
  ]);
  const whole = build(buckets, 512);
  let refused = 0;
  for (let seed = 1; seed <= 2000; seed++) {
    const prng = new Prng(seed);
    let file = copyOf(whole);
    if (prng.chance(0.2)) {
      file = file.subarray(0, prng.below(file.length));
    } else {
      for (let flips = prng.between(1, 4); flips > 0; flips--) {
        // Half of them in the first bytes of a page, where the structure is.
        const page = prng.below(file.length / 512) * 512;
        const at = prng.chance(0.5) ? page + prng.below(48) : page + prng.below(512);
        file[at]! ^= 1 << prng.below(8);
      }
    }
    try {
      dump(file);
    } catch (error) {
      assert.ok(error instanceof CorruptBoltError, `seed ${seed}: ${(error as Error).stack}`);
      assert.match(error.message, /^page \d+ \(offset \d+\): /, `seed ${seed}`);
      refused++;
    }
  }
  assert.ok(refused > 1000, `${refused} files were refused`);
});
