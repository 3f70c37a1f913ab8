/**
 * Latencies in logarithmic buckets.
 *
 * A sample is taken in units of 100 ns. Values below 1,024 units have a bucket each; above, every power of two is cut
 * into 512 equal buckets, so that a bucket is never wider than 0.2 % of its values. `record` touches one array cell
 * and four numbers, allocates nothing, and costs the same for one sample or a billion; fastest, slowest, average and
 * standard deviation are exact, percentiles are within half a bucket.
 */
import { assert } from '../stdx/index.js';
import { LATENCY_UNITS_MAX } from './limits.js';

const UNITS_PER_MS = 10_000;
const SUB_BITS = 9;
const SUB_BUCKETS = 1 << SUB_BITS;
/** Below this, value and bucket index are the same number. */
const LINEAR_END = SUB_BUCKETS * 2;
const BUCKETS = bucketOf(LATENCY_UNITS_MAX) + 1;

function bucketOf(units: number): number {
  if (units < LINEAR_END) return units;
  const shift = 31 - SUB_BITS - Math.clz32(units);
  return shift * SUB_BUCKETS + (units >>> shift);
}

function bucketOfMs(ms: number): number {
  const units = ms * UNITS_PER_MS;
  return bucketOf(units >= LATENCY_UNITS_MAX ? LATENCY_UNITS_MAX : units > 0 ? units | 0 : 0);
}

/** The middle of a bucket, in milliseconds. */
function bucketMiddleMs(bucket: number): number {
  if (bucket < LINEAR_END) return (bucket + 0.5) / UNITS_PER_MS;
  const shift = (bucket >>> SUB_BITS) - 1;
  const width = 2 ** shift;
  return ((bucket - shift * SUB_BUCKETS) * width + width / 2) / UNITS_PER_MS;
}

export interface HistogramRow {
  /** Upper bound of the row, milliseconds. */
  readonly uptoMs: number;
  readonly count: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #fastestMs = Number.POSITIVE_INFINITY;
  #slowestMs = 0;
  #sumMs = 0;
  #sumSquaresMs = 0;

  /** Takes one latency in milliseconds (a fraction is kept down to 100 ns). */
  record(ms: number): void {
    this.#counts[bucketOfMs(ms)]!++;
    this.#count++;
    if (ms < this.#fastestMs) this.#fastestMs = ms;
    if (ms > this.#slowestMs) this.#slowestMs = ms;
    this.#sumMs += ms;
    this.#sumSquaresMs += ms * ms;
  }

  get count(): number {
    return this.#count;
  }

  /** Shortest latency in milliseconds; 0 without samples, as the following are. */
  get fastestMs(): number {
    return this.#count === 0 ? 0 : this.#fastestMs;
  }

  get slowestMs(): number {
    return this.#slowestMs;
  }

  get averageMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count;
  }

  /** Standard deviation of all samples (not an estimate from some). */
  get stddevMs(): number {
    if (this.#count === 0) return 0;
    const mean = this.averageMs;
    return Math.sqrt(Math.max(0, this.#sumSquaresMs / this.#count - mean * mean));
  }

  /** The latency that `percent` of the samples do not exceed, milliseconds; 0 without samples. */
  percentileMs(percent: number): number {
    assert(percent > 0 && percent <= 100, 'percentile out of range');
    if (this.#count === 0) return 0;
    // The sample of 0-based rank i is the answer for the smallest i with i · 100 / n >= percent; the last one at most.
    const rank = Math.min(this.#count - 1, Math.ceil((percent * this.#count) / 100));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen > rank) return this.#clampMs(bucketMiddleMs(bucket));
    }
    return this.slowestMs;
  }

  /**
   * Rows of equal width from the fastest to the slowest sample, each with the samples above the row before it: the
   * shape of etcd's report. The first row holds what equals the fastest sample (within its bucket).
   */
  rows(steps: number): HistogramRow[] {
    if (this.#count === 0) return [];
    const step = (this.#slowestMs - this.#fastestMs) / steps;
    const bounds: number[] = [];
    for (let i = 0; i < steps; i++) bounds.push(this.#fastestMs + step * i);
    bounds.push(this.#slowestMs);
    const counts = new Array<number>(bounds.length).fill(0);
    let row = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket]!;
      if (count === 0) continue;
      while (row < bounds.length - 1 && bucket > bucketOfMs(bounds[row]!)) row++;
      counts[row]! += count;
    }
    return bounds.map((uptoMs, i) => ({ uptoMs, count: counts[i]! }));
  }

  #clampMs(ms: number): number {
    return Math.min(this.#slowestMs, Math.max(this.#fastestMs, ms));
  }
}
