/**
 * `mvccpb.KeyValue` on the wire: 1 key, 2 create_revision, 3 mod_revision, 4 version, 5 value, 6 lease; fields of
 * value zero are left out. It is stored as it is sent.
 *
 * In a slab each KeyValue is preceded by tag 0x12 and its length: as field 2 of RangeResponse, Event and PutResponse it
 * can then be copied in one go. The message itself is written first, behind room for the longest such frame, and the
 * frame backwards from its start; so lengths need not be known beforehand, and the frame's start follows from the
 * message's length alone.
 */
import { type ByteReader, type ByteWriter, copyBytes, varintLength } from '../stdx/index.js';

/** Tag of field 2, length-delimited. */
export const FRAME_TAG = 0x12;
/** Tag and a varint of up to 32 bits. */
const FRAME_BYTES_MAX = 6;
/** All tags, lengths and numbers of a KeyValue: 1+5, three times 1+7, 1+5, 1+10. */
const FIELDS_BYTES_MAX = 47;
const TWO_32 = 4294967296;

/** The most bytes that {@link writeKeyValue} and {@link writeTombstone} take. */
export function framedBytesMax(keyBytes: number, valueBytes: number): number {
  return FRAME_BYTES_MAX + FIELDS_BYTES_MAX + keyBytes + valueBytes;
}

/** Bytes of tag and length before a KeyValue of `length` bytes. */
export function frameBytes(length: number): number {
  if (length < 128) return 2;
  if (length < 16384) return 3;
  return 1 + varintLength(length);
}

