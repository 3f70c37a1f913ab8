/**
 * A run of events, encoded back to back as they appear in a WatchResponse: each is field 11 (tag 0x5a, length), an
 * `mvccpb.Event` with its type (omitted for a put) and its KeyValue. All watchers that want an event without the
 * previous value get these very bytes; events that follow one another can be copied as one piece.
 */
import type { ByteWriter } from '../../stdx/index.js';
import { copyBytes, varintLength } from '../../stdx/index.js';
import type { RevisionRecord } from '../commit-listener.js';

/** `WatchResponse.events`, length-delimited. */
const TAG_EVENT = 0x5a;
/** `Event.type` and its only value that is written. */
const TAG_TYPE = 0x08;
const TYPE_DELETE = 1;
/** `Event.kv` and `Event.prev_kv`. */
const TAG_KV = 0x12;
const TAG_PREV_KV = 0x1a;

/** What an event is, as one bit each: a filter is a mask of these. */
export const EVENT_PUT = 1;
export const EVENT_DELETE = 2;

const INITIAL_BYTES = 8 * 1024;
const INITIAL_EVENTS = 64;

export class EventSegment {
  buf: Uint8Array;
  /** Bytes and events in use. */
  length = 0;
  count = 0;
  /** Event `i` is `buf[starts[i], starts[i + 1])`, its KeyValue ends where it ends. */
  starts: Int32Array;
  kvStarts: Int32Array;
  keyStarts: Int32Array;
  keyEnds: Int32Array;
  revisions: Float64Array;
  /** {@link EVENT_PUT} or {@link EVENT_DELETE}. */
  kinds: Uint8Array;
  /** 1 for a put that began a life of its key: it has no previous value. */
  creates: Uint8Array;
  /** The segment after this one in the log. */
  next: EventSegment | undefined;

  /** Grows as needed; with a good guess it need not. */
  constructor(bytes: number = INITIAL_BYTES, events: number = INITIAL_EVENTS) {
    this.buf = new Uint8Array(bytes);
    this.starts = new Int32Array(events + 1);
    this.kvStarts = new Int32Array(events);
    this.keyStarts = new Int32Array(events);
    this.keyEnds = new Int32Array(events);
    this.revisions = new Float64Array(events);
    this.kinds = new Uint8Array(events);
    this.creates = new Uint8Array(events);
  }

  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  append(record: RevisionRecord): void {
    const kvLength = record.end - record.start;
    const kvField = 1 + varintLength(kvLength) + kvLength;
    const bodyLength = record.isDelete ? kvField + 2 : kvField;
    this.#reserve(1 + varintLength(bodyLength) + bodyLength);
    const index = this.count;
    let at = this.length;
    const buf = this.buf;
    this.starts[index] = at;
    buf[at++] = TAG_EVENT;
    at = storeVarint(buf, at, bodyLength);
    if (record.isDelete) {
      buf[at++] = TAG_TYPE;
      buf[at++] = TYPE_DELETE;
    }
    buf[at++] = TAG_KV;
    at = storeVarint(buf, at, kvLength);
    copyBytes(buf, at, record.buf, record.start, record.end);
    const shift = at - record.start;
    this.kvStarts[index] = at;
    this.keyStarts[index] = record.keyStart + shift;
    this.keyEnds[index] = record.keyEnd + shift;
    this.revisions[index] = record.main;
    this.kinds[index] = record.isDelete ? EVENT_DELETE : EVENT_PUT;
    this.creates[index] = record.isCreate ? 1 : 0;
    this.length = at + kvLength;
    this.count = index + 1;
    this.starts[this.count] = this.length;
  }

  /** Appends event `index` with the KeyValue `prev[prevStart, prevEnd)` as its previous one. */
  writeWithPrevious(
    out: ByteWriter,
    index: number,
    prev: Uint8Array,
    prevStart: number,
    prevEnd: number,
  ): void {
    const kvStart = this.kvStarts[index]!;
    const kvLength = this.starts[index + 1]! - kvStart;
    const prevLength = prevEnd - prevStart;
    const isDelete = this.kinds[index] === EVENT_DELETE;
    const bodyLength =
      (isDelete ? 2 : 0) + 2 + varintLength(kvLength) + kvLength + varintLength(prevLength) + prevLength;
    out.byte(TAG_EVENT);
    out.varint(bodyLength);
    if (isDelete) {
      out.byte(TAG_TYPE);
      out.byte(TYPE_DELETE);
    }
    out.byte(TAG_KV);
    out.varint(kvLength);
    out.raw(this.buf, kvStart, kvStart + kvLength);
    out.byte(TAG_PREV_KV);
    out.varint(prevLength);
    out.raw(prev, prevStart, prevEnd);
  }

  /** The first event at or after `revision`; `count` if there is none. */
  lowerBound(revision: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.revisions[middle]! < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The end (exclusive) of the run of events that share the revision of event `index`. */
  revisionEnd(index: number): number {
    const revision = this.revisions[index]!;
    let end = index + 1;
    while (end < this.count && this.revisions[end] === revision) end++;
    return end;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes > this.buf.length) {
      let capacity = this.buf.length * 2;
      while (capacity < this.length + bytes) capacity *= 2;
      const grown = new Uint8Array(capacity);
      grown.set(this.buf.subarray(0, this.length));
      this.buf = grown;
    }
    if (this.count === this.kinds.length) this.#growColumns(this.count * 2);
  }

  #growColumns(capacity: number): void {
    const grow = <T extends Int32Array | Float64Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.starts = grow(new Int32Array(capacity + 1), this.starts);
    this.kvStarts = grow(new Int32Array(capacity), this.kvStarts);
    this.keyStarts = grow(new Int32Array(capacity), this.keyStarts);
    this.keyEnds = grow(new Int32Array(capacity), this.keyEnds);
    this.revisions = grow(new Float64Array(capacity), this.revisions);
    this.kinds = grow(new Uint8Array(capacity), this.kinds);
    this.creates = grow(new Uint8Array(capacity), this.creates);
  }
}

function storeVarint(buf: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest > 127) {
    buf[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buf[at++] = rest;
  return at;
}
