/**
 * The backend port in memory: the naive twin of the lmdb one, for tests, the simulator and the browser. Sorted arrays;
 * a snapshot shares them until the next commit copies what it changes.
 *
 * It is as hostile as the contract allows: a transaction's bytes are read when it commits, not when it is filled, so a
 * caller that reuses a buffer too early is found out; and a crash clone keeps a prefix of the transactions under way.
 */
import {
  type Backend,
  type BackendReader,
  type BackendSnapshot,
  type BackendTransaction,
  TABLES,
  type Table,
} from '../../mvcc/index.js';
import type { Prng } from '../../stdx/index.js';
import { assert, compareBytes, copyOf } from '../../stdx/index.js';

/** What lmdb spends on a record beyond its bytes, roughly: node header, page pointer, padding, free space. */
const RECORD_OVERHEAD_BYTES = 24;

interface Operation {
  readonly table: Table;
  readonly key: Uint8Array;
  /** Undefined to delete. */
  readonly value: Uint8Array | undefined;
}

interface Records {
  keys: Uint8Array[];
  values: Uint8Array[];
  /** A snapshot reads these arrays: copy before changing. */
  shared: boolean;
}

type TableMap = Record<Table, Records>;

export interface MemoryBackendOptions {
  /** Delivers a commit later; as a microtask by default. A simulator adds its latency here. */
  readonly schedule?: (complete: () => void) => void;
}

export class MemoryBackend implements Backend {
  readonly #schedule: (complete: () => void) => void;
  readonly #options: MemoryBackendOptions;
  readonly #tables: TableMap;
  #outstanding: (readonly Operation[])[] = [];
  #failure: Error | undefined;
  #inUseBytes = 0;
  #allocatedBytes = 0;
  #snapshots = 0;
  #closed = false;

  constructor(options: MemoryBackendOptions = {}) {
    this.#options = options;
    this.#schedule = options.schedule ?? ((complete) => void Promise.resolve().then(complete));
    this.#tables = emptyTables();
  }

  /** Makes the next commit, and all after it, fail: the disk is broken. */
  failCommits(error: Error): void {
    this.#failure = error;
  }

  /** What a power failure at this moment leaves: whole transactions, those acknowledged among them. */
  crashClone(prng: Prng): MemoryBackend {
    const clone = new MemoryBackend(this.#options);
    for (const table of TABLES) {
      const records = this.#tables[table];
      clone.#tables[table] = { keys: [...records.keys], values: [...records.values], shared: false };
    }
    clone.#inUseBytes = this.#inUseBytes;
    clone.#allocatedBytes = this.#allocatedBytes;
    const kept = prng.between(0, this.#outstanding.length);
    for (let i = 0; i < kept; i++) clone.#apply(this.#outstanding[i]!);
    return clone;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return getFrom(this.#tables, table, key);
  }

  scan(
    table: Table,
    from: Uint8Array,
    to: Uint8Array | undefined,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): void {
    scanFrom(this.#tables, table, from, to, visit);
  }

  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    assert(!this.#closed, 'commit on a closed backend');
    const operations: Operation[] = [];
    fill({
      put: (table, key, value) => {
        assert(key.length > 0, 'backend keys are not empty');
        operations.push({ table, key, value });
      },
      delete: (table, key) => {
        assert(key.length > 0, 'backend keys are not empty');
        operations.push({ table, key, value: undefined });
      },
    });
    this.#outstanding.push(operations);
    return new Promise((resolve, reject) => {
      this.#schedule(() => {
        // Whatever order completions are delivered in, transactions commit in call order.
        while (this.#outstanding.includes(operations) && this.#failure === undefined) {
          this.#apply(this.#outstanding.shift()!);
        }
        if (this.#outstanding.includes(operations)) reject(this.#failure);
        else resolve();
      });
    });
  }

  snapshot(): BackendSnapshot {
    assert(!this.#closed, 'snapshot of a closed backend');
    const tables = emptyTables();
    for (const table of TABLES) {
      const records = this.#tables[table];
      records.shared = true;
      tables[table] = { ...records };
    }
    this.#snapshots++;
    return new MemorySnapshot(tables, () => {
      this.#snapshots--;
    });
  }

  size(): { readonly allocatedBytes: number; readonly inUseBytes: number } {
    return { allocatedBytes: this.#allocatedBytes, inUseBytes: this.#inUseBytes };
  }

  close(): Promise<void> {
    assert(this.#snapshots === 0, 'snapshots are closed before their backend');
    this.#closed = true;
    return this.#outstanding.length === 0 ? Promise.resolve() : this.#drained();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#schedule(() =>
        resolve(this.#outstanding.length === 0 || this.#failure ? undefined : this.#drained()),
      );
    });
  }

  #apply(operations: readonly Operation[]): void {
    for (const operation of operations) this.#applyOne(operation);
    this.#allocatedBytes = Math.max(this.#allocatedBytes, this.#inUseBytes);
  }

  #applyOne({ table, key, value }: Operation): void {
    const records = this.#tables[table];
    if (records.shared) {
      records.keys = [...records.keys];
      records.values = [...records.values];
      records.shared = false;
    }
    const { keys, values } = records;
    const at = lowerBound(keys, key);
    const present = at < keys.length && compareBytes(keys[at]!, key) === 0;
    if (present) this.#inUseBytes -= keys[at]!.length + values[at]!.length + RECORD_OVERHEAD_BYTES;
    if (value === undefined) {
      if (!present) return;
      keys.splice(at, 1);
      values.splice(at, 1);
      return;
    }
    this.#inUseBytes += key.length + value.length + RECORD_OVERHEAD_BYTES;
    if (present) {
      values[at] = copyOf(value);
    } else {
      keys.splice(at, 0, copyOf(key));
      values.splice(at, 0, copyOf(value));
    }
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

function emptyTables(): TableMap {
  const tables: Partial<TableMap> = {};
  for (const table of TABLES) tables[table] = { keys: [], values: [], shared: false };
  return tables as TableMap;
}

/** Index of the first key that is not below `key`; appending in order takes one comparison. */
function lowerBound(keys: readonly Uint8Array[], key: Uint8Array): number {
  let high = keys.length;
  if (high === 0 || compareBytes(keys[high - 1]!, key) < 0) return high;
  let low = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function getFrom(tables: TableMap, table: Table, key: Uint8Array): Uint8Array | undefined {
  const { keys, values } = tables[table];
  const at = lowerBound(keys, key);
  return at < keys.length && compareBytes(keys[at]!, key) === 0 ? values[at] : undefined;
}

function scanFrom(
  tables: TableMap,
  table: Table,
  from: Uint8Array,
  to: Uint8Array | undefined,
  visit: (key: Uint8Array, value: Uint8Array) => boolean,
): void {
  // A commit during the scan replaces the arrays only if they are shared.
  const records = tables[table];
  const wasShared = records.shared;
  records.shared = true;
  const { keys, values } = records;
  for (let at = lowerBound(keys, from); at < keys.length; at++) {
    if (to !== undefined && compareBytes(keys[at]!, to) >= 0) break;
    if (!visit(keys[at]!, values[at]!)) break;
  }
  if (records.keys === keys) records.shared = wasShared;
}
