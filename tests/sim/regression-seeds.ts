/**
 * Seeds that once broke something, in the simulator of that day: what a seed draws changes whenever the simulator learns a
 * new fault, so each also says what it was about. They are run with every change.
 */
export interface RegressionSeed {
  readonly seed: number;
  readonly minutes: number;
  readonly leaseClients?: number;
  readonly guests?: number;
  readonly about: string;
}

export const REGRESSION_SEEDS: readonly RegressionSeed[] = [
  { seed: 6, minutes: 1, leaseClients: 4, about: 'leases that end while the members are compared' },
  { seed: 2, minutes: 1, guests: 4, about: 'requests made before auth was on, and carried out after that' },
  { seed: 1856, minutes: 1, about: 'a compaction without pauses that waits for a slow backend' },
  {
    seed: 9043,
    minutes: 1,
    about: 'a leader by the votes of others, which crashed before its own was durable',
  },
  { seed: 970173011, minutes: 1, guests: 4, about: 'a learner that refuses is no proof of a change' },
];
