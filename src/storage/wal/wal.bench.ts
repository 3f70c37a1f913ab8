/**
 * What an append costs on the real disk: batches of 1, 10, 100 and 1000 records of 350 bytes, wall and CPU time per
 * batch, and the time to make a log and to read it back. `node dist/src/storage/wal/wal.bench.js [directory] [batches]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_CRC32 } from '../../node/checksum.js';
import { NodeDisk } from '../../node/disk.js';
import type { Entry } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { Wal } from './wal.js';

const RECORD_BYTES = 350;
const SIZES = [1, 10, 100, 1000];

const parent = process.argv[2] ?? tmpdir();
const batches = Number(process.argv[3] ?? 2000);

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

async function measure(wal: Wal, size: number, count: number, from: number): Promise<number> {
  const prng = new Prng(size);
  const payloads = Array.from({ length: 64 }, () => prng.bytes(RECORD_BYTES));
  const latencies: number[] = [];
  let index = from;
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    const next = (): void => {
      if (latencies.length === count) {
        resolve();
        return;
      }
      const entries: Entry[] = [];
      for (let i = 0; i < size; i++)
        entries.push({ index: ++index, term: 1, kind: 0, data: payloads[i & 63]! });
      const start = performance.now();
      wal.append({ term: 1, vote: 0x8e9e05c52164694dn, commit: index - size }, entries, (error) => {
        if (error !== undefined) reject(error);
        latencies.push((performance.now() - start) * 1000);
        next();
      });
    };
    next();
  });
  const wall = performance.now() - begin;
  const used = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const us = (value: number): string => value.toFixed(0).padStart(6);
  console.log(
    `${String(size).padStart(5)} records/batch: p50 ${us(quantile(latencies, 0.5))} us, p99 ${us(quantile(latencies, 0.99))} us,` +
      ` max ${us(latencies[latencies.length - 1]!)} us, CPU ${us((used.user + used.system) / count)} us/batch,` +
      ` ${us((size * count) / (wall / 1000))} records/s`,
  );
  return index;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(parent, 'quoin-wal-bench-'));
  try {
    const disk = new NodeDisk();
    const prng = new Prng(1);
    const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
    const options = { checksum: NODE_CRC32 };
    const start = performance.now();
    const metadata = { clusterId: 1n, memberId: 2n };
    const wal = await Wal.create(disk, join(dir, 'wal'), metadata, { ...options, random });
    console.log(`create: ${(performance.now() - start).toFixed(1)} ms`);
    let index = 0;
    for (const size of SIZES) index = await measure(wal, size, size === 1000 ? batches / 4 : batches, index);
    await wal.close();
    const openStart = performance.now();
    const { recovered, wal: again } = await Wal.open(disk, join(dir, 'wal'), options);
    const ms = performance.now() - openStart;
    console.log(
      `open: ${ms.toFixed(0)} ms, ${recovered.entries.length} entries in ${recovered.segments} segments`,
    );
    await again.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

await main();
