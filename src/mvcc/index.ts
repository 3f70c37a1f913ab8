export type { Backend, BackendReader, BackendSnapshot, BackendTransaction, Table } from './backend.js';
export { TABLES } from './backend.js';
export type { CommitListener, CommittedRevision, RevisionRecord } from './commit-listener.js';
export type { RangeStatus, SortOrder, SortTarget } from './range-query.js';
export {
  RangeQuery,
  SORT_ASCEND,
  SORT_BY_CREATE,
  SORT_BY_KEY,
  SORT_BY_MOD,
  SORT_BY_VALUE,
  SORT_BY_VERSION,
  SORT_DESCEND,
  SORT_NONE,
} from './range-query.js';
export type { CompactStatus, HashKvRun, KeyValueCursor, Store, StoreOptions } from './store.js';
