/** The keys of a lock or an election: all that begin with its name and a slash. */
import { concatBytes, encodeUtf8 } from '../../stdx/index.js';
import { type RequestOp, SortOrder, SortTarget } from '../../wire/index.js';
import { rangeOp } from './caller-kv.js';

const SEPARATOR = encodeUtf8('/');
/** The byte after the separator. */
const AFTER_SEPARATOR = encodeUtf8('0');

export interface KeyInterval {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

export function keysOf(name: Uint8Array): KeyInterval {
  return { key: concatBytes([name, SEPARATOR]), rangeEnd: concatBytes([name, AFTER_SEPARATOR]) };
}

/** Finds the key that was created first. */
export function oldestIn(keys: KeyInterval): RequestOp {
  return rangeOp({ ...keys, sortOrder: SortOrder.ASCEND, sortTarget: SortTarget.CREATE, limit: 1 });
}

/** Finds the last key that was created before `createRevision`. */
export function youngestBefore(keys: KeyInterval, createRevision: number): RequestOp {
  return rangeOp({
    ...keys,
    sortOrder: SortOrder.DESCEND,
    sortTarget: SortTarget.CREATE,
    maxCreateRevision: createRevision - 1,
    limit: 1,
    keysOnly: true,
  });
}
