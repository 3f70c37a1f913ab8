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
