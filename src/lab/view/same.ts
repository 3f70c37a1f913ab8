/** Keeps what did not change the same object, so that views are compared by reference. */

/** Whether two objects of a type have the same values, each compared by reference. */
export function sameFields<T extends object>(a: T, b: T): boolean {
  for (const name in b) if (a[name] !== b[name]) return false;
  return true;
}

/** `before` if it says the same. */
export function keptObject<T extends object>(before: T | null, after: T): T {
  return before !== null && sameFields(before, after) ? before : after;
}

/** `before` if it has the same elements, each compared by reference. */
export function keptList<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  if (before.length !== after.length) return after;
  for (let i = 0; i < after.length; i++) if (before[i] !== after[i]) return after;
  return before;
}
