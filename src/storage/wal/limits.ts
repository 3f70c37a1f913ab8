/** Sizes of the write-ahead log, each with its reason. */

/** A full-grown segment. Large enough that a roll is rare, small enough that releasing one frees disk soon. */
export const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

/** The first segment: zeros for it are written before the member is ready, in a few milliseconds. */
export const SEGMENT_BYTES_FIRST = 4 * 1024 * 1024;

/** Each new segment is this many times the last one, up to the maximum: small stores stay small on disk. */
export const SEGMENT_GROWTH = 2;

/** Zeros written at once while the next segment is prepared: about as long as one batch under load. */
export const PREPARE_SLICE_BYTES = 256 * 1024;

/**
 * Zeros are synced this often on the way: a sync of the whole at the end would hold up the log's own writes, one of
 * every slice would commit the file system's journal all the time.
 */
export const PREPARE_SYNC_BYTES = 4 * 1024 * 1024;

/**
 * Preparation begins when the present segment is this full: a short-lived or idle log prepares nothing, and a busy one
 * gets an old segment back before that, which spares the zeros: they would be most of what a log of large values writes.
 */
export const PREPARE_FROM_FRACTION = 0.5;

/** The next segment is ready when the present one is this full, so that a burst cannot overtake it easily. */
export const PREPARE_UNTIL_FRACTION = 0.9;

/** A released segment is used again if it has at least this share of the present one's size. */
export const RECYCLE_FRACTION_MIN = 0.5;

/** Segments kept ready. More than one because releases come in bursts after a snapshot. */
export const SPARES_MAX = 2;

/** One frame, asserted: its length field is 32 bits, and typed arrays and single writes end near 2 GiB. */
export const FRAME_BYTES_MAX = 1024 * 1024 * 1024;

/** The encoding buffer is given back after a larger batch. */
export const BUFFER_BYTES_KEPT = 8 * 1024 * 1024;

/** What is read at once at start. Longer frames are read whole. */
export const READ_WINDOW_BYTES = 1024 * 1024;
