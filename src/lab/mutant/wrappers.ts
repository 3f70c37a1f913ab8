/** Mutants between a member and its disk or backend. */
import { ackBeforeDurable, type PortWrappers, splitCommit, volatileCache } from '../../sim/index.js';
import type { MutantName } from '../script/mutant-name.js';

export function wrappersOf(mutants: readonly MutantName[]): PortWrappers {
  return {
    ...(mutants.includes('ack-before-sync') && { disk: ackBeforeDurable }),
    ...(mutants.includes('volatile-disk') && { disk: volatileCache }),
    ...(mutants.includes('split-apply') && { backend: splitCommit(true) }),
  };
}
