import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from './store.js';
import { MapBackend } from './testing/map-backend.js';
import { bytesOf } from './testing/naive-store.js';

function put(store: Store, key: string, value: string): void {
  const k = bytesOf(key);
  const v = bytesOf(value);
  store.begin();
  store.put(k, 0, k.length, v, 0, v.length, 0n);
  store.end();
}

function del(store: Store, key: string): void {
  const k = bytesOf(key);
  store.begin();
  store.deleteRange(k, 0, k.length, k, 0, 0);
  store.end();
}

function hash(store: Store, revision: number): [number, number, number] {
  const run = store.hashKv(revision);
  while (!run.step(2));
  assert.equal(run.status, 'ok');
  return [run.hash, run.hashRevision, run.compactRevision];
}

test('checksums are those that etcd 3.5.30 gave for the same writes', () => {
  const store = new Store(new MapBackend());
  for (let i = 1; i <= 3; i++) {
    put(store, 'a', `v${i}`);
    put(store, 'b', `w${i}`);
  }
  del(store, 'a');
  put(store, 'c', 'x');
  del(store, 'b');
  put(store, 'a', 'again');
  assert.deepEqual(hash(store, 0), [804752436, 11, -1]);
  assert.deepEqual(hash(store, 7), [4284820275, 7, -1]);
  assert.deepEqual(hash(store, 9), [2484386130, 9, -1]);
  store.compact(8);
  assert.deepEqual(hash(store, 0), [2712604535, 11, 8], 'before anything is removed');
  while (store.compactSome(1));
  assert.deepEqual(hash(store, 0), [2712604535, 11, 8]);
  assert.deepEqual(hash(store, 9), [3314388927, 9, 8]);
  store.compact(10);
  assert.deepEqual(hash(store, 0), [2750543627, 11, 10]);
});

test('a tombstone at exactly the compacted revision never counts', () => {
  const store = new Store(new MapBackend());
  put(store, 'a', 'v');
  del(store, 'a');
  store.compact(3);
  assert.deepEqual(hash(store, 0), [1084519789, 3, 3], 'what etcd 3.5.30 gives: the hash of no record');
  put(store, 'b', 'w');
  del(store, 'b');
  const before = hash(store, 0);
  while (store.compactSome(1));
  assert.deepEqual(hash(store, 0), before);
});

test('a compaction during the run makes it begin again, or fail if it overtakes', () => {
  const store = new Store(new MapBackend());
  for (let i = 0; i < 20; i++) put(store, 'a', `v${i}`);
  const run = store.hashKv(15);
  run.step(5);
  store.compact(12);
  while (!run.step(3));
  assert.deepEqual([run.hash, run.hashRevision, run.compactRevision], hash(store, 15));
  const late = store.hashKv(15);
  late.step(1);
  store.compact(16);
  assert.equal(late.step(1), true);
  assert.equal(late.status, 'compacted');
  assert.equal(store.hashKv(22).status, 'future');
});
