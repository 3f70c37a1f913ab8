/**
 * A backend for tests that makes every liberty of the port bite: a commit keeps the caller's bytes by reference and
 * takes effect only when the test settles it, and a view from `get` or `scan` is overwritten by the next call.
 */
import { compareBytes, copyOf, must, toHex } from '../../stdx/index.js';
import type { Backend, BackendSnapshot, BackendTransaction, Table } from '../backend.js';

interface Operation {
  readonly table: Table;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

interface Pending {
  readonly operations: readonly Operation[];
  readonly resolve: () => void;
}

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const SPOILT = 0xee;

export class MapBackend implements Backend {
  readonly #tables = new Map<Table, Map<string, Row>>();
  readonly #outstanding: Pending[] = [];
  #lent: Uint8Array[] = [];
  /** Calls of `get` so far. */
  reads = 0;

  /** Commits that wait to be settled. */
  get outstanding(): number {
    return this.#outstanding.length;
  }

  /** Commits the oldest outstanding transactions, as many as asked for. */
  settle(count: number): void {
    for (let i = 0; i < count; i++) {
      const pending = must(this.#outstanding.shift(), 'a transaction is outstanding');
      for (const op of pending.operations) {
        const rows = this.#rows(op.table);
        if (op.value === undefined) rows.delete(toHex(op.key));
        else rows.set(toHex(op.key), { key: copyOf(op.key), value: copyOf(op.value) });
      }
      pending.resolve();
    }
  }

  /** The backend as a restart finds it: without what is outstanding. */
  crashed(): MapBackend {
    const copy = new MapBackend();
    for (const [table, rows] of this.#tables) copy.#tables.set(table, new Map(rows));
    return copy;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    this.#spoil();
    this.reads++;
    const row = this.#rows(table).get(toHex(key));
    return row === undefined ? undefined : this.#lend(row.value);
  }

  scan(
    table: Table,
    from: Uint8Array,
    to: Uint8Array | undefined,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): void {
    const rows = [...this.#rows(table).values()].sort((a, b) => compareBytes(a.key, b.key));
    for (const row of rows) {
      if (compareBytes(row.key, from) < 0) continue;
      if (to !== undefined && compareBytes(row.key, to) >= 0) return;
      this.#spoil();
      if (!visit(this.#lend(row.key), this.#lend(row.value))) return;
    }
    this.#spoil();
  }

  commit(fill: (tx: BackendTransaction) => void): Promise<void> {
    const operations: Operation[] = [];
    fill({
      put: (table, key, value) => operations.push({ table, key, value }),
      delete: (table, key) => operations.push({ table, key, value: undefined }),
    });
    return new Promise((resolve) => this.#outstanding.push({ operations, resolve }));
  }

  snapshot(): BackendSnapshot {
    const copy = this.crashed();
    return {
      get: (table, key) => copy.get(table, key),
      scan: (table, from, to, visit) => copy.scan(table, from, to, visit),
      close: () => {},
    };
  }

  size(): { readonly allocatedBytes: number; readonly inUseBytes: number } {
    let bytes = 0;
    for (const rows of this.#tables.values()) {
      for (const row of rows.values()) bytes += row.key.length + row.value.length;
    }
    return { allocatedBytes: bytes, inUseBytes: bytes };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #rows(table: Table): Map<string, Row> {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new Map()));
    return rows;
  }

  #lend(bytes: Uint8Array): Uint8Array {
    const view = copyOf(bytes);
    this.#lent.push(view);
    return view;
  }

  #spoil(): void {
    for (const view of this.#lent) view.fill(SPOILT);
    this.#lent = [];
  }
}
