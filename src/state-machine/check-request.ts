/**
 * Checks that need nothing but the request itself. They run on the member that takes the request, before anything is
 * replicated and before authentication, as etcd's do.
 */

import { compareBytes, decodeLatin1 } from '../stdx/index.js';
import type {
  Compare,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from '../wire/index.js';
import { Reason, type Refusal } from './reason.js';

const SORT_ORDER_LAST = 2;
const SORT_TARGET_LAST = 4;

export function checkRange(request: RangeRequest): Refusal | undefined {
  if (request.key.length === 0) return Reason.EMPTY_KEY;
  return checkSort(request.sortOrder, request.sortTarget);
}

/** Sort order and target must be numbers of their enums. */
export function checkSort(sortOrder: number, sortTarget: number): Refusal | undefined {
  if (sortOrder < 0 || sortOrder > SORT_ORDER_LAST) return Reason.INVALID_SORT;
  if (sortTarget < 0 || sortTarget > SORT_TARGET_LAST) return Reason.INVALID_SORT;
  return undefined;
}

export function checkPut(request: PutRequest): Refusal | undefined {
  if (request.key.length === 0) return Reason.EMPTY_KEY;
  if (request.ignoreValue && request.value.length !== 0) return Reason.VALUE_PROVIDED;
  if (request.ignoreLease && request.lease !== 0n) return Reason.LEASE_PROVIDED;
  return undefined;
}

export function checkDeleteRange(request: DeleteRangeRequest): Refusal | undefined {
  return request.key.length === 0 ? Reason.EMPTY_KEY : undefined;
}

/** All static rules of a transaction: sizes and fields of the whole tree first, then keys that are changed twice. */
export function checkTxn(request: TxnRequest, opsMax: number): Refusal | undefined {
  const refusal = checkTxnFields(request, opsMax);
  if (refusal !== undefined) return refusal;
  for (const branch of [request.success, request.failure]) {
    if (changesOf(branch) === undefined) return Reason.DUPLICATE_KEY;
  }
  return undefined;
}

function checkTxnFields(request: TxnRequest, opsMax: number): Refusal | undefined {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > opsMax) return Reason.TOO_MANY_OPS;
  if (request.compare.some((compare: Compare) => compare.key.length === 0)) return Reason.EMPTY_KEY;
  for (const branch of [request.success, request.failure]) {
    for (const op of branch) {
      const refusal = checkOp(op, opsMax - ops);
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

function checkOp(op: RequestOp, opsLeft: number): Refusal | undefined {
  if (op.requestRange !== undefined) return checkRange(op.requestRange);
  if (op.requestPut !== undefined) return checkPut(op.requestPut);
  if (op.requestDeleteRange !== undefined) return checkDeleteRange(op.requestDeleteRange);
  if (op.requestTxn !== undefined) return checkTxnFields(op.requestTxn, opsLeft);
  // etcd's answer to an operation without content.
  return Reason.KEY_NOT_FOUND;
}

interface Interval {
  readonly key: Uint8Array;
  /** Undefined: the key alone. */
  readonly end: Uint8Array | undefined;
}

interface Changes {
  readonly puts: Map<string, Uint8Array>;
  readonly deletes: Interval[];
}

function covers(deletes: readonly Interval[], key: Uint8Array): boolean {
  return deletes.some((interval) =>
    interval.end === undefined
      ? compareBytes(interval.key, key) === 0
      : compareBytes(interval.key, key) <= 0 && compareBytes(key, interval.end) < 0,
  );
}

/**
 * The keys that a list of operations puts and deletes, or undefined if one is changed twice.
 *
 * The order of the steps is etcd's and shows: deletions of a nested transaction count only against what stands behind
 * it, the two branches of one nested transaction do not exclude each other's puts, and an open-ended deletion (range
 * end 0x00) is taken as the empty interval that its bytes are.
 */
function changesOf(ops: readonly RequestOp[]): Changes | undefined {
  const puts = new Map<string, Uint8Array>();
  const deletes: Interval[] = [];
  for (const { requestDeleteRange: request } of ops) {
    if (request === undefined) continue;
    deletes.push({ key: request.key, end: request.rangeEnd.length === 0 ? undefined : request.rangeEnd });
  }
  for (const { requestTxn: request } of ops) {
    if (request === undefined) continue;
    const onSuccess = changesOf(request.success);
    const onFailure = onSuccess === undefined ? undefined : changesOf(request.failure);
    if (onSuccess === undefined || onFailure === undefined) return undefined;
    for (const [name, key] of onSuccess.puts) {
      if (puts.has(name) || covers(deletes, key)) return undefined;
    }
    for (const [name, key] of onFailure.puts) {
      if (puts.has(name) || covers(deletes, key)) return undefined;
    }
    for (const branch of [onSuccess, onFailure]) {
      for (const [name, key] of branch.puts) puts.set(name, key);
      deletes.push(...branch.deletes);
    }
  }
  for (const { requestPut: request } of ops) {
    if (request === undefined) continue;
    const name = decodeLatin1(request.key);
    if (puts.has(name) || covers(deletes, request.key)) return undefined;
    puts.set(name, request.key);
  }
  return { puts, deletes };
}
