/** Bounds of the gRPC layer. */

/** Largest request message by default: etcd's 1.5 MiB for a request and 512 KiB for what surrounds it. */
export const RECV_MESSAGE_BYTES_DEFAULT = 2_097_152;

/** First buffer of a message that spans frames: memory follows what has come, not what was announced. */
export const ASSEMBLY_BYTES_INITIAL = 65_536;

/** Time-outs above this are no time-outs: timers take 31 bits of milliseconds. */
export const TIMEOUT_MS_MAX = 2_000_000_000;

/** Time-outs below a microsecond have passed by the time the request is read. */
export const TIMEOUT_MS_MIN = 0.001;

/** Deadlines are looked at no more often than this, however many calls there are. */
export const DEADLINE_SCAN_MS = 5;

/** How long a client may take to send its first SETTINGS, as in grpc-go. */
export const HANDSHAKE_MS_MAX = 120_000;

/** How long a client may take to learn of a shutdown before its last stream id is fixed. */
export const GOAWAY_GRACE_MS = 1000;

/** Calls a client connection holds back while the server's stream limit is reached. */
export const WAITING_CALLS_MAX = 100_000;

/** Lines about slow calls in a second, and of those beyond one in so many. */
export const SLOW_CALL_LINES_MAX = 100;
export const SLOW_CALL_LINES_EACH = 100;

/** Names of client versions that are counted apart; the names are the clients' own. */
export const CLIENT_VERSIONS_MAX = 64;

/** Distinct method paths for which a client connection remembers the encoded header block. */
export const CACHED_PATHS_MAX = 256;
