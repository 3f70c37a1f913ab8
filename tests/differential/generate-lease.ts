/**
 * Leases that live longer than any run: what they hold and what is refused does not hang on time. When leases end is
 * compared elsewhere.
 */
import type { Prng } from '../../src/stdx/index.js';
import type { Message } from '../harness/index.js';

const INT64_MAX = 9223372036854775807n;
const HOUR_S = 3600;
const TTL_MAX_S = 9_000_000_000;

/** Few ids, so that operations meet. Never 0, for which each side would choose an id of its own. */
export function pickLease(prng: Prng): number | bigint {
  return prng.pick<number | bigint>([1, 2, 77, -1, INT64_MAX]);
}

export function leaseGrantRequest(prng: Prng): Message {
  return { TTL: prng.pick([HOUR_S, HOUR_S, 2 * HOUR_S, TTL_MAX_S, TTL_MAX_S + 1]), ID: pickLease(prng) };
}

export function leaseRequest(prng: Prng): Message {
  return prng.chance(0.1) ? {} : { ID: pickLease(prng) };
}

export function leaseTimeToLiveRequest(prng: Prng): Message {
  return prng.chance(0.7) ? { ...leaseRequest(prng), keys: true } : leaseRequest(prng);
}
