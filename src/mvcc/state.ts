import { assert } from '../stdx/index.js';
import type { Backend } from './backend.js';
import { KeyIndex } from './key-index.js';
import { keyFieldBytes } from './key-value.js';
import { RING_BYTES_DEFAULT } from './limits.js';
import { RecordSource } from './record-source.js';
import { REVISION_KEY_BYTES, TOMBSTONE_KEY_BYTES } from './revision-key.js';
import { RevisionLog } from './revision-log.js';
import { SlabRing } from './slab-ring.js';
import { StoreCounters } from './store-counters.js';
import type { StoreOptions } from './store-options.js';

/**
 * What the parts of a store share.
 *
 * Invariants: `committedSeq <= flushedSeq <= log.end`; the backend's table `key`, once all outstanding transactions
 * are committed, holds exactly the log's entries below `flushedSeq` plus the pending deletes; every entry at or above
 * `committedSeq` is in the ring; a key is in the index if and only if the log has an entry of it (or compaction is about to forget it).
 */
export class StoreState {
  readonly backend: Backend;
  readonly index: KeyIndex;
  readonly log = new RevisionLog();
  readonly ring: SlabRing;
  readonly source: RecordSource;
  readonly counters: StoreCounters;

  revision = 1;
  compactedRevision = -1;
  keyCount = 0;
  sizeBytes = 0;

  isTxnOpen = false;
  /** Changes of the open transaction so far: the next one's sub revision. */
  changes = 0;

  /** Entries below are handed to the backend; entries below `committedSeq` are durable there. */
  flushedSeq = 0;
  committedSeq = 0;
  /** Entries from `flushedSeq` on. */
  pendingRecords = 0;
  pendingBytes = 0;

  constructor(backend: Backend, options: StoreOptions) {
    this.backend = backend;
    this.index = new KeyIndex(options.hashSeed ?? 0);
    this.ring = new SlabRing(options.ringBytes ?? RING_BYTES_DEFAULT);
    this.source = new RecordSource(this.ring, backend);
    this.counters = options.counters ?? new StoreCounters();
  }

  /** Bytes of key and value that the current entry of the log takes in the backend. */
  recordBytes(): number {
    const log = this.log;
    if (log.isDelete) return TOMBSTONE_KEY_BYTES + keyFieldBytes(this.index.table.keyLength(log.id));
    return REVISION_KEY_BYTES + log.kvLength;
  }

  /** The number of the put that shows `id` at `revision`, −1 if the key does not live there. Moves the log. */
  seqAt(id: number, revision: number): number {
    const table = this.index.table;
    const newest = table.seq(id);
    if (table.modRevision(id) <= revision) return table.version(id) > 0 ? newest : -1;
    const found = this.log.seek(newest);
    assert(found, 'the newest entry of a key is in the log');
    return this.#seqBefore(revision);
  }

  /** {@link seqAt}, beginning at `seq`, an entry of the key above `revision`. */
  seqAtFrom(seq: number, revision: number): number {
    const found = this.log.seek(seq);
    assert(found, 'the entry to begin at is in the log');
    return this.#seqBefore(revision);
  }

  /** Whether any key lives at `revision`. */
  hasLiveAt(revision: number): boolean {
    if (revision === this.revision) return this.keyCount > 0;
    const { table } = this.index;
    for (let id = 0; id < table.idBound; id++) {
      if (table.address(id) !== 0 && this.seqAt(id, revision) >= 0) return true;
    }
    return false;
  }

  #seqBefore(revision: number): number {
    const log = this.log;
    for (;;) {
      const previous = log.previous;
      if (previous < 0 || !log.seek(previous)) return -1;
      if (log.main <= revision) return log.isDelete ? -1 : previous;
    }
  }

  /** `isCompacting`: the keys whose last entry was purged need not be forgotten yet. */
  validate(isCompacting: boolean): void {
    const { index, log } = this;
    const { table } = index;
    const keys = index.tree.validate();
    let used = 0;
    let live = 0;
    for (let id = 0; id < table.idBound; id++) {
      if (table.address(id) === 0) continue;
      used++;
      if (table.version(id) > 0) live++;
      if (!log.seek(table.seq(id))) {
        assert(isCompacting && table.version(id) === 0, 'a key in the index has an entry in the log');
        continue;
      }
      assert(log.id === id && log.main === table.modRevision(id), 'a key record shows its newest entry');
      assert(log.isDelete === (table.version(id) === 0), 'a dead key ends in a tombstone');
    }
    assert(keys === used, 'tree and table hold the same keys');
    assert(live === this.keyCount, 'live keys are counted');
    let entries = 0;
    let bytes = 0;
    for (let seq = log.seekFrom(0); seq < log.end; seq = log.seekFrom(seq + 1)) {
      entries++;
      bytes += this.recordBytes();
      assert(seq < this.committedSeq || this.ring.has(log.slab), 'what is not committed is in the ring');
    }
    assert(entries === log.entries, 'the log counts its entries');
    assert(bytes === this.sizeBytes, 'the size is the sum of the records');
  }
}
