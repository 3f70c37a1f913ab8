export type {
  Backend,
  BackendReader,
  BackendSnapshot,
  BackendTransaction,
  ReplaceableBackend,
  StagedBackend,
  Table,
} from './backend.js';
export { TABLES } from './backend.js';
export type { CommitListener, CommittedRevision, RevisionRecord } from './commit-listener.js';
export { HashKvRun } from './hash-kv.js';
export type { KeyValueCursor } from './key-value-cursor.js';
export type { LeaseChangeListener } from './lease-listener.js';
export { RangePage } from './range-page.js';
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
export type { CompactStatus } from './store.js';
export { Store } from './store.js';
export { CorruptStoreError, StoreBuilder } from './store-builder.js';
export { StoreCounters } from './store-counters.js';
export type { StoreOptions } from './store-options.js';
export type {
  EventPieces,
  WatchableStoreOptions,
  Watcher,
  WatchHistory,
  WatchReader,
  WatchSink,
  WatchSpec,
} from './watch/index.js';
export { EVENT_DELETE, EVENT_PUT, WatchableStore } from './watch/index.js';
