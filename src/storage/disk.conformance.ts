/** What every implementation of the disk port must do; each runs this suite from its own test file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from '../platform/index.js';
import { Prng } from '../stdx/index.js';

export interface DiskUnderTest {
  readonly disk: Disk;
  /** A directory that exists and is empty. */
  readonly root: string;
  dispose(): void;
}

function write(file: DiskFile, bytes: Uint8Array, offset: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let returned = false;
    file.write(bytes, offset, (error) => {
      assert.ok(returned, 'done is not called before write returned');
      if (error === undefined) resolve();
      else reject(error);
    });
    returned = true;
  });
}

async function contentOf(file: DiskFile): Promise<number[]> {
  const into = new Uint8Array(await file.size());
  assert.equal(await file.read(into, 0), into.length);
  return [...into];
}

async function rejectsWith(code: DiskErrorCode, path: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof DiskError);
    assert.equal(error.code, code);
    assert.ok(error.message.includes(path), error.message);
    return true;
  });
}

export function diskConformance(name: string, make: () => DiskUnderTest): void {
  const check = (title: string, body: (disk: Disk, root: string) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const under = make();
      try {
        await body(under.disk, under.root);
      } finally {
        under.dispose();
      }
    });
  };

  check('writes are read back, in every mode', async (disk, root) => {
    for (const mode of ['buffered', 'durable'] as const) {
      const path = `${root}/${mode}`;
      const file = await disk.create(path, mode);
      await write(file, Uint8Array.of(1, 2, 3), 0);
      await write(file, Uint8Array.of(9), 1);
      await write(file, Uint8Array.of(7), 5);
      await file.sync();
      assert.deepEqual(await contentOf(file), [1, 9, 3, 0, 0, 7]);
      await file.close();
      const again = await disk.open(path, 'read');
      assert.deepEqual(await contentOf(again), [1, 9, 3, 0, 0, 7]);
      await again.close();
    }
  });

  check('reads stop at the end of the file', async (disk, root) => {
    const file = await disk.create(`${root}/a`, 'buffered');
    await write(file, Uint8Array.of(1, 2, 3), 0);
    const into = new Uint8Array(8).fill(255);
    assert.equal(await file.read(into, 1), 2);
    assert.deepEqual([...into.subarray(0, 2)], [2, 3]);
    assert.equal(await file.read(into, 3), 0);
    assert.equal(await file.read(into, 100), 0);
    await file.close();
  });

  check('large writes are whole', async (disk, root) => {
    const file = await disk.create(`${root}/large`, 'durable');
    const bytes = new Uint8Array(3_000_001);
    const prng = new Prng(1);
    for (let i = 0; i < bytes.length; i += 101) bytes[i] = prng.uint32();
    await write(file, bytes, 4096);
    const into = new Uint8Array(bytes.length);
    assert.equal(await file.read(into, 4096), bytes.length);
    assert.ok(Buffer.from(into).equals(bytes));
    await file.close();
  });

  check('truncate cuts and extends', async (disk, root) => {
    const file = await disk.create(`${root}/a`, 'buffered');
    await write(file, Uint8Array.of(1, 2, 3, 4), 0);
    await file.truncate(2);
    await file.truncate(5);
    assert.deepEqual(await contentOf(file), [1, 2, 0, 0, 0]);
    await file.close();
  });

  check('names: create, list, rename over another, remove', async (disk, root) => {
    await disk.makeDir(`${root}/x/y`);
    await disk.makeDir(`${root}/x/y`);
    for (const [file, byte] of [
      ['b', 1],
      ['a', 2],
    ] as const) {
      const opened = await disk.create(`${root}/x/${file}`, 'buffered');
      await write(opened, Uint8Array.of(byte), 0);
      await opened.close();
    }
    assert.deepEqual(await disk.list(`${root}/x`), ['a', 'b', 'y']);
    await disk.rename(`${root}/x/b`, `${root}/x/a`);
    await disk.syncDir(`${root}/x`);
    const renamed = await disk.open(`${root}/x/a`, 'read');
    assert.deepEqual(await contentOf(renamed), [1]);
    await renamed.close();
    await disk.remove(`${root}/x/a`);
    assert.deepEqual(await disk.list(`${root}/x`), ['y']);
  });

  check('an open file outlives its name', async (disk, root) => {
    const file = await disk.create(`${root}/a`, 'buffered');
    await disk.rename(`${root}/a`, `${root}/b`);
    await write(file, Uint8Array.of(5), 0);
    const other = await disk.open(`${root}/b`, 'read');
    assert.deepEqual(await contentOf(other), [5]);
    await other.close();
    await file.close();
  });

  check('errors carry a code and the path', async (disk, root) => {
    const missing = `${root}/missing`;
    await rejectsWith('ENOENT', missing, disk.open(missing, 'durable'));
    await rejectsWith('ENOENT', missing, disk.remove(missing));
    await rejectsWith('ENOENT', missing, disk.rename(missing, `${root}/other`));
    await rejectsWith('ENOENT', missing, disk.list(missing));
    await rejectsWith('ENOENT', missing, disk.syncDir(missing));
    await rejectsWith('ENOENT', missing, disk.create(`${missing}/file`, 'buffered'));
    const file = await disk.create(`${root}/taken`, 'buffered');
    await rejectsWith('EEXIST', 'taken', disk.create(`${root}/taken`, 'buffered'));
    await file.close();
  });
}
