import { simulate } from '../../src/sim/index.js';
import { environment } from './environment.js';
import type { Mutant } from './mutants.js';

/** More seeds than any mutant should need. */
const SEEDS_MAX = 200;

export interface Finding {
  readonly seeds: number;
  readonly message: string;
}

/** Tries seeds from `first` on until one fails. */
export async function findMutant(
  mutant: Mutant,
  first: number,
  minutes: number,
): Promise<Finding | undefined> {
  for (let seed = first; seed < first + SEEDS_MAX; seed++) {
    const result = await simulate({ seed, minutes, ...environment, wrappers: mutant.wrappers() });
    if (result.violation !== undefined) return { seeds: seed - first + 1, message: result.violation.message };
  }
  return undefined;
}
