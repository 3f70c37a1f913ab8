/**
 * Transactions (etcd's `Txn`): compares choose a branch, checks look at the chosen branch, then its operations run in
 * order under one main revision.
 *
 * The compares of nested transactions are decided up front, against the state before the whole transaction: writes of
 * the same transaction are invisible to them. The checks see that state too. Ranges see the writes before them.
 */
import type { KeyValueCursor, Store } from '../mvcc/index.js';
import { ByteWriter, compareBytes, compareSlices, decodeLatin1, EMPTY_BYTES } from '../stdx/index.js';
import {
  beginLength,
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  endLength,
  type PutRequest,
  type RequestOp,
  type TxnRequest,
} from '../wire/index.js';
import {
  executeDeleteRange,
  executePut,
  executeRange,
  type LeaseTable,
  needsKey,
  type PutFields,
} from './apply-kv.js';
import { Reason, type Refusal } from './reason.js';
import { writeInnerHeader } from './response.js';

/** Which branch each transaction of the tree takes: the outcome of its compares and of those nested on that branch. */
export interface TxnPath {
  readonly succeeded: boolean;
  readonly ops: readonly RequestOp[];
  /** By position in `ops`; undefined where the operation is no transaction. */
  readonly nested: readonly (TxnPath | undefined)[];
}

const NO_PATHS: readonly undefined[] = [];

/** Decides all compares of the tree that matter. */
export function chooseTxnPath(store: Store, request: TxnRequest): TxnPath {
  const succeeded = request.compare.every((compare) => holds(store, compare));
  const ops = succeeded ? request.success : request.failure;
  const hasNested = ops.some((op) => op.requestTxn !== undefined);
  const nested = hasNested
    ? ops.map((op) => (op.requestTxn === undefined ? undefined : chooseTxnPath(store, op.requestTxn)))
    : NO_PATHS;
  return { succeeded, ops, nested };
}

function holds(store: Store, compare: Compare): boolean {
  if (compare.rangeEnd.length === 0) {
    const kv = store.find(compare.key, 0, compare.key.length);
    return kv === undefined ? holdsForAbsent(compare) : holdsFor(compare, kv);
  }
  let found = false;
  let all = true;
  store.forEachInRange(
    compare.key,
    0,
    compare.key.length,
    compare.rangeEnd,
    0,
    compare.rangeEnd.length,
    (kv) => {
      found = true;
      all = holdsFor(compare, kv);
      return all;
    },
  );
  return found ? all : holdsForAbsent(compare);
}

/** No key: its numbers are 0; a comparison of its value never holds, not even "not equal". */
function holdsForAbsent(compare: Compare): boolean {
  if (compare.target === CompareTarget.VALUE) return false;
  return decide(compare.result, order(compare, 0, 0, 0, 0n));
}

function holdsFor(compare: Compare, kv: KeyValueCursor): boolean {
  if (compare.target === CompareTarget.VALUE) {
    const given = compare.value ?? EMPTY_BYTES;
    return decide(compare.result, compareSlices(kv.buf, kv.valueStart, kv.valueEnd, given, 0, given.length));
  }
  return decide(compare.result, order(compare, kv.version, kv.createRevision, kv.modRevision, kv.lease));
}

/** The sign of "stored minus given"; a member of the union that does not fit the target reads as 0. */
function order(compare: Compare, version: number, create: number, mod: number, lease: bigint): number {
  switch (compare.target) {
    case CompareTarget.VERSION:
      return version - (compare.version ?? 0);
    case CompareTarget.CREATE:
      return create - (compare.createRevision ?? 0);
    case CompareTarget.MOD:
      return mod - (compare.modRevision ?? 0);
    case CompareTarget.LEASE: {
      const given = compare.lease ?? 0n;
      return lease < given ? -1 : lease > given ? 1 : 0;
    }
    default:
      // An unknown target compares as equal in etcd.
      return 0;
  }
}

function decide(result: number, sign: number): boolean {
  switch (result) {
    case CompareResult.EQUAL:
      return sign === 0;
    case CompareResult.NOT_EQUAL:
      return sign !== 0;
    case CompareResult.GREATER:
      return sign > 0;
    case CompareResult.LESS:
      return sign < 0;
    default:
      // An unknown result holds in etcd.
      return true;
  }
}

function putFields(request: PutRequest): PutFields {
  const { key, value, lease, prevKv, ignoreValue, ignoreLease } = request;
  return {
    keyBuf: key,
    keyStart: 0,
    keyEnd: key.length,
    valueBuf: value,
    valueStart: 0,
    valueEnd: value.length,
    lease,
    prevKv,
    ignoreValue,
    ignoreLease,
  };
}

/** The checks of a chosen path against the state before the transaction: first all puts, then all ranges (as etcd). */
export function checkTxnPath(store: Store, leases: LeaseTable, path: TxnPath): Refusal | undefined {
  return checkPuts(store, leases, path, new KeyFate()) ?? checkRanges(store, path);
}

/** What the operations so far leave of keys that were there before. */
class KeyFate {
  readonly #deletes: DeleteRangeRequest[] = [];
  #puts: Set<string> | undefined;

  noteDelete(request: DeleteRangeRequest): void {
    this.#deletes.push(request);
    this.#puts = undefined;
  }

