/** Backends that break their word, put between a sound member and its records. */
import type { BackendTransaction, ReplaceableBackend, Table } from '../../mvcc/index.js';

export type Change = readonly [Table, Uint8Array, Uint8Array | undefined];

export function writeChanges(tx: BackendTransaction, changes: readonly Change[]): void {
  for (const [table, key, value] of changes) {
    if (value === undefined) tx.delete(table, key);
    else tx.put(table, key, value);
  }
}

export function backendWith(
  inner: ReplaceableBackend,
  commit: ReplaceableBackend['commit'],
): ReplaceableBackend {
  return {
    get: (table, key) => inner.get(table, key),
    scan: (table, from, to, visit) => inner.scan(table, from, to, visit),
    commit,
    snapshot: () => inner.snapshot(),
    size: () => inner.size(),
    close: () => inner.close(),
    stage: () => inner.stage(),
    leftover: () => inner.leftover(),
  };
}

export function collect(fill: (tx: BackendTransaction) => void): Change[] {
  const changes: Change[] = [];
  fill({
    put: (table, key, value) => changes.push([table, key, value]),
    delete: (table, key) => changes.push([table, key, undefined]),
  });
  return changes;
}

/** The applied index and the records it speaks for are two transactions. */
export function splitCommit(indexFirst: boolean): (inner: ReplaceableBackend) => ReplaceableBackend {
  return (inner) =>
    backendWith(inner, async (fill) => {
      const changes = collect(fill);
      const isFirst = ([table]: Change): boolean => (table === 'key') !== indexFirst;
      const halves = [changes.filter(isFirst), changes.filter((change) => !isFirst(change))];
      await Promise.all(halves.map((half) => inner.commit((tx) => writeChanges(tx, half))));
    });
}
