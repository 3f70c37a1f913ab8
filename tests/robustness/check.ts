/** What must hold after a crash: compares the history of the store with what the writers know. */
import type { Revision } from './history.js';
import type { Change, Write } from './writer.js';

/**
 * Checks the revisions since the last check against all calls since then.
 *
 * @param expectedNext the first revision that the store may use: one after the last one checked.
 * @returns every broken promise, as text; empty when all is well. Marks the writes that were found.
 */
export function checkRound(
  revisions: readonly Revision[],
  writes: readonly Write[],
  expectedNext: number,
): string[] {
  const faults: string[] = [];
  const byChanges = new Map<string, Write>();
  for (const write of writes) {
    if (hasValue(write.changes)) byChanges.set(text(write.changes), write);
  }
  let next = expectedNext;
  for (const { revision, changes } of revisions) {
    if (revision !== next) faults.push(`revision ${revision} follows ${next - 1}`);
    next = revision + 1;
    const write = byChanges.get(text(changes)) ?? findDelete(writes, revision, changes);
    if (write === undefined) faults.push(`revision ${revision} was never asked for: ${describe(changes)}`);
    else if (write.found) faults.push(`revision ${revision} repeats ${describe(changes)}`);
    else if (write.acknowledged !== undefined && write.acknowledged !== revision) {
      faults.push(`${describe(changes)} was acknowledged at ${write.acknowledged} and stands at ${revision}`);
    }
    if (write !== undefined) write.found = true;
  }
  for (const write of writes) {
    if (write.acknowledged !== undefined && !write.found) {
      faults.push(`LOST: ${describe(write.changes)}, acknowledged at revision ${write.acknowledged}`);
    }
  }
  return faults;
}

/** Deletions carry no unique value: they are told apart by their revision, or are the one that was not acknowledged. */
function findDelete(
  writes: readonly Write[],
  revision: number,
  changes: readonly Change[],
): Write | undefined {
  const wanted = text(changes);
  const same = writes.filter(
    (write) => !write.found && !hasValue(write.changes) && text(write.changes) === wanted,
  );
  return (
    same.find((write) => write.acknowledged === revision) ??
    same.find((write) => write.acknowledged === undefined)
  );
}

/** Whether the call can be told by its text alone: values are unique, deletions are not. */
function hasValue(changes: readonly Change[]): boolean {
  return changes.some((change) => change.value !== undefined);
}

function text(changes: readonly Change[]): string {
  return changes.map((change) => `${change.key}=${change.value ?? '(deleted)'}`).join('\n');
}

export function describe(changes: readonly Change[]): string {
  return changes.map((change) => `${change.key}=${change.value?.slice(0, 20) ?? '(deleted)'}`).join(', ');
}

/** Replays a history into the keys that must exist after it. */
export function replay(
  keys: Map<string, { value: string; modRevision: number }>,
  revisions: readonly Revision[],
): void {
  for (const { revision, changes } of revisions) {
    for (const { key, value } of changes) {
      if (value === undefined) keys.delete(key);
      else keys.set(key, { value, modRevision: revision });
    }
  }
}

/** Differences between two key spaces, as text. */
export function compareKeys(
  expected: ReadonlyMap<string, { value: string; modRevision: number }>,
  actual: ReadonlyMap<string, { value: string; modRevision: number }>,
): string[] {
  const faults: string[] = [];
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [want, got] = [expected.get(key), actual.get(key)];
    if (want?.value !== got?.value || want?.modRevision !== got?.modRevision) {
      faults.push(
        `key ${key}: history says ${want?.value.slice(0, 20)} at ${want?.modRevision}, a range says ${got?.value.slice(0, 20)} at ${got?.modRevision}`,
      );
    }
  }
  return faults;
}
