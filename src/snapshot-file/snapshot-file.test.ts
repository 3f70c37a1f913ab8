import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoltFile, bytesSource } from '../bolt/index.js';
import { Cluster, type Member } from '../membership/index.js';
import { type Backend, Store, TABLES } from '../mvcc/index.js';
import { Persisted } from '../state-machine/index.js';
import { ByteWriter, concatBytes, copyOf, EMPTY_BYTES, encodeUtf8, Prng, toHex } from '../stdx/index.js';
import { MemoryBackend } from '../storage/index.js';
import { compactionMark } from './key-records.js';
import { SnapshotError } from './snapshot-error.js';
import { importSnapshot } from './snapshot-import.js';
import { readSnapshotStatus } from './snapshot-status.js';
import { SnapshotFileWriter } from './snapshot-writer.js';

const IDENTITY = { clusterId: 7n, memberId: 0xffff_ffff_ffff_fff1n };
const member = (id: bigint, name: string): Member => ({
  id,
  name,
  peerUrls: [`http://${name}:2380`],
  clientUrls: [],
  isLearner: false,
});
const MEMBERS = [member(3n, 'a'), member(IDENTITY.memberId, 'b')];
const OPTIONS = { identity: IDENTITY, members: MEMBERS, bumpRevision: 0 };

/** A file of what the backend holds, written in slices of the given size. */
function fileOf(backend: Backend, records: number, bytes: number): Uint8Array {
  const view = backend.snapshot();
  const writer = new SnapshotFileWriter(view);
  while (!writer.measure(records));
  const pages: Uint8Array[] = [];
  while (!writer.write(records, bytes, (page) => pages.push(copyOf(page))));
  view.close();
  const file = concatBytes(pages);
  assert.equal(file.length, writer.fileBytes);
  return file;
}

function open(file: Uint8Array): BoltFile {
  const bolt = new BoltFile(bytesSource(file));
  for (const _ of bolt.check());
  return bolt;
}

/** The records of all tables but those that say where the state is from. */
function content(backend: Backend): string[] {
  const lines: string[] = [];
  for (const table of TABLES) {
    if (table === 'members') continue;
    backend.scan(table, EMPTY_BYTES, undefined, (key, value) => {
      const isOwn = table === 'meta' && !new TextDecoder().decode(key).endsWith('CompactRev');
      if (!isOwn) lines.push(`${table}/${toHex(key)}=${toHex(value)}`);
      return true;
    });
  }
  return lines;
}

async function filled(prng: Prng, deletes = true): Promise<{ backend: MemoryBackend; store: Store }> {
  const backend = new MemoryBackend();
  const store = new Store(backend, { hashSeed: 1 });
  store.restore();
  for (let n = prng.between(1, 400); n > 0; n--) {
    const key = encodeUtf8(`key ${prng.below(60)}`);
    const value = prng.bytes(prng.chance(0.05) ? prng.below(9000) : prng.below(40));
    store.begin();
    if (deletes && prng.chance(0.3)) store.deleteRange(key, 0, key.length, EMPTY_BYTES, 0, 0);
    else store.put(key, 0, key.length, value, 0, value.length, BigInt(prng.below(3)));
    store.end();
  }
  if (store.revision > 2 && prng.chance(0.7)) {
    store.compact(prng.between(2, store.revision));
    for (;;) {
      const goesOn = store.compactSome(1000);
      await store.flush(() => {});
      if (!goesOn) break;
    }
  }
  const cluster = new Cluster();
  for (const each of MEMBERS) cluster.add(each);
  const persisted = new Persisted(cluster);
  persisted.identity = IDENTITY;
  await store.flush((tx) => {
    persisted.write(tx, 9, 2);
    tx.put('auth', encodeUtf8('eauthEnabled'), Uint8Array.of(0));
    tx.put('auth', encodeUtf8('rrole'), encodeUtf8('a role'));
    tx.put('auth', encodeUtf8('uuser'), encodeUtf8('a user'));
    tx.put('alarm', Uint8Array.of(8, 3, 16, 1), EMPTY_BYTES);
    tx.put('lease', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), Uint8Array.of(8, 1, 16, 60));
  });
  return { backend, store };
}

function hashOf(store: Store): number {
  const run = store.hashKv(0);
  while (!run.step(1000));
  assert.equal(run.status, 'ok');
  return run.hash;
}

function opened(backend: Backend): Store {
  const store = new Store(backend, { hashSeed: 2 });
  store.restore();
  return store;
}

test('a state comes back from its file, whatever the slices', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const prng = new Prng(seed);
    const { backend, store } = await filled(prng);
    const file = fileOf(backend, prng.between(1, 50), prng.between(1, 5000));
    assert.deepEqual(file, fileOf(backend, 1e6, Infinity), `seed ${seed}`);
    const copy = new MemoryBackend();
    const imported = await importSnapshot(open(file), copy, OPTIONS);
    assert.deepEqual([imported.unknownBuckets, imported.revision], [[], store.revision], `seed ${seed}`);
    assert.deepEqual(content(copy), content(backend), `seed ${seed}`);
    assert.equal(hashOf(opened(copy)), hashOf(store), `seed ${seed}`);
    const steps = readSnapshotStatus(open(file));
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    assert.ok(step.value.revision <= store.revision && step.value.totalKeys > 8, `seed ${seed}`);
  }
});

