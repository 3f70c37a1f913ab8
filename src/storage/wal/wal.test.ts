import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskOperation } from '../../platform/index.js';
import { DiskError } from '../../platform/index.js';
import type { Entry, HardState } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { MemoryDisk } from '../memory-disk.js';
import { CRC32C } from './checksum.js';
import type { WalOptions } from './options.js';
import type { SnapshotMarker } from './record.js';
import { type RecoveredWal, Wal } from './wal.js';

const DIR = 'data/member/wal';
const METADATA = { clusterId: 0xffff_ffff_ffff_fff1n, memberId: 7n };
const OPTIONS: WalOptions = { checksum: CRC32C, segmentBytesFirst: 4096, segmentBytesMax: 4096 };

function createWal(disk: MemoryDisk, options: WalOptions = OPTIONS): Promise<Wal> {
  const prng = new Prng(5);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  return Wal.create(disk, DIR, METADATA, { ...options, random });
}

function entry(index: number, term: number, bytes = 20): Entry {
  return { index, term, kind: 0, data: new Uint8Array(bytes).fill(index) };
}

function run(first: number, last: number, term: number, bytes = 20): Entry[] {
  const entries: Entry[] = [];
  for (let index = first; index <= last; index++) entries.push(entry(index, term, bytes));
  return entries;
}

function append(wal: Wal, entries: readonly Entry[], hardState?: HardState): Promise<void> {
  return new Promise((resolve, reject) => {
    wal.append(hardState, entries, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function mark(wal: Wal, index: number, term: number): Promise<void> {
  return new Promise((resolve, reject) => {
    wal.saveSnapshotMarker(markerAt(index, term), (error) =>
      error === undefined ? resolve() : reject(error),
    );
  });
}

function markerAt(index: number, term: number): SnapshotMarker {
  return {
    index,
    term,
    confState: {
      voters: [1n, 2n],
      learners: [3n],
      votersOutgoing: [4n],
      learnersNext: [5n],
      autoLeave: true,
    },
  };
}

async function reopen(disk: MemoryDisk, options = OPTIONS): Promise<{ wal: Wal; recovered: RecoveredWal }> {
  return Wal.open(disk.crashClone(new Prng(1)), DIR, options);
}

const positions = (recovered: RecoveredWal): string =>
  recovered.entries.map((e) => `${e.index}/${e.term}`).join(' ');

test('a new log is empty and knows whose it is', async () => {
  const disk = new MemoryDisk();
  assert.equal(await Wal.exists(disk, DIR), false);
  await createWal(disk);
  assert.equal(await Wal.exists(disk, DIR), true);
  const { recovered } = await reopen(disk);
  assert.deepEqual(recovered.metadata, METADATA);
  assert.deepEqual(recovered.hardState, { term: 0, vote: 0n, commit: 0 });
  assert.equal(recovered.snapshotMarker.index, 0);
  assert.deepEqual(recovered.entries, []);
});

test('what was appended comes back: hard state, entries of each kind, empty and large data', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  const entries: Entry[] = [
    { index: 1, term: 1, kind: 0, data: new Uint8Array(0) },
    { index: 2, term: 1, kind: 1, data: Uint8Array.of(0, 255) },
    { index: 3, term: 9, kind: 2, data: new Prng(3).bytes(100_000) },
  ];
  const hardState = { term: 9, vote: 0x8e9e05c52164694dn, commit: 2 };
  await append(wal, entries, hardState);
  await append(wal, [], { ...hardState, commit: 3 });
  const { recovered } = await reopen(disk);
  assert.deepEqual(recovered.hardState, { ...hardState, commit: 3 });
  assert.equal(recovered.entries.length, 3);
  recovered.entries.forEach((each, i) => {
    assert.deepEqual({ ...each, data: [...each.data] }, { ...entries[i]!, data: [...entries[i]!.data] });
  });
});

test('an append is one write, as long as the segment has room', async () => {
  const operations: DiskOperation[] = [];
  const disk = new MemoryDisk({
    schedule: (operation, _bytes, complete) => {
      operations.push(operation);
      void Promise.resolve().then(complete);
    },
  });
  const wal = await createWal(disk, { checksum: CRC32C, segmentBytesFirst: 1_000_000 });
  operations.length = 0;
  for (let i = 0; i < 10; i++) await append(wal, run(i * 10 + 1, i * 10 + 10, 1));
  // The rest is the next segment's preparation, in slices.
  assert.ok(operations.filter((operation) => operation === 'write').length <= 12);
  assert.equal(operations.filter((operation) => operation === 'sync').length, 0);
});

test('later entries replace those from their index on', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  await append(wal, run(1, 5, 1));
  await append(wal, run(3, 4, 2));
  const { recovered, wal: again } = await reopen(disk);
  assert.equal(positions(recovered), '1/1 2/1 3/2 4/2');
  await append(again, run(1, 1, 3));
});

test('a marker drops what it covers; entries after it stay if the log leads up to it', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  await append(wal, run(1, 8, 1));
  await mark(wal, 5, 1);
  const { recovered } = await reopen(disk);
  assert.equal(positions(recovered), '6/1 7/1 8/1');
  assert.deepEqual(recovered.snapshotMarker, markerAt(5, 1));
});

test('a snapshot from the leader replaces a log that does not lead up to it', async () => {
  for (const [index, term] of [
    [5, 2],
    [20, 2],
  ] as const) {
    const disk = new MemoryDisk();
    const wal = await createWal(disk);
    await append(wal, run(1, 8, 1));
    const marked = mark(wal, index, term);
    await append(wal, run(index + 1, index + 2, term), { term, vote: 0n, commit: index });
    await marked;
    const { recovered } = await reopen(disk);
    assert.equal(positions(recovered), `${index + 1}/${term} ${index + 2}/${term}`);
  }
});

test('a marker rides on an append, and an append waits for a marker under way', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  const order: string[] = [];
  const first = append(wal, run(1, 3, 1)).then(() => order.push('append 1'));
  const marker = mark(wal, 2, 1).then(() => order.push('marker'));
  await first;
  const second = append(wal, run(4, 5, 1)).then(() => order.push('append 2'));
  await Promise.all([marker, second]);
  assert.deepEqual(order, ['append 1', 'marker', 'append 2']);
  const { recovered } = await reopen(disk);
  assert.equal(positions(recovered), '3/1 4/1 5/1');
});

