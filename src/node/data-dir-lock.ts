/**
 * One process per data directory. The lock must vanish with its holder, however that dies, and Node has no `flock`; so
 * the kernel's own bookkeeping is used. Linux: a listening socket in the abstract namespace, named by the directory's
 * device and inode numbers, whatever path leads there. macOS and the BSDs: a file opened with `O_EXLOCK`. Windows: a
 * named pipe. The file `lock` in the directory only tells who the holder is.
 *
 * Abstract sockets belong to a network namespace: containers that share a volume, but not the network, are not kept
 * apart.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Another process uses the directory. `message` is for the operator. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
  /** The other process, if it could be told. */
  readonly pid: number | undefined;

  constructor(dir: string, pid: number | undefined) {
    super(`data directory ${dir} is in use by another process${pid === undefined ? '' : ` (pid ${pid})`}`);
    this.pid = pid;
  }
}

/** `O_EXLOCK` of macOS and the BSDs, which Node does not name. */
const O_EXLOCK = 0x20;

export class DataDirLock {
  readonly #release: () => Promise<void>;

  private constructor(release: () => Promise<void>) {
    this.#release = release;
  }

  /** Locks `dir`, which exists, until `release` or the end of the process. Rejects with {@link DataDirInUseError}. */
  static async acquire(dir: string): Promise<DataDirLock> {
    const path = join(dir, 'lock');
    const hasFileLocks = process.platform !== 'linux' && process.platform !== 'win32';
    if (hasFileLocks) return new DataDirLock(lockByFile(dir, path));
    const release = await lockByName(dir, path);
    fs.writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
    return new DataDirLock(release);
  }

  /** Lets others use the directory. Not needed before the process ends. */
  release(): Promise<void> {
    return this.#release();
  }
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number.parseInt(fs.readFileSync(path, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function lockName(dir: string): string {
  const { dev, ino } = fs.statSync(dir, { bigint: true });
  if (process.platform === 'linux') return `\0quoin-data-dir:${dev}:${ino}`;
  return `\\\\.\\pipe\\quoin-${createHash('sha256').update(fs.realpathSync(dir).toLowerCase()).digest('hex')}`;
}

function lockByName(dir: string, path: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new DataDirInUseError(dir, holderOf(path)) : error);
    });
    server.listen(lockName(dir), () => {
      // The lock must not keep a process alive that has nothing else to do.
      server.unref();
      resolve(() => new Promise((done) => server.close(() => done())));
    });
  });
}

function lockByFile(dir: string, path: string): () => Promise<void> {
  const { O_RDWR, O_CREAT, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') throw new DataDirInUseError(dir, holderOf(path));
    throw error;
  }
  fs.ftruncateSync(fd);
  fs.writeSync(fd, `${process.pid}\n`, 0);
  return () => {
    fs.closeSync(fd);
    return Promise.resolve();
  };
}
