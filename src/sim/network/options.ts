/** How a seed's network treats messages when nobody disturbs it further. */
import type { Prng } from '../../stdx/index.js';

export interface NetworkOptions {
  /** Of an exponential distribution. */
  readonly delayMsMean: number;
  /** Some messages take much longer. */
  readonly tailChance: number;
  readonly tailMsMax: number;
  readonly lossChance: number;
  readonly duplicationChance: number;
  /** How much later than the first the second copy of a message may come, where messages overtake one another. */
  readonly lateCopyMsMax: number;
  /** Whether a message may overtake an earlier one of its kind on the same link. */
  readonly reorders: boolean;
  readonly bytesPerMs: number;
  /** How often the stream of a snapshot breaks before its end. */
  readonly snapshotBreakChance: number;
  /** How often a chunk of a snapshot comes to a halt for up to `snapshotStallMsMax`, while other messages pass. */
  readonly snapshotStallChance: number;
  readonly snapshotStallMsMax: number;
  /** How often the loss of a message is noticed and reported. */
  readonly reportChance: number;
}

export function drawNetwork(prng: Prng): NetworkOptions {
  return {
    delayMsMean: prng.pick([0.2, 0.2, 1, 5, 30]),
    tailChance: prng.pick([0, 0, 0.01, 0.05]),
    tailMsMax: prng.pick([50, 500, 3000]),
    lossChance: prng.pick([0, 0, 0.001, 0.01, 0.05, 0.3]),
    duplicationChance: prng.pick([0, 0, 0.01, 0.1, 0.5]),
    lateCopyMsMax: prng.pick([0, 200, 3000]),
    reorders: prng.chance(0.4),
    bytesPerMs: prng.pick([1000, 50_000, 1_000_000]),
    snapshotBreakChance: prng.pick([0, 0.2, 0.6]),
    snapshotStallChance: prng.pick([0, 0.2, 0.6]),
    snapshotStallMsMax: prng.pick([2000, 10_000]),
    reportChance: prng.pick([0, 0.5, 1]),
  };
}
