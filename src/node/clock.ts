import type { Clock, Timer } from '../platform/index.js';

/** The system's time. `defer` is `setImmediate`: it runs when the input of one poll has been handled. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(ms: number, fn: () => void): Timer {
    const handle = setTimeout(fn, ms);
    return { cancel: () => clearTimeout(handle) };
  },
  defer(fn: () => void): void {
    setImmediate(fn);
  },
};
