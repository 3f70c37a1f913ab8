/** What strangers may cost before they have shown who they are. */

/** etcd's bound for a handshake; an honest one takes milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Handshakes under way at one address. OpenSSL holds some 50 kB for each, so this is 50 MB at most; whoever has waited for
 * longest goes first, so that silent connections cannot keep others out.
 */
export const HANDSHAKES_MAX = 1000;
