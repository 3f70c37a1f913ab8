import type { Prng } from '../../stdx/index.js';

/** What differs from run to run; drawn from the seed. */
export interface SimulationOptions {
  /** Nodes 1 to `voters` are the first configuration; up to `nodes` may be added later. */
  readonly nodes: number;
  readonly voters: number;
  readonly asyncStorageWrites: boolean;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly stepDownOnRemoval: boolean;
  readonly bytesPerMessageMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  readonly applyingBytesMax: number;
  readonly uncommittedBytesMax: number;
  readonly lossProbability: number;
  readonly duplicationProbability: number;
  /** Deliver any message first, not just the oldest of a link. */
  readonly reorder: boolean;
  readonly membershipChanges: boolean;
}

export function drawOptions(prng: Prng): SimulationOptions {
  const voters = prng.pick([1, 2, 3, 3, 3, 5]);
  return {
    nodes: voters + prng.between(0, 2),
    voters,
    asyncStorageWrites: prng.chance(0.7),
    preVote: prng.chance(0.6),
    checkQuorum: prng.chance(0.6),
    stepDownOnRemoval: prng.chance(0.5),
    bytesPerMessageMax: prng.pick([1, 64, 256, Infinity]),
    inflightMessagesMax: prng.pick([1, 2, 4, 256]),
    inflightBytesMax: prng.pick([16, 256, Infinity]),
    applyingBytesMax: prng.pick([1, 100, Infinity]),
    uncommittedBytesMax: prng.pick([40, 400, Infinity]),
    lossProbability: prng.pick([0, 0.02, 0.1, 0.3]),
    duplicationProbability: prng.pick([0, 0.05, 0.2]),
    reorder: prng.chance(0.7),
    membershipChanges: prng.chance(0.6),
  };
}
