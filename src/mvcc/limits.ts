/** Bounds and grain sizes of the store, each with its reason. */

/**
 * One slab of encoded records: large enough that allocation does not show (thousands of records a slab), small enough
 * that a slab is freed soon after its last record is committed.
 */
export const SLAB_BYTES = 1 << 20;

/** Encoded records kept in memory for reads when the options do not say: a cache, so a fraction of a server's memory. */
export const RING_BYTES_DEFAULT = 256 << 20;

/** Freed slabs kept for reuse: one being filled, one ahead; more would only hold memory. */
export const SPARE_SLABS_MAX = 2;

/** Revisions are stored in 48 bits: at a million writes a second that is nine years, and they stay safe integers. */
export const REVISION_MAX = 2 ** 48 - 1;

/** A key's id shares a word with one flag. */
export const KEY_IDS_MAX = 2 ** 31 - 1;

/**
 * Deletions of compaction that may wait for a flush; a slice waits beyond. Transactions of more than a few thousand
 * operations hold up the commits behind them.
 */
export const PENDING_DELETES_MAX = 2048;

/** Log entries that compaction looks at for the price of one deletion: a look is a few nanoseconds. */
export const SCANS_PER_DELETE = 16;
