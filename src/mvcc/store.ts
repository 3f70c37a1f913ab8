/**
 * etcd's multi-version store. Every change of a key makes a record at a revision `(main, sub)`: main counts
 * transactions that changed something, sub the changes within one. Reads see the store as it was at any revision that
 * is not compacted.
 *
 * Three places hold a record: the revision log and the key index say which revisions there are and what is newest,
 * the slab ring has the bytes of late ones, the backend has all that is committed. A put encodes its KeyValue once,
 * as it is stored, sent and shown to watchers:
 *
 *     put -> slab (bytes) -> log entry -> key record        end() -> revision + 1, commit listener
 *     flush -> backend transaction (bytes by reference) -> committed: the slab may leave the ring
 *     range -> tree or hash -> key record (an older revision: chain in the log) -> slab or backend -> answer
 *
 * The store is deterministic and synchronous but for `flush`; it knows no clock and no request.
 */
import { assert, type ByteWriter, copyOf, EMPTY_BYTES } from '../stdx/index.js';
import type { Backend, BackendReader, BackendTransaction } from './backend.js';
import type { RevisionRecord } from './commit-listener.js';
import { Compaction } from './compaction.js';
import { flushPending } from './flush.js';
import { HashKvRun } from './hash-kv.js';
import { Interval } from './interval.js';
import { leaseOf } from './key-value.js';
import type { KeyValueCursor } from './key-value-cursor.js';
import type { LeaseChangeListener } from './lease-listener.js';
import { LogRecord } from './log-record.js';
import { NO_PAGE } from './page-pool.js';
import { RangeReader } from './range.js';
import type { RangePage } from './range-page.js';
import type { RangeQuery, RangeStatus } from './range-query.js';
import { StoreState } from './state.js';
import { StoreBuilder } from './store-builder.js';
import { StoreCounters } from './store-counters.js';
import type { StoreOptions } from './store-options.js';
import { StoredKeyValue } from './stored-key-value.js';
import { WriteTxn } from './write-txn.js';

/** `compacted` also for the revision of the last compaction itself, as in etcd. */
export type CompactStatus = RangeStatus;

export class Store {
  readonly counters: StoreCounters;
  readonly #backend: Backend;
  readonly #options: StoreOptions;
  #state: StoreState;
  #compaction: Compaction;
  #txn: WriteTxn;
  #reader: RangeReader;
  #cursor: StoredKeyValue;
  #interval: Interval;
  #scanned: LogRecord;
  #leaseListener: LeaseChangeListener | undefined;

  constructor(backend: Backend, options: StoreOptions = {}) {
    this.counters = options.counters ?? new StoreCounters();
    this.#options = { ...options, counters: this.counters };
    const state = new StoreState(backend, this.#options);
    this.#backend = backend;
    this.#state = state;
    this.#compaction = new Compaction(state);
    this.#txn = new WriteTxn(state, options.commitListener);
    this.#reader = new RangeReader(state);
    this.#cursor = new StoredKeyValue(state);
    this.#interval = new Interval(state.index.tree);
    this.#scanned = new LogRecord(state);
  }

  /**
   * Reads the backend's records into the index and resumes an interrupted compaction. Once, before all else; not
   * needed on an empty backend.
   * @throws CorruptStoreError if the backend holds something that no store wrote.
   */
  restore(): void {
    assert(this.#state.log.end === 0, 'a store is restored before its first write');
    this.#adopt(this.#read(), this.#backend);
  }

  /** {@link restore}, when the content of the backend was replaced. */
  reload(): void {
    this.replace(this.#read());
  }

  #read(): StoreBuilder {
    const builder = this.builder();
    this.#backend.scan('key', EMPTY_BYTES, undefined, (key, value) => {
      builder.add(key, value);
      return true;
    });
    return builder;
  }

