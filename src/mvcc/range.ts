/**
 * Range reads. A KeyValue is stored as it is sent, so an answer is concatenation: a plain range walks the index and
 * copies; only filters and sorts first gather what they select.
 *
 * How many keys are looked at before filter and sort is part of etcd's behaviour: all of them if there is a filter or
 * an order other than NONE (ascending by key needs no sort); else the first limit + 1 in key order, so that a sort
 * target without an order sorts only those.
 */
import { type ByteWriter, copyBytes } from '../stdx/index.js';
import { Interval } from './interval.js';
import {
  appendKeyOnly,
  FRAME_TAG,
  frameBytes,
  framedBytesMax,
  KeyValueFields,
  putFrame,
  type Span,
} from './key-value.js';
import { NO_PAGE } from './page-pool.js';
import type { RangePage } from './range-page.js';
import {
  type RangeQuery,
  SORT_BY_CREATE,
  SORT_BY_KEY,
  SORT_BY_MOD,
  SORT_BY_VALUE,
  SORT_BY_VERSION,
  SORT_DESCEND,
  SORT_NONE,
} from './range-query.js';
import { Selection } from './selection.js';
import type { StoreState } from './state.js';

/** Stands for "newest" where a read revision is asked for: every revision is below it. */
const NEWEST = Number.POSITIVE_INFINITY;

export class RangeReader {
  readonly #state: StoreState;
  readonly #interval: Interval;
  readonly #selection = new Selection();
  readonly #fields = new KeyValueFields();
  readonly #span: Span = { start: 0, end: 0 };
  /** The revision read at; {@link NEWEST} reads the key table, else references are log entries. */
  #revision = NEWEST;

  constructor(state: StoreState) {
    this.#state = state;
    this.#interval = new Interval(state.index.tree);
  }

  range(query: RangeQuery, out: ByteWriter): void {
    this.#state.counters.ranges++;
    if (!this.#isReadable(query)) return;
    if (query.rangeEndEnd === query.rangeEndStart) {
      this.#single(query, out);
    } else if (query.countOnly) {
      this.#list(query, out, 0);
    } else if (needsSelection(query)) {
      this.#select(query, out);
    } else {
      this.#list(query, out, query.limit > 0 ? query.limit : Number.POSITIVE_INFINITY);
      query.more = query.limit > 0 && query.count > query.limit;
    }
  }

  /** Appends a piece of the interval in key order; filters and sort do not count. */
  page(query: RangeQuery, page: RangePage, out: ByteWriter): void {
    page.appended = 0;
    page.count = 0;
    page.isLast = false;
    if (!this.#isReadable(query)) return;
    const tree = this.#state.index.tree;
    const bytesEnd = out.len + page.bytesMax;
    const walk = this.#open(query);
    let visits = 0;
    for (; walk.page !== NO_PAGE; walk.nextLeaf()) {
      if (page.appended >= page.keysMax && this.#revision === NEWEST && walk.isWholeLeaf) {
        page.count += tree.liveEntries(walk.page);
        continue;
      }
      for (let slot = walk.slot; slot < walk.slotEnd; slot++) {
        const id = tree.idAt(walk.page, slot);
        if (visits++ >= page.visitsMax || out.len >= bytesEnd) {
          this.#copyKey(id, page.nextKey);
          return;
        }
        const ref = this.#visible(id);
        if (ref < 0) continue;
        page.count++;
        if (page.appended >= page.keysMax) continue;
        page.appended++;
        this.#append(ref, query, out);
      }
    }
    page.isLast = true;
  }

  /** Sets the query's status, and at which revision to read. */
  #isReadable(query: RangeQuery): boolean {
    const state = this.#state;
    query.count = 0;
    query.more = false;
    if (query.revision > state.revision) {
      query.status = 'future';
      return false;
    }
    if (query.revision > 0 && query.revision < state.compactedRevision) {
      query.status = 'compacted';
      return false;
    }
    query.status = 'ok';
    const isNewest = query.revision <= 0 || (query.revision === state.revision && state.changes === 0);
    this.#revision = isNewest ? NEWEST : query.revision;
    return true;
  }

  #copyKey(id: number, out: ByteWriter): void {
    const { arena, table } = this.#state.index;
    const address = table.address(id);
    const start = arena.offsetOf(address);
    out.reset();
    out.raw(arena.segmentOf(address), start, start + table.keyLength(id));
  }

