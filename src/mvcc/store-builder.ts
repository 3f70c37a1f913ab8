/**
 * Builds a store's log and index from a backend's records, at a start or beside a store that serves meanwhile. The
 * records come in revision order, which is the log's; keys are put into the hash as they are met, and into the tree at
 * once at the end, sorted: far cheaper than one by one.
 */
import { assert, ByteReader, copyOf, MalformedError, toHex } from '../stdx/index.js';
import type { Backend, BackendReader } from './backend.js';
import { Compaction, FINISHED_COMPACT_KEY, SCHEDULED_COMPACT_KEY } from './compaction.js';
import { KeyValueFields } from './key-value.js';
import { isRevisionKey, isTombstoneKey, mainOfRevisionKey, subOfRevisionKey } from './revision-key.js';
import { sortIdsByKey } from './sort-ids.js';
import { StoreState } from './state.js';
import type { StoreOptions } from './store-options.js';

/** The backend holds something that no store wrote. The message names the record. */
export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
}

export class StoreBuilder {
  readonly #state: StoreState;
  readonly #compaction: Compaction;
  readonly #reader = new ByteReader();
  readonly #fields = new KeyValueFields();
  #loading: Generator<void, void> | undefined;
  #isComplete = false;

  /** `backend` is where the store will find the records once it is in use; nothing is read from it before. */
  constructor(backend: Backend, options: StoreOptions) {
    this.#state = new StoreState(backend, options);
    this.#compaction = new Compaction(this.#state);
  }

  /**
   * Takes a record of the table `key`, in the table's order. Copies what it keeps.
   * @throws CorruptStoreError if no store wrote it.
   */
  add(key: Uint8Array, value: Uint8Array): void {
    assert(this.#loading === undefined, 'records come before the index is loaded');
    try {
      this.#add(key, value);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      throw new CorruptStoreError(`record ${toHex(key)} of the key table: ${error.message}`);
    }
  }

  /** After the last record: does some tenths of a millisecond of the work that is left. True while there is more. */
  load(): boolean {
    if (this.#isComplete) return false;
    this.#loading ??= this.#loadIndex();
    this.#isComplete = this.#loading.next().done === true;
    return !this.#isComplete;
  }

  /**
   * The parts of the store; the end of the building. `meta` has the marks of compaction.
   * @throws CorruptStoreError if the marks do not fit the records.
   */
  finish(meta: BackendReader): { readonly state: StoreState; readonly compaction: Compaction } {
    while (this.load());
    const state = this.#state;
    const scheduled = metaRevision(meta, SCHEDULED_COMPACT_KEY);
    const finished = metaRevision(meta, FINISHED_COMPACT_KEY);
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
    if (scheduled >= 0) this.#compaction.resume(scheduled, finished);
    return { state, compaction: this.#compaction };
  }

  *#loadIndex(): Generator<void, void> {
    const { index, log } = this.#state;
    const ids = yield* sortIdsByKey(index);
    yield* index.tree.bulkLoad(ids, ids.length);
    this.#state.flushedSeq = log.end;
    this.#state.committedSeq = log.end;
  }

  #add(key: Uint8Array, value: Uint8Array): void {
    if (!isRevisionKey(key)) throw new MalformedError('the key is no revision');
    const state = this.#state;
    const fields = this.#fields;
    const { index, log } = state;
    const table = index.table;
    const main = mainOfRevisionKey(key);
    const sub = subOfRevisionKey(key);
    const isDelete = isTombstoneKey(key);
    this.#reader.reset(value);
    fields.read(this.#reader);
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
}

function metaRevision(meta: BackendReader, name: Uint8Array): number {
  const value = meta.get('meta', name);
  if (value === undefined) return -1;
  const copy = copyOf(value);
  if (!isRevisionKey(copy)) throw new CorruptStoreError('a compaction mark in the meta table is no revision');
  return mainOfRevisionKey(copy);
}
