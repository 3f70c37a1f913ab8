/**
 * What watching needs of the multi-version store: where it stands, its past, and what a key held before a change.
 */
import type { Store } from '../store.js';

export type WatchHistory = Pick<Store, 'revision' | 'compactedRevision' | 'scanRevisions' | 'previous'>;
