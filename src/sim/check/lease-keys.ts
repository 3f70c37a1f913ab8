/** Keys under leases begin like this: no other client touches them, and they may be deleted without anybody's request. */
import { decodeLatin1 } from '../../stdx/index.js';
import type { ModelEvent } from './model.js';

export const LEASE_KEYS = '!lease/';

export function isLeaseKey(key: Uint8Array): boolean {
  return decodeLatin1(key.subarray(0, LEASE_KEYS.length)) === LEASE_KEYS;
}

/** Whether this is what the end of a lease does, each of which has one key. */
export function isLeaseEnd(events: readonly ModelEvent[]): boolean {
  return events.length === 1 && events[0]!.isDelete && isLeaseKey(events[0]!.kv.key);
}
