import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplaceableBackend } from '../mvcc/index.js';
import { backendConformance } from '../storage/backend/backend.conformance.js';
import { LmdbBackend } from './lmdb-backend.js';

function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), 'quoin-lmdb-'));
}

backendConformance('lmdb backend', async () => {
  const dir = temporaryDir();
  const path = join(dir, 'db');
  let backend: ReplaceableBackend = await LmdbBackend.open(path);
  return {
    backend,
    reopen: async () => {
      await backend.close();
      backend = await LmdbBackend.open(path);
      return backend;
    },
    dispose: async () => {
      await backend.close();
      rmSync(dir, { recursive: true });
    },
  };
});

test('pages that were freed are used again', async () => {
  const dir = temporaryDir();
  const backend = await LmdbBackend.open(join(dir, 'db'));
  try {
    const sizes: number[] = [];
    for (let round = 0; round < 8; round++) {
      await backend.commit((tx) => {
        for (let i = 0; i < 500; i++)
          tx.put('key', Uint8Array.of(i >> 8, i & 255), new Uint8Array(1000).fill(round));
      });
      sizes.push(backend.size().allocatedBytes);
    }
    assert.ok(sizes[7]! < sizes[4]! * 1.1, `file sizes ${sizes.join(', ')}`);
  } finally {
    await backend.close();
    rmSync(dir, { recursive: true });
  }
});

test('a staged file that was cut off in the making is dropped', async () => {
  const dir = temporaryDir();
  const path = join(dir, 'db');
  try {
    for (const bytes of [0, 100, 5000]) {
      const backend = await LmdbBackend.open(path);
      writeFileSync(`${path}.staged`, new Uint8Array(bytes).fill(7));
      assert.equal(await backend.leftover(), undefined, `${bytes} bytes`);
      await backend.close();
      assert.deepEqual(readdirSync(dir), ['db', 'db-lock']);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a promoted file has the name of the old one, and the old one goes', async () => {
  const dir = temporaryDir();
  const path = join(dir, 'db');
  const backend = await LmdbBackend.open(path);
  try {
    const inode = statSync(path).ino;
    const staged = await backend.stage();
    await staged.commit((tx) => tx.put('key', Uint8Array.of(1), Uint8Array.of(2)));
    assert.deepEqual(readdirSync(dir), ['db', 'db-lock', 'db.staged', 'db.staged-lock']);
    staged.promote();
    assert.deepEqual(readdirSync(dir), ['db', 'db-lock']);
    assert.notEqual(statSync(path).ino, inode);
  } finally {
    await backend.close();
    rmSync(dir, { recursive: true });
  }
});
