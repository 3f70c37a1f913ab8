/**
 * Compaction at revision r takes away what only revisions below r need: of each key, the newest entry up to r stays
 * unless it is a tombstone below r (one exactly at r stays, so that a watch from r still shows that delete); all older
 * entries go.
 *
 * Revisions below r are unreadable at once. The work follows in slices of a pass with three phases:
 * 1. mark: from the newest entry up to r backwards; the first entry met of a key is its newest, all others are dropped.
 * 2. purge: from the oldest chunk forwards, dropped entries leave the log and their backend records are deleted with
 *    the next flush. Forwards, so that after a crash in between a key never shows an old life whose tombstone is gone.
 * 3. forget: keys left without an entry leave the index.
 *
 * r is written to the backend as scheduled with or before the first delete, as finished with the last one: a restart
 * in between begins the pass again.
 */
import { assert } from '../stdx/index.js';
import type { BackendTransaction } from './backend.js';
import { PENDING_DELETES_MAX, SCANS_PER_DELETE } from './limits.js';
import { putRevisionKey, TOMBSTONE_KEY_BYTES } from './revision-key.js';
import type { StoreState } from './state.js';

export const SCHEDULED_COMPACT_KEY = latin1('scheduledCompactRev');
export const FINISHED_COMPACT_KEY = latin1('finishedCompactRev');

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

type Phase = 'idle' | 'mark' | 'purge' | 'forget';

export class Compaction {
  readonly #state: StoreState;
  #phase: Phase = 'idle';
  /** The revision the pass is for, and the number behind its last entry up to that revision. */
  #target = -1;
  #limit = 0;
  #cursor = 0;
  /** A bit for each key id whose newest entry up to the target has been met. */
  #seen = new Uint32Array(0);
  /** Keys whose tombstone was dropped. */
  #forgettable: number[] = [];
  /** Revision keys to delete, in slots of 18 bytes, and the length of each. */
  #deletes = new Uint8Array(0);
  readonly #deleteLengths = new Uint8Array(PENDING_DELETES_MAX);
  #deleteCount = 0;
  #isScheduleDirty = false;
  /** The last pass that is through in memory; persisted with the next flush. */
  #passed = -1;
  #isPassedDirty = false;
  /** The last pass whose deletes are committed. */
  finished = -1;

  constructor(state: StoreState) {
    this.#state = state;
  }

  /** Deletes and marks that wait for a flush. */
  get pendingCount(): number {
    return this.#deleteCount + (this.#isScheduleDirty ? 1 : 0) + (this.#isPassedDirty ? 1 : 0);
  }

  get isIdle(): boolean {
    return this.#phase === 'idle' && this.#target === this.#state.compactedRevision;
  }

