/** Bounds of the watch machinery, each with its reason. */

/** A segment of the event log is closed at this size: small enough that dropping the oldest frees in fine steps. */
export const SEGMENT_BYTES = 256 * 1024;

/** Room left in a segment when it is closed, so that a last revision of usual size does not make it grow. */
export const SEGMENT_SLACK_BYTES = 16 * 1024;

/**
 * What the event log keeps for readers that fall behind a little. Beyond it they read the store's history, which
 * costs more time, but no memory. Held only while somebody watches.
 */
export const LOG_BYTES_DEFAULT = 16 * 1024 * 1024;

/** Revisions in one response to a watcher that catches up: etcd's number, which its clients' buffers are made for. */
export const RESPONSE_REVISIONS_MAX = 1000;

/**
 * A response to a watcher that catches up is closed at the first revision boundary at or beyond this size: it is what
 * a stalled reader holds beside its transport's queue, and there may be thousands of those. A client's first window is as large; larger ones gain nothing.
 */
export const RESPONSE_BYTES_TARGET = 64 * 1024;

/** To a reader with less room than this the response is as large all the same: what does not leave is kept for it. */
export const RESPONSE_BYTES_MIN = 4 * 1024;

/** More than a response takes beside its events. */
export const RESPONSE_ENVELOPE_BYTES = 256;

/** Watchers that leave the catch-up before other work gets its turn: some microseconds each. */
export const DISMISSALS_PER_STEP_MAX = 128;

/** Responses and bytes handed to readers before other work gets its turn: well under a millisecond. */
export const DELIVERIES_PER_STEP_MAX = 1024;
export const DELIVERY_BYTES_PER_STEP_MAX = 128 * 1024;

/**
 * Watchers handed anything before other work gets its turn: 0.1 to 0.2 ms, since each is likely to be a write to a
 * connection of its own. Those who are not reached while newer revisions wait get several in one response.
 */
export const WATCHERS_PER_STEP_MAX = 8;

/** History records examined before other work gets its turn: a backend scan takes 0.3 to 1.5 us a record. */
export const SCAN_RECORDS_PER_STEP_MAX = 256;
export const SCAN_BYTES_PER_STEP_MAX = 128 * 1024;

/** Logged events examined before other work gets its turn: they are in memory, 0.1 us each. */
export const LOG_EVENTS_PER_STEP_MAX = 2048;

/** Times that an event was noted with a watcher before other work gets its turn: some 50 ns each. */
export const ASSIGNMENTS_PER_STEP_MAX = 4096;
