import { simulate } from '../../src/sim/index.js';
import type { ClusterMutant } from './cluster-mutants.js';
import { environment } from './environment.js';
import type { Mutant } from './mutants.js';
import { type Simulate, withPatches } from './patched-simulator.js';

/** More seeds than any mutant should need. */
const SEEDS_MAX = 200;

export interface Search {
  /** The seed to begin with. */
  readonly first: number;
  /** Simulated, for each seed. */
  readonly minutes: number;
  readonly seedsMax?: number;
  readonly leaseClients?: number;
  readonly guests?: number;
}

export interface Finding {
  readonly seeds: number;
  readonly message: string;
}

async function search(
  run: Simulate,
  { first, minutes, seedsMax = SEEDS_MAX, leaseClients = 0, guests = 0 }: Search,
  mutant: Mutant | undefined,
): Promise<Finding | undefined> {
  for (let seed = first; seed < first + seedsMax; seed++) {
    const wrappers = mutant?.wrappers();
    const clients = { leaseClients, guests };
    const result = await run({ seed, minutes, ...clients, ...environment, ...(wrappers && { wrappers }) });
    if (result.violation !== undefined) return { seeds: seed - first + 1, message: result.violation.message };
  }
  return undefined;
}

/** Tries seeds until one fails. */
export function findMutant(mutant: Mutant, options: Search): Promise<Finding | undefined> {
  return search(simulate, options, mutant);
}

export function findClusterMutant(mutant: ClusterMutant, options: Search): Promise<Finding | undefined> {
  return withPatches(mutant.patches, (run) => search(run, { ...options, ...mutant.clients }, undefined));
}
