import { crc32c } from '../stdx/index.js';
import type { Compaction } from './compaction.js';
import { keyFieldBytes } from './key-value.js';
import { LogRecord } from './log-record.js';
import type { RangeStatus } from './range-query.js';
import { putRevisionKey, TOMBSTONE_KEY_BYTES } from './revision-key.js';
import type { StoreState } from './state.js';

/** What the store consists of at present. */
export interface HashedParts {
  readonly state: StoreState;
  readonly compaction: Compaction;
}

/** What every checksum is begun with: the table's name. */
const TABLE_NAME = new Uint8Array([0x6b, 0x65, 0x79]);

/**
 * etcd's HashKV, in slices: CRC-32C over the name `key` and then, in revision order, key and value of each record up
 * to the hashed revision. Of the records up to the last compaction only those count that show a live key at the hashed
 * revision, so that it does not matter how far the removal has come; but if no key lives there, etcd makes no such
 * choice, and all that the compaction leaves counts. A tombstone at exactly the compacted revision never counts: old
 * versions of etcd remove it, newer ones keep it, and their hashes have to agree.
 *
 * A compaction in between makes the run begin again, or fail if it overtook the revision; so does a new content of the
 * store.
 */
export class HashKvRun {
  readonly #current: () => HashedParts;
  #state: StoreState;
  #compaction: Compaction;
  #record: LogRecord;
  readonly #key = new Uint8Array(TOMBSTONE_KEY_BYTES);
  #seq = 0;
  #hasLiveKeys = false;
  /** Valid once {@link step} has returned true with status `ok`. */
  hash = 0;
  status: RangeStatus = 'ok';
  readonly hashRevision: number;
  /** The compaction that the hash takes into account, −1 if none. */
  compactRevision = -1;

  /** `revision` 0 is the newest. */
  constructor(current: () => HashedParts, revision: number) {
    const { state, compaction } = current();
    this.#current = current;
    this.#state = state;
    this.#compaction = compaction;
    this.#record = new LogRecord(state);
    this.hashRevision = revision === 0 ? state.revision : revision;
    if (this.hashRevision > state.revision) this.status = 'future';
    else this.#begin();
  }

  /** Works on at most `recordsMax` records; true when the hash stands or the status says why it never will. */
  step(recordsMax: number): boolean {
    if (this.status !== 'ok') return true;
    this.#follow();
    const state = this.#state;
    const log = state.log;
    for (let work = 0; work < recordsMax; work++) {
      if (this.status !== 'ok') return true;
      const seq = log.seekFrom(this.#seq);
      if (seq >= log.end || log.main > this.hashRevision) return true;
      this.#seq = seq + 1;
      if (log.main <= this.compactRevision && !this.#counts(seq)) continue;
      log.seek(seq);
      this.#add(seq);
    }
    return false;
  }

  /** Begins again if the ground has moved. */
  #follow(): void {
    const { state, compaction } = this.#current();
    const isReplaced = state !== this.#state;
    if (!isReplaced && state.compactedRevision === this.compactRevision) return;
    if (isReplaced) {
      this.#state = state;
      this.#compaction = compaction;
      this.#record = new LogRecord(state);
    }
    this.#begin();
  }

  #begin(): void {
    this.compactRevision = this.#state.compactedRevision;
    if (this.hashRevision < this.compactRevision) {
      this.status = 'compacted';
      return;
    }
    this.#hasLiveKeys = this.#state.hasLiveAt(this.hashRevision);
    if (!this.#hasLiveKeys) this.#compaction.markAll();
    this.hash = crc32c(TABLE_NAME);
    this.#seq = 0;
  }

  /** Whether the log's current entry, not newer than the compaction, is part of the checksum. */
  #counts(seq: number): boolean {
    const { log } = this.#state;
    if (log.isDelete && log.main === this.compactRevision) return false;
    if (!this.#hasLiveKeys) return !log.isDropped;
    return this.#state.seqAt(log.id, this.hashRevision) === seq;
  }

  /** Adds the log's current entry. */
  #add(seq: number): void {
    const log = this.#state.log;
    const keyEnd = putRevisionKey(this.#key, 0, log.main, log.sub, log.isDelete);
    const record = this.#record.load(seq);
    const end = record.isDelete ? record.start + keyFieldBytes(record.keyEnd - record.keyStart) : record.end;
    this.hash = crc32c(this.#key, this.hash, 0, keyEnd);
    this.hash = crc32c(record.buf, this.hash, record.start, end);
  }
}
