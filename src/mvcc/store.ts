import type { ByteWriter } from '../stdx/index.js';
import type { BackendTransaction } from './backend.js';
import type { CommitListener, RevisionRecord } from './commit-listener.js';
import type { RangeQuery } from './range-query.js';

/**
 * A KeyValue where the store keeps it. The object is reused: it is valid until the next call on the store, its bytes
 * too. `valueStart` and `valueEnd` delimit the value in `buf`.
 */
export interface KeyValueCursor {
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  readonly buf: Uint8Array;
  /** The encoded `mvccpb.KeyValue` is `buf[start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface StoreOptions {
  /** Bytes of the newest records kept in memory for reads. More is held only until it is committed. */
  readonly ringBytes?: number;
  readonly commitListener?: CommitListener;
}

export type CompactStatus = 'ok' | 'compacted' | 'future';

/** `done` in `hashKv`'s answer: the checksum and what it covers. */
export interface HashKvRun {
  /** Works on at most `recordsMax` records; true when the hash stands. */
  step(recordsMax: number): boolean;
  readonly status: 'ok' | 'compacted' | 'future';
  readonly hash: number;
  readonly hashRevision: number;
  readonly compactRevision: number;
}

/**
 * etcd's multi-version store: every change of a key makes a record at a revision `(main, sub)`; reads see the store as
 * it was at any revision that is not compacted.
 *
 * Used as `new Store(backend, options)`, then `restore()`.
 */
export interface Store {
  /** Reads the backend's records into the index and resumes an interrupted compaction. Once, before all else. */
  restore(): void;

  /** The newest revision that is complete; 1 in an empty store. */
  readonly revision: number;
  /** The lowest readable revision if something was compacted, else −1. */
  readonly compactedRevision: number;
  /** The compaction whose garbage is wholly removed and committed, −1 if none: what `physical` waits for. */
  readonly finishedCompactRevision: number;
  /** Live keys. */
  readonly keyCount: number;
  /** Bytes of all records, superseded ones that are not compacted yet included. */
  readonly sizeBytes: number;

  /** Opens the one write transaction. */
  begin(): void;
  /** `revision + 1` if the open transaction changed something, else `revision`: what its reads' headers show. */
  readonly writeRevision: number;
  put(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuf: Uint8Array,
    valueStart: number,
    valueEnd: number,
    lease: bigint,
  ): void;
  /** Deletes the live keys of the interval (range end as in {@link RangeQuery}), ascending; returns how many. */
  deleteRange(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    rangeEndBuf: Uint8Array,
    rangeEndStart: number,
    rangeEndEnd: number,
  ): number;
  /** Closes the transaction, tells the commit listener, returns the store's revision. */
  end(): number;

  /** The newest KeyValue of a key, with the open transaction's writes; undefined if it does not live. */
  find(keyBuf: Uint8Array, keyStart: number, keyEnd: number): KeyValueCursor | undefined;
  /** Appends the `kvs` fields of a RangeResponse to `out` and sets the outcome in `query`. */
  range(query: RangeQuery, out: ByteWriter): void;
  /**
   * Visits the newest KeyValues of an interval in key order until `visit` returns false. `visit` must not call the
   * store.
   */
  forEachInRange(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    rangeEndBuf: Uint8Array,
    rangeEndStart: number,
    rangeEndEnd: number,
    visit: (kv: KeyValueCursor) => boolean,
  ): void;
  /** What the key held just before revision `main`; undefined if nothing, or if `main - 1` is compacted. */
  previous(keyBuf: Uint8Array, keyStart: number, keyEnd: number, main: number): KeyValueCursor | undefined;

  /**
   * Visits all changes of the revisions `from` to `to`, both included, in order. Stops at a revision's boundary once
   * `recordsMax` or `bytesMax` is reached. Returns the revision to go on from (`to + 1` at the end). The caller keeps
   * `from` at or above `compactedRevision`. `visit` may call `previous`, nothing else.
   */
  scanRevisions(
    from: number,
    to: number,
    recordsMax: number,
    bytesMax: number,
    visit: (record: RevisionRecord) => void,
  ): number;

  /** Records that are not handed to the backend yet, deletes of compaction included, and their bytes. */
  readonly pendingCount: number;
  readonly pendingBytes: number;
  /**
   * Hands all that is pending to the backend as one transaction, with what `extra` adds (the applied index). Several
   * may be outstanding. Not within a write transaction.
   */
  flush(extra: (tx: BackendTransaction) => void): Promise<void>;

  /** Makes revisions below `revision` unreadable at once and schedules the removal of what only they needed. */
  compact(revision: number): CompactStatus;
  /** Does a slice of the removal; its deletes go with the next flush. True while there is more to do. */
  compactSome(recordsMax: number): boolean;

  /** Starts a checksum over the records up to `revision` (0: the newest). */
  hashKv(revision: number): HashKvRun;
}
