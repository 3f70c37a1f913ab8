/**
 * Requests about leases. Time has no part in this: the leader decides that a lease has ended and says so in an entry,
 * which is void in any other term than the leader's own. A request that was sent on to a later leader, who may have
 * renewed the lease since, thus has no effect.
 */
import type { Lease, Lessor } from '../lease/index.js';
import type { BackendReader, BackendTransaction, Store } from '../mvcc/index.js';
import { assert, compareBytes, EMPTY_BYTES } from '../stdx/index.js';
import { type LeaseExpiry, type LeaseGrantRequest, LeaseRecord, type LeaseTimes } from '../wire/index.js';
import { Reason, type Refusal } from './reason.js';

export function grantLease(lessor: Lessor, request: LeaseGrantRequest): Refusal | undefined {
  const status = lessor.grant(request.id, request.ttl);
  if (status === 'ttl-too-large') return Reason.LEASE_TTL_TOO_LARGE;
  if (status === 'exists') return Reason.LEASE_EXISTS;
  return undefined;
}

/** Deletes the keys of a lease, ascending, in one revision, and the lease with them. */
export function revokeLease(store: Store, lessor: Lessor, id: bigint): Refusal | undefined {
  const lease = lessor.get(id);
  if (lease === undefined) return Reason.LEASE_NOT_FOUND;
  store.begin();
  for (const key of keysOfLease(store, lease)) {
    const deleted = store.deleteRange(key, 0, key.length, EMPTY_BYTES, 0, 0);
    assert(deleted === 1, 'a key of a lease lives');
  }
  store.end();
  lessor.revoke(id);
  return undefined;
}

/** The keys attached to a lease, ascending; copies. */
export function keysOfLease(store: Store, lease: Lease): Uint8Array[] {
  return [...lease.items].map((item) => store.copyKey(item)).sort(compareBytes);
}

/** Leases that may be gone already: revoked by a client meanwhile. */
export function expireLeases(store: Store, lessor: Lessor, entryTerm: number, expiry: LeaseExpiry): void {
  if (expiry.term !== entryTerm) return;
  for (const id of expiry.ids) revokeLease(store, lessor, id);
}

export function checkpointLeases(lessor: Lessor, entryTerm: number, times: LeaseTimes): void {
  if (times.term !== entryTerm) return;
  for (const { id, remainingTtl } of times.checkpoints) lessor.checkpoint(id, remainingTtl);
}

/** Big-endian, as etcd has it. */
function leaseKey(id: bigint): Uint8Array {
  const key = new Uint8Array(8);
  for (let i = 0; i < 8; i++) key[i] = Number((id >> BigInt(56 - 8 * i)) & 255n);
  return key;
}

/** Reads all leases, and from the store which keys are theirs. */
export function restoreLeases(backend: BackendReader, store: Store, lessor: Lessor): void {
  const records: LeaseRecord[] = [];
  backend.scan('lease', EMPTY_BYTES, undefined, (_key, value) => {
    records.push(LeaseRecord.decode(value));
    return true;
  });
  lessor.restore(records);
  if (lessor.count === 0) return;
  store.forEachLeased((keyId, lease) => {
    // A key whose lease is gone keeps its number and belongs to nobody.
    if (lessor.has(lease)) lessor.move(keyId, 0n, lease);
  });
}

/** Writes what has changed since the last call. */
export function persistLeases(tx: BackendTransaction, lessor: Lessor): void {
  for (const id of lessor.takeChanges()) {
    const lease = lessor.get(id);
    if (lease === undefined) tx.delete('lease', leaseKey(id));
    else tx.put('lease', leaseKey(id), LeaseRecord.toBytes(lease));
  }
}
