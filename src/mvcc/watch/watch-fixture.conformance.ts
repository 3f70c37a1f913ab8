/** Readers and watchers that check what they are given against a naive history, for the tests of watching. */
import assert from 'node:assert/strict';
import { ByteReader, ByteWriter, compareBytes } from '../../stdx/index.js';
import type { EventPieces } from './event-pieces.js';
import { EVENT_DELETE, EVENT_PUT } from './event-segment.js';
import type { NaiveRecord } from './history.conformance.js';
import { NaiveHistory } from './history.conformance.js';
import { WatchableStore } from './watchable-store.js';
import type { Watcher, WatchReader, WatchSink, WatchSpec } from './watcher.js';
import { WatcherState } from './watcher.js';

export const BOTH = EVENT_PUT | EVENT_DELETE;
export const NO_END = new Uint8Array(0);

export class Reader implements WatchReader {
  ready = true;
  /** Becomes congested after so many more deliveries. */
  room = Infinity;
  roomBytes = Infinity;
  deliveries = 0;
}

interface Response {
  readonly revision: number;
  readonly events: number;
  readonly wasSynced: boolean;
}

/** Checks each delivery against the naive history at once. */
export class Probe implements WatchSink {
  readonly reader: Reader;
  readonly responses: Response[] = [];
  readonly #history: NaiveHistory;
  readonly #spec: WatchSpec;
  readonly #from: number;
  readonly #label: string;
  watcher!: Watcher;
  compactRevision: number | undefined;
  /** Next record of the history to consider. */
  #at = 0;

  constructor(history: NaiveHistory, reader: Reader, spec: WatchSpec, label: string) {
    this.#history = history;
    this.reader = reader;
    this.#spec = spec;
    this.#from = spec.startRevision === 0 ? history.revision + 1 : spec.startRevision;
    this.#label = label;
  }

  deliver(revision: number, pieces: EventPieces): void {
    assert.ok(this.reader.ready, `${this.#label}: nothing is delivered to a congested reader`);
    assert.equal(this.compactRevision, undefined, `${this.#label}: nothing after the compaction notice`);
    assert.ok(pieces.count > 0);
    const out = new ByteWriter(64);
    pieces.writeTo(out);
    assert.equal(out.len, pieces.bytes);
    const reader = new ByteReader(out.buf, 0, out.len);
    const revisions = new Set<number>();
    for (let i = 0; i < pieces.count; i++) {
      const record = this.#nextExpected();
      assert.ok(record !== undefined, `${this.#label}: an event that is not in the history`);
      revisions.add(record.main);
      assert.equal(reader.tag(), 11 * 8 + 2);
      this.#checkEvent(reader.bytes(), record);
    }
    assert.ok(reader.done);
    const following = this.#peek();
    const last = Math.max(...revisions);
    assert.ok(following === undefined || following.main > last, `${this.#label}: revision ${last} was torn`);
    const wasSynced = this.watcher.state === WatcherState.SYNCED;
    if (wasSynced)
      assert.deepEqual([...revisions], [revision], `${this.#label}: a live response is one revision`);
    else assert.equal(revision, this.#history.revision);
    assert.ok(revisions.size <= 1000);
    this.responses.push({ revision, events: pieces.count, wasSynced });
    this.reader.deliveries++;
    if (--this.reader.room <= 0) this.reader.ready = false;
  }

  compacted(compactRevision: number): void {
    assert.ok(this.reader.ready);
    assert.equal(compactRevision, this.#history.compactedRevision);
    assert.ok(this.watcher.next < compactRevision, `${this.#label}: it did not need what is compacted`);
    this.compactRevision = compactRevision;
  }

  /** All events have arrived, unless compaction ended it. */
  checkComplete(): void {
    if (this.compactRevision !== undefined) return;
    const missing = this.#peek();
    assert.equal(missing?.main, undefined, `${this.#label}: misses revision ${missing?.main}`);
  }

  #wanted(record: NaiveRecord): boolean {
    const { key, rangeEnd, eventMask } = this.#spec;
    if (record.main < this.#from) return false;
    if ((eventMask & (record.isDelete ? EVENT_DELETE : EVENT_PUT)) === 0) return false;
    if (rangeEnd.length === 0) return compareBytes(record.key, key) === 0;
    if (compareBytes(record.key, key) < 0) return false;
    return (rangeEnd.length === 1 && rangeEnd[0] === 0) || compareBytes(record.key, rangeEnd) < 0;
  }

  #peek(): NaiveRecord | undefined {
    const { records } = this.#history;
    while (this.#at < records.length && !this.#wanted(records[this.#at]!)) this.#at++;
    return records[this.#at];
  }

  #nextExpected(): NaiveRecord | undefined {
    const record = this.#peek();
    this.#at++;
    return record;
  }

  #checkEvent(event: Uint8Array, record: NaiveRecord): void {
    const expected = new ByteWriter(64);
    expected.intField(1, record.isDelete ? 1 : 0);
    expected.bytesField(2, record.buf.slice(record.start, record.end));
    const plain = expected.finish();
    const prev =
      !this.#spec.prevKv || record.isCreate
        ? undefined
        : this.#history.previous(record.key, 0, record.key.length, record.main);
    if (prev !== undefined) expected.bytesField(3, prev.buf.slice(prev.start, prev.end));
    const compactedSince = this.#spec.prevKv && record.main - 1 < this.#history.compactedRevision;
    const full = expected.finish();
    if (compactedSince) assert.deepEqual(event.subarray(0, plain.length), plain, this.#label);
    else assert.deepEqual(event, full, `${this.#label}: event of revision ${record.main}`);
  }
}

export class Fixture {
  readonly history = new NaiveHistory();
  readonly store: WatchableStore;
  #deferred: (() => void)[] = [];
  deferredMax = 0;

  constructor(logBytes = 256 * 1024) {
    this.store = new WatchableStore(this.history, { defer: (fn) => this.#deferred.push(fn), logBytes });
    this.history.listener = this.store;
  }

  /** Runs event-loop turns until nothing is left or `max` have passed. */
  turns(max = Infinity): void {
    for (let i = 0; i < max && this.#deferred.length > 0; i++) {
      const batch = this.#deferred;
      this.#deferred = [];
      this.deferredMax = Math.max(this.deferredMax, batch.length);
      for (const fn of batch) fn();
    }
  }

  watch(spec: Partial<WatchSpec> & { key: Uint8Array }, reader = new Reader(), label = 'watcher'): Probe {
    const full: WatchSpec = { rangeEnd: NO_END, startRevision: 0, eventMask: BOTH, prevKv: false, ...spec };
    const probe = new Probe(this.history, reader, full, label);
    probe.watcher = this.store.watch(full, probe);
    return probe;
  }

  drain(reader: Reader): void {
    reader.ready = true;
    reader.room = Infinity;
    this.store.resume(reader);
  }
}
