/** Every bound of the services, with its reason. */

/** Keep-alives of one stream that wait for those before them: beyond, the client is held back. */
export const KEEP_ALIVES_WAITING_MAX = 4096;

/** Bytes in a message of a snapshot: etcd's own size. */
export const SNAPSHOT_BLOB_BYTES = 32 * 1024;

/** Bytes and records of a snapshot prepared before other requests have their turn: about half a millisecond. */
export const SNAPSHOT_SLICE_BYTES = 64 * 1024;
export const SNAPSHOT_SLICE_RECORDS = 200;

/** Records of a snapshot measured before other requests have their turn: about half a millisecond. */
export const SNAPSHOT_MEASURE_RECORDS = 300;

/** How long a caller may read nothing of a snapshot, whose view keeps old pages of the backend alive meanwhile. */
export const SNAPSHOT_STALL_MS = 60_000;

/** Snapshots sent at the same time: each holds a view. */
export const SNAPSHOT_STREAMS_MAX = 8;

/** Between two looks at how far the backend has committed, which it does every 100 ms by default. */
export const SNAPSHOT_VIEW_POLL_MS = 10;

/** How long the lease lives that a lock or a candidate is given if its caller brings none: etcd's. */
export const SESSION_TTL_SECONDS = 60;

/** Bytes in a piece of a range stream, and keys looked at for one, before other requests have their turn. */
export const RANGE_STREAM_PIECE_BYTES = 64 * 1024;
export const RANGE_STREAM_PIECE_VISITS = 4096;

/**
 * Unsent bytes of a watch stream from which on its watchers are left to fall behind. Little, since what they miss stays in
 * the event log, once for all of them, and comes in larger responses; enough for a client that is slow for a moment.
 */
export const WATCH_QUEUE_BYTES_HIGH = 4 * 1024;
