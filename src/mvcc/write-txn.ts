import { assert } from '../stdx/index.js';
import type { CommitListener } from './commit-listener.js';
import { Interval } from './interval.js';
import {
  framedBytesMax,
  keyFieldBytes,
  leaseOf,
  type Span,
  writeKeyValue,
  writeTombstone,
} from './key-value.js';
import type { LeaseChangeListener } from './lease-listener.js';
import { CommittedEntries } from './log-record.js';
import { NO_PAGE } from './page-pool.js';
import { REVISION_KEY_BYTES, TOMBSTONE_KEY_BYTES } from './revision-key.js';
import type { StoreState } from './state.js';

const MASK_32 = 0xffffffffn;

/**
 * The write transaction: each change goes at once into slab, log and index under the main revision `revision + 1`, and
 * `end` makes that revision the store's. There is no way back: whoever writes has checked before.
 */
export class WriteTxn {
  readonly #state: StoreState;
  readonly #listener: CommitListener | undefined;
  readonly #committed: CommittedEntries;
  readonly #interval: Interval;
  readonly #span: Span = { start: 0, end: 0 };
  leaseListener: LeaseChangeListener | undefined;
  /** Operations of all transactions before the open one. */
  #operationsBefore = 0;

  constructor(state: StoreState, listener: CommitListener | undefined) {
    this.#state = state;
    this.#listener = listener;
    this.#committed = new CommittedEntries(state);
    this.#interval = new Interval(state.index.tree);
  }

  begin(): void {
    const state = this.#state;
    assert(!state.isTxnOpen, 'one write transaction at a time');
    state.isTxnOpen = true;
    state.changes = 0;
    this.#operationsBefore = this.#operations;
  }

  /** With the reads, which a transaction makes through the store. */
  get #operations(): number {
    const { puts, deletes, ranges } = this.#state.counters;
    return puts + deletes + ranges;
  }

  end(): number {
    const state = this.#state;
    assert(state.isTxnOpen, 'only an open transaction ends');
    state.isTxnOpen = false;
    if (this.#operations - this.#operationsBefore !== 1) state.counters.txns++;
    const changes = state.changes;
    if (changes === 0) return state.revision;
    state.changes = 0;
    state.revision++;
    if (this.#listener !== undefined) {
      this.#committed.revision = state.revision;
      this.#committed.count = changes;
      this.#listener.onCommit(this.#committed);
    }
    state.ring.release(state.committedSeq);
    return state.revision;
  }

  put(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuf: Uint8Array,
    valueStart: number,
    valueEnd: number,
    lease: bigint,
  ): void {
    const state = this.#state;
    assert(state.isTxnOpen, 'a put needs a transaction');
    assert(keyEnd > keyStart, 'a key has at least one byte');
    const { index, log, ring, counters } = state;
    counters.puts++;
    counters.putBytes += keyEnd - keyStart + valueEnd - valueStart;
    const table = index.table;
    const main = state.revision + 1;
    const hash = index.hash(keyBuf, keyStart, keyEnd);
    let id = index.findHashed(hash, keyBuf, keyStart, keyEnd);
    const isNew = id < 0;
    let create = main;
    let version = 1;
    let previous = -1;
    if (isNew) {
      id = index.add(hash, keyBuf, keyStart, keyEnd);
    } else {
      previous = table.seq(id);
      const old = table.version(id);
      if (old > 0) {
        create = table.createRevision(id);
        version = old + 1;
      }
    }
    let leaseLow = 0;
    let leaseHigh = 0;
    if (lease !== 0n) {
      leaseLow = Number(lease & MASK_32);
      leaseHigh = Number((lease >> 32n) & MASK_32);
    }
    const span = this.#span;
    ring.reserve(framedBytesMax(keyEnd - keyStart, valueEnd - valueStart), log.end);
    // biome-ignore format: one line per group of arguments
    writeKeyValue(
      ring.buf, ring.len, keyBuf, keyStart, keyEnd, create, main, version,
      valueBuf, valueStart, valueEnd, leaseLow, leaseHigh, span,
    );
    ring.len = span.end;
    const length = span.end - span.start;
    const sub = state.changes++;
    const seq = log.append(id, false, main, sub, previous, ring.slab, span.start, length);
    table.setNewest(id, main, sub, seq, ring.slab, span.start, length);
    const fromLow = table.leaseLow(id);
    const fromHigh = table.leaseHigh(id);
    table.setLife(id, create, version, leaseLow, leaseHigh);
    if (fromLow !== leaseLow || fromHigh !== leaseHigh) {
      this.leaseListener?.onLeaseChange(id, leaseOf(fromLow, fromHigh), lease);
    }
    if (isNew) index.tree.insert(id);
    else if (version === 1) index.tree.adjustLive(id, 1);
    if (version === 1) state.keyCount++;
    this.#account(REVISION_KEY_BYTES + length);
  }

  deleteRange(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    rangeEndBuf: Uint8Array,
    rangeEndStart: number,
    rangeEndEnd: number,
  ): number {
    const state = this.#state;
    assert(state.isTxnOpen, 'a delete needs a transaction');
    state.counters.deletes++;
    const { table, tree } = state.index;
    if (rangeEndEnd === rangeEndStart) {
      const id = state.index.find(keyBuf, keyStart, keyEnd);
      if (id < 0 || table.version(id) === 0) return 0;
      this.#delete(id);
      tree.adjustLive(id, -1);
      return 1;
    }
    let deleted = 0;
    const walk = this.#interval;
    walk.open(keyBuf, keyStart, keyEnd, rangeEndBuf, rangeEndStart, rangeEndEnd);
    for (; walk.page !== NO_PAGE; walk.nextLeaf()) {
      if (tree.liveEntries(walk.page) === 0) continue;
      let inLeaf = 0;
      for (let slot = walk.slot; slot < walk.slotEnd; slot++) {
        const id = tree.idAt(walk.page, slot);
        if (table.version(id) === 0) continue;
        this.#delete(id);
        inLeaf++;
      }
      tree.adjustLeafLive(walk.page, -inLeaf);
      deleted += inLeaf;
    }
    return deleted;
  }

  /** Writes a tombstone; the caller corrects the leaf's live count. */
  #delete(id: number): void {
    const { index, log, ring } = this.#state;
    const { arena, table } = index;
    const main = this.#state.revision + 1;
    const address = table.address(id);
    const keyLength = table.keyLength(id);
    const keyStart = arena.offsetOf(address);
    const span = this.#span;
    ring.reserve(framedBytesMax(keyLength, 0), log.end);
    writeTombstone(ring.buf, ring.len, arena.segmentOf(address), keyStart, keyStart + keyLength, main, span);
    ring.len = span.end;
    const length = span.end - span.start;
    const sub = this.#state.changes++;
    const seq = log.append(id, true, main, sub, table.seq(id), ring.slab, span.start, length);
    table.setNewest(id, main, sub, seq, ring.slab, span.start, length);
    const lease = leaseOf(table.leaseLow(id), table.leaseHigh(id));
    table.setLife(id, 0, 0, 0, 0);
    if (lease !== 0n) this.leaseListener?.onLeaseChange(id, lease, 0n);
    this.#state.keyCount--;
    this.#account(TOMBSTONE_KEY_BYTES + keyFieldBytes(keyLength));
  }

  #account(bytes: number): void {
    const state = this.#state;
    state.sizeBytes += bytes;
    state.pendingRecords++;
    state.pendingBytes += bytes;
  }
}
