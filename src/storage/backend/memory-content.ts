/** A backend's content in memory: sorted arrays, and the transactions that are on their way into them. */
import { type BackendReader, type BackendTransaction, TABLES, type Table } from '../../mvcc/index.js';
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

export type TableMap = Record<Table, Records>;

export class MemoryContent {
  readonly tables: TableMap = emptyTables();
  #outstanding: (readonly Operation[])[] = [];
  inUseBytes = 0;
  allocatedBytes = 0;

  get isBusy(): boolean {
    return this.#outstanding.length > 0;
  }

  /** What a power failure at this moment leaves: whole transactions, those acknowledged among them. */
  crashClone(prng: Prng): MemoryContent {
    const clone = new MemoryContent();
    for (const table of TABLES) {
      const records = this.tables[table];
      clone.tables[table] = { keys: [...records.keys], values: [...records.values], shared: false };
    }
    clone.inUseBytes = this.inUseBytes;
    clone.allocatedBytes = this.allocatedBytes;
    const kept = prng.between(0, this.#outstanding.length);
    for (let i = 0; i < kept; i++) clone.#apply(this.#outstanding[i]!);
    return clone;
  }

  /** Takes a transaction; it is applied by what is returned, with all before it. False if that was prevented. */
  begin(fill: (tx: BackendTransaction) => void): (failed: boolean) => boolean {
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
    return (failed) => {
      // Whatever order completions are delivered in, transactions commit in call order.
      while (this.#outstanding.includes(operations) && !failed) this.#apply(this.#outstanding.shift()!);
      return !this.#outstanding.includes(operations);
    };
  }

  /** The tables as they are now; later commits leave them alone. */
  share(): TableMap {
    const tables = emptyTables();
    for (const table of TABLES) {
      const records = this.tables[table];
      records.shared = true;
      tables[table] = { ...records };
    }
    return tables;
  }

  #apply(operations: readonly Operation[]): void {
    for (const operation of operations) this.#applyOne(operation);
    this.allocatedBytes = Math.max(this.allocatedBytes, this.inUseBytes);
  }

  #applyOne({ table, key, value }: Operation): void {
    const records = this.tables[table];
    if (records.shared) {
      records.keys = [...records.keys];
      records.values = [...records.values];
      records.shared = false;
    }
    const { keys, values } = records;
    const at = lowerBound(keys, key);
    const present = at < keys.length && compareBytes(keys[at]!, key) === 0;
    if (present) this.inUseBytes -= keys[at]!.length + values[at]!.length + RECORD_OVERHEAD_BYTES;
    if (value === undefined) {
      if (!present) return;
      keys.splice(at, 1);
      values.splice(at, 1);
      return;
    }
    this.inUseBytes += key.length + value.length + RECORD_OVERHEAD_BYTES;
    if (present) {
      values[at] = copyOf(value);
    } else {
      keys.splice(at, 0, copyOf(key));
      values.splice(at, 0, copyOf(value));
    }
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

export function getFrom(tables: TableMap, table: Table, key: Uint8Array): Uint8Array | undefined {
  const { keys, values } = tables[table];
  const at = lowerBound(keys, key);
  return at < keys.length && compareBytes(keys[at]!, key) === 0 ? values[at] : undefined;
}

export function scanFrom(
  tables: TableMap,
  table: Table,
  from: Uint8Array,
  to: Uint8Array | undefined,
  visit: Parameters<BackendReader['scan']>[3],
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