function putVarint(buf: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7fffffff) {
    buf[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    buf[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  buf[at++] = rest;
  return at;
}

/** A varint of a 64-bit number in two words. */
function putVarint64(buf: Uint8Array, start: number, low: number, high: number): number {
  let at = start;
  let l = low;
  let h = high;
  while (h > 0 || l > 127) {
    buf[at++] = (l & 127) | 128;
    l = ((l >>> 7) | (h << 25)) >>> 0;
    h >>>= 7;
  }
  buf[at++] = l;
  return at;
}

/** Writes tag and length backwards from `start`, where a message of `length` bytes begins. */
export function putFrame(buf: Uint8Array, start: number, length: number): void {
  const at = start - frameBytes(length);
  buf[at] = FRAME_TAG;
  putVarint(buf, at + 1, length);
}

/** A writer's result: the message is `[start, end)` of the buffer written to. */
export interface Span {
  start: number;
  end: number;
}

/** Writes a framed KeyValue somewhere behind `at`, within {@link framedBytesMax}, and tells where in `out`. */
export function writeKeyValue(
  buf: Uint8Array,
  at: number,
  keyBuf: Uint8Array,
  keyStart: number,
  keyEnd: number,
  createRevision: number,
  modRevision: number,
  version: number,
  valueBuf: Uint8Array,
  valueStart: number,
  valueEnd: number,
  leaseLow: number,
  leaseHigh: number,
  out: Span,
): void {
  const start = at + FRAME_BYTES_MAX;
  let p = start;
  buf[p++] = 0x0a;
  p = putVarint(buf, p, keyEnd - keyStart);
  copyBytes(buf, p, keyBuf, keyStart, keyEnd);
  p += keyEnd - keyStart;
  buf[p++] = 0x10;
  p = putVarint(buf, p, createRevision);
  buf[p++] = 0x18;
  p = putVarint(buf, p, modRevision);
  buf[p++] = 0x20;
  p = putVarint(buf, p, version);
  if (valueEnd > valueStart) {
    buf[p++] = 0x2a;
    p = putVarint(buf, p, valueEnd - valueStart);
    copyBytes(buf, p, valueBuf, valueStart, valueEnd);
    p += valueEnd - valueStart;
  }
  if (leaseLow !== 0 || leaseHigh !== 0) {
    buf[p++] = 0x30;
    p = putVarint64(buf, p, leaseLow, leaseHigh);
  }
  putFrame(buf, start, p - start);
  out.start = start;
  out.end = p;
}

/**
 * Writes what a delete event shows, key and mod_revision. The backend's record of a delete is the key field alone: the
 * first {@link keyFieldBytes} of it.
 */
export function writeTombstone(
  buf: Uint8Array,
  at: number,
  keyBuf: Uint8Array,
  keyStart: number,
  keyEnd: number,
  modRevision: number,
  out: Span,
): void {
  const start = at + FRAME_BYTES_MAX;
  let p = start;
  buf[p++] = 0x0a;
  p = putVarint(buf, p, keyEnd - keyStart);
  copyBytes(buf, p, keyBuf, keyStart, keyEnd);
  p += keyEnd - keyStart;
  buf[p++] = 0x18;
  p = putVarint(buf, p, modRevision);
  putFrame(buf, start, p - start);
  out.start = start;
  out.end = p;
}

/** Bytes of a KeyValue's key field. */
export function keyFieldBytes(keyBytes: number): number {
  return 1 + varintLength(keyBytes) + keyBytes;
}

/** Appends a framed KeyValue of key and numbers, without a value, to a response. */
export function appendKeyOnly(
  out: ByteWriter,
  keyBuf: Uint8Array,
  keyStart: number,
  keyEnd: number,
  createRevision: number,
  modRevision: number,
  version: number,
  leaseLow: number,
  leaseHigh: number,
  span: Span,
): void {
  out.reserve(framedBytesMax(keyEnd - keyStart, 0));
  const at = out.len;
  writeKeyValue(
    out.buf,
    at,
    keyBuf,
    keyStart,
    keyEnd,
    createRevision,
    modRevision,
    version,
    keyBuf,
    0,
    0,
    leaseLow,
    leaseHigh,
    span,
  );
  const from = span.start - frameBytes(span.end - span.start);
  out.buf.copyWithin(at, from, span.end);
  out.len = at + span.end - from;
}

/** Where the fields of an encoded KeyValue are; reused. */
export class KeyValueFields {
  keyStart = 0;
  keyEnd = 0;
  createRevision = 0;
  modRevision = 0;
  version = 0;
  valueStart = 0;
  valueEnd = 0;
  leaseLow = 0;
  leaseHigh = 0;

  /** Reads a KeyValue that the store wrote. @throws MalformedError if the bytes are something else. */
  read(reader: ByteReader): void {
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = 0;
    this.createRevision = this.modRevision = this.version = this.leaseLow = this.leaseHigh = 0;
    while (!reader.done) {
      const tag = reader.tag();
      switch (tag) {
        case 0x0a: {
          const length = reader.length();
          this.keyStart = reader.pos;
          this.keyEnd = reader.pos += length;
          break;
        }
        case 0x10:
          this.createRevision = reader.uvarint();
          break;
        case 0x18:
          this.modRevision = reader.uvarint();
          break;
        case 0x20:
          this.version = reader.uvarint();
          break;
        case 0x2a: {
          const length = reader.length();
          this.valueStart = reader.pos;
          this.valueEnd = reader.pos += length;
          break;
        }
        case 0x30:
          this.#readLease(reader);
          break;
        default:
          reader.skip(tag);
      }
    }
  }

  #readLease(reader: ByteReader): void {
    const start = reader.pos;
    const small = reader.uvarint();
    if (small <= Number.MAX_SAFE_INTEGER) {
      this.leaseLow = small >>> 0;
      this.leaseHigh = Math.floor(small / TWO_32);
      return;
    }
    reader.pos = start;
    const lease = reader.uvarint64();
    this.leaseLow = Number(lease & 0xffffffffn);
    this.leaseHigh = Number(lease >> 32n);
  }
}

/** A lease id from its two words, signed as on the wire. */
export function leaseOf(low: number, high: number): bigint {
  if (low === 0 && high === 0) return 0n;
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
