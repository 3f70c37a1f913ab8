/** Reads all packages back, by pages of the prefix and one by one, and compares every byte. */
import { call, type LoadConnection, ProgressBar, prefixEnd, RANGE } from '../../src/bench/index.js';
import { compareBytes, EMPTY_BYTES, encodeUtf8, equalBytes } from '../../src/stdx/index.js';
import type { KeyValue } from '../../src/wire/index.js';
import { KEY_PREFIX, keyOf, type Stanza } from './stanzas.js';

const PAGE_KEYS = 500;
const READERS = 32;

/** Name to the value it must have: the last of its versions, if each was also written so often before. */
function lastVersions(stanzas: readonly Stanza[]): Map<string, Uint8Array> {
  return new Map(stanzas.map(({ name, value }) => [name, value]));
}

/** All keys of the prefix at one revision, page after page. Returns how many pages there were; throws at a difference. */
export async function verifyByPages(connection: LoadConnection, stanzas: readonly Stanza[]): Promise<number> {
  const expected = lastVersions(stanzas);
  const prefix = encodeUtf8(KEY_PREFIX);
  let seen = 0;
  let pages = 0;
  let revision = 0;
  let start: Uint8Array = prefix;
  let last: Uint8Array = EMPTY_BYTES;
  const progress = new ProgressBar(process.stderr, expected.size, () => seen);
  try {
    for (let more = true; more; ) {
      const page = await call(connection, RANGE, {
        key: start,
        rangeEnd: prefixEnd(prefix),
        limit: PAGE_KEYS,
        revision,
      });
      revision = page.header?.revision ?? revision;
      for (const kv of page.kvs) {
        if (compareBytes(last, kv.key) >= 0) throw new Error(`keys out of order at ${text(kv.key)}`);
        last = kv.key;
        compare(kv, expected);
        seen++;
      }
      more = page.more;
      if (more !== page.count > page.kvs.length) throw new Error('count and more contradict each other');
      start = Uint8Array.of(...last, 0);
      pages++;
    }
  } finally {
    progress.stop();
  }
  if (seen !== expected.size) throw new Error(`${seen} keys are there, ${expected.size} were written`);
  return pages;
}

/** Each key by itself, several under way at a time. */
export async function verifyOneByOne(
  connection: LoadConnection,
  stanzas: readonly Stanza[],
): Promise<number> {
  const expected = lastVersions(stanzas);
  const names = expected.keys();
  let seen = 0;
  const progress = new ProgressBar(process.stderr, expected.size, () => seen);
  const read = async (): Promise<void> => {
    for (let next = names.next(); !next.done; next = names.next()) {
      const { kvs } = await call(connection, RANGE, { key: keyOf(next.value) });
      if (kvs.length !== 1) throw new Error(`${next.value}: ${kvs.length} keys instead of one`);
      compare(kvs[0]!, expected);
      seen++;
    }
  };
  try {
    await Promise.all(Array.from({ length: READERS }, read));
  } finally {
    progress.stop();
  }
  return seen;
}

function compare(kv: KeyValue, expected: ReadonlyMap<string, Uint8Array>): void {
  const value = expected.get(text(kv.key).slice(KEY_PREFIX.length));
  if (value === undefined) throw new Error(`${text(kv.key)} was never written`);
  if (!equalBytes(kv.value, value)) throw new Error(`${text(kv.key)} has another value than was written`);
}

function text(key: Uint8Array): string {
  return Buffer.from(key).toString('utf8');
}
