import { EMPTY_BYTES } from '../../stdx/index.js';
import type { CommitListener } from '../commit-listener.js';
import { Store } from '../store.js';
import { MapBackend } from '../testing/map-backend.js';
import { historyConformance, NaiveHistory } from './history.conformance.js';

historyConformance('naive history', () => {
  const history = new NaiveHistory();
  return {
    history,
    txn: (changes) => history.txn(changes),
    compact: (revision) => history.compact(revision),
    setListener: (listener) => {
      history.listener = listener;
    },
  };
});

for (const isFlushed of [false, true]) {
  historyConformance(`store, ${isFlushed ? 'read back from the backend' : 'in its slabs'}`, () => {
    let heard: CommitListener | undefined;
    const backend = new MapBackend();
    const commitListener: CommitListener = { onCommit: (committed) => heard?.onCommit(committed) };
    const store = new Store(backend, { commitListener, ringBytes: isFlushed ? 0 : 1 << 24 });
    return {
      history: store,
      txn: (changes) => {
        store.begin();
        for (const change of changes) {
          const { key } = change;
          if (change.kind === 'put') {
            store.put(key, 0, key.length, change.value, 0, change.value.length, 0n);
          } else {
            store.deleteRange(key, 0, key.length, EMPTY_BYTES, 0, 0);
          }
        }
        const revision = store.end();
        if (isFlushed) {
          void store.flush(() => {});
          backend.settle(backend.outstanding);
        }
        return revision;
      },
      compact: (revision) => {
        store.compact(revision);
        while (store.compactSome(100)) void store.flush(() => {});
        void store.flush(() => {});
        backend.settle(backend.outstanding);
      },
      setListener: (listener) => {
        heard = listener;
      },
    };
  });
}
