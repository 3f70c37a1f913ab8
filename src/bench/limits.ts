/** The largest latency told apart from larger ones: 2^31 − 1 units of 100 ns, about 214 s. Calls time out sooner. */
export const LATENCY_UNITS_MAX = 0x7fffffff;

/** A call without an answer for so long counts as failed; longer than any timeout a server has of its own. */
export const CALL_TIMEOUT_MS = 60_000;

/** Distinct error texts kept: a server that puts a number into each text must not fill the memory. */
export const ERROR_TEXTS_MAX = 64;

/** What a rate limit may make up for after a pause, in milliseconds' worth of requests. */
export const RATE_BURST_MS = 10;

/** How often waiting clients are let go under a rate limit: the finest a timer gives. */
export const RATE_TICK_MS = 1;

/** Progress is redrawn at this interval: often enough to look alive, too seldom to cost anything. */
export const PROGRESS_INTERVAL_MS = 200;

/** Bytes of a watch put's value, which is the put's number: up to 2^32 puts. */
export const WATCH_VALUE_BYTES = 4;

/** After the last put, events that do not come for so long are given up. */
export const EVENT_SILENCE_MAX_MS = 10_000;
