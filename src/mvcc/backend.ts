/**
 * The store's durable home: a few ordered tables of byte strings. The port is owned here, its implementations are
 * `storage/backend/memory-backend.ts` (simulator, browser) and `node/lmdb-backend.ts`; one conformance suite holds both.
 *
 * Reads see committed transactions only: whoever writes keeps an overlay of what is not committed yet.
 */
export const TABLES = ['key', 'meta', 'lease', 'auth', 'members', 'alarm'] as const;
export type Table = (typeof TABLES)[number];

export interface BackendReader {
  /** The value, as a view that is valid until the next call on this backend; undefined if absent. */
  get(table: Table, key: Uint8Array): Uint8Array | undefined;
  /**
   * Visits records with `from <= key < to` (no upper bound if undefined) in key order until `visit` returns false.
   * Views are valid only during the visit.
   */
  scan(
    table: Table,
    from: Uint8Array,
    to: Uint8Array | undefined,
    visit: (key: Uint8Array, value: Uint8Array) => boolean,
  ): void;
}

export interface BackendTransaction {
  /** `key` and `value` must stay unchanged until the transaction has committed. */
  put(table: Table, key: Uint8Array, value: Uint8Array): void;
  delete(table: Table, key: Uint8Array): void;
}

export interface Backend extends BackendReader {
  /**
   * Runs `fill` at once and commits all it wrote as one atomic, durable transaction. Resolves when it is on disk.
   * Transactions commit in call order; several may be outstanding. A rejection is fatal to the member.
   */
  commit(fill: (tx: BackendTransaction) => void): Promise<void>;
  /** A consistent view of what is committed now. Hold it for seconds at the most: it keeps old pages alive. */
  snapshot(): BackendSnapshot;
  /** Bytes of the file, and those of them that hold live data. */
  size(): { readonly allocatedBytes: number; readonly inUseBytes: number };
  close(): Promise<void>;
}

export interface BackendSnapshot extends BackendReader {
  close(): void;
}
