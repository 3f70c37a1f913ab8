/**
 * One put, deletion or range against the store. The same functions serve stand-alone requests and operations of a
 * transaction; who calls opens and closes the store's write transaction and writes the header.
 */
import { RangeQuery, type SortOrder, type SortTarget, type Store } from '../mvcc/index.js';
import { assert, ByteWriter } from '../stdx/index.js';
import type { RangeRequest } from '../wire/index.js';
import { Reason, type Refusal } from './reason.js';

/** A put as offsets; its bytes are not kept. */
export interface PutFields {
  readonly keyBuf: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueBuf: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly lease: bigint;
  readonly prevKv: boolean;
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

/** Whether leases exist is asked of their owner. */
export interface LeaseTable {
  has(lease: bigint): boolean;
}

/** Holds a value that is put back into the store from which it was read. */
const kept = new ByteWriter(4096);
const query = new RangeQuery();

/** Whether a put keeps what its key holds, so that the key must be there. */
export function needsKey(put: Pick<PutFields, 'ignoreValue' | 'ignoreLease'>): boolean {
  return put.ignoreValue || put.ignoreLease;
}

/** The checks of a stand-alone put against the store: the lease first, then the key of the ignore flags. */
export function checkPutNow(store: Store, leases: LeaseTable, put: PutFields): Refusal | undefined {
  if (put.lease !== 0n && !leases.has(put.lease)) return Reason.LEASE_NOT_FOUND;
  if (needsKey(put) && store.find(put.keyBuf, put.keyStart, put.keyEnd) === undefined) {
    return Reason.KEY_NOT_FOUND;
  }
  return undefined;
}

/**
 * Puts within the open write transaction. With `prevKv` appends field 2 of the answer (the KeyValue before) to `prev`.
 * The put was checked: a key that it needs is there.
 */
export function executePut(store: Store, put: PutFields, prev: ByteWriter | undefined): void {
  let { valueBuf, valueStart, valueEnd, lease } = put;
  if (needsKey(put) || (put.prevKv && prev !== undefined)) {
    const before = store.find(put.keyBuf, put.keyStart, put.keyEnd);
    assert(
      before !== undefined || !needsKey(put),
      'a put that keeps what its key holds was checked for the key',
    );
    if (before !== undefined) {
      if (put.prevKv && prev !== undefined) {
        prev.byte(0x12);
        prev.varint(before.end - before.start);
        prev.raw(before.buf, before.start, before.end);
      }
      if (put.ignoreLease) lease = before.lease;
      if (put.ignoreValue) {
        kept.reset();
        kept.raw(before.buf, before.valueStart, before.valueEnd);
        valueBuf = kept.buf;
        valueStart = 0;
        valueEnd = kept.len;
      }
    }
  }
  store.put(put.keyBuf, put.keyStart, put.keyEnd, valueBuf, valueStart, valueEnd, lease);
}

/** Deletes within the open write transaction; with `prev` appends the KeyValues before as field 3 of the answer. */
export function executeDeleteRange(
  store: Store,
  buf: Uint8Array,
  keyStart: number,
  keyEnd: number,
  rangeEndBuf: Uint8Array,
  rangeEndStart: number,
  rangeEndEnd: number,
  prev: ByteWriter | undefined,
): number {
  if (prev !== undefined) {
    store.forEachInRange(buf, keyStart, keyEnd, rangeEndBuf, rangeEndStart, rangeEndEnd, (kv) => {
      prev.byte(0x1a);
      prev.varint(kv.end - kv.start);
      prev.raw(kv.buf, kv.start, kv.end);
      return true;
    });
  }
  return store.deleteRange(buf, keyStart, keyEnd, rangeEndBuf, rangeEndStart, rangeEndEnd);
}

/** Runs `range` and appends fields 2 to 4 of a RangeResponse. Nothing is appended on a refusal. */
export function executeQuery(store: Store, range: RangeQuery, out: ByteWriter): Refusal | undefined {
  store.range(range, out);
  if (range.status === 'compacted') return Reason.COMPACTED;
  if (range.status === 'future') return Reason.FUTURE_REVISION;
  out.boolField(3, range.more);
  out.intField(4, range.count);
  return undefined;
}

/** {@link executeQuery} of a decoded request. */
export function executeRange(store: Store, request: RangeRequest, out: ByteWriter): Refusal | undefined {
  query.keyBuf = request.key;
  query.keyStart = 0;
  query.keyEnd = request.key.length;
  query.rangeEndBuf = request.rangeEnd;
  query.rangeEndStart = 0;
  query.rangeEndEnd = request.rangeEnd.length;
  query.limit = request.limit;
  query.revision = request.revision;
  query.sortOrder = request.sortOrder as SortOrder;
  query.sortTarget = request.sortTarget as SortTarget;
  query.keysOnly = request.keysOnly;
  query.countOnly = request.countOnly;
  query.minModRevision = request.minModRevision;
  query.maxModRevision = request.maxModRevision;
  query.minCreateRevision = request.minCreateRevision;
  query.maxCreateRevision = request.maxCreateRevision;
  return executeQuery(store, query, out);
}
