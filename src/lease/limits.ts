/** Every bound of leases, with its reason. */

/** Longest time to live in seconds; etcd's bound, from its duration type. */
export const LEASE_TTL_MAX = 9_000_000_000;

/** From so many leases on, a new leader spreads their ends: clients of that many need time to come back. */
export const SPREAD_LEASES_MIN = 1000;

/** Leases that may end within one second after a change of leader: far below what can be revoked in one. */
export const SPREAD_ENDS_PER_SECOND = 5000;

/**
 * Below this a remaining time is not halved again by a checkpoint: so little is not worth an entry of the log, since a
 * new leader adds an election time-out anyway.
 */
export const CHECKPOINT_TTL_MIN = 8;

/** Until a lease that was to be revoked is tried again: the request may have been lost. etcd's interval. */
export const REVOKE_RETRY_MS = 3000;
