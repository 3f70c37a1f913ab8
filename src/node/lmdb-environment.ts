/**
 * One lmdb file, as the backend port sees it. The library gathers all writes of one event-loop turn in one transaction, which a thread of
 * the pool commits with `fdatasync` before the promise resolves; it takes the address of each value, not a copy.
 *
 * Settings that matter, each measured: `overlappingSync` off and `noSync` never, for power failures; values go through
 * an encoder that does nothing and are read by `getBinaryFast`, or every read would copy twice; `maxReaders` far above
 * the default of 126, since each snapshot takes a slot. No synchronous transaction may run while asynchronous writes are
 * outstanding: the library would commit the first half of a batch to let it in.
 */
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Database,
  type DatabaseOptions,
  open,
  type RootDatabase,
  type RootDatabaseOptionsWithPath,
} from 'lmdb';
import {
  type BackendReader,
  type BackendSnapshot,
  type BackendTransaction,
  TABLES,
  type Table,
} from '../mvcc/index.js';
import type { DiskErrorCode } from '../platform/index.js';
import { DiskError } from '../platform/index.js';
import { assert, copyOf } from '../stdx/index.js';
import { CorruptBackendError, checkLmdbFile } from './lmdb-check.js';

/** lmdb's limit with pages of 4 KiB. Revision keys have 17 bytes. */
const KEY_BYTES_MAX = 1978;
const MAX_READERS = 1024;
/** With less room than this, a failed commit is blamed on the full disk. */
const FREE_BYTES_MIN = 1024 * 1024;
const NOTHING = (): void => {};

/** What the library's typings leave out. */
type Store = Omit<Database<Uint8Array, Uint8Array>, 'getBinaryFast'> & {
  getBinaryFast(key: Uint8Array, options?: { transaction: Transaction }): Uint8Array | undefined;
  readonly lastSize: number;
  readKey: (from: Uint8Array, start: number, end: number) => Uint8Array;
};
interface Transaction {
  done(): void;
}
interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}
interface EnvironmentStats extends TreeStats {
  readonly root: TreeStats & { readonly pageSize: number };
  readonly free: TreeStats;
  readonly lastPageNumber: number;
}

/** Values as they are. The library reads into a shared buffer whose `length` lies, so the size comes separately. */
const ENCODER = {
  encode: (value: Uint8Array): Uint8Array => value,
  decode: (shared: Uint8Array, size: number): Uint8Array =>
    new Uint8Array(shared.buffer, shared.byteOffset, size),
};
const STORE_OPTIONS = {
  encoding: 'custom',
  encoder: ENCODER,
  keyEncoding: 'binary',
} as unknown as DatabaseOptions;

const ROOT_OPTIONS = {
  ...STORE_OPTIONS,
  noSubdir: true,
  overlappingSync: false,
  noMemInit: true,
  maxReaders: MAX_READERS,
  maxDbs: TABLES.length + 2,
} as unknown as Omit<RootDatabaseOptionsWithPath, 'path'>;

function openTable(root: RootDatabase<Uint8Array, Uint8Array>, table: Table): Store {
  const store = root.openDB<Uint8Array, Uint8Array>(table, STORE_OPTIONS) as unknown as Store;
  // Keys of a scan as plain bytes; the library would make them Buffers.
  store.readKey = copyOf;
  return store;
}

/** Makes the names in the directory of `path` certain. */
export function syncDirOf(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dirname(path), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function toBackendError(error: unknown, path: string): Error {
  const { message, code } = error as Error & { code?: number };
  const damaged = /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|PANIC)/.test(message);
  if (damaged) return new CorruptBackendError(path, 0, message);
  return new Error(`cannot open database ${path}: ${message}${code === undefined ? '' : ` (${code})`}`, {
    cause: error,
  });
}

/** Also the ground of what is staged: a backend has one, or one after the other. */
export class LmdbEnvironment {
  /** Where the file is; it may have been moved since it was opened. */
  path: string;
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;
  readonly #stores: Record<Table, Store>;
  readonly #snapshots = new Set<LmdbSnapshot>();
  readonly #recorder = new Recorder();
  #lastCommit: Promise<void> = Promise.resolve();
  #closed = false;
  #onUnshown: (() => void) | undefined;

  private constructor(
    path: string,
    root: RootDatabase<Uint8Array, Uint8Array>,
    stores: Record<Table, Store>,
  ) {
    this.path = path;
    this.#root = root;
    this.#stores = stores;
  }

