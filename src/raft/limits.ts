/** Bounds of the raft core, each with its reason. */

/** Reads waiting for confirmation, own and forwarded; a server asks for one index per batch of reads, so this is generous. */
export const WAITING_READS_MAX = 4096;

/** What an entry costs beside its payload (index, term, kind, object), so that a million empty ones are not free. */
export const ENTRY_OVERHEAD_BYTES = 16;

/** Page in which the applied log is searched for conf changes before a campaign: bounds memory, not time. */
export const CONF_CHANGE_SCAN_BYTES = 1 << 20;

/** Terms and indexes are safe integers; beyond that arithmetic would round. */
export const INDEX_MAX = Number.MAX_SAFE_INTEGER;

/** Regular heartbeats without an answer that are remembered: a follower that comes back is probed a few times, not for each. */
export const PROBES_DUE_MAX = 4;
