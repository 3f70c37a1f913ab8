import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, encodeUtf8, Prng, toHex } from '../stdx/index.js';
import { Store } from './store.js';
import { CorruptStoreError, type StoreBuilder } from './store-builder.js';
import { MapBackend } from './testing/map-backend.js';

const NO_KEY = new Uint8Array(0);

function write(store: Store, prng: Prng, keys: number): void {
  const key = encodeUtf8(`key ${prng.below(keys)}`);
  store.begin();
  if (prng.chance(0.2)) {
    store.deleteRange(key, 0, key.length, NO_KEY, 0, 0);
  } else {
    const value = prng.bytes(prng.between(0, 50));
    store.put(key, 0, key.length, value, 0, value.length, 0n);
  }
  store.end();
}

async function flush(store: Store, backend: MapBackend): Promise<void> {
  const flushed = store.flush(() => {});
  backend.settle(backend.outstanding);
  await flushed;
}

function fill(builder: StoreBuilder, backend: MapBackend): void {
  backend.scan('key', NO_KEY, undefined, (key, value) => {
    builder.add(key, value);
    return true;
  });
}

/** All changes that can still be read, and the hash over all keys. */
function digest(store: Store): string[] {
  const lines: string[] = [`revision ${store.revision}, ${store.keyCount} keys, ${store.sizeBytes} bytes`];
  store.scanRevisions(Math.max(store.compactedRevision, 1), store.revision, Infinity, Infinity, (record) => {
    lines.push(`${record.main}/${record.sub} ${toHex(record.buf.subarray(record.start, record.end))}`);
  });
  const run = store.hashKv(0);
  while (!run.step(100));
  lines.push(`hash ${run.hash} ${run.compactRevision}`);
  return lines;
}

test('a store takes over what was built in slices beside it, and goes on from there', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const prng = new Prng(seed);
    const sourceBackend = new MapBackend();
    const source = new Store(sourceBackend, {});
    for (let i = 0; i < 1500; i++) write(source, prng, prng.pick([5, 2000]));
    if (prng.chance(0.7)) {
      source.compact(prng.between(2, source.revision));
      source.compactSome(prng.between(1, 200));
    }
    await flush(source, sourceBackend);
    const backend = sourceBackend.crashed();
    let replaced = 0;
    const store = new Store(backend, {
      commitListener: { onCommit: () => {}, onReplaced: () => replaced++ },
    });
    const builder = store.builder();
    fill(builder, backend);
    for (let i = 0; i < 100; i++) write(store, prng, 50);
    const hash = store.hashKv(0);
    hash.step(5);
    let slices = 0;
    while (builder.load()) {
      write(store, prng, 50);
      slices++;
    }
    assert.ok(slices > 3, 'the work is done in slices');
    assert.ok(store.revision < source.revision);
    store.replace(builder);
    assert.equal(replaced, 1);
    store.validate();
    assert.deepEqual(digest(store), digest(source), `seed ${seed}`);
    while (!hash.step(10));
    assert.equal(hash.status, hash.hashRevision < source.compactedRevision ? 'compacted' : 'ok');
    for (let i = 0; i < 300; i++) {
      const again = prng.uint32();
      write(source, new Prng(again), 100);
      write(store, new Prng(again), 100);
    }
    while (source.compactSome(1000)) await flush(source, sourceBackend);
    while (store.compactSome(1000)) await flush(store, backend);
    await flush(source, sourceBackend);
    await flush(store, backend);
    store.validate();
    assert.deepEqual(digest(store), digest(source), `seed ${seed}, later`);
    const restarted = new Store(backend.crashed(), {});
    restarted.restore();
    assert.deepEqual(digest(restarted), digest(source), `seed ${seed}, restarted`);
  }
});

test('reload reads the backend again', async () => {
  const prng = new Prng(1);
  const sourceBackend = new MapBackend();
  const source = new Store(sourceBackend, {});
  for (let i = 0; i < 100; i++) write(source, prng, 20);
  await flush(source, sourceBackend);
  const store = new Store(sourceBackend.crashed(), {});
  store.reload();
  assert.deepEqual(digest(store), digest(source));
});

test('an older state, a record that no store wrote and a record too late are refused', async () => {
  const backend = new MapBackend();
  const store = new Store(backend, {});
  const prng = new Prng(2);
  const builder = store.builder();
  for (let i = 0; i < 10; i++) write(store, prng, 5);
  assert.throws(() => builder.add(encodeUtf8('no revision'), NO_KEY), CorruptStoreError);
  while (builder.load());
  assert.throws(() => builder.add(encodeUtf8('late'), NO_KEY), AssertionError);
  assert.throws(() => store.replace(builder), /later/);
});
