/**
 * Bounds of one HTTP/2 connection. What a peer can make us keep or do is limited in every dimension; what goes beyond
 * ends the stream or the connection with the error code RFC 9113 names for it.
 */

/** Largest frame we accept: the protocol's default (RFC 9113, section 6.5.2), not raised because calls are small. */
export const FRAME_BYTES_MAX = 16_384;

/** Largest frame the protocol knows; what a peer may announce. */
export const FRAME_BYTES_LIMIT = 16_777_215;

/** Flow-control windows never exceed this (section 6.9.1). */
export const WINDOW_BYTES_LIMIT = 2_147_483_647;

/** Window of a stream or connection until settings say otherwise. */
export const WINDOW_BYTES_DEFAULT = 65_535;

/** What a peer may send on one stream beyond what we consumed: above a request's size limit of 1.5 MiB in two rounds. */
export const STREAM_WINDOW_BYTES = 1_048_576;

/** What a peer may send on the connection beyond what we consumed: several streams at full window. */
export const CONNECTION_WINDOW_BYTES = 8_388_608;

/** Our side of the HPACK dynamic table; the protocol's default. */
export const HEADER_TABLE_BYTES = 4096;

/** Largest header list accepted, by HPACK's count. Metadata are tokens; a JWT has 1 to 8 KiB. */
export const HEADER_LIST_BYTES_MAX = 65_536;

/** Compressed header block, all CONTINUATION frames together: literals are not longer than the list they decode to. */
export const HEADER_BLOCK_BYTES_MAX = 98_304;

/** CONTINUATION frames after one HEADERS: a full block takes six of full size. */
export const CONTINUATIONS_MAX = 32;

/** Streams open at once whatever `--max-concurrent-streams` says (its default is no limit): about 100 MB of state. */
export const STREAMS_MAX = 100_000;

/** Streams a peer may reset while they run: a burst, then a rate. Above that it is the rapid reset attack. */
export const RESET_BURST = 2000;
export const RESETS_PER_SECOND = 200;

/** SETTINGS frames; each costs an acknowledgement. Honest peers send a handful in a connection's life. */
export const SETTINGS_BURST = 200;
export const SETTINGS_PER_SECOND = 10;

/** PING frames, beside the keepalive policy: honest peers also ping to estimate bandwidth, once a round trip. */
export const PING_BURST = 1000;
export const PINGS_PER_SECOND = 200;

/** Frames that do nothing: empty DATA, PRIORITY, unknown types, frames for closed streams. */
export const IDLE_FRAME_BURST = 10_000;
export const IDLE_FRAMES_PER_SECOND = 1000;

/** Bytes collected for one flush; beyond that the buffer is written at once, so that it stays in the cache. */
export const FLUSH_BYTES = 262_144;

/** First output buffer of a connection, and the largest that is kept for the next turn. */
export const OUT_BYTES_INITIAL = 4096;
export const OUT_BYTES_KEPT = 65_536;

/** Output buffers of this size go from connection to connection with what is larger than each keeps; so many at most. */
export const OUT_BYTES_SHARED = 131_072;
export const OUT_SHARED_MAX = 16;

/** Bytes handed to the byte stream and not yet sent beyond which message bytes wait in their streams' queues. */
export const BACKLOG_BYTES_HIGH = 1_048_576;

/** Unsent bytes with which reading stops altogether: acknowledgements and resets alone can drive it there. */
export const BACKLOG_BYTES_STOP = 2_097_152;

/** Bytes queued on a stream beyond which its sender is told to wait, and below which it may go on. */
export const STREAM_QUEUE_BYTES_HIGH = 131_072;
export const STREAM_QUEUE_BYTES_LOW = 32_768;

/** Unsent answer bytes of one connection beyond which further requests wait before they are handled. */
export const UNSENT_BYTES_MAX = 16_777_216;

/**
 * Bytes of incomplete or paused messages of one connection: many large requests at once, but not one per stream. More only
 * where a single message may be larger.
 */
export const ASSEMBLY_BYTES_MAX = 67_108_864;

/** Streams we reset whose late frames are still expected: enough for one round trip's worth. */
export const RESET_STREAMS_REMEMBERED = 256;

/** Distinct header blocks remembered per connection: a client uses a few methods, each with one block. */
export const CACHED_BLOCKS_MAX = 8;

/** Longest header block worth remembering. */
export const CACHED_BLOCK_BYTES_MAX = 512;

/** Debug text of a GOAWAY that is kept for messages. */
export const GOAWAY_TEXT_BYTES_MAX = 256;
