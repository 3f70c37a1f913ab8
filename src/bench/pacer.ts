/**
 * Holds requests to a rate: tokens accrue with time, one lets one request go. What was not used accrues for
 * {@link RATE_BURST_MS} at most, so a pause is not followed by a flood.
 */
import { RATE_BURST_MS } from './limits.js';

export class Pacer {
  readonly #perMs: number;
  readonly #tokensMax: number;
  #tokens = 0;
  #lastMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#tokensMax = Math.max(1, this.#perMs * RATE_BURST_MS);
    this.#lastMs = nowMs;
  }

  /** Takes a token if there is one. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#tokensMax, this.#tokens + (nowMs - this.#lastMs) * this.#perMs);
    this.#lastMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
