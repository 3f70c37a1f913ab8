import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DataDirInUseError, DataDirLock } from './data-dir-lock.js';
import { dirPermissionProblem } from './data-dir-permission.js';

let root = '';
before(() => {
  root = mkdtempSync(join(tmpdir(), 'quoin-lock-'));
});
after(() => rmSync(root, { recursive: true }));

function makeDir(name: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  return dir;
}

/** A process that locks the directory, says so, and stays. */
function spawnHolder(dir: string): Promise<ChildProcess> {
  const module = fileURLToPath(new URL('./data-dir-lock.js', import.meta.url));
  const script = `
    const { DataDirLock } = await import(${JSON.stringify(module)});
    await DataDirLock.acquire(${JSON.stringify(dir)});
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`holder exited with ${code}`)));
  });
}

test('a second lock is refused and names the holder; a symbolic link does not help', async () => {
  const dir = makeDir('twice');
  const lock = await DataDirLock.acquire(dir);
  const link = join(root, 'link');
  symlinkSync(dir, link);
  for (const path of [dir, link]) {
    await assert.rejects(DataDirLock.acquire(path), (error: unknown) => {
      assert.ok(error instanceof DataDirInUseError);
      assert.equal(error.pid, process.pid);
      assert.equal(error.message, `data directory ${path} is in use by another process (pid ${process.pid})`);
      return true;
    });
  }
  await lock.release();
  await (await DataDirLock.acquire(dir)).release();
});

test('other directories are not affected', async () => {
  const locks = await Promise.all([DataDirLock.acquire(makeDir('one')), DataDirLock.acquire(makeDir('two'))]);
  for (const lock of locks) await lock.release();
});

test('the lock dies with a killed process', async () => {
  const dir = makeDir('killed');
  const holder = await spawnHolder(dir);
  await assert.rejects(DataDirLock.acquire(dir), (error: unknown) => {
    return error instanceof DataDirInUseError && error.pid === holder.pid;
  });
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await gone;
  await (await DataDirLock.acquire(dir)).release();
});

test('a lock does not keep the process alive', async () => {
  const module = fileURLToPath(new URL('./data-dir-lock.js', import.meta.url));
  const script = `await (await import(${JSON.stringify(module)})).DataDirLock.acquire(${JSON.stringify(makeDir('exit'))});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 0);
});

test('permissions that others could use are reported', () => {
  const dir = makeDir('open');
  chmodSync(dir, 0o700);
  assert.equal(dirPermissionProblem(dir), undefined);
  chmodSync(dir, 0o755);
  assert.match(dirPermissionProblem(dir) ?? '', /permission is "drwxr-xr-x"/);
});
