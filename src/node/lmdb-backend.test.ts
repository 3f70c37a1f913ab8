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

interface Opened {
  readonly path: string;
  readonly backend: LmdbBackend;
  /** What was committed, by key. */
  readonly model: Map<number, number>;
  /** Commits one change to a few keys. */
  write(keys: number, value: number): Promise<void>;
  stored(of?: LmdbBackend): Map<number, number>;
}

/** A backend most of whose pages are free, in a folder of its own. */
async function withGaps(body: (opened: Opened) => Promise<void>): Promise<void> {
  const dir = temporaryDir();
  const path = join(dir, 'db');
  const backend = await LmdbBackend.open(path);
  const model = new Map<number, number>();
  const keyOf = (i: number): Uint8Array => Uint8Array.of(1, i >> 8, i & 255);
  const write = (keys: number, value: number): Promise<void> =>
    backend.commit((tx) => {
      for (let i = 0; i < keys; i++) {
        const at = (value * 7919 + i * 31) % 4000;
        if ((value + i) % 3 === 0) {
          model.delete(at);
          tx.delete('key', keyOf(at));
        } else {
          model.set(at, value);
          tx.put('key', keyOf(at), new Uint8Array(600).fill(value & 255));
        }
      }
    });
  const stored = (of = backend): Map<number, number> => {
    const found = new Map<number, number>();
    of.scan('key', new Uint8Array(0), undefined, (key, value) => {
      found.set(key[1]! * 256 + key[2]!, value[599]!);
      return true;
    });
    return found;
  };
  try {
    await backend.commit((tx) => {
      tx.put('meta', Uint8Array.of(1), Uint8Array.of(2));
      for (let i = 0; i < 8000; i++) tx.put('auth', keyOf(i), new Uint8Array(600));
    });
    await backend.commit((tx) => {
      for (let i = 0; i < 8000; i++) tx.delete('auth', keyOf(i));
    });
    await write(3000, 1);
    await body({ path, backend, model, write, stored });
  } finally {
    await backend.close();
    rmSync(dir, { recursive: true });
  }
}

const byKey = (map: Map<number, number>): [number, number][] => [...map].sort(([a], [b]) => a - b);

test('a defragmentation beside commits makes the file small and loses nothing', () =>
  withGaps(async ({ path, backend, model, write, stored }) => {
    const before = backend.size();
    let isDone = false;
    const commits: Promise<void>[] = [];
    const view = backend.snapshot();
    const work = Promise.all([backend.defragment(), backend.defragment()]).finally(() => {
      isDone = true;
    });
    for (let value = 2; !isDone || value < 40; value++) {
      commits.push(write(20, value % 256));
      if (value % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      else await commits[commits.length - 1];
    }
    assert.deepEqual(await work, [true, true]);
    await Promise.all(commits);
    assert.equal(view.get('meta', Uint8Array.of(1))?.[0], 2, 'a view outlives it');
    view.close();
    const after = backend.size();
    assert.ok(
      after.allocatedBytes < before.allocatedBytes / 2,
      `${before.allocatedBytes} to ${after.allocatedBytes}`,
    );
    assert.deepEqual(byKey(stored()), byKey(model));
    assert.deepEqual(readdirSync(join(path, '..')), ['db', 'db-lock']);
    assert.equal(await backend.defragment(), false, 'there is nothing to gain any more');
    await backend.close();
    const again = await LmdbBackend.open(path);
    assert.deepEqual(byKey(stored(again)), byKey(model));
    await again.close();
  }));

test('a defragmentation gives way to a close, and to another content', async () => {
  await withGaps(async ({ path, backend, model, write, stored }) => {
    const work = backend.defragment().catch((error: Error) => error.message);
    const commit = write(5, 9);
    await backend.close();
    await commit;
    assert.equal(await work, 'the backend is closed');
    assert.deepEqual(readdirSync(join(path, '..')), ['db', 'db-lock']);
    const again = await LmdbBackend.open(path);
    assert.deepEqual(byKey(stored(again)), byKey(model));
    await again.close();
  });
  await withGaps(async ({ backend, stored, write }) => {
    const staged = await backend.stage();
    await staged.commit((tx) => tx.put('key', Uint8Array.of(1, 0, 5), new Uint8Array(600).fill(77)));
    const work = backend.defragment().catch((error: Error) => error.message);
    const lost = write(5, 9);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    staged.promote();
    await lost;
    assert.equal(await work, 'the backend has another content');
    assert.deepEqual([...stored()], [[5, 77]]);
  });
});

test('what a crash left of a copy is removed at the next start', async () => {
  const dir = temporaryDir();
  writeFileSync(join(dir, 'db.copy'), 'x');
  writeFileSync(join(dir, 'db.copy-lock'), 'x');
  await (await LmdbBackend.open(join(dir, 'db'))).close();
  assert.deepEqual(readdirSync(dir), ['db', 'db-lock']);
  rmSync(dir, { recursive: true });
});
