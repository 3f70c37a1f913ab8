import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogSink } from '../platform/index.js';
import { Prng } from '../stdx/index.js';
import { DataDirError, openDataDir } from './data-dir.js';
import { MemoryDisk } from './memory-disk.js';
import { CRC32C } from './wal/checksum.js';
import { Wal } from './wal/wal.js';

class Lines implements LogSink {
  readonly lines: string[] = [];

  log(level: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  }
}

test('a new directory gets its layout, and is recognized once it has a log', async () => {
  const disk = new MemoryDisk();
  const dir = await openDataDir(disk, 'd/data');
  assert.deepEqual(dir, {
    path: 'd/data',
    memberDir: 'd/data/member',
    walDir: 'd/data/member/wal',
    backendPath: 'd/data/member/db',
    hasWal: false,
  });
  const prng = new Prng(1);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const metadata = { clusterId: 1n, memberId: 2n };
  await (
    await Wal.create(disk, dir.walDir, metadata, { checksum: CRC32C, random, segmentBytesFirst: 4096 })
  ).close();
  assert.equal((await openDataDir(disk, 'd/data')).hasWal, true);
});

test('the log may live elsewhere', async () => {
  const disk = new MemoryDisk();
  const dir = await openDataDir(disk, 'data', { walDir: 'fast/wal' });
  assert.equal(dir.walDir, 'fast/wal');
  assert.deepEqual(await disk.list('fast'), ['wal']);
  assert.deepEqual(await disk.list('data'), ['member']);
});

test('unknown names are warned about', async () => {
  const disk = new MemoryDisk();
  await disk.makeDir('data/other');
  await disk.makeDir('data/member');
  const log = new Lines();
  await openDataDir(disk, 'data', { log });
  assert.deepEqual(log.lines, [
    'warn found invalid file under data directory {"filename":"other","data-dir":"data"}',
  ]);
});

test('directories of a proxy and of etcd are refused', async () => {
  const proxy = new MemoryDisk();
  await proxy.makeDir('data/proxy');
  await assert.rejects(openDataDir(proxy, 'data'), DataDirError);
  await proxy.makeDir('data/member');
  await assert.rejects(openDataDir(proxy, 'data'), /both member and proxy directories exist/);
  const etcd = new MemoryDisk();
  await etcd.makeDir('data/member/snap');
  await assert.rejects(openDataDir(etcd, 'data'), /was written by etcd/);
  const log = new MemoryDisk();
  await log.makeDir('data/member/wal');
  await log.create('data/member/wal/0000000000000000-0000000000000000.wal', 'buffered');
  await assert.rejects(openDataDir(log, 'data'), /0000000000000000-0000000000000000.wal/);
});
