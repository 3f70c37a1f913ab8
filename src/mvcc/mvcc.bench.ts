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

const SLICES = 25;

/** Runs `work(i)` for i in [0, count) in slices; what others take from the processor shows in the mean, not in the best. */
function report(what: string, count: number, work: (i: number) => void): void {
  const slice = Math.ceil(count / SLICES);
  const times: number[] = [];
  for (let from = 0; from < count; from += slice) {
    const to = Math.min(from + slice, count);
    const start = performance.now();
    for (let i = from; i < to; i++) work(i);
    times.push(((performance.now() - start) * 1000) / (to - from));
  }
  times.sort((x, y) => x - y);
  const show = (us: number): string => us.toFixed(3).padStart(9);
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const median = times[times.length >> 1]!;
  console.log(
    `${what.padEnd(34)} ${show(times[0]!)} us best ${show(median)} us median ${show(times.at(-1)!)} us worst  rss ${rss} MB`,
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
const many = Math.max(KEYS, 250_000);
const missing = Buffer.from('/registry/pods/ns-1/nothing-here-at-all');
const end = new Uint8Array(64);

/** The keys that share all but the last three digits of the counter: up to 100 of them are answered. */
function rangeOfThousand(key: Uint8Array): void {
  const cut = key.lastIndexOf(0x2d) - 3;
  out.reset();
  query.keyBuf = key;
  query.keyEnd = cut;
  end.set(key.subarray(0, cut));
  end[cut - 1]!++;
  query.rangeEndBuf = end;
  query.rangeEndEnd = cut;
  query.limit = 100;
  query.revision = 0;
  store.range(query, out);
}

report('put, new key in random order', KEYS, (i) => put(keys[i]!));
const loaded = store.revision;
report('get, 1024 hot keys', many, (i) => get(hot[i & 1023]!, 0));
report('get, random over all', many, (i) => get(keys[i % KEYS]!, 0));
report('get of a missing key', many, () => get(missing, 0));
report('put, 1024 hot keys', many, (i) => put(hot[i & 1023]!));
report('put, random over all', many, (i) => put(keys[i % KEYS]!));
report('get at an old revision, all keys', many, (i) => get(keys[i % KEYS]!, loaded));
report('range by prefix, few keys', 20_000, (i) => rangeOfThousand(keys[i % KEYS]!));
report('range of 100 keys, and count all', 50, (i) => range(keys[i]!, 100, false));
report('count of all keys', 50, () => range(ZERO, 0, true));
store.compact(store.revision);
let more = true;
report('compaction, slice of 1000', 4000, () => {
  if (!more) return;
  more = store.compactSome(1000);
  void store.flush(() => {});
});
console.log(`keys ${store.keyCount}, records removed ${many * 2}`);
report('delete, single', KEYS, (i) => {
  const key = keys[i]!;
  store.begin();
  store.deleteRange(key, 0, key.length, NONE, 0, 0);
  store.end();
  if (store.pendingCount >= FLUSH_RECORDS) void store.flush(() => {});
});
store.validate();
