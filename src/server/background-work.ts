/**
 * Work that can wait, such as bringing watchers to the front that are behind: done in slices, one a turn. While clients
 * wait for their changes, a slice or several that have taken a while are followed by a rest: a change passes through
 * some turns before it is answered, and would meet a slice in each of them.
 */
import type { Clock } from '../platform/index.js';
import { BACKGROUND_REST_FACTOR, BACKGROUND_REST_MS_MAX, BACKGROUND_STRETCH_MS } from './limits.js';

export class BackgroundWork {
  readonly #clock: Clock;
  readonly #pendingProposals: () => number;
  /** Since the last rest. */
  #workedMs = 0;

  /** `pendingProposals` are requests of clients that are not answered yet. */
  constructor(clock: Clock, pendingProposals: () => number) {
    this.#clock = clock;
    this.#pendingProposals = pendingProposals;
  }

  /** Calls `slice` once, after the events at hand or after the rest that is due. */
  run(slice: () => void): void {
    const timed = (): void => {
      const began = this.#clock.now();
      slice();
      // What it has written leaves at the end of the turn.
      this.#clock.defer(() => {
        this.#workedMs += this.#clock.now() - began;
      });
    };
    const restMs = this.#takeRestMs();
    if (restMs === 0) this.#clock.defer(timed);
    else this.#clock.setTimer(restMs, timed);
  }

  #takeRestMs(): number {
    if (this.#workedMs < BACKGROUND_STRETCH_MS) return 0;
    const restMs = Math.min(this.#workedMs * BACKGROUND_REST_FACTOR, BACKGROUND_REST_MS_MAX);
    this.#workedMs = 0;
    return this.#pendingProposals() > 0 ? restMs : 0;
  }
}
