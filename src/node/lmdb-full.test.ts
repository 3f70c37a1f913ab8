/** A commit that the disk refuses: rejected with the reason, nothing of it kept, nothing unhandled. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DiskError } from '../platform/index.js';
import { LmdbBackend } from './lmdb-backend.js';

const PUTS = 1500;

/** Fills the database until a commit fails, in a process whose files cannot grow further. */
async function fillUp(path: string): Promise<void> {
  let unhandled = 0;
  process.on('unhandledRejection', () => unhandled++);
  const backend = await LmdbBackend.open(path);
  let committed = 0;
  let failure: unknown;
  while (failure === undefined) {
    const round = committed + 1;
    failure = await backend
      .commit((tx) => {
        for (let i = 0; i < PUTS; i++)
          tx.put('key', Uint8Array.of(round, i >> 8, i & 255), new Uint8Array(100));
        tx.put('meta', Uint8Array.of(1), Uint8Array.of(round));
      })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    if (failure === undefined) committed = round;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const code = failure instanceof DiskError ? failure.code : String(failure);
  process.stdout.write(JSON.stringify({ committed, code, unhandled, message: (failure as Error).message }));
  await backend.close();
}

const childPath = process.env['QUOIN_LMDB_FULL_PATH'];
if (childPath !== undefined) {
  await fillUp(childPath);
} else {
  test(
    'a commit that fails is reported and leaves nothing behind',
    { skip: process.platform === 'win32' },
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'quoin-lmdb-full-'));
      const path = join(dir, 'db');
      try {
        const command = `ulimit -f 4000; exec "${process.execPath}" "${fileURLToPath(import.meta.url)}"`;
        const child = spawn('sh', ['-c', command], {
          env: { ...process.env, QUOIN_LMDB_FULL_PATH: path },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        let output = '';
        child.stdout.on('data', (text: Buffer) => {
          output += text.toString();
        });
        const code = await new Promise((resolve) => child.on('close', resolve));
        assert.equal(code, 0, output);
        const seen = JSON.parse(output) as {
          committed: number;
          code: string;
          unhandled: number;
          message: string;
        };
        assert.equal(seen.code, 'EIO');
        assert.equal(seen.unhandled, 0);
        assert.ok(seen.message.includes(path), seen.message);
        const backend = await LmdbBackend.open(path);
        let records = 0;
        backend.scan('key', new Uint8Array(0), undefined, () => ++records > 0);
        assert.equal(records, seen.committed * PUTS);
        assert.deepEqual([...backend.get('meta', Uint8Array.of(1))!], [seen.committed]);
        await backend.close();
      } finally {
        rmSync(dir, { recursive: true });
      }
    },
  );
}
