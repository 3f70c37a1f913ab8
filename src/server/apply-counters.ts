/**
 * How long entries took to apply, by kind and outcome. A batch is timed as a whole, since looking at the clock for each
 * entry would cost more than some of them do: each entry of a batch counts with its even share.
 */
import { BucketHistogram, exponentialBounds } from '../stdx/index.js';
import type { RequestKind } from '../wire/index.js';

/** Kinds of requests are below this. */
const KINDS_MAX = 128;

export interface ApplyCount {
  readonly kind: RequestKind;
  readonly success: boolean;
  readonly seconds: BucketHistogram;
}

export class ApplyCounters {
  /** By kind, those that were refused from {@link KINDS_MAX} on. */
  readonly #counts: (ApplyCount | undefined)[] = new Array(2 * KINDS_MAX).fill(undefined);
  readonly #inBatch = new Int32Array(2 * KINDS_MAX);
  /** Places of `#inBatch` that are in use. */
  #used: number[] = [];
  #batchSize = 0;

  /** An entry of the batch at hand was applied. */
  note(kind: RequestKind, success: boolean): void {
    const at = success ? kind : kind + KINDS_MAX;
    if (this.#inBatch[at]!++ === 0) this.#used.push(at);
    this.#batchSize++;
  }

  /** The batch at hand is through, and took so long. */
  endBatch(seconds: number): void {
    if (this.#batchSize === 0) return;
    const share = seconds / this.#batchSize;
    for (const at of this.#used) {
      this.#countAt(at).seconds.observe(share, this.#inBatch[at]!);
      this.#inBatch[at] = 0;
    }
    this.#used = [];
    this.#batchSize = 0;
  }

  /** What has been seen so far. */
  *all(): Generator<ApplyCount> {
    for (const count of this.#counts) if (count !== undefined) yield count;
  }

  #countAt(at: number): ApplyCount {
    const success = at < KINDS_MAX;
    return (this.#counts[at] ??= {
      kind: (success ? at : at - KINDS_MAX) as RequestKind,
      success,
      seconds: new BucketHistogram(exponentialBounds(0.0001, 2, 20)),
    });
  }
}
