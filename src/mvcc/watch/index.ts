export type { EventPieces } from './event-pieces.js';
export { EVENT_DELETE, EVENT_PUT } from './event-segment.js';
export type { WatchHistory } from './history.js';
export type { WatchableStoreOptions } from './watchable-store.js';
export { WatchableStore } from './watchable-store.js';
export type { Watcher, WatchReader, WatchSink, WatchSpec } from './watcher.js';
