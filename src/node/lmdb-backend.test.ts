import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Backend } from '../mvcc/index.js';
import { backendConformance } from '../storage/backend/backend.conformance.js';
import { LmdbBackend } from './lmdb-backend.js';

function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), 'quoin-lmdb-'));
}

backendConformance('lmdb backend', async () => {
  const dir = temporaryDir();
  const path = join(dir, 'db');
  let backend: Backend = await LmdbBackend.open(path);
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
