/**
 * How long to wait before the next attempt: doubling from {@link BACK_OFF_MS_MIN} up to a bound, each time between half
 * and all of it, so that members that lost one another at once do not come back in step.
 */
import type { Random } from '../../platform/index.js';
import { BACK_OFF_MS_MIN } from './limits.js';

export class BackOff {
  readonly #random: Random;
  readonly #msMax: number;
  #ms = BACK_OFF_MS_MIN;

  constructor(random: Random, msMax: number) {
    this.#random = random;
    this.#msMax = Math.max(msMax, BACK_OFF_MS_MIN);
  }

  reset(): void {
    this.#ms = BACK_OFF_MS_MIN;
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const ms = this.#ms;
    this.#ms = Math.min(this.#msMax, 2 * ms);
    return ms * (0.5 + 0.5 * this.#random.float());
  }
}
