import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskFile } from '../platform/index.js';
import { DiskError } from '../platform/index.js';
import { Prng } from '../stdx/index.js';
import { diskConformance } from './disk.conformance.js';
import { MemoryDisk } from './memory-disk.js';

diskConformance('memory disk', () => {
  const disk = new MemoryDisk();
  void disk.makeDir('root');
  return { disk, root: 'root', dispose: () => undefined };
});

function write(file: DiskFile, bytes: Uint8Array, offset: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(bytes, offset, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

async function syncedFile(disk: MemoryDisk, path: string, bytes: Uint8Array): Promise<DiskFile> {
  await disk.makeDir('d');
  const file = await disk.create(path, 'buffered');
  await write(file, bytes, 0);
  await file.sync();
  await disk.syncDir('d');
  return file;
}

test('a crash keeps what was synced, and of the rest all, some sectors or nothing', async () => {
  const disk = new MemoryDisk();
  const file = await syncedFile(disk, 'd/a', new Uint8Array(4096).fill(1));
  await write(file, new Uint8Array(2048).fill(2), 1024);
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const content = disk.crashClone(new Prng(seed)).contentOf('d/a');
    assert.equal(content.length, 4096);
    const sectors: number[] = [];
    for (let at = 0; at < 4096; at += 512) {
      const sector = content.subarray(at, at + 512);
      assert.ok(
        sector.every((byte) => byte === sector[0]),
        'sectors are atomic',
      );
      sectors.push(sector[0]!);
    }
    assert.deepEqual([...sectors.slice(0, 2), ...sectors.slice(6)], [1, 1, 1, 1]);
    outcomes.add(sectors.slice(2, 6).join(''));
  }
  assert.ok(outcomes.has('1111') && outcomes.has('2222') && outcomes.size > 8, [...outcomes].join(' '));
});

test('a write on a durable file survives once it is done, whatever else is pending', async () => {
  const disk = new MemoryDisk();
  await syncedFile(disk, 'd/a', new Uint8Array(1024));
  const buffered = await disk.open('d/a', 'buffered');
  const durable = await disk.open('d/a', 'durable');
  await write(buffered, new Uint8Array(1024).fill(3), 0);
  await write(durable, new Uint8Array(100).fill(4), 200);
  for (let seed = 0; seed < 50; seed++) {
    const content = disk.crashClone(new Prng(seed)).contentOf('d/a');
    assert.ok(content.subarray(200, 300).every((byte) => byte === 4));
    assert.ok(content.subarray(0, 200).every((byte) => byte === 0 || byte === 3));
  }
});

test('names survive a crash in their order; a sync makes them certain', async () => {
  const disk = new MemoryDisk();
  await disk.makeDir('d');
  for (const name of ['a', 'b', 'c']) await disk.create(`d/${name}`, 'buffered');
  await disk.rename('d/a', 'd/z');
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const clone = disk.crashClone(new Prng(seed));
    outcomes.add(clone.paths().join());
  }
  assert.deepEqual([...outcomes].sort(), ['', 'd/a', 'd/a,d/b', 'd/a,d/b,d/c', 'd/b,d/c,d/z']);
  await disk.syncDir('d');
  assert.deepEqual(disk.crashClone(new Prng(1)).paths(), ['d/b', 'd/c', 'd/z']);
});

test('a killed process leaves its page cache, which a later crash may still lose', async () => {
  const disk = new MemoryDisk();
  const file = await syncedFile(disk, 'd/a', Uint8Array.of(1));
  await write(file, Uint8Array.of(2), 0);
  const killed = disk.killClone();
  assert.deepEqual([...killed.contentOf('d/a')], [2]);
  const outcomes = new Set<number>();
  for (let seed = 0; seed < 50; seed++) outcomes.add(killed.crashClone(new Prng(seed)).contentOf('d/a')[0]!);
  assert.deepEqual([...outcomes].sort(), [1, 2]);
});

test('after halt nothing completes', async () => {
  const disk = new MemoryDisk();
  const file = await syncedFile(disk, 'd/a', Uint8Array.of(1));
  let completed = 0;
  file.write(Uint8Array.of(2), 0, () => completed++);
  void file.sync().then(() => completed++);
  disk.halt();
  void disk.list('d').then(() => completed++);
  file.write(Uint8Array.of(3), 0, () => completed++);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(completed, 0);
});

test('faults hit the operations they are meant for', async () => {
  const disk = new MemoryDisk();
  const file = await syncedFile(disk, 'd/a', Uint8Array.of(1));
  disk.inject({ operation: 'write', code: 'EIO', path: 'd/a', skip: 1, times: 2 });
  const results: string[] = [];
  for (let i = 0; i < 5; i++) {
    results.push(
      await write(file, Uint8Array.of(2), 0).then(
        () => 'ok',
        (error: DiskError) => error.code,
      ),
    );
  }
  assert.deepEqual(results, ['ok', 'EIO', 'EIO', 'ok', 'ok']);
  disk.inject({ operation: 'sync', code: 'EIO' });
  await assert.rejects(file.sync(), DiskError);
  disk.clearFaults();
  await file.sync();
});

test('a full disk refuses to grow and goes on overwriting', async () => {
  const disk = new MemoryDisk({ capacityBytes: 10 });
  const file = await syncedFile(disk, 'd/a', new Uint8Array(8));
  await assert.rejects(write(file, new Uint8Array(3), 8), { code: 'ENOSPC' });
  await write(file, new Uint8Array(8).fill(1), 0);
  await assert.rejects(file.truncate(11), { code: 'ENOSPC' });
  disk.capacityBytes = 20;
  await write(file, new Uint8Array(3), 8);
  assert.equal(await file.size(), 11);
});
