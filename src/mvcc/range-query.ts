import { EMPTY_BYTES } from '../stdx/index.js';

/** Numbers of `etcdserverpb.RangeRequest.SortOrder`. */
export const SORT_NONE = 0;
export const SORT_ASCEND = 1;
export const SORT_DESCEND = 2;
export type SortOrder = typeof SORT_NONE | typeof SORT_ASCEND | typeof SORT_DESCEND;

/** Numbers of `etcdserverpb.RangeRequest.SortTarget`. */
export const SORT_BY_KEY = 0;
export const SORT_BY_VERSION = 1;
export const SORT_BY_CREATE = 2;
export const SORT_BY_MOD = 3;
export const SORT_BY_VALUE = 4;
export type SortTarget =
  | typeof SORT_BY_KEY
  | typeof SORT_BY_VERSION
  | typeof SORT_BY_CREATE
  | typeof SORT_BY_MOD
  | typeof SORT_BY_VALUE;

/** Why a range was answered or not: `compacted` and `future` are etcd's two revision errors. */
export type RangeStatus = 'ok' | 'compacted' | 'future';

/**
 * A range read and, after {@link Store.range}, its outcome. One object can serve any number of reads: set the fields
 * (or `reset` first), call `range`, read `status`, `count` and `more`.
 *
 * `key` and `rangeEnd` follow etcd's convention: no range end is the key alone; a range end of one zero byte is every
 * key from `key` on; otherwise the interval `[key, rangeEnd)`, empty if the end does not sort behind the key.
 */
export class RangeQuery {
  keyBuf: Uint8Array = EMPTY_BYTES;
  keyStart = 0;
  keyEnd = 0;
  rangeEndBuf: Uint8Array = EMPTY_BYTES;
  rangeEndStart = 0;
  rangeEndEnd = 0;
  /** Most KeyValues to answer; 0 or less is unlimited. */
  limit = 0;
  /** The revision to read at; 0 or less is the newest, with the open transaction's own writes. */
  revision = 0;
  sortOrder: SortOrder = SORT_NONE;
  sortTarget: SortTarget = SORT_BY_KEY;
  /**
   * Leaves out the values; and the leases too, unless sorted by value: etcd 3.7 answers from the index, which has none.
   */
  keysOnly = false;
  countOnly = false;
  /** Inclusive bounds; 0 is off. */
  minModRevision = 0;
  maxModRevision = 0;
  minCreateRevision = 0;
  maxCreateRevision = 0;

  /** Outcome. If not `ok`, nothing was written and `count` and `more` mean nothing. */
  status: RangeStatus = 'ok';
  /** Keys of the interval at that revision, whatever limit and filters say. */
  count = 0;
  /** Whether the limit cut off results. */
  more = false;

  /** Back to "the newest of all", the state of a new query. */
  reset(): void {
    this.keyBuf = EMPTY_BYTES;
    this.keyStart = 0;
    this.keyEnd = 0;
    this.rangeEndBuf = EMPTY_BYTES;
    this.rangeEndStart = 0;
    this.rangeEndEnd = 0;
    this.limit = 0;
    this.revision = 0;
    this.sortOrder = SORT_NONE;
    this.sortTarget = SORT_BY_KEY;
    this.keysOnly = false;
    this.countOnly = false;
    this.minModRevision = 0;
    this.maxModRevision = 0;
    this.minCreateRevision = 0;
    this.maxCreateRevision = 0;
    this.status = 'ok';
    this.count = 0;
    this.more = false;
  }
}