test('the members are those of the new cluster, which begins behind one entry for each', async () => {
  const { backend } = await filled(new Prng(1));
  const copy = new MemoryBackend();
  const members = [member(11n, 'x'), member(12n, 'y'), member(13n, 'z')];
  await importSnapshot(open(fileOf(backend, 100, 1e6)), copy, { ...OPTIONS, members });
  const cluster = new Cluster();
  const persisted = new Persisted(cluster);
  persisted.restore(copy);
  assert.deepEqual(cluster.list(), members);
  assert.deepEqual(
    [persisted.appliedIndex, persisted.appliedTerm, persisted.confState.voters],
    [3, 1, [11n, 12n, 13n]],
  );
  assert.deepEqual(persisted.identity, IDENTITY);
});

test('a bump leaves the keys, hides all old revisions, and goes on behind it', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { backend, store } = await filled(new Prng(seed));
    const copy = new MemoryBackend();
    const file = open(fileOf(backend, 100, 1e6));
    const imported = await importSnapshot(file, copy, { ...OPTIONS, bumpRevision: 1000 });
    const bumped = store.revision + 1000;
    assert.deepEqual([imported.revision, imported.compactRevision], [bumped, bumped], `seed ${seed}`);
    assert.equal(imported.revisionBefore, store.revision, `seed ${seed}`);
    const again = opened(copy);
    assert.deepEqual([again.revision, again.keyCount], [bumped, store.keyCount], `seed ${seed}`);
    // The next generation of the file holds as well.
    const next = new MemoryBackend();
    await importSnapshot(open(fileOf(copy, 100, 1e6)), next, OPTIONS);
    assert.equal(opened(next).revision, bumped, `seed ${seed}`);
  }
});

function keyValue(key: string): Uint8Array {
  const out = new ByteWriter(32);
  out.bytesField(1, encodeUtf8(key));
  for (const field of [2, 3, 4]) out.intField(field, 1);
  return out.finish();
}

async function importRecords(records: [Uint8Array, Uint8Array][], marks: [string, Uint8Array][]) {
  const backend = new MemoryBackend();
  await backend.commit((tx) => {
    for (const [key, value] of records) tx.put('key', key, value);
    for (const [name, mark] of marks) tx.put('meta', encodeUtf8(name), mark);
  });
  const copy = new MemoryBackend();
  return { imported: await importSnapshot(open(fileOf(backend, 100, 1e6)), copy, OPTIONS), copy };
}

test('a compaction behind the newest record keeps its revision: etcd removes the tombstone there', async () => {
  const { imported, copy } = await importRecords([], [['scheduledCompactRev', compactionMark(30)]]);
  assert.deepEqual([imported.revision, imported.compactRevision], [30, 30]);
  const store = opened(copy);
  assert.deepEqual([store.revision, store.keyCount], [30, 0]);
});

test("the empty record of etcd's own bump is taken for what it means", async () => {
  const { copy } = await importRecords(
    [
      [compactionMark(2), concatBytes([keyValue('k').subarray(0, 3), Uint8Array.of(16, 2, 24, 2, 32, 1)])],
      [compactionMark(900), EMPTY_BYTES],
    ],
    [['scheduledCompactRev', compactionMark(900)]],
  );
  const store = opened(copy);
  assert.deepEqual([store.revision, store.keyCount], [900, 1]);
});

test('records that no etcd writes are refused by name', async () => {
  await assert.rejects(importRecords([[Uint8Array.of(1, 2), keyValue('a')]], []), SnapshotError);
  await assert.rejects(
    importRecords([[compactionMark(5), Uint8Array.of(0x10, 1)]], []),
    /the record of revision 5 is damaged/,
  );
  await assert.rejects(importRecords([], [['scheduledCompactRev', Uint8Array.of(1)]]), /is no revision/);
});

test('a file with flipped bits and no hash is refused, or gives a store: never a bug, never a hang', async () => {
  let refused = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed);
    const { backend } = await filled(new Prng(seed % 7));
    const file = fileOf(backend, 1e6, Infinity);
    for (let flips = prng.between(1, 3); flips > 0; flips--) {
      const page = prng.below(file.length / 4096) * 4096;
      file[page + prng.below(prng.chance(0.7) ? 600 : 4096)]! ^= 1 << prng.below(8);
    }
    try {
      const copy = new MemoryBackend();
      const bolt = open(file);
      const steps = readSnapshotStatus(bolt);
      while (steps.next().done !== true);
      await importSnapshot(bolt, copy, OPTIONS);
      hashOf(opened(copy));
    } catch (error) {
      const { name } = error as Error;
      const isExpected = ['CorruptBoltError', 'SnapshotError', 'CorruptStoreError'].includes(name);
      assert.ok(isExpected, `seed ${seed}: ${(error as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 50, `${refused} files were refused`);
});
