import type { CommitListener } from './commit-listener.js';
import type { StoreCounters } from './store-counters.js';

export interface StoreOptions {
  /** Bytes of the newest records kept in memory for reads. More is held only until it is committed. */
  readonly ringBytes?: number;
  readonly commitListener?: CommitListener;
  /** A secret 32-bit number: clients that know it could choose keys whose hashes collide. */
  readonly hashSeed?: number;
  /** Where operations are counted; default: counters of its own. */
  readonly counters?: StoreCounters;
}
