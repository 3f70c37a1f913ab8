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

/**
 * Another state that is gathered beside a backend's own, to take its place as a whole. What is read from it is what was
 * committed to it.
 */
export interface StagedBackend extends BackendReader {
  /** As {@link Backend.commit}. Its transactions are as durable as the backend's own. */
  commit(fill: (tx: BackendTransaction) => void): Promise<void>;
  /**
   * Makes this the backend's content, at once and for good: a crash in the next moment finds it done. Nothing may be
   * outstanding here. What is outstanding at the backend itself is lost with its content, though its promises are
   * settled as if it were not; snapshots of the old content stay readable until they are closed.
   * @throws DiskError with the old content in place.
   */
  promote(): void;
  /** Removes it, if it was not promoted. */
  discard(): Promise<void>;
}

/** A backend whose content can be replaced in one step, as a snapshot from the leader demands. */
export interface ReplaceableBackend extends Backend {
  /** Begins to stage a state; one at a time, and one that a crash left behind is dropped. */
  stage(): Promise<StagedBackend>;
  /** What an earlier run has staged and not promoted, complete or not; undefined if there is nothing. Once, at start. */
  leftover(): Promise<StagedBackend | undefined>;
}