  /** Puts count only behind a deletion. */
  notePut(key: Uint8Array): void {
    if (this.#deletes.length === 0) return;
    this.#puts ??= new Set();
    this.#puts.add(decodeLatin1(key));
  }

  /** Whether a key that lived before the transaction is gone at this point. */
  isGone(key: Uint8Array): boolean {
    if (this.#puts?.has(decodeLatin1(key)) === true) return false;
    return this.#deletes.some((request) => {
      const { key: from, rangeEnd: to } = request;
      if (to.length === 0) return compareBytes(from, key) === 0;
      const isOpen = to.length === 1 && to[0] === 0;
      return compareBytes(from, key) <= 0 && (isOpen || compareBytes(key, to) < 0);
    });
  }
}

/**
 * Depth first, in the order of execution. The key is asked for before the lease, unlike in a stand-alone put. A deletion
 * that the static check does not see (open-ended, or of a nested transaction) may take away the key that a later put
 * needs; etcd's server dies of that, here the transaction is refused.
 */
function checkPuts(store: Store, leases: LeaseTable, path: TxnPath, fate: KeyFate): Refusal | undefined {
  for (let i = 0; i < path.ops.length; i++) {
    const { requestPut: put, requestDeleteRange, requestTxn } = path.ops[i]!;
    if (put !== undefined) {
      if (needsKey(put) && (store.find(put.key, 0, put.key.length) === undefined || fate.isGone(put.key))) {
        return Reason.KEY_NOT_FOUND;
      }
      if (put.lease !== 0n && !leases.has(put.lease)) return Reason.LEASE_NOT_FOUND;
      fate.notePut(put.key);
    } else if (requestDeleteRange !== undefined) {
      fate.noteDelete(requestDeleteRange);
    } else if (requestTxn !== undefined) {
      const refusal = checkPuts(store, leases, path.nested[i]!, fate);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

function checkRanges(store: Store, path: TxnPath): Refusal | undefined {
  for (let i = 0; i < path.ops.length; i++) {
    const { requestRange: range, requestTxn } = path.ops[i]!;
    if (range !== undefined && range.revision !== 0) {
      // Unlike in a plain range, a negative revision is compared too.
      if (range.revision > store.revision) return Reason.FUTURE_REVISION;
      if (range.revision < store.compactedRevision) return Reason.COMPACTED;
    } else if (requestTxn !== undefined) {
      const refusal = checkRanges(store, path.nested[i]!);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

/**
 * Runs a checked path within the store's open write transaction (or, for a read-only one, without) and appends fields
 * 2 and 3 of the TxnResponse.
 */
export function executeTxnPath(store: Store, path: TxnPath, out: ByteWriter): void {
  out.boolField(2, path.succeeded);
  for (let i = 0; i < path.ops.length; i++) {
    out.byte(0x1a);
    const opStart = beginLength(out);
    executeOp(store, path.ops[i]!, path.nested[i], out);
    endLength(out, opStart);
  }
}

/**
 * Makes the changes of a checked path within the store's open write transaction, for a member on which nobody waits for
 * the answer: nothing is read that only an answer would show.
 */
export function changeByTxnPath(store: Store, path: TxnPath): void {
  for (let i = 0; i < path.ops.length; i++) {
    const { requestPut, requestDeleteRange } = path.ops[i]!;
    const nested = path.nested[i];
    if (requestPut !== undefined) {
      executePut(store, putFields(requestPut), undefined);
    } else if (requestDeleteRange !== undefined) {
      const { key, rangeEnd } = requestDeleteRange;
      executeDeleteRange(store, key, 0, key.length, rangeEnd, 0, rangeEnd.length, undefined);
    } else if (nested !== undefined) {
      changeByTxnPath(store, nested);
    }
  }
}

function executeOp(store: Store, op: RequestOp, nested: TxnPath | undefined, out: ByteWriter): void {
  if (op.requestRange !== undefined) {
    out.byte(0x0a);
    const start = beginLength(out);
    writeInnerHeader(out, store.writeRevision);
    executeRange(store, op.requestRange, out);
    endLength(out, start);
  } else if (op.requestPut !== undefined) {
    out.byte(0x12);
    const start = beginLength(out);
    const prev = op.requestPut.prevKv ? new ByteWriter(256) : undefined;
    executePut(store, putFields(op.requestPut), prev);
    writeInnerHeader(out, store.writeRevision);
    if (prev !== undefined) out.raw(prev.buf, 0, prev.len);
    endLength(out, start);
  } else if (op.requestDeleteRange !== undefined) {
    const { key, rangeEnd, prevKv } = op.requestDeleteRange;
    out.byte(0x1a);
    const start = beginLength(out);
    const prev = prevKv ? new ByteWriter(256) : undefined;
    const deleted = executeDeleteRange(store, key, 0, key.length, rangeEnd, 0, rangeEnd.length, prev);
    writeInnerHeader(out, store.writeRevision);
    out.intField(2, deleted);
    if (prev !== undefined) out.raw(prev.buf, 0, prev.len);
    endLength(out, start);
  } else if (nested !== undefined) {
    out.byte(0x22);
    const start = beginLength(out);
    // etcd leaves the header of a nested answer empty.
    out.byte(0x0a);
    out.byte(0);
    executeTxnPath(store, nested, out);
    endLength(out, start);
  }
}

/** Whether no branch could change anything: ranges only, on both sides. A nested transaction makes it a write. */
export function isReadOnlyTxn(request: TxnRequest): boolean {
  return (
    request.success.every((op) => op.requestRange !== undefined) &&
    request.failure.every((op) => op.requestRange !== undefined)
  );
}

/** Whether every range allows a stale answer; true for a transaction without operations. */
export function isSerializableTxn(request: TxnRequest): boolean {
  return (
    request.success.every((op) => op.requestRange?.serializable === true) &&
    request.failure.every((op) => op.requestRange?.serializable === true)
  );
}
