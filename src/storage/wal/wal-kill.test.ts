/** The real file system: a process that appends is killed at random, and every index it acknowledged is found again. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NODE_CRC32 } from '../../node/checksum.js';
import { NodeDisk } from '../../node/disk.js';
import type { Entry } from '../../raft/index.js';
import { Prng } from '../../stdx/index.js';
import { type RecoveredWal, Wal } from './wal.js';

const ROUNDS = Number(process.env['QUOIN_WAL_KILLS'] ?? 20);
const OPTIONS = { checksum: NODE_CRC32, segmentBytesFirst: 64 * 1024, segmentBytesMax: 512 * 1024 };
const EMPTY = { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

function entryAt(index: number): Entry {
  const prng = new Prng(index);
  return { index, term: 1 + Math.floor(index / 1000), kind: 0, data: prng.bytes(prng.between(0, 600)) };
}

/** The killed process: appends batches for ever and prints the last index that is durable. */
async function appendForEver(dir: string, seed: number): Promise<void> {
  const prng = new Prng(seed);
  const { wal, recovered } = await Wal.open(new NodeDisk(), dir, OPTIONS);
  let last = recovered.entries[recovered.entries.length - 1]?.index ?? recovered.snapshotMarker.index;
  for (;;) {
    const entries: Entry[] = [];
    for (let count = prng.between(1, 20); count > 0; count--) entries.push(entryAt(++last));
    await new Promise<void>((resolve, reject) => {
      wal.append({ term: 9, vote: 3n, commit: last }, entries, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    process.stdout.write(`${last}\n`);
    if (prng.chance(0.05) && last > 500) {
      const { index, term } = entryAt(last - 300);
      wal.saveSnapshotMarker({ index, term, confState: EMPTY }, () => wal.releaseTo(index));
    }
  }
}

/** Runs the process for a while, kills it, and returns the last index it acknowledged. */
function runAndKill(dir: string, seed: number, ms: number): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env: { ...process.env, QUOIN_WAL_KILL_DIR: dir, QUOIN_WAL_KILL_SEED: String(seed) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      const lines = output.split('\n');
      if (signal !== 'SIGKILL') reject(new Error(`the process ended by itself: ${code}`));
      else resolve(Number(lines[lines.length - 2] ?? 0));
    });
  });
}

function check(recovered: RecoveredWal, acknowledged: number, context: string): void {
  const last = recovered.entries[recovered.entries.length - 1]?.index ?? recovered.snapshotMarker.index;
  assert.ok(last >= acknowledged, `${context}: ${acknowledged} was acknowledged, ${last} is there`);
  recovered.entries.forEach((entry, i) => {
    const expected = entryAt(recovered.snapshotMarker.index + 1 + i);
    assert.equal(entry.index, expected.index, context);
    assert.equal(entry.term, expected.term, context);
    assert.ok(Buffer.from(entry.data).equals(expected.data), `${context}: entry ${entry.index} differs`);
  });
}

async function killRounds(): Promise<void> {
  const seed = Number(process.env['QUOIN_WAL_KILL_SEED'] ?? Date.now() % 1_000_000);
  const prng = new Prng(seed);
  const random = { float: () => prng.float(), bytes: (length: number) => prng.bytes(length) };
  const root = mkdtempSync(join(tmpdir(), 'quoin-wal-kill-'));
  const dir = join(root, 'wal');
  try {
    await (
      await Wal.create(new NodeDisk(), dir, { clusterId: 1n, memberId: 2n }, { ...OPTIONS, random })
    ).close();
    for (let round = 0; round < ROUNDS; round++) {
      const acknowledged = await runAndKill(dir, prng.uint32(), prng.between(0, 120));
      const { wal, recovered } = await Wal.open(new NodeDisk(), dir, OPTIONS);
      check(recovered, acknowledged, `seed ${seed}, round ${round}`);
      if (prng.chance(0.3)) await wal.close();
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

const childDir = process.env['QUOIN_WAL_KILL_DIR'];
if (childDir !== undefined) await appendForEver(childDir, Number(process.env['QUOIN_WAL_KILL_SEED']));
else test(`kill -9 loses nothing that was acknowledged (${ROUNDS} rounds)`, killRounds);
