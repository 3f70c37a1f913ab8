/**
 * What requests are reckoned to add to the backend, in bytes: etcd's estimate, so that a quota is reached after as many
 * of them. A cost of 0 passes whatever the quota is.
 */
import type { RequestOp, TxnRequest } from '../wire/index.js';

/** Beside key and value: what a record of the backend may need at the most. */
const PUT_OVERHEAD_BYTES = 256;

export const LEASE_GRANT_COST = 64;

export function costOfPut(keyBytes: number, valueBytes: number): number {
  return PUT_OVERHEAD_BYTES + keyBytes + valueBytes;
}

/** Of the dearer branch, whichever will be taken. */
export function costOfTxn(request: TxnRequest): number {
  return Math.max(costOfOps(request.success), costOfOps(request.failure));
}

function costOfOps(ops: readonly RequestOp[]): number {
  let cost = 0;
  for (const { requestPut, requestTxn } of ops) {
    if (requestPut !== undefined) cost += costOfPut(requestPut.key.length, requestPut.value.length);
    else if (requestTxn !== undefined) cost += costOfTxn(requestTxn);
  }
  return cost;
}
