/**
 * The backend port on lmdb: one file, and beside it, while another state is staged, a second one that is renamed over
 * the first. Both are open when that happens, so no read finds a gap; the old file has no name then and goes away with
 * its last reader.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import type {
  BackendReader,
  BackendSnapshot,
  BackendTransaction,
  ReplaceableBackend,
  StagedBackend,
  Table,
} from '../mvcc/index.js';
import { DiskError, type DiskErrorCode } from '../platform/index.js';
import { assert } from '../stdx/index.js';
import { CorruptBackendError } from './lmdb-check.js';
import { LmdbCopy } from './lmdb-copy.js';
import { LmdbEnvironment, syncDirOf } from './lmdb-environment.js';

const STAGED_SUFFIX = '.staged';
const COPY_SUFFIX = '.copy';
/** With less to gain than this a defragmentation leaves the file as it is. */
const FREE_BYTES_WORTHWHILE = 1024 * 1024;
const LOCK_SUFFIX = '-lock';

export class LmdbBackend implements ReplaceableBackend {
  readonly #path: string;
  #environment: LmdbEnvironment;
  #staged: LmdbEnvironment | undefined;
  /** Former environments that are on their way out, and when they are gone. */
  readonly #retiring = new Map<LmdbEnvironment, Promise<void>>();
  #copy: LmdbCopy | undefined;
  #defragmenting: Promise<boolean> | undefined;
  /** Files were half moved: which one a start would find is not known. */
  #failure: Error | undefined;
  #closed = false;

  private constructor(path: string, environment: LmdbEnvironment) {
    this.#path = path;
    this.#environment = environment;
  }

  /**
   * Opens the database at `path` (a file; lmdb keeps `<path>-lock` beside it), or makes it. Rejects with
   * {@link CorruptBackendError} when the file is damaged.
   */
  static async open(path: string): Promise<LmdbBackend> {
    // What a crash left of a copy was never anybody's content.
    removeFiles(path + COPY_SUFFIX);
    return new LmdbBackend(path, await LmdbEnvironment.open(path));
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return this.#environment.get(table, key);
  }

  scan(...args: Parameters<BackendReader['scan']>): void {
    this.#environment.scan(...args);
  }

  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#copy === undefined ? this.#environment.commit(fill) : this.#copy.commit(fill);
  }

  snapshot(): BackendSnapshot {
    return this.#environment.snapshot();
  }

  /** Views of the present content that are open. */
  get snapshotCount(): number {
    return this.#environment.snapshotCount;
  }

  size(): { readonly allocatedBytes: number; readonly inUseBytes: number } {
    return this.#environment.size();
  }

  /**
   * Moves the content to a file without gaps, beside traffic. Resolves with whether that was worthwhile; rejects if it
   * came to nothing, with everything as it was. Those who ask meanwhile get the same answer.
   */
  defragment(): Promise<boolean> {
    assert(!this.#closed, 'a closed backend is left alone');
    this.#defragmenting ??= this.#defragment().finally(() => {
      this.#defragmenting = undefined;
    });
    return this.#defragmenting;
  }

  async #defragment(): Promise<boolean> {
    const { allocatedBytes, inUseBytes } = this.size();
    if (allocatedBytes - inUseBytes < FREE_BYTES_WORTHWHILE) return false;
    const path = this.#path + COPY_SUFFIX;
    removeFiles(path);
    const original = this.#environment;
    const target = await LmdbEnvironment.open(path);
    const copy = new LmdbCopy(original, target);
    if (this.#closed) copy.abandon('the backend is closed');
    if (this.#environment !== original) copy.abandon('the backend has another content');
    this.#copy = copy;
    try {
      await copy.run(() => {
        this.#copy = undefined;
        this.#takeOver(target, path);
      });
      return true;
    } catch (error) {
      this.#copy = undefined;
      await target.close();
      if (this.#failure === undefined) removeFiles(path);
      throw error;
    }
  }

  async stage(): Promise<StagedBackend> {
    assert(!this.#closed && this.#staged === undefined, 'one state is staged at a time');
    removeFiles(this.#stagedPath);
    return this.#stagedAs(await this.#openStaged());
  }

  async leftover(): Promise<StagedBackend | undefined> {
    assert(!this.#closed && this.#staged === undefined, 'a leftover is looked for before anything is staged');
    if (!existsSync(this.#stagedPath)) return undefined;
    try {
      return this.#stagedAs(await this.#openStaged());
    } catch (error) {
      if (!(error instanceof CorruptBackendError)) throw error;
      // Cut off as it was made: nothing was ever promised about it.
      removeFiles(this.#stagedPath);
      return undefined;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#copy?.abandon('the backend is closed');
    await this.#defragmenting?.catch(() => undefined);
    // What is staged stays on the disk: the next start knows whether it is wanted.
    await this.#staged?.close();
    await this.#environment.close();
    // Whoever still reads a former one does so without a file's name to come back to: nothing is lost with it.
    await Promise.all([...this.#retiring].map(([old, gone]) => (old.isShown ? undefined : gone)));
  }

  get #stagedPath(): string {
    return this.#path + STAGED_SUFFIX;
  }

  async #openStaged(): Promise<LmdbEnvironment> {
    const environment = await LmdbEnvironment.open(this.#stagedPath);
    this.#staged = environment;
    return environment;
  }

  #stagedAs(environment: LmdbEnvironment): StagedBackend {
    return {
      get: (table, key) => environment.get(table, key),
      scan: (...args) => environment.scan(...args),
      commit: (fill) => environment.commit(fill),
      promote: () => this.#promote(environment),
      discard: async () => {
        if (this.#staged !== environment) return;
        await environment.close();
        this.#staged = undefined;
        removeFiles(this.#stagedPath);
      },
    };
  }

  #promote(environment: LmdbEnvironment): void {
    assert(this.#staged === environment, 'what is staged is promoted');
    this.#takeOver(environment, this.#stagedPath);
    this.#staged = undefined;
    this.#copy?.abandon('the backend has another content');
    this.#copy?.dropHeld();
    this.#copy = undefined;
  }

  /** Makes the environment in the file at `from` the backend's content. */
  #takeOver(environment: LmdbEnvironment, from: string): void {
    const path = this.#path;
    let isMoved = false;
    try {
      renameSync(from, path);
      isMoved = true;
      // The lock's content is worth nothing after the last process has closed it; until then it goes with its file.
      renameSync(from + LOCK_SUFFIX, path + LOCK_SUFFIX);
      syncDirOf(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const known: DiskErrorCode = code === 'ENOSPC' || code === 'EROFS' || code === 'EIO' ? code : 'EOTHER';
      const failure = new DiskError(known, 'rename', path, message);
      if (isMoved) this.#failure = failure;
      throw failure;
    }
    const old = this.#environment;
    environment.path = path;
    this.#environment = environment;
    const forget = (): void => void this.#retiring.delete(old);
    // A commit that fails there concerns nobody any more.
    this.#retiring.set(old, old.retire().then(forget, forget));
  }
}

function removeFiles(path: string): void {
  rmSync(path, { force: true });
  rmSync(path + LOCK_SUFFIX, { force: true });
}
