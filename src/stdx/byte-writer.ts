/**
 * A growing byte buffer with the primitives of the protobuf wire format (varints, tags, length-delimited fields).
 *
 * `buf` and `len` are public so that a hot encoder can `reserve` once and then store bytes itself. `buf` is replaced
 * when it grows: read it again after anything that may reserve.
 */
import { copyBytes } from './bytes.js';
import { encodeUtf8 } from './utf8.js';

export class ByteWriter {
  buf: Uint8Array;
  len = 0;

  constructor(capacity = 4096) {
    this.buf = new Uint8Array(capacity);
  }

  reset(): void {
    this.len = 0;
  }

  /** Empties it, and gives memory back if something unusually large has made it grow beyond `capacityMax`. */
  resetWithin(capacityMax: number): void {
    this.len = 0;
    if (this.buf.length > capacityMax) this.buf = new Uint8Array(capacityMax);
  }

  /** Makes room for `count` more bytes. Does not advance. */
  reserve(count: number): void {
    const need = this.len + count;
    if (need <= this.buf.length) return;
    let capacity = this.buf.length * 2;
    while (capacity < need) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.buf.subarray(0, this.len));
    this.buf = grown;
  }

  byte(b: number): void {
    this.reserve(1);
    this.buf[this.len++] = b;
  }

  /** Appends `src[start, end)` as it is. */
  raw(src: Uint8Array, start = 0, end = src.length): void {
    this.reserve(end - start);
    copyBytes(this.buf, this.len, src, start, end);
    this.len += end - start;
  }

  /** A varint of a safe integer; a negative one takes ten bytes (two's complement), as protobuf's int64 does. */
  varint(value: number): void {
    this.reserve(10);
    if (value < 0) {
      this.varint64(BigInt(value));
      return;
    }
    const buf = this.buf;
    let at = this.len;
    while (value > 0x7fffffff) {
      buf[at++] = (value & 127) | 128;
      value = Math.floor(value / 128);
    }
    while (value > 127) {
      buf[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    buf[at++] = value;
    this.len = at;
  }

  /** A varint of a 64-bit integer, signed or unsigned. */
  varint64(value: bigint): void {
    this.reserve(10);
    const unsigned = BigInt.asUintN(64, value);
    // The low four groups of seven bits as one number, the rest (at most 36 bits) as another.
    let low = Number(unsigned & 0xfffffffn);
    const high = Number(unsigned >> 28n);
    if (high === 0) {
      this.varint(low);
      return;
    }
    for (let group = 0; group < 4; group++, low >>>= 7) this.buf[this.len++] = (low & 127) | 128;
    this.varint(high);
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Field of type int64/uint64/int32/enum, omitted when zero. */
  intField(field: number, value: number): void {
    if (value === 0) return;
    this.tag(field, 0);
    this.varint(value);
  }

  int64Field(field: number, value: bigint): void {
    if (value === 0n) return;
    this.tag(field, 0);
    this.varint64(value);
  }

  boolField(field: number, value: boolean): void {
    if (!value) return;
    this.tag(field, 0);
    this.byte(1);
  }

  /** Field of type bytes, omitted when empty. */
  bytesField(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.bytesFieldAlways(field, value);
  }

  /** Field of type bytes (or an encoded message), written even when empty: repeated fields and oneofs need it. */
  bytesFieldAlways(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.raw(value);
  }

  stringField(field: number, value: string): void {
    if (value.length === 0) return;
    this.bytesFieldAlways(field, encodeUtf8(value));
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.len);
    out.set(this.buf.subarray(0, this.len));
    return out;
  }

  /** What was written, valid until the next write. */
  view(): Uint8Array {
    return this.buf.subarray(0, this.len);
  }
}

/** Bytes that {@link ByteWriter.varint} takes for a value. */
export function varintLength(value: number): number {
  if (value < 0) return 10;
  let n = 1;
  while (value > 127) {
    value = Math.floor(value / 128);
    n++;
  }
  return n;
}
