/** Keys under leases begin like this: no other client touches them, and they may be deleted without anybody's request. */
import { decodeLatin1 } from '../../stdx/index.js';

export const LEASE_KEYS = '!lease/';

export function isLeaseKey(key: Uint8Array): boolean {
  return decodeLatin1(key.subarray(0, LEASE_KEYS.length)) === LEASE_KEYS;
}
