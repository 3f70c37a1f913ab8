/**
 * The disk port on Node's file system. The one hot call is `write` on a durable file: an `O_DSYNC` descriptor and one
 * asynchronous write per call, which measured cheaper than a write followed by `fdatasync` (one trip through the thread
 * pool instead of two). Where `O_DSYNC` is missing (Windows) or does not flush the drive's cache (macOS), the write is
 * followed by `fdatasync`.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { Disk, DiskErrorCode, DiskFile, DiskFileMode, DiskOperation } from '../platform/index.js';
import { DISK_ERROR_CODES, DiskError } from '../platform/index.js';

const openFd = promisify(fs.open);
const closeFd = promisify(fs.close);
const syncFd = promisify(fs.fsync);
const statFd = promisify(fs.fstat);
const truncateFd = promisify(fs.ftruncate);
const readFd = promisify(fs.read);

const FILE_MODE = 0o600;
const DIR_MODE = 0o700;
const HAS_DSYNC = process.platform !== 'win32' && process.platform !== 'darwin';
const DSYNC_FLAG = HAS_DSYNC ? fs.constants.O_DSYNC : 0;

/** Longest single read or write handed to the kernel; Linux moves at most 2 GiB - 4 KiB a call. */
const TRANSFER_BYTES_MAX = 1 << 30;

function toDiskError(error: unknown, operation: DiskOperation, path: string): DiskError {
  const system = error as NodeJS.ErrnoException;
  let code: DiskErrorCode = 'EOTHER';
  if (system.code === 'EDQUOT') code = 'ENOSPC';
  else if (system.code === 'EPERM') code = 'EACCES';
  else if (system.code === 'ENFILE') code = 'EMFILE';
  else if (DISK_ERROR_CODES.includes(system.code as DiskErrorCode)) code = system.code as DiskErrorCode;
  const diskError = new DiskError(code, operation, path, system.message);
  diskError.cause = error;
  return diskError;
}

async function run<T>(operation: DiskOperation, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toDiskError(error, operation, path);
  }
}

function flagsOf(mode: DiskFileMode, create: boolean): number {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  const access = mode === 'read' && !create ? O_RDONLY : O_RDWR;
  return access | (create ? O_CREAT | O_EXCL : 0) | (mode === 'durable' ? DSYNC_FLAG : 0);
}

class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  readonly #syncAfterWrite: boolean;

  constructor(path: string, fd: number, mode: DiskFileMode) {
    this.path = path;
    this.#fd = fd;
    this.#syncAfterWrite = mode === 'durable' && !HAS_DSYNC;
  }

  read(into: Uint8Array, offset: number): Promise<number> {
    return run('read', this.path, async () => {
      let filled = 0;
      while (filled < into.length) {
        const length = Math.min(into.length - filled, TRANSFER_BYTES_MAX);
        const { bytesRead } = await readFd(this.#fd, into, filled, length, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    });
  }

  write(bytes: Uint8Array, offset: number, done: (error?: DiskError) => void): void {
    this.#writeFrom(bytes, 0, offset, done);
  }

  #writeFrom(bytes: Uint8Array, from: number, offset: number, done: (error?: DiskError) => void): void {
    const length = Math.min(bytes.length - from, TRANSFER_BYTES_MAX);
    fs.write(this.#fd, bytes, from, length, offset + from, (error, written) => {
      if (error !== null) {
        done(toDiskError(error, 'write', this.path));
      } else if (from + written < bytes.length) {
        // A short write: the rest follows, and fails by itself if the disk is full.
        this.#writeFrom(bytes, from + written, offset, done);
      } else if (this.#syncAfterWrite) {
        fs.fdatasync(this.#fd, (failed) => {
          if (failed) done(toDiskError(failed, 'sync', this.path));
          else done();
        });
      } else {
        done();
      }
    });
  }

  sync(): Promise<void> {
    return run('sync', this.path, () => syncFd(this.#fd));
  }

  size(): Promise<number> {
    return run('size', this.path, async () => (await statFd(this.#fd)).size);
  }

  truncate(size: number): Promise<void> {
    return run('truncate', this.path, () => truncateFd(this.#fd, size));
  }

  close(): Promise<void> {
    return run('close', this.path, () => closeFd(this.#fd));
  }
}

/** The machine's file system. */
export class NodeDisk implements Disk {
  open(path: string, mode: DiskFileMode): Promise<DiskFile> {
    return run(
      'open',
      path,
      async () => new NodeDiskFile(path, await openFd(path, flagsOf(mode, false)), mode),
    );
  }

  create(path: string, mode: DiskFileMode): Promise<DiskFile> {
    return run('create', path, async () => {
      return new NodeDiskFile(path, await openFd(path, flagsOf(mode, true), FILE_MODE), mode);
    });
  }

  list(dir: string): Promise<string[]> {
    return run('list', dir, async () => (await fs.promises.readdir(dir)).sort());
  }

  makeDir(dir: string): Promise<void> {
    return run('make-dir', dir, async () => {
      await fs.promises.mkdir(dir, { recursive: true, mode: DIR_MODE });
    });
  }

  rename(from: string, to: string): Promise<void> {
    return run('rename', from, () => fs.promises.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return run('remove', path, () => fs.promises.unlink(path));
  }

  syncDir(dir: string): Promise<void> {
    // Windows cannot open a directory, and makes names durable by itself.
    if (process.platform === 'win32') return Promise.resolve();
    return run('sync-dir', dir, async () => {
      const fd = await openFd(dir, fs.constants.O_RDONLY);
      try {
        await syncFd(fd);
      } finally {
        await closeFd(fd);
      }
    });
  }
}
