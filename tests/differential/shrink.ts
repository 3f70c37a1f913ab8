/**
 * Makes a failing sequence short: parts are left out as long as a difference remains (delta debugging, Zeller and Hildebrandt
 * 2002: halves first, then ever smaller parts).
 *
 * @param fails runs a sequence on fresh stores.
 */
import type { Operation } from './operation.js';

export async function shrink(
  operations: readonly Operation[],
  fails: (operations: readonly Operation[]) => Promise<boolean>,
  onProgress: (left: number, runs: number) => void,
): Promise<readonly Operation[]> {
  // Nothing after the failing operation matters, and it is last: it stays.
  let kept = operations.slice(0, -1);
  const last = operations.slice(-1);
  let runs = 0;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const candidate = [...kept.slice(0, start), ...kept.slice(start + size)];
      runs++;
      if (await fails([...candidate, ...last])) kept = candidate;
      else start += size;
      onProgress(kept.length + 1, runs);
    }
  }
  return [...kept, ...last];
}
