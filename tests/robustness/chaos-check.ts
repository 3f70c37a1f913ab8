/**
 * The verdict on a chaos run. One watch over all keys told the order of all changes; by that every answer, every other
 * watch and every member's final state is judged: strict serializability in the order of revisions, nothing acknowledged
 * lost, nothing done twice, and etcd's promises for watches.
 */
import { OperationCheck } from '../../src/sim/check/check-operations.js';
import { checkWatch } from '../../src/sim/check/check-watch.js';
import type { Operation, WatchRecord } from '../../src/sim/check/record.js';
import { Truth } from '../../src/sim/check/truth.js';

export interface ChaosHistory {
  readonly operations: readonly Operation[];
  /** The watch over all keys from the first revision on. */
  readonly observer: WatchRecord;
  readonly watches: readonly WatchRecord[];
}

/** Every broken promise found, as text; a broken order of changes hides what else there may be. */
export function checkHistory({ operations, observer, watches }: ChaosHistory): string[] {
  const faults: string[] = [];
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      faults.push((error as Error).message);
    }
  };
  let truth: Truth | undefined;
  attempt(() => {
    truth = new Truth(observer);
  });
  if (truth === undefined) return faults;
  const known = truth;
  attempt(() => checkWatch(known, observer, true));
  for (const watch of watches) attempt(() => checkWatch(known, watch, watch.compactRevision === undefined));
  attempt(() => new OperationCheck(known).check(operations.filter(matters)));
  return faults;
}

/** A read without an answer says nothing. */
function matters({ request, outcome }: Operation): boolean {
  const isAnswered = outcome !== undefined && outcome.kind !== 'lost';
  return isAnswered || (request.kind !== 'range' && request.kind !== 'compact');
}

/** Whether all members took their checksums above the same compaction. */
export function standOnOne(hashes: readonly string[]): boolean {
  return new Set(hashes.map((text) => text.split(' above ')[1])).size === 1;
}

/** Members that stand at the same revision but do not hold the same. */
export function checkHashes(names: readonly string[], hashes: readonly string[], revision: number): string[] {
  if (new Set(hashes).size === 1 && !hashes[0]!.startsWith('none')) return [];
  const each = names.map((name, i) => `${name} ${hashes[i]}`);
  return [`the members' hashes at revision ${revision} differ: ${each.join('; ')}`];
}
