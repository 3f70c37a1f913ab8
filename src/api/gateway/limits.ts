/** Every bound of the gateway, with its reason. */

/** Objects and arrays inside each other: what etcd's JSON reader takes. */
export const JSON_DEPTH_MAX = 10_000;

/**
 * Messages inside messages that are read from JSON. One more than the binary codec takes, which then says so: the
 * answer is the same whichever way a request came.
 */
export const JSON_MESSAGE_DEPTH_MAX = 502;

/**
 * Times that a JSON value may be as long as the greatest message: base64 makes three bytes four, an escape makes one
 * character six.
 */
export const JSON_BYTES_PER_MESSAGE_BYTE = 6;

/** Digits of an integer: 64 bits have twenty. */
export const INTEGER_DIGITS_MAX = 20;

/** How much of a WebSocket's answers may wait in memory before who writes them is told to wait. */
export const SOCKET_BYTES_HIGH = 131_072;

/** Time-outs below a microsecond have passed by the time the request is read, as over gRPC. */
export const TIMEOUT_MS_MIN = 0.001;
