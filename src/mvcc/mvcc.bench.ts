/**
 * Costs of the store alone, in microseconds of this thread: `node dist/src/mvcc/mvcc.bench.js [keys] [valueBytes]`.
 * The backend swallows everything at once, so what is measured is index, log, slabs and answers.
 */
import { ByteWriter, Prng } from '../stdx/index.js';
import type { Backend, BackendTransaction } from './backend.js';
import { RangeQuery } from './range-query.js';
import { Store } from './store.js';

const KEYS = Number(process.argv[2] ?? 100_000);
const VALUE_BYTES = Number(process.argv[3] ?? 256);
const FLUSH_RECORDS = 2000;

const sink: BackendTransaction = { put: () => {}, delete: () => {} };
const backend: Backend = {
  get: () => undefined,
  scan: () => {},
  commit: (fill) => {
    fill(sink);
    return Promise.resolve();
  },
  snapshot: () => {
    throw new Error('the bench takes no snapshots');
  },
  size: () => ({ allocatedBytes: 0, inUseBytes: 0 }),
  close: () => Promise.resolve(),
};

const rng = new Prng(1);
const keys: Uint8Array[] = [];
for (let i = 0; i < KEYS; i++) {
  const name = `/registry/pods/ns-${rng.below(100)}/name-${String(i).padStart(8, '0')}-${rng.uint32().toString(36)}`;
  keys.push(Buffer.from(name));
}
rng.shuffle(keys);
const value = rng.bytes(VALUE_BYTES);
const store = new Store(backend, { ringBytes: 4 << 30 });
const out = new ByteWriter(1 << 20);
const query = new RangeQuery();
const NONE = new Uint8Array(0);
const ZERO = new Uint8Array(1);

function report(what: string, count: number, run: () => void): void {
  const cpu = process.cpuUsage();
  const start = performance.now();
  run();
  const wall = performance.now() - start;
  const used = process.cpuUsage(cpu);
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const us = ((used.user + used.system) / count).toFixed(3);
  console.log(
    `${what.padEnd(34)} ${us.padStart(8)} us CPU  ${((wall * 1000) / count).toFixed(3).padStart(8)} us wall  rss ${rss} MB`,
  );
}

function put(key: Uint8Array): void {
  store.begin();
  store.put(key, 0, key.length, value, 0, value.length, 0n);
  store.end();
  if (store.pendingCount >= FLUSH_RECORDS) void store.flush(() => {});
}

function get(key: Uint8Array, revision: number): void {
  out.reset();
  query.keyBuf = key;
  query.keyEnd = key.length;
  query.rangeEndBuf = NONE;
  query.rangeEndEnd = 0;
  query.limit = 0;
  query.revision = revision;
  store.range(query, out);
}

function range(from: Uint8Array, limit: number, countOnly: boolean): void {
  out.reset();
  query.keyBuf = from;
  query.keyEnd = from.length;
  query.rangeEndBuf = ZERO;
  query.rangeEndEnd = 1;
  query.limit = limit;
  query.revision = 0;
  query.countOnly = countOnly;
  store.range(query, out);
  query.countOnly = false;
}

const hot = keys.slice(0, 1024);
const many = Math.max(KEYS, 200_000);
report('put, new key in random order', KEYS, () => {
  for (const key of keys) put(key);
});
store.validate();
const loaded = store.revision;
for (let i = 0; i < 200_000; i++) get(hot[i % hot.length]!, 0);
report('get, 1024 hot keys', many, () => {
  for (let i = 0; i < many; i++) get(hot[i & 1023]!, 0);
});
report('get, random over all', many, () => {
  for (let i = 0; i < many; i++) get(keys[i % KEYS]!, 0);
});
report('get of a missing key', many, () => {
  const missing = Buffer.from('/registry/pods/ns-1/nothing-here-at-all');
  for (let i = 0; i < many; i++) get(missing, 0);
});
report('put, 1024 hot keys', many, () => {
  for (let i = 0; i < many; i++) put(hot[i & 1023]!);
});
report('put, random over all', many, () => {
  for (let i = 0; i < many; i++) put(keys[i % KEYS]!);
});
report('get at an old revision, all keys', many, () => {
  for (let i = 0; i < many; i++) get(keys[i % KEYS]!, loaded);
});
report('range of 100 keys, whole count', 50, () => {
  for (let i = 0; i < 50; i++) range(keys[i]!, 100, false);
});
const end = new Uint8Array(64);
report('range of 100 keys, bounded', 20_000, () => {
  for (let i = 0; i < 20_000; i++) {
    const key = keys[i % KEYS]!;
    // The interval of the keys that share all but the last digits of the counter.
    const cut = key.lastIndexOf(0x2d) - 3;
    out.reset();
    query.keyBuf = key;
    query.keyEnd = cut;
    end.set(key.subarray(0, cut));
    end[cut - 1]!++;
    query.rangeEndBuf = end;
    query.rangeEndEnd = cut;
    query.limit = 100;
    store.range(query, out);
  }
});
report('count of all keys', 50, () => {
  for (let i = 0; i < 50; i++) range(ZERO, 0, true);
});
let worstMs = 0;
report('compaction, per superseded record', many * 2, () => {
  store.compact(store.revision);
  for (let more = true; more; ) {
    const start = performance.now();
    more = store.compactSome(1000);
    worstMs = Math.max(worstMs, performance.now() - start);
    void store.flush(() => {});
  }
});
console.log(`worst slice of 1000: ${worstMs.toFixed(2)} ms; keys ${store.keyCount}`);
report('delete, single', KEYS, () => {
  for (const key of keys) {
    store.begin();
    store.deleteRange(key, 0, key.length, NONE, 0, 0);
    store.end();
    if (store.pendingCount >= FLUSH_RECORDS) void store.flush(() => {});
  }
});
store.validate();