test('two appends at once, gaps in a batch and markers that go back are bugs of the caller', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  const first = append(wal, run(1, 3, 1));
  assert.throws(() => wal.append(undefined, run(4, 4, 1), () => undefined), /one append at a time/);
  await first;
  assert.throws(() => wal.append(undefined, [entry(4, 1), entry(6, 1)], () => undefined), /consecutive/);
  await mark(wal, 3, 1);
  assert.throws(() => wal.saveSnapshotMarker(markerAt(2, 1)), /only advance/);
});

test('released segments are recycled: the log stays small however much goes through it', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  let filesMax = 0;
  for (let i = 1; i <= 400; i++) {
    await append(wal, [entry(i, 1, 300)]);
    if (i % 20 === 0) {
      await mark(wal, i - 10, 1);
      wal.releaseTo(i - 10);
    }
    filesMax = Math.max(filesMax, disk.paths().length);
  }
  assert.ok(filesMax <= 8, `${filesMax} files at once`);
  const { recovered } = await reopen(disk);
  assert.equal(recovered.snapshotMarker.index, 390);
  assert.equal(
    positions(recovered),
    run(391, 400, 1)
      .map((e) => `${e.index}/${e.term}`)
      .join(' '),
  );
});

test('the next segment is ready before it is needed, also when one append follows another without a pause', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk, {
    checksum: CRC32C,
    segmentBytesFirst: 64 * 1024,
    segmentBytesMax: 64 * 1024,
  });
  const ready: boolean[] = [];
  await new Promise<void>((resolve) => {
    const next = (error?: Error): void => {
      assert.equal(error, undefined);
      ready.push(disk.paths().some((path) => path.endsWith('0002.wal')));
      if (ready.length === 60) resolve();
      else wal.append(undefined, [entry(ready.length, 1, 1000)], next);
    };
    next();
  });
  // A frame has about 1040 bytes: the segment holds 63.
  assert.equal(ready.indexOf(true) > 5, true, 'not before a part of the first segment is used');
  assert.equal(ready[54], true, 'but before it is full');
});

test('nothing beyond the snapshot marker is released', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  for (let i = 1; i <= 100; i++) await append(wal, [entry(i, 1, 300)]);
  wal.releaseTo(100);
  await append(wal, [entry(101, 1, 300)]);
  await wal.close();
  const { recovered } = await reopen(disk);
  assert.equal(recovered.entries.length, 101);
});

