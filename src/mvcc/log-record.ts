import { assert, copyBytes, varintLength } from '../stdx/index.js';
import type { CommittedRevision, RevisionRecord } from './commit-listener.js';
import { framedBytesMax, type Span, writeTombstone } from './key-value.js';
import type { StoreState } from './state.js';

/** The record that scans and commits show. Bytes of the backend are copied, so that a visitor may read the store. */
export class LogRecord implements RevisionRecord {
  readonly #state: StoreState;
  #scratch: Uint8Array = new Uint8Array(1024);
  readonly #span: Span = { start: 0, end: 0 };
  main = 0;
  sub = 0;
  isDelete = false;
  buf: Uint8Array;
  start = 0;
  end = 0;
  keyStart = 0;
  keyEnd = 0;
  /** The entry shown, −1 if none. */
  seq = -1;

  constructor(state: StoreState) {
    this.#state = state;
    this.buf = this.#scratch;
  }

  /** Shows the log's current entry, whose number is `seq`. */
  load(seq: number): this {
    const state = this.#state;
    const log = state.log;
    const keyLength = state.index.table.keyLength(log.id);
    this.seq = seq;
    this.main = log.main;
    this.sub = log.sub;
    this.isDelete = log.isDelete;
    if (state.ring.has(log.slab)) {
      this.buf = state.ring.bufOf(log.slab);
      this.start = log.kvOffset;
      this.end = this.start + log.kvLength;
    } else if (this.isDelete) {
      this.#writeTombstone(log.id, keyLength);
    } else {
      const source = state.source;
      source.fetch(log.slab, log.kvOffset, log.kvLength, this.main, this.sub);
      const length = source.end - source.start;
      this.#reserve(length);
      copyBytes(this.#scratch, 0, source.buf, source.start, source.end);
      this.buf = this.#scratch;
      this.start = 0;
      this.end = length;
    }
    this.keyStart = this.start + 1 + varintLength(keyLength);
    this.keyEnd = this.keyStart + keyLength;
    return this;
  }

  get isCreate(): boolean {
    if (this.isDelete) return false;
    const reader = this.#state.source.reader;
    reader.reset(this.buf, this.keyEnd + 1, this.end);
    return reader.uvarint() === this.main;
  }

  #writeTombstone(id: number, keyLength: number): void {
    const { arena, table } = this.#state.index;
    const address = table.address(id);
    const keyStart = arena.offsetOf(address);
    this.#reserve(framedBytesMax(keyLength, 0));
    writeTombstone(
      this.#scratch,
      0,
      arena.segmentOf(address),
      keyStart,
      keyStart + keyLength,
      this.main,
      this.#span,
    );
    this.buf = this.#scratch;
    this.start = this.#span.start;
    this.end = this.#span.end;
  }

  #reserve(bytes: number): void {
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(bytes * 2);
  }
}

/** The changes of the transaction that just ended: the last entries of the log. */
export class CommittedEntries implements CommittedRevision {
  readonly #state: StoreState;
  readonly #record: LogRecord;
  revision = 0;
  count = 0;

  constructor(state: StoreState) {
    this.#state = state;
    this.#record = new LogRecord(state);
  }

  at(index: number): RevisionRecord {
    assert(index >= 0 && index < this.count, 'the index names a change of the revision');
    const log = this.#state.log;
    const seq = log.end - this.count + index;
    const found = log.seek(seq);
    assert(found, 'what was just written is in the log');
    return this.#record.load(seq);
  }
}
