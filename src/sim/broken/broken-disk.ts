/** Disks that break their word, put between a sound member and its machine, to see what comes of it. */
import type { Disk, DiskFile } from '../../platform/index.js';

/** What stands in a file's place. */
export type FileWrapper = (file: DiskFile) => DiskFile;

/** A disk whose files go through `wrap`. */
export function diskWith(inner: Disk, wrap: FileWrapper, overrides: Partial<Disk> = {}): Disk {
  return {
    open: async (path, mode) => wrap(await inner.open(path, mode)),
    create: async (path, mode) => wrap(await inner.create(path, mode)),
    list: (dir) => inner.list(dir),
    makeDir: (dir) => inner.makeDir(dir),
    rename: (from, to) => inner.rename(from, to),
    remove: (path) => inner.remove(path),
    syncDir: (dir) => inner.syncDir(dir),
    ...overrides,
  };
}

export function fileWith(inner: DiskFile, overrides: Partial<DiskFile>): DiskFile {
  return {
    path: inner.path,
    read: (into, offset) => inner.read(into, offset),
    write: (bytes, offset, done) => inner.write(bytes, offset, done),
    sync: () => inner.sync(),
    size: () => inner.size(),
    truncate: (size) => inner.truncate(size),
    close: () => inner.close(),
    ...overrides,
  };
}

/** Acknowledges a write of the log when it is asked for. */
export function ackBeforeDurable(inner: Disk, later: (fn: () => void) => void): Disk {
  return diskWith(inner, (file) =>
    fileWith(file, {
      write: (bytes, offset, done) => {
        file.write(bytes.slice(), offset, () => {});
        later(done);
      },
    }),
  );
}

/** Takes `O_DSYNC` for a hint: what it acknowledges stays in the page cache. */
export function volatileCache(inner: Disk): Disk {
  return diskWith(inner, (file) => file, {
    open: (path, mode) => inner.open(path, mode === 'durable' ? 'buffered' : mode),
    create: (path, mode) => inner.create(path, mode === 'durable' ? 'buffered' : mode),
  });
}
