/**
 * The backend port in memory: the naive twin of the lmdb one, for tests, the simulator and the browser. Sorted arrays;
 * a snapshot shares them until the next commit copies what it changes.
 *
 * It is as hostile as the contract allows: a transaction's bytes are read when it commits, not when it is filled, so a
 * caller that reuses a buffer too early is found out; and a crash clone keeps a prefix of the transactions under way.
 */
import type {
  BackendReader,
  BackendSnapshot,
  BackendTransaction,
  ReplaceableBackend,
  StagedBackend,
  Table,
} from '../../mvcc/index.js';
import type { Prng } from '../../stdx/index.js';
import { assert } from '../../stdx/index.js';
import { getFrom, MemoryContent, scanFrom, type TableMap } from './memory-content.js';

export interface MemoryBackendOptions {
  /** Delivers a commit later; as a microtask by default. A simulator adds its latency here. */
  readonly schedule?: (complete: () => void) => void;
}

export class MemoryBackend implements ReplaceableBackend {
  readonly #schedule: (complete: () => void) => void;
  readonly #options: MemoryBackendOptions;
  #content = new MemoryContent();
  /** What is staged; after a crash clone, what the crash left of it. */
  #staged: MemoryContent | undefined;
  #failure: Error | undefined;
  #snapshots = 0;
  #closed = false;

  constructor(options: MemoryBackendOptions = {}) {
    this.#options = options;
    this.#schedule = options.schedule ?? ((complete) => void Promise.resolve().then(complete));
  }

  /** Makes the next commit, and all after it, fail: the disk is broken. Undefined: it works again. */
  failCommits(error: Error | undefined): void {
    this.#failure = error;
  }

  /** What a power failure at this moment leaves: whole transactions, those acknowledged among them. */
  crashClone(prng: Prng): MemoryBackend {
    const clone = new MemoryBackend(this.#options);
    clone.#content = this.#content.crashClone(prng);
    clone.#staged = this.#staged?.crashClone(prng);
    return clone;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return getFrom(this.#content.tables, table, key);
  }

  scan(...args: Parameters<BackendReader['scan']>): void {
    scanFrom(this.#content.tables, ...args);
  }

  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    assert(!this.#closed, 'commit on a closed backend');
    return this.#commitTo(this.#content, fill);
  }

  #commitTo(content: MemoryContent, fill: (tx: BackendTransaction) => void): Promise<void> {
    const complete = content.begin(fill);
    return new Promise((resolve, reject) => {
      this.#schedule(() => (complete(this.#failure !== undefined) ? resolve() : reject(this.#failure)));
    });
  }

  snapshot(): BackendSnapshot {
    assert(!this.#closed, 'snapshot of a closed backend');
    this.#snapshots++;
    return new MemorySnapshot(this.#content.share(), () => {
      this.#snapshots--;
    });
  }

  stage(): Promise<StagedBackend> {
    const content = new MemoryContent();
    this.#staged = content;
    return new Promise((resolve) => this.#schedule(() => resolve(this.#stagedAs(content))));
  }

  leftover(): Promise<StagedBackend | undefined> {
    const content = this.#staged;
    return Promise.resolve(content === undefined ? undefined : this.#stagedAs(content));
  }

  #stagedAs(content: MemoryContent): StagedBackend {
    return {
      get: (table, key) => getFrom(content.tables, table, key),
      scan: (...args) => scanFrom(content.tables, ...args),
      commit: (fill) => {
        assert(this.#staged === content, 'only what is staged is written');
        return this.#commitTo(content, fill);
      },
      promote: () => {
        assert(this.#staged === content && !content.isBusy, 'what is staged and committed is promoted');
        this.#staged = undefined;
        this.#content = content;
      },
      discard: () => {
        if (this.#staged === content) this.#staged = undefined;
        return Promise.resolve();
      },
    };
  }

  size(): { readonly allocatedBytes: number; readonly inUseBytes: number } {
    const { allocatedBytes, inUseBytes } = this.#content;
    return { allocatedBytes, inUseBytes };
  }

  close(): Promise<void> {
    assert(this.#snapshots === 0, 'snapshots are closed before their backend');
    this.#closed = true;
    return this.#content.isBusy ? this.#drained() : Promise.resolve();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#schedule(() => resolve(!this.#content.isBusy || this.#failure ? undefined : this.#drained()));
    });
  }
}

class MemorySnapshot implements BackendSnapshot {
  readonly #tables: TableMap;
  readonly #onClose: () => void;
  #closed = false;

  constructor(tables: TableMap, onClose: () => void) {
    this.#tables = tables;
    this.#onClose = onClose;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    assert(!this.#closed, 'read from a closed snapshot');
    return getFrom(this.#tables, table, key);
  }

  scan(...args: Parameters<BackendReader['scan']>): void {
    assert(!this.#closed, 'read from a closed snapshot');
    scanFrom(this.#tables, ...args);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }
}
