/**
 * Durable files as the member sees them: real ones in a server, `storage/memory-disk.ts` in a simulation or a browser.
 *
 * What a crash may do is part of the contract. A write on a `durable` file has reached the medium when `done` is
 * called; any other write only after a later `sync` of that file. Until then a crash keeps it wholly, partly (sector by
 * sector) or not at all. A name (created, renamed, removed) is certain only after `syncDir` of its directory.
 */
export const DISK_ERROR_CODES = [
  'EIO',
  'ENOSPC',
  'ENOENT',
  'EEXIST',
  'EACCES',
  'EROFS',
  'EMFILE',
  'EOTHER',
] as const;
export type DiskErrorCode = (typeof DISK_ERROR_CODES)[number];

export type DiskOperation =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'sync'
  | 'size'
  | 'truncate'
  | 'close'
  | 'list'
  | 'make-dir'
  | 'rename'
  | 'remove'
  | 'sync-dir';

/** An operation of the disk failed. `message` names the operation, the path and the system's own words. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly operation: DiskOperation;
  readonly path: string;

  constructor(code: DiskErrorCode, operation: DiskOperation, path: string, detail: string) {
    super(`${operation} ${path}: ${detail}`);
    this.code = code;
    this.operation = operation;
    this.path = path;
  }
}

/**
 * `read`: bytes can be read only. `buffered`: writes are durable after `sync`. `durable`: every write is durable when
 * it is done (`O_DSYNC`), which is the cheapest durable append.
 */
export type DiskFileMode = 'read' | 'buffered' | 'durable';

export interface DiskFile {
  readonly path: string;
  /** Fills `into` from `offset` on. Resolves to the bytes read: fewer than asked only at the end of the file. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /**
   * Writes all of `bytes` at `offset`, growing the file if need be. `bytes` must not change until `done`, which is
   * called once and never before `write` returned. After an error the range holds anything.
   */
  write(bytes: Uint8Array, offset: number, done: (error?: DiskError) => void): void;
  /** Makes all that was written, and the file's size, durable. */
  sync(): Promise<void>;
  size(): Promise<number>;
  /** Cuts or extends (with zeros, which may take no room yet) to `size` bytes. Durable after `sync`. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Every method but `DiskFile.write` rejects with {@link DiskError}. Paths are joined with `/`. */
export interface Disk {
  /** Opens a file that exists. */
  open(path: string, mode: DiskFileMode): Promise<DiskFile>;
  /** Creates a file (owner's access only); EEXIST if the name is taken. */
  create(path: string, mode: DiskFileMode): Promise<DiskFile>;
  /** Names in the directory, sorted. */
  list(dir: string): Promise<string[]>;
  /** Creates the directory and its parents (owner's access only); no error if it exists. */
  makeDir(dir: string): Promise<void>;
  /** Atomically replaces what `to` names. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncDir(dir: string): Promise<void>;
}
