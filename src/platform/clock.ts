/** Time as the member sees it. Only implementations of this port know what time it is. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  now(): number;
  /** Milliseconds since the Unix epoch; for ids and logs, never for decisions. */
  wallTime(): number;
  /** Calls `fn` once after `ms` milliseconds. */
  setTimer(ms: number, fn: () => void): Timer;
  /** Calls `fn` after the events at hand have been handled, before waiting for new ones. */
  defer(fn: () => void): void;
}

export interface Timer {
  cancel(): void;
}
