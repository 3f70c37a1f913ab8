/** Bounds of what members say to one another. */

/** Bytes of entries queued for one peer: raft has at most as many under way to it (`inflightBytesMax`). */
export const BULK_QUEUE_BYTES_MAX = 67_108_864;

/** Bytes of heartbeats, votes and answers queued for one peer: each has less than 100, so a peer that lags by more is gone. */
export const CONTROL_QUEUE_BYTES_MAX = 1_048_576;

/** Forwarded proposals in one message; a larger batch is cut, so that it passes the receiver's bound on messages. */
export const PROPOSE_BYTES_MAX = 524_288;

/** What surrounds an entry in a message, and what an append of several entries may hold (raft's `bytesPerMessageMax`), doubled. */
export const MESSAGE_OVERHEAD_BYTES = 1_048_576;

/**
 * Messages up to this size pass whatever entries may be proposed now: the log may hold larger ones from when the members
 * were configured otherwise, and a follower that cannot be sent one of them would be lost.
 */
export const MESSAGE_BYTES_FLOOR = 33_554_432;

/** Encoding buffer that is kept; a larger one is given back after use. */
export const ENCODE_BYTES_KEPT = 1_048_576;

/** First wait after a failed connection; doubles with each failure. A peer that restarts is back within this many times a few. */
export const BACK_OFF_MS_MIN = 10;

/** Wait after a refusal (other cluster, other member, removed): nothing that the next 100 ms would change. */
export const REFUSED_RETRY_MS = 2000;

/** A lane with entries is given this many election time-outs to show a sign of life: its pings wait behind what it sends. */
export const BULK_SILENCE_FACTOR = 10;

/** A guest's connection nobody has used for so long is closed, or not made anew. */
export const GUEST_IDLE_MS = 30_000;

/** Members that have connected, or are said to exist, and are in no configuration applied here. Clusters have up to 7. */
export const GUESTS_MAX = 64;

/**
 * Members that are counted one by one: all that a cluster has had in the life of a process, many times over. Whoever has
 * connected may have made its id up, so there is a bound.
 */
export const PEERS_COUNTED_MAX = 1024;

/** Tells one life of a process from the next. */
export const LIFE_BYTES = 8;

/** Senders' lanes whose last stream is remembered: those of all guests. */
export const STREAM_NUMBERS_REMEMBERED = 256;

/** Peer URLs a member may announce. */
export const ANNOUNCED_URLS_MAX = 16;

/** Between two log lines about the same refusal. */
export const REFUSAL_LOG_MS = 10_000;

/** Distinct refusals remembered for the line above; beyond it the oldest is forgotten. */
export const REFUSALS_REMEMBERED = 256;

/** Content of one message of a snapshot stream. */
export const SNAPSHOT_CHUNK_BYTES = 65_536;

/**
 * A snapshot of which the receiver has taken nothing for so many election time-outs is given up: its disk hangs, though it
 * still answers pings, and others wait for their turn. Longer than the lanes' silence, as Node.js tells of progress only
 * when up to a mebibyte has left.
 */
export const SNAPSHOT_STALL_FACTOR = 20;

/**
 * How long a receiver that has the whole snapshot may take to say so: it builds the index of all keys first, in slices
 * beside its clients, which for tens of millions of keys takes minutes.
 */
export const SNAPSHOT_FINISH_MS = 600_000;

/** Leases renewed in one call: what one stream of a client may have waiting. */
export const RENEWALS_PER_CALL_MAX = 4096;

/** The longest answer to a call: a lease may have a million keys. */
export const CALL_ANSWER_BYTES_MAX = 67_108_864;

/** A call that is not answered within so many election time-outs is asked again of whoever leads then. */
export const CALL_TIMEOUT_FACTOR = 2;
