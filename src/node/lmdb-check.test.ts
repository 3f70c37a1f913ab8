/**
 * Damaged database files. A process of its own opens and reads hundreds of them: it may be told of the damage, or read
 * on if only values changed, but it must not crash.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TABLES } from '../mvcc/index.js';
import { Prng } from '../stdx/index.js';
import { LmdbBackend } from './lmdb-backend.js';
import { CorruptBackendError, checkLmdbFile } from './lmdb-check.js';

const PAGE_BYTES = 4096;
const DAMAGES = Number(process.env['QUOIN_LMDB_DAMAGES'] ?? 150);

/** A database with branches, overflow pages, several tables and a free list. */
async function makeDatabase(path: string): Promise<void> {
  const prng = new Prng(3);
  const backend = await LmdbBackend.open(path);
  for (let round = 0; round < 6; round++) {
    await backend.commit((tx) => {
      for (let i = 0; i < 400; i++) {
        const key = Uint8Array.of(prng.below(4), prng.below(256), 0);
        const bytes = prng.chance(0.02) ? prng.between(3000, 20_000) : prng.between(0, 300);
        if (prng.chance(0.2)) tx.delete('key', key);
        else tx.put('key', key, prng.bytes(bytes));
      }
      tx.put('meta', Uint8Array.of(1), Uint8Array.of(round));
      tx.put('lease', Uint8Array.of(round), new Uint8Array(9));
    });
  }
  await backend.close();
}

function damage(content: Uint8Array, seed: number): Uint8Array {
  const prng = new Prng(seed);
  const damaged = content.slice();
  const page = prng.below(content.length / PAGE_BYTES) * PAGE_BYTES;
  const kind = prng.below(5);
  if (kind === 0) return damaged.slice(0, prng.below(content.length));
  if (kind === 1) damaged.fill(0, page, page + PAGE_BYTES);
  else if (kind === 2)
    damaged.copyWithin(page, prng.below(content.length / PAGE_BYTES) * PAGE_BYTES, content.length);
  else if (kind === 3) damaged[page + prng.below(64)]! ^= 1 << prng.below(8);
  else damaged[page + prng.below(PAGE_BYTES)]! ^= 1 << prng.below(8);
  return damaged;
}

/** Opens every damaged copy, reads all there is and writes a little. Prints how many were refused and how many read. */
async function readDamaged(dir: string): Promise<void> {
  const content = new Uint8Array(readFileSync(join(dir, 'sound')));
  const counts = { refused: 0, read: 0 };
  for (let seed = 0; seed < DAMAGES; seed++) {
    const path = join(dir, `damaged-${seed}`);
    writeFileSync(path, damage(content, seed));
    process.stderr.write(`${seed}\n`);
    try {
      const backend = await LmdbBackend.open(path);
      for (const table of TABLES) backend.scan(table, new Uint8Array(0), undefined, () => true);
      await backend.commit((tx) => tx.put('key', Uint8Array.of(9), Uint8Array.of(9)));
      await backend.close();
      counts.read++;
    } catch (error) {
      if (!(error instanceof CorruptBackendError)) throw error;
      counts.refused++;
    }
    rmSync(path);
    rmSync(`${path}-lock`, { force: true });
  }
  process.stdout.write(JSON.stringify(counts));
}

const childDir = process.env['QUOIN_LMDB_DAMAGE_DIR'];
if (childDir !== undefined) {
  await readDamaged(childDir);
} else {
  let dir = '';
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'quoin-lmdb-check-'));
    await makeDatabase(join(dir, 'sound'));
  });
  after(() => rmSync(dir, { recursive: true }));

  test('a sound file passes', () => checkLmdbFile(join(dir, 'sound')));

  test('an error names the file and the offset', async () => {
    const path = join(dir, 'cut');
    const content = readFileSync(join(dir, 'sound'));
    writeFileSync(path, content.subarray(0, content.length / 2));
    await assert.rejects(LmdbBackend.open(path), (error: unknown) => {
      assert.ok(error instanceof CorruptBackendError);
      assert.equal(error.file, path);
      assert.ok(error.offset >= content.length / 2 - PAGE_BYTES);
      assert.match(error.message, /cut short/);
      return true;
    });
    writeFileSync(path, 'this is not a database');
    await assert.rejects(LmdbBackend.open(path), CorruptBackendError);
  });

  test(`${DAMAGES} damaged files do not crash the process`, async () => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      env: { ...process.env, QUOIN_LMDB_DAMAGE_DIR: dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let progress = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      progress = (progress + text.toString()).slice(-2000);
    });
    const ended = await new Promise<string>((resolve) => {
      child.on('close', (code, signal) => resolve(`${code} ${signal}`));
    });
    assert.equal(ended, '0 null', `the process died after ${progress}`);
    const counts = JSON.parse(output) as { refused: number; read: number };
    assert.ok(counts.refused > DAMAGES / 3, output);
    assert.ok(counts.read > DAMAGES / 20, output);
    assert.equal(counts.refused + counts.read, DAMAGES);
  });
}