test('closing waits for what is under way; the next start finds all of it', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  await append(wal, run(1, 4, 1), { term: 1, vote: 2n, commit: 0 });
  let marked = false;
  wal.saveSnapshotMarker(markerAt(2, 1), () => {
    marked = true;
  });
  await wal.close();
  assert.equal(marked, true);
  assert.throws(() => wal.append(undefined, [], () => undefined), /closed/);
  const { recovered } = await reopen(disk);
  assert.equal(positions(recovered), '3/1 4/1');
  assert.deepEqual(
    disk.paths().filter((path) => path.endsWith('.tmp')),
    [],
  );
});

test('a closed log ends in a seal, also when a marker was the last write', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  await append(wal, run(1, 4, 1));
  wal.saveSnapshotMarker(markerAt(2, 1));
  await wal.close();
  const path = disk.paths()[0]!;
  const content = disk.contentOf(path);
  const last = content.findLastIndex((byte) => byte !== 0);
  // Behind the seal all is zero: the frame before it ends where the seal's header begins.
  const seal = last - (last % 8) + 8 - 32;
  content[seal - 8]! ^= 1;
  disk.setContent(path, content);
  await assert.rejects(reopen(disk), /is damaged: a later one is intact/);
});

test('after a failed write nothing is acknowledged any more', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  await append(wal, run(1, 2, 1));
  disk.inject({ operation: 'write', code: 'EIO', times: 1 });
  await assert.rejects(append(wal, run(3, 4, 1)), /write-ahead log has failed: write .*EIO/);
  // The disk works again, but what the kernel did with the page is unknown.
  await assert.rejects(append(wal, run(3, 4, 1)), /has failed/);
  await assert.rejects(mark(wal, 1, 1), /has failed/);
  assert.match(wal.failure?.message ?? '', /EIO/);
  await wal.close();
  const { recovered } = await reopen(disk);
  assert.equal(positions(recovered).slice(0, 7), '1/1 2/1');
});

test('without room for the next segment an append fails whole, and succeeds once there is room', async () => {
  const disk = new MemoryDisk();
  const wal = await createWal(disk);
  disk.capacityBytes = 6000;
  let index = 0;
  let failure: unknown;
  while (failure === undefined) {
    failure = await append(wal, [entry(++index, 1, 500)]).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  assert.ok(failure instanceof DiskError);
  assert.equal(failure.code, 'ENOSPC');
  assert.equal(wal.failure, undefined);
  await assert.rejects(append(wal, [entry(index, 1, 500)]), { code: 'ENOSPC' });
  disk.capacityBytes = 100_000;
  await append(wal, [entry(index, 1, 500)]);
  const { recovered } = await reopen(disk);
  assert.equal(recovered.entries.length, index);
});

test('errors of the disk while opening are told as such', async () => {
  const disk = new MemoryDisk();
  await append(await createWal(disk), run(1, 2, 1));
  for (const operation of ['open', 'read', 'sync', 'list', 'sync-dir'] as const) {
    const copy = disk.crashClone(new Prng(1));
    copy.inject({ operation, code: 'EIO' });
    await assert.rejects(Wal.open(copy, DIR, OPTIONS), (error: unknown) => {
      assert.ok(error instanceof DiskError);
      assert.equal(error.code, 'EIO');
      assert.match(error.message, /data\/member\/wal/);
      return true;
    });
  }
});

test('what a killed process wrote is made durable before it counts', async () => {
  // The last write is in the page cache only. A reader that trusted it, and a power failure later, would lose it.
  const disk = new MemoryDisk({ schedule: (_operation, _bytes, complete) => setImmediate(complete) });
  const wal = await createWal(disk);
  await append(wal, run(1, 2, 1));
  wal.append(undefined, run(3, 3, 1), () => undefined);
  const killed = disk.killClone();
  const opened = await Wal.open(killed, DIR, OPTIONS);
  assert.equal(positions(opened.recovered), '1/1 2/1 3/1');
  for (let seed = 0; seed < 20; seed++) {
    const { recovered } = await Wal.open(killed.crashClone(new Prng(seed)), DIR, OPTIONS);
    assert.equal(positions(recovered), '1/1 2/1 3/1');
  }
});
