/**
 * Builds log and index from the backend's records. The records come in revision order, which is the log's; keys are
 * put into the hash as they are met, and into the tree at once at the end, sorted: far cheaper than one by one.
 */
import { ByteReader, copyOf, MalformedError, toHex } from '../stdx/index.js';
import { type Compaction, FINISHED_COMPACT_KEY, SCHEDULED_COMPACT_KEY } from './compaction.js';
import { KeyValueFields } from './key-value.js';
import { isRevisionKey, isTombstoneKey, mainOfRevisionKey, subOfRevisionKey } from './revision-key.js';
import { sortIdsByKey } from './sort-ids.js';
import type { StoreState } from './state.js';

/** The backend holds something that no store wrote. The message names the record. */
export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
}

const EMPTY_KEY = new Uint8Array(0);

export function restoreState(state: StoreState, compaction: Compaction): void {
  const reader = new ByteReader();
  const fields = new KeyValueFields();
  state.backend.scan('key', EMPTY_KEY, undefined, (key, value) => {
    try {
      restoreRecord(state, reader, fields, key, value);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new CorruptStoreError(`record ${toHex(key)} of the key table: ${error.message}`);
    }
    return true;
  });
  const ids = sortIdsByKey(state.index);
  state.index.tree.bulkLoad(ids, ids.length);
  state.flushedSeq = state.log.end;
  state.committedSeq = state.log.end;
  const scheduled = metaRevision(state, SCHEDULED_COMPACT_KEY);
  const finished = metaRevision(state, FINISHED_COMPACT_KEY);
  // Of the newest revision up to a compaction something always stays.
  if (scheduled > state.revision) {
    throw new CorruptStoreError(
      'the meta table marks a compaction beyond the newest record of the key table',
    );
  }
  if (finished > scheduled) {
    throw new CorruptStoreError(
      'the meta table marks a compaction as finished that it does not mark as scheduled',
    );
  }
  if (scheduled >= 0) compaction.resume(scheduled, finished);
}

function restoreRecord(
  state: StoreState,
  reader: ByteReader,
  fields: KeyValueFields,
  key: Uint8Array,
  value: Uint8Array,
): void {
  if (!isRevisionKey(key)) throw new MalformedError('the key is no revision');
  const { index, log } = state;
  const table = index.table;
  const main = mainOfRevisionKey(key);
  const sub = subOfRevisionKey(key);
  const isDelete = isTombstoneKey(key);
  reader.reset(value);
  fields.read(reader);
  if (fields.keyEnd === fields.keyStart) throw new MalformedError('the KeyValue has no key');
  if (!isDelete && (fields.modRevision !== main || fields.version === 0)) {
    throw new MalformedError('the KeyValue is of another revision');
  }
  const hash = index.hash(value, fields.keyStart, fields.keyEnd);
  let id = index.findHashed(hash, value, fields.keyStart, fields.keyEnd);
  let previous = -1;
  if (id < 0) id = index.add(hash, value, fields.keyStart, fields.keyEnd);
  else previous = table.seq(id);
  const wasLive = table.version(id) > 0;
  const seq = log.append(id, isDelete, main, sub, previous, 0, 0, value.length);
  table.setNewest(id, main, sub, seq, 0, 0, value.length);
  if (isDelete) table.setLife(id, 0, 0, 0, 0);
  else table.setLife(id, fields.createRevision, fields.version, fields.leaseLow, fields.leaseHigh);
  if (wasLive === isDelete) state.keyCount += isDelete ? -1 : 1;
  state.sizeBytes += key.length + value.length;
  state.revision = main;
}

function metaRevision(state: StoreState, name: Uint8Array): number {
  const value = state.backend.get('meta', name);
  if (value === undefined) return -1;
  const copy = copyOf(value);
  if (!isRevisionKey(copy)) throw new CorruptStoreError('a compaction mark in the meta table is no revision');
  return mainOfRevisionKey(copy);
}