  /**
   * Opens the database at `path` (a file; lmdb keeps `<path>-lock` beside it), or makes it. Rejects with
   * {@link CorruptBackendError} when the file is damaged.
   */
  static async open(path: string): Promise<LmdbEnvironment> {
    const isNew = !existsSync(path);
    if (!isNew) checkLmdbFile(path);
    let root: RootDatabase<Uint8Array, Uint8Array> | undefined;
    const stores: Partial<Record<Table, Store>> = {};
    try {
      root = open<Uint8Array, Uint8Array>({ path, ...ROOT_OPTIONS });
      for (const table of TABLES) stores[table] = openTable(root, table);
    } catch (error) {
      await root?.close();
      throw toBackendError(error, path);
    }
    if (isNew) {
      chmodSync(path, 0o600);
      chmodSync(`${path}-lock`, 0o600);
      syncDirOf(path);
    }
    return new LmdbEnvironment(path, root, stores as Record<Table, Store>);
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return getFrom(this.#stores[table], key, undefined, this.path);
  }

  scan(
    table: Table,
    from: Uint8Array,
    to: Uint8Array | undefined,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): void {
    scanFrom(this.#stores[table], from, to, visit, undefined);
  }

  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    assert(!this.#closed, 'commit on a closed backend');
    const recorder = this.#recorder;
    recorder.begin();
    try {
      fill(recorder);
    } finally {
      recorder.end();
    }
    // Nothing has been handed to the library until here: a filling that throws leaves nothing behind.
    const committed = this.#write(recorder);
    if (committed !== undefined) {
      const before = this.#lastCommit;
      this.#lastCommit = committed.then(
        () => before,
        (error: unknown) => commitFailure(error, this.path),
      );
      this.#lastCommit.catch(NOTHING);
    }
    return this.#lastCommit;
  }

  /** Hands a transaction to the library. Returns its promise; undefined if there was nothing to write. */
  #write(recorder: Recorder): Promise<boolean> | undefined {
    const { tables, keys, values, count } = recorder;
    let committed: Promise<boolean> | undefined;
    for (let i = 0; i < count; i++) {
      const store = this.#stores[tables[i]!];
      const value = values[i];
      const promise = value === undefined ? store.remove(keys[i]!) : store.put(keys[i]!, value);
      // Operations share a promise, but a long transaction may have more than one.
      if (promise !== committed) promise.catch(NOTHING);
      committed = promise;
    }
    recorder.clear();
    // The library has one more promise for the batch itself, made at the end of this turn, which nobody else watches:
    // a failed commit would end the process as an unhandled rejection before it could say why.
    if (count > 0) setImmediate(() => void this.#root.committed.then(NOTHING, NOTHING));
    return committed;
  }

  snapshot(): BackendSnapshot {
    assert(!this.#closed, 'snapshot of a closed backend');
    // The shared read transaction may have begun earlier in this turn, before the last commit.
    this.#root.resetReadTxn();
    const transaction = this.#root.useReadTransaction() as unknown as Transaction;
    const snapshot = new LmdbSnapshot(this.#stores, transaction, this.path, () => {
      this.#snapshots.delete(snapshot);
      if (!this.isShown) this.#onUnshown?.();
    });
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  size(): { readonly allocatedBytes: number; readonly inUseBytes: number } {
    this.#root.resetReadTxn();
    const stats = this.#root.getStats() as EnvironmentStats;
    let pages = pagesOf(stats) + pagesOf(stats.free) + 2;
    for (const table of TABLES)
      pages += pagesOf((this.#stores[table] as unknown as { db: { stat(): TreeStats } }).db.stat());
    const { pageSize } = stats.root;
    const inUseBytes = pages * pageSize;
    return { allocatedBytes: Math.max((stats.lastPageNumber + 1) * pageSize, inUseBytes), inUseBytes };
  }

  get snapshotCount(): number {
    return this.#snapshots.size;
  }

  /** Whether snapshots are open. */
  get isShown(): boolean {
    return this.#snapshots.size > 0;
  }

  /** Closes once the last snapshot is closed and what is outstanding has been settled; nothing new may begin. */
  async retire(): Promise<void> {
    if (this.isShown) {
      await new Promise<void>((resolve) => {
        this.#onUnshown = resolve;
      });
    }
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    assert(this.#snapshots.size === 0, 'snapshots are closed before their backend');
    this.#closed = true;
    await this.#lastCommit.catch(() => undefined);
    await this.#root.close();
  }
}

function pagesOf(stats: TreeStats): number {
  return stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
}

/** The library reports that a commit failed, and says why in a promise of its own. */
async function commitFailure(error: unknown, path: string): Promise<never> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  const reason = await commitError?.catch((cause: unknown) => cause);
  const cause = reason instanceof Error ? reason : (error as Error);
  // lmdb calls a short write an input/output error, also when the disk is full.
  const code: DiskErrorCode = /ENOSPC|No space/.test(cause.message) || isDiskFull(path) ? 'ENOSPC' : 'EIO';
  const detail = code === 'ENOSPC' ? `no space left on device (${cause.message})` : cause.message;
  const failure = new DiskError(code, 'write', path, detail);
  failure.cause = cause;
  throw failure;
}

function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < FREE_BYTES_MIN;
  } catch {
    return false;
  }
}

/** Collects one transaction. Parallel arrays that are used again: nothing is allocated per operation. */
class Recorder implements BackendTransaction {
  readonly tables: Table[] = [];
  readonly keys: (Uint8Array | undefined)[] = [];
  readonly values: (Uint8Array | undefined)[] = [];
  count = 0;
  #open = false;

  begin(): void {
    assert(!this.#open, 'a transaction is not filled within another');
    this.#open = true;
    this.count = 0;
  }

  end(): void {
    this.#open = false;
  }

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#add(table, key, value);
  }

  delete(table: Table, key: Uint8Array): void {
    this.#add(table, key, undefined);
  }

  clear(): void {
    this.keys.fill(undefined, 0, this.count);
    this.values.fill(undefined, 0, this.count);
    this.count = 0;
  }

  #add(table: Table, key: Uint8Array, value: Uint8Array | undefined): void {
    assert(this.#open, 'a transaction is written only while it is filled');
    assert(
      key.length > 0 && key.length <= KEY_BYTES_MAX,
      'backend keys are neither empty nor longer than lmdb allows',
    );
    const at = this.count++;
    this.tables[at] = table;
    this.keys[at] = key;
    this.values[at] = value;
  }
}

class LmdbSnapshot implements BackendSnapshot {
  readonly #stores: Record<Table, Store>;
  readonly #transaction: Transaction;
  readonly #path: string;
  readonly #onClose: () => void;
  #closed = false;

  constructor(stores: Record<Table, Store>, transaction: Transaction, path: string, onClose: () => void) {
    this.#stores = stores;
    this.#transaction = transaction;
    this.#path = path;
    this.#onClose = onClose;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    assert(!this.#closed, 'read from a closed snapshot');
    return getFrom(this.#stores[table], key, this.#transaction, this.#path);
  }

  scan(
    table: Table,
    from: Uint8Array,
    to: Uint8Array | undefined,
    visit: Parameters<BackendReader['scan']>[3],
  ): void {
    assert(!this.#closed, 'read from a closed snapshot');
    scanFrom(this.#stores[table], from, to, visit, this.#transaction);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transaction.done();
    this.#onClose();
  }
}

function getFrom(
  store: Store,
  key: Uint8Array,
  transaction: Transaction | undefined,
  path: string,
): Uint8Array | undefined {
  assert(
    key.length > 0 && key.length <= KEY_BYTES_MAX,
    'backend keys are neither empty nor longer than lmdb allows',
  );
  let bytes: Uint8Array | undefined;
  try {
    bytes = transaction === undefined ? store.getBinaryFast(key) : store.getBinaryFast(key, { transaction });
  } catch (error) {
    throw toBackendError(error, path);
  }
  // The library's buffer has a falsified length; what it read is `lastSize` bytes long.
  return bytes === undefined ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, store.lastSize);
}

function scanFrom(
  store: Store,
  from: Uint8Array,
  to: Uint8Array | undefined,
  visit: (key: Uint8Array, value: Uint8Array) => boolean,
  transaction: Transaction | undefined,
): void {
  const options: Record<string, unknown> = {};
  if (from.length > 0) options['start'] = from;
  if (to !== undefined) {
    if (to.length === 0) return;
    options['end'] = to;
  }
  if (transaction !== undefined) options['transaction'] = transaction;
  for (const { key, value } of store.getRange(options)) {
    if (!visit(key, value)) return;
  }
}
