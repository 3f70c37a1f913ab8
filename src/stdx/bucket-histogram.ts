/** How often values fell into buckets with upper bounds, as monitoring systems count them: fixed memory, no sorting. */
export class BucketHistogram {
  /** Ascending; the last bucket has none. */
  readonly bounds: Float64Array;
  /** One more than there are bounds; not cumulated. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = Float64Array.from(bounds);
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Counts a value, or `times` equal ones. A bound belongs to its bucket. */
  observe(value: number, times = 1): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]! += times;
    this.sum += value * times;
  }

  get count(): number {
    let count = 0;
    for (const each of this.counts) count += each;
    return count;
  }
}

/** `count` bounds, each `factor` times the one before it. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, power) => first * factor ** power);
}