  /** Begins to build what may take the place of this store's content; the store goes on meanwhile. */
  builder(): StoreBuilder {
    return new StoreBuilder(this.#backend, this.#options);
  }

  /**
   * Takes over what was built, which must be a later state than the present one. The backend holds it already. Not
   * within a write transaction. Checksums that are under way begin again, watchers go on from where they were.
   */
  replace(builder: StoreBuilder): void {
    assert(!this.#state.isTxnOpen, 'a store is replaced between transactions');
    const before = this.#state.revision;
    this.#adopt(builder, this.#backend);
    assert(this.#state.revision >= before, 'a store is replaced by a later one');
    this.#options.commitListener?.onReplaced?.();
  }

  /** All parts hold on to the state, so all are made anew. What is under way elsewhere goes on with the old ones. */
  #adopt(builder: StoreBuilder, meta: BackendReader): void {
    const { state, compaction } = builder.finish(meta);
    this.#state = state;
    this.#compaction = compaction;
    this.#txn = new WriteTxn(state, this.#options.commitListener);
    this.#txn.leaseListener = this.#leaseListener;
    this.#reader = new RangeReader(state);
    this.#cursor = new StoredKeyValue(state);
    this.#interval = new Interval(state.index.tree);
    this.#scanned = new LogRecord(state);
  }

  /** Tells whose keys change their lease; one listener at most. It hears nothing of what `restore` and `replace` bring. */
  listenToLeases(listener: LeaseChangeListener): void {
    assert(this.#leaseListener === undefined, 'one listener hears of leases');
    this.#leaseListener = listener;
    this.#txn.leaseListener = listener;
  }

  /** Visits the live keys that have a lease, in no order. */
  forEachLeased(visit: (keyId: number, lease: bigint) => void): void {
    const { table } = this.#state.index;
    for (let id = 0; id < table.idBound; id++) {
      if (table.address(id) === 0 || table.version(id) === 0) continue;
      const lease = leaseOf(table.leaseLow(id), table.leaseHigh(id));
      if (lease !== 0n) visit(id, lease);
    }
  }

  /** A copy of the key that a {@link LeaseChangeListener} knows by its number. */
  copyKey(keyId: number): Uint8Array {
    const { arena, table } = this.#state.index;
    assert(table.version(keyId) > 0, 'the number is that of a live key');
    const address = table.address(keyId);
    const start = arena.offsetOf(address);
    return copyOf(arena.segmentOf(address), start, start + table.keyLength(keyId));
  }

  /** The newest revision that is complete; 1 in an empty store. */
  get revision(): number {
    return this.#state.revision;
  }

  /** The lowest readable revision if something was compacted, else −1. */
  get compactedRevision(): number {
    return this.#state.compactedRevision;
  }

  /** The last compaction whose garbage is removed and committed, −1 if none: what `physical` waits for. */
  get finishedCompactRevision(): number {
    return this.#compaction.finished;
  }

  /** Live keys. */
  get keyCount(): number {
    return this.#state.keyCount;
  }

  /** Bytes of all records, keys and values, superseded ones that are not removed yet included. */
  get sizeBytes(): number {
    return this.#state.sizeBytes;
  }

  /** Bytes of memory that the ring holds. */
  get ringBytes(): number {
    return this.#state.ring.bytes;
  }

  /** Opens the one write transaction. */
  begin(): void {
    this.#txn.begin();
  }

  /** `revision + 1` if the open transaction changed something, else `revision`: what its answers' headers show. */
  get writeRevision(): number {
    return this.#state.changes > 0 ? this.#state.revision + 1 : this.#state.revision;
  }

  /** Sets a key to `valueBuf[valueStart, valueEnd)`; lease 0 is none. The bytes are copied. */
  put(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuf: Uint8Array,
    valueStart: number,
    valueEnd: number,
    lease: bigint,
  ): void {
    this.#txn.put(keyBuf, keyStart, keyEnd, valueBuf, valueStart, valueEnd, lease);
  }

  /** Deletes the live keys of the interval (range end as in {@link RangeQuery}), ascending; returns how many. */
  deleteRange(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    rangeEndBuf: Uint8Array,
    rangeEndStart: number,
    rangeEndEnd: number,
  ): number {
    return this.#txn.deleteRange(keyBuf, keyStart, keyEnd, rangeEndBuf, rangeEndStart, rangeEndEnd);
  }

  /** Closes the transaction, tells the commit listener, returns the store's revision. */
  end(): number {
    return this.#txn.end();
  }

  /** The newest KeyValue of a key, with the open transaction's writes; undefined if it does not live. */
  find(keyBuf: Uint8Array, keyStart: number, keyEnd: number): KeyValueCursor | undefined {
    const index = this.#state.index;
    const id = index.find(keyBuf, keyStart, keyEnd);
    if (id < 0 || index.table.version(id) === 0) return undefined;
    return this.#cursor.setNewest(id);
  }

  /** Appends the `kvs` fields (number 2) of a RangeResponse to `out` and sets the outcome in `query`. */
  range(query: RangeQuery, out: ByteWriter): void {
    this.#reader.range(query, out);
  }

  /**
   * {@link range} of a piece: in key order, without filters, sort and limit, which are not looked at. `query.count` and
   * `query.more` mean nothing then; a range end is needed.
   */
  rangePage(query: RangeQuery, page: RangePage, out: ByteWriter): void {
    assert(query.rangeEndEnd > query.rangeEndStart, 'only an interval is read piece by piece');
    this.#reader.page(query, page, out);
  }

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
  ): void {
    if (rangeEndEnd === rangeEndStart) {
      const kv = this.find(keyBuf, keyStart, keyEnd);
      if (kv !== undefined) visit(kv);
      return;
    }
    const { table, tree } = this.#state.index;
    const walk = this.#interval;
    walk.open(keyBuf, keyStart, keyEnd, rangeEndBuf, rangeEndStart, rangeEndEnd);
    for (; walk.page !== NO_PAGE; walk.nextLeaf()) {
      if (tree.liveEntries(walk.page) === 0) continue;
      for (let slot = walk.slot; slot < walk.slotEnd; slot++) {
        const id = tree.idAt(walk.page, slot);
        if (table.version(id) > 0 && !visit(this.#cursor.setNewest(id))) return;
      }
    }
  }

  /** What the key held just before revision `main`; undefined if nothing, or if `main - 1` is compacted. */
  previous(keyBuf: Uint8Array, keyStart: number, keyEnd: number, main: number): KeyValueCursor | undefined {
    const state = this.#state;
    if (main - 1 < state.compactedRevision) return undefined;
    const id = state.index.find(keyBuf, keyStart, keyEnd);
    if (id < 0) return undefined;
    const shown = this.#scanned.seq;
    // While a scan shows a change of this key, the way back begins there: a hot key's chain may be long.
    const isShown = shown >= 0 && state.log.seek(shown) && state.log.id === id && state.log.main === main;
    const seq = isShown ? state.seqAtFrom(shown, main - 1) : state.seqAt(id, main - 1);
    return seq < 0 ? undefined : this.#cursor.setEntry(seq);
  }

  /**
   * Visits all changes of the revisions `from` to `to`, both included, in order. Stops at a revision's boundary once
   * `recordsMax` or `bytesMax` is reached. Returns the revision to go on from (at the end, the one behind
   * `to` or behind the newest). The caller keeps
   * `from` at or above `compactedRevision`. `visit` may call `previous`, nothing else.
   */
  scanRevisions(
    from: number,
    to: number,
    recordsMax: number,
    bytesMax: number,
    visit: (record: RevisionRecord) => void,
  ): number {
    const state = this.#state;
    const log = state.log;
    assert(from >= state.compactedRevision, 'a scan begins at a readable revision');
    const last = Math.min(to, state.revision);
    const record = this.#scanned;
    let records = 0;
    let bytes = 0;
    let main = 0;
    for (let seq = log.seekFrom(log.firstFrom(from)); seq < log.end; seq = log.seekFrom(seq + 1)) {
      if (log.main > last) break;
      if (log.main !== main && (records >= recordsMax || bytes >= bytesMax)) {
        record.seq = -1;
        return log.main;
      }
      main = log.main;
      record.load(seq);
      records++;
      bytes += record.end - record.start;
      visit(record);
    }
    record.seq = -1;
    return last + 1;
  }

  /** Records and marks that are not handed to the backend yet, deletes of compaction included. */
  get pendingCount(): number {
    return this.#state.pendingRecords + this.#compaction.pendingCount;
  }

  /** Bytes of the records among them. */
  get pendingBytes(): number {
    return this.#state.pendingBytes;
  }

  /**
   * Hands all that is pending to the backend as one transaction, with what `extra` adds (the applied index). Several
   * may be outstanding. Not within a write transaction. A rejection is fatal to the member.
   */
  flush(extra: (tx: BackendTransaction) => void): Promise<void> {
    return flushPending(this.#state, this.#compaction, extra);
  }

  /** Makes revisions below `revision` unreadable at once and schedules the removal of what only they needed. */
  compact(revision: number): CompactStatus {
    const state = this.#state;
    assert(!state.isTxnOpen, 'a compaction stands between transactions');
    if (revision <= state.compactedRevision) return 'compacted';
    if (revision > state.revision) return 'future';
    this.#compaction.schedule(revision);
    return 'ok';
  }

  /**
   * Does a slice of the removal, about `recordsMax` records; its deletes go with the next flush, and some thousands of
   * them must be flushed before it goes on. True while there is more to do.
   */
  compactSome(recordsMax: number): boolean {
    assert(!this.#state.isTxnOpen, 'a compaction stands between transactions');
    return this.#compaction.step(recordsMax);
  }

  /** Starts a checksum over the records up to `revision` (0: the newest). */
  hashKv(revision: number): HashKvRun {
    return new HashKvRun(() => ({ state: this.#state, compaction: this.#compaction }), revision);
  }

  /** Throws unless index and log agree and hold their invariants. Takes time: for tests and tools. */
  validate(): void {
    this.#state.validate(!this.#compaction.isIdle);
  }
}
