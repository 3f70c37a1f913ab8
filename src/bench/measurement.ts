/** What one run measured: latencies of the calls that succeeded, texts of those that did not, and how long it took. */

import { Histogram } from './histogram.js';
import { ERROR_TEXTS_MAX } from './limits.js';
import type { SecondSamples } from './second-samples.js';

const OTHER_ERRORS = '(other errors)';

export class Measurement {
  readonly latencies = new Histogram();
  /** Error text to number of calls that ended with it. */
  readonly errors = new Map<string, number>();
  /** Set before the run if seconds are to be told apart. */
  samples: SecondSamples | undefined;
  #startMs = 0;
  #endMs = 0;

  start(nowMs: number): void {
    this.#startMs = nowMs;
    this.#endMs = nowMs;
  }

  end(nowMs: number): void {
    this.#endMs = nowMs;
  }

  recordSuccess(nowMs: number, latencyMs: number): void {
    this.latencies.record(latencyMs);
    if (this.samples !== undefined) this.samples.record(nowMs, latencyMs);
  }

  recordError(text: string): void {
    const known = this.errors.get(text);
    const key = known === undefined && this.errors.size >= ERROR_TEXTS_MAX ? OTHER_ERRORS : text;
    this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
  }

  get errorCount(): number {
    let sum = 0;
    for (const count of this.errors.values()) sum += count;
    return sum;
  }

  /** Wall time of the run. */
  get elapsedMs(): number {
    return this.#endMs - this.#startMs;
  }

  /** Successful calls per second. */
  get perSecond(): number {
    return this.elapsedMs === 0 ? 0 : (this.latencies.count * 1000) / this.elapsedMs;
  }
}