  schedule(revision: number): void {
    assert(revision > this.#state.compactedRevision, 'compactions ascend');
    this.#state.compactedRevision = revision;
    this.#isScheduleDirty = true;
  }

  /** Takes up what the backend says after a restart. */
  resume(scheduled: number, finished: number): void {
    assert(finished <= scheduled, 'what is finished was scheduled');
    this.#state.compactedRevision = scheduled;
    this.#target = finished;
    this.#passed = finished;
    this.finished = finished;
  }

  /** Works on about `recordsMax` records; true while there is more to do. */
  step(recordsMax: number): boolean {
    if (this.isIdle) return false;
    let budget = recordsMax * SCANS_PER_DELETE;
    while (budget > 0) {
      switch (this.#phase) {
        case 'idle':
          if (this.isIdle) return false;
          this.#start();
          break;
        case 'mark':
          budget -= this.#mark(budget);
          break;
        case 'purge': {
          const work = this.#purgeChunk();
          if (work === 0) return true;
          budget -= work;
          break;
        }
        case 'forget':
          budget -= this.#forget(budget);
          break;
      }
    }
    return !this.isIdle;
  }

  /** Marks every entry that the newest compaction takes away, in one go: what a checksum leaves out. */
  markAll(): void {
    if (this.isIdle) return;
    if (this.#target !== this.#state.compactedRevision) this.#start();
    while (this.#phase === 'mark') this.#mark(Number.MAX_SAFE_INTEGER);
  }

  /** Hands deletes and marks to a transaction. Returns what to call once it has committed. */
  flush(tx: BackendTransaction): () => void {
    for (let i = 0; i < this.#deleteCount; i++) {
      const at = i * TOMBSTONE_KEY_BYTES;
      tx.delete('key', this.#deletes.subarray(at, at + this.#deleteLengths[i]!));
    }
    if (this.#deleteCount > 0) this.#deletes = new Uint8Array(0);
    this.#deleteCount = 0;
    if (this.#isScheduleDirty) {
      tx.put('meta', SCHEDULED_COMPACT_KEY, revisionValue(this.#state.compactedRevision));
      this.#isScheduleDirty = false;
    }
    if (this.#isPassedDirty) {
      tx.put('meta', FINISHED_COMPACT_KEY, revisionValue(this.#passed));
      this.#isPassedDirty = false;
    }
    const passed = this.#passed;
    return () => {
      if (passed > this.finished) this.finished = passed;
    };
  }

  #start(): void {
    const { log, index, compactedRevision } = this.#state;
    this.#target = compactedRevision;
    this.#limit = log.firstFrom(compactedRevision + 1);
    this.#cursor = this.#limit - 1;
    this.#seen = new Uint32Array((index.table.idBound + 31) >>> 5);
    this.#phase = 'mark';
  }

  #mark(budget: number): number {
    const log = this.#state.log;
    const seen = this.#seen;
    let work = 0;
    let seq = this.#cursor;
    for (; work < budget; work++, seq--) {
      seq = seq < 0 ? -1 : log.seekBack(seq);
      if (seq < 0) break;
      const id = log.id;
      const bit = 1 << (id & 31);
      const isNewest = (seen[id >>> 5]! & bit) === 0;
      seen[id >>> 5]! |= bit;
      // A pass that took over from another one finds entries that are dropped already.
      if (log.isDropped) continue;
      if (!isNewest) {
        log.drop(seq);
      } else if (log.isDelete && log.main < this.#target) {
        log.drop(seq);
        this.#forgettable.push(id);
      }
    }
    this.#cursor = seq;
    if (seq < 0) {
      this.#phase = 'purge';
      this.#cursor = 0;
      this.#seen = new Uint32Array(0);
    }
    return work + 1;
  }

  /** Purges the next chunk that has something to purge; 0 if a flush must come first. */
  #purgeChunk(): number {
    const state = this.#state;
    const log = state.log;
    const first = log.seekFrom(this.#cursor);
    if (first >= this.#limit) {
      this.#phase = 'forget';
      return 1;
    }
    const dropped = log.droppedInChunk(first);
    const end = Math.min(log.chunkEnd(first), log.end);
    if (dropped > 0) {
      if (this.#deleteCount + dropped > PENDING_DELETES_MAX) return 0;
      if (this.#deletes.length === 0) {
        this.#deletes = new Uint8Array(PENDING_DELETES_MAX * TOMBSTONE_KEY_BYTES);
      }
      for (let seq = first; seq < end; seq = log.seekFrom(seq + 1)) {
        if (log.isDropped) this.#discard(seq);
      }
      log.purge(first);
    }
    this.#cursor = end;
    return 1 + dropped * SCANS_PER_DELETE;
  }

  /** Accounts for the current entry's going; a record that never reached the backend needs no delete. */
  #discard(seq: number): void {
    const state = this.#state;
    const log = state.log;
    const bytes = state.recordBytes();
    state.sizeBytes -= bytes;
    state.counters.compactedRecords++;
    if (seq >= state.flushedSeq) {
      state.pendingRecords--;
      state.pendingBytes -= bytes;
      return;
    }
    const at = this.#deleteCount * TOMBSTONE_KEY_BYTES;
    const end = putRevisionKey(this.#deletes, at, log.main, log.sub, log.isDelete);
    this.#deleteLengths[this.#deleteCount++] = end - at;
  }

  #forget(budget: number): number {
    const { index, log } = this.#state;
    const { table } = index;
    let work = 1;
    for (; this.#forgettable.length > 0 && work < budget; work += SCANS_PER_DELETE) {
      const id = this.#forgettable.pop()!;
      if (table.address(id) === 0 || table.version(id) > 0) continue;
      if (log.seek(table.seq(id))) continue;
      index.remove(id);
    }
    if (this.#forgettable.length === 0) {
      this.#phase = 'idle';
      this.#passed = this.#target;
      this.#isPassedDirty = true;
    }
    return work;
  }
}

/** A revision as etcd's meta table holds it: like a record key with sub revision 0. */
export function revisionValue(main: number): Uint8Array {
  const out = new Uint8Array(17);
  putRevisionKey(out, 0, main, 0, false);
  return out;
}