  /** The key's reference at the revision read: its id, or the number of its log entry; −1 if it does not live. */
  #visible(id: number): number {
    if (this.#revision === NEWEST) return this.#state.index.table.version(id) > 0 ? id : -1;
    return this.#state.seqAt(id, this.#revision);
  }

  #single(query: RangeQuery, out: ByteWriter): void {
    const id = this.#state.index.find(query.keyBuf, query.keyStart, query.keyEnd);
    if (id < 0) return;
    const ref = this.#visible(id);
    if (ref < 0) return;
    query.count = 1;
    if (query.countOnly) return;
    if (hasFilter(query)) {
      this.#loadNumbers(ref);
      if (!this.#passes(query)) return;
    }
    this.#append(ref, query, out);
  }

  /** Appends the first `take` KeyValues of the interval and counts all. */
  #list(query: RangeQuery, out: ByteWriter, take: number): void {
    const tree = this.#state.index.tree;
    const walk = this.#open(query);
    let count = 0;
    for (; walk.page !== NO_PAGE; walk.nextLeaf()) {
      if (count >= take && this.#revision === NEWEST && walk.isWholeLeaf) {
        count += tree.liveEntries(walk.page);
        continue;
      }
      for (let slot = walk.slot; slot < walk.slotEnd; slot++) {
        const ref = this.#visible(tree.idAt(walk.page, slot));
        if (ref < 0) continue;
        if (count < take) this.#append(ref, query, out);
        count++;
      }
    }
    query.count = count;
  }

  #select(query: RangeQuery, out: ByteWriter): void {
    const tree = this.#state.index.tree;
    const selection = this.#selection;
    selection.clear();
    const filters = hasFilter(query);
    const isUnordered = query.sortOrder === SORT_NONE && !filters;
    const fetchMax = isUnordered && query.limit > 0 ? query.limit + 1 : Number.POSITIVE_INFINITY;
    const needsNumbers = filters || (query.sortTarget !== SORT_BY_KEY && query.sortTarget !== SORT_BY_VALUE);
    const walk = this.#open(query);
    let count = 0;
    for (; walk.page !== NO_PAGE; walk.nextLeaf()) {
      for (let slot = walk.slot; slot < walk.slotEnd; slot++) {
        const ref = this.#visible(tree.idAt(walk.page, slot));
        if (ref < 0) continue;
        if (count++ >= fetchMax) continue;
        if (needsNumbers) this.#loadNumbers(ref);
        if (filters && !this.#passes(query)) continue;
        this.#addTo(selection, ref, query);
      }
    }
    query.count = count;
    selection.sort(query.sortOrder === SORT_DESCEND, query.sortTarget === SORT_BY_KEY);
    let take = selection.count;
    if (query.limit > 0 && take > query.limit) {
      take = query.limit;
      query.more = true;
    }
    for (let i = 0; i < take; i++) this.#append(selection.refAt(i), query, out);
    selection.clear();
  }

  #addTo(selection: Selection, ref: number, query: RangeQuery): void {
    if (query.sortTarget === SORT_BY_VALUE) {
      const source = this.#fetch(ref);
      source.reader.reset(source.buf, source.start, source.end);
      this.#fields.read(source.reader);
      selection.addValue(ref, source.buf, this.#fields.valueStart, this.#fields.valueEnd);
    } else {
      selection.addNumber(ref, sortNumber(this.#fields, query));
    }
  }

  #open(query: RangeQuery): Interval {
    this.#interval.open(
      query.keyBuf,
      query.keyStart,
      query.keyEnd,
      query.rangeEndBuf,
      query.rangeEndStart,
      query.rangeEndEnd,
    );
    return this.#interval;
  }

  #fetch(ref: number): StoreState['source'] {
    const { source, log, index } = this.#state;
    if (this.#revision === NEWEST) {
      const table = index.table;
      source.fetch(
        table.slab(ref),
        table.kvOffset(ref),
        table.kvLength(ref),
        table.modRevision(ref),
        table.sub(ref),
      );
    } else {
      log.seek(ref);
      source.fetch(log.slab, log.kvOffset, log.kvLength, log.main, log.sub);
    }
    return source;
  }

  /** Fills revisions, version and lease of `#fields`: from the key table, or from the record. */
  #loadNumbers(ref: number): void {
    const fields = this.#fields;
    if (this.#revision === NEWEST) {
      const table = this.#state.index.table;
      fields.createRevision = table.createRevision(ref);
      fields.modRevision = table.modRevision(ref);
      fields.version = table.version(ref);
      fields.leaseLow = table.leaseLow(ref);
      fields.leaseHigh = table.leaseHigh(ref);
      return;
    }
    const source = this.#fetch(ref);
    source.reader.reset(source.buf, source.start, source.end);
    fields.read(source.reader);
  }

  #passes(query: RangeQuery): boolean {
    const mod = this.#fields.modRevision;
    const create = this.#fields.createRevision;
    return (
      (query.minModRevision === 0 || mod >= query.minModRevision) &&
      (query.maxModRevision === 0 || mod <= query.maxModRevision) &&
      (query.minCreateRevision === 0 || create >= query.minCreateRevision) &&
      (query.maxCreateRevision === 0 || create <= query.maxCreateRevision)
    );
  }

  #append(ref: number, query: RangeQuery, out: ByteWriter): void {
    if (query.keysOnly) {
      this.#appendWithoutValue(ref, query, out);
      return;
    }
    const source = this.#fetch(ref);
    const length = source.end - source.start;
    if (!source.isFramed && query.rangeEndEnd === query.rangeEndStart) this.#keep(ref);
    if (source.isFramed) {
      out.raw(source.buf, source.start - frameBytes(length), source.end);
      return;
    }
    out.byte(FRAME_TAG);
    out.varint(length);
    out.raw(source.buf, source.start, source.end);
  }

  /**
   * Takes a KeyValue that was read from the backend by its own name into the ring, if it is the newest of its key:
   * what is asked for singly is asked for again. Ranges do not, they would push out everything else.
   */
  #keep(ref: number): void {
    if (this.#revision !== NEWEST) return;
    const { source, ring, index, log, committedSeq } = this.#state;
    ring.release(committedSeq);
    if (!ring.hasRoom) return;
    const length = source.end - source.start;
    ring.reserve(framedBytesMax(0, length), log.end);
    const start = ring.len + frameBytes(length);
    copyBytes(ring.buf, start, source.buf, source.start, source.end);
    putFrame(ring.buf, start, length);
    ring.len = start + length;
    index.table.setPlace(ref, ring.slab, start);
    source.buf = ring.buf;
    source.start = start;
    source.end = ring.len;
    source.isFramed = true;
  }

  #appendWithoutValue(ref: number, query: RangeQuery, out: ByteWriter): void {
    const { index, log } = this.#state;
    this.#loadNumbers(ref);
    if (this.#revision !== NEWEST) log.seek(ref);
    const id = this.#revision === NEWEST ? ref : log.id;
    const address = index.table.address(id);
    const keyStart = index.arena.offsetOf(address);
    const fields = this.#fields;
    const hasLease = query.sortTarget === SORT_BY_VALUE;
    appendKeyOnly(
      out,
      index.arena.segmentOf(address),
      keyStart,
      keyStart + index.table.keyLength(id),
      fields.createRevision,
      fields.modRevision,
      fields.version,
      hasLease ? fields.leaseLow : 0,
      hasLease ? fields.leaseHigh : 0,
      this.#span,
    );
  }
}

function hasFilter(query: RangeQuery): boolean {
  return (
    query.minModRevision !== 0 ||
    query.maxModRevision !== 0 ||
    query.minCreateRevision !== 0 ||
    query.maxCreateRevision !== 0
  );
}

function needsSelection(query: RangeQuery): boolean {
  return query.sortTarget !== SORT_BY_KEY || query.sortOrder === SORT_DESCEND || hasFilter(query);
}

function sortNumber(fields: KeyValueFields, query: RangeQuery): number {
  switch (query.sortTarget) {
    case SORT_BY_VERSION:
      return fields.version;
    case SORT_BY_CREATE:
      return fields.createRevision;
    case SORT_BY_MOD:
      return fields.modRevision;
    default:
      return 0;
  }
}
