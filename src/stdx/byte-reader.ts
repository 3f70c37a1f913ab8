/**
 * A cursor over bytes with the primitives of the protobuf wire format. Bounds are checked: reading past the end, a
 * varint longer than ten bytes and a length beyond the end throw {@link MalformedError}, which callers turn into a
 * status. One reader can be reused for many messages by `reset`.
 */
import { EMPTY_BYTES } from './bytes.js';
import { decodeUtf8 } from './utf8.js';

/** The bytes are not what the format allows. `message` is shown to the peer. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** Groups are long out of use: what nests deeper is an attack on the stack. */
const GROUP_DEPTH_MAX = 100;

const TWO_63 = 2 ** 63;

export class ByteReader {
  buf: Uint8Array;
  pos: number;
  end: number;

  constructor(buf: Uint8Array = EMPTY_BYTES, pos = 0, end: number = buf.length) {
    this.buf = buf;
    this.pos = pos;
    this.end = end;
  }

  reset(buf: Uint8Array, pos = 0, end: number = buf.length): void {
    this.buf = buf;
    this.pos = pos;
    this.end = end;
  }

  get done(): boolean {
    return this.pos >= this.end;
  }

  byte(): number {
    if (this.pos >= this.end) throw new MalformedError('unexpected EOF');
    return this.buf[this.pos++]!;
  }

  /** A varint as an unsigned number: exact up to 2^53, rounded beyond. */
  uvarint(): number {
    const buf = this.buf;
    let pos = this.pos;
    const end = this.end;
    if (pos < end) {
      const b0 = buf[pos]!;
      if (b0 < 128) {
        this.pos = pos + 1;
        return b0;
      }
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (pos >= end) throw new MalformedError('unexpected EOF');
      const b = buf[pos++]!;
      // The tenth byte carries bit 63 alone: what lies above is cut off, as in every protobuf runtime.
      value += (i === 9 ? b & 1 : b & 127) * scale;
      if (b < 128) {
        this.pos = pos;
        return value;
      }
      scale *= 128;
    }
    throw new MalformedError('proto: integer overflow');
  }

  /** A varint as a signed 64-bit number: exact within ±2^53, rounded beyond. */
  varint(): number {
    const start = this.pos;
    const value = this.uvarint();
    if (value < TWO_63) return value;
    this.pos = start;
    return Number(BigInt.asIntN(64, this.uvarint64()));
  }

  uvarint64(): bigint {
    const start = this.pos;
    const small = this.uvarint();
    if (small <= Number.MAX_SAFE_INTEGER) return BigInt(small);
    // Seven bytes and three: both halves are exact as numbers, and two conversions are all that BigInt costs.
    let low = 0;
    let high = 0;
    let scale = 1;
    const middle = start + 7 < this.pos ? start + 7 : this.pos;
    for (let at = start; at < middle; at++, scale *= 128) low += (this.buf[at]! & 127) * scale;
    for (let at = middle, shift = 0; at < this.pos; at++, shift += 7) high |= (this.buf[at]! & 127) << shift;
    return (BigInt(high & 0x7fff) << 49n) | BigInt(low);
  }

  varint64(): bigint {
    return BigInt.asIntN(64, this.uvarint64());
  }

  bool(): boolean {
    return this.uvarint() !== 0;
  }

  /** A field's key: `field * 8 + wireType`. Field number 0 and those above 2^29 − 1 are malformed. */
  tag(): number {
    const tag = this.uvarint();
    if (tag < 8 || tag > 0xffffffff) throw new MalformedError('illegal tag');
    return tag;
  }

  /** Reads a length and checks that so many bytes follow. */
  length(): number {
    const n = this.uvarint();
    if (n > this.end - this.pos) throw new MalformedError('unexpected EOF');
    return n;
  }

  /** A length-delimited field's content as a view of the same memory. */
  bytes(): Uint8Array {
    const n = this.length();
    if (n === 0) return EMPTY_BYTES;
    const start = this.pos;
    this.pos = start + n;
    return this.buf.subarray(start, start + n);
  }

  string(): string {
    const n = this.length();
    const start = this.pos;
    this.pos = start + n;
    return decodeUtf8(this.buf, start, this.pos);
  }

  /** Skips the value of a field whose key was just read. Groups nest at most {@link GROUP_DEPTH_MAX} deep. */
  skip(tag: number, depth = 0): void {
    if (depth > GROUP_DEPTH_MAX) throw new MalformedError('exceeded maximum recursion depth');
    switch (tag & 7) {
      case 0:
        this.uvarint();
        return;
      case 1:
        this.#advance(8);
        return;
      case 2:
        this.#advance(this.length());
        return;
      case 3:
        for (;;) {
          const inner = this.tag();
          if ((inner & 7) === 4) {
            if (inner >>> 3 !== tag >>> 3) throw new MalformedError('mismatching end group marker');
            return;
          }
          this.skip(inner, depth + 1);
        }
      case 5:
        this.#advance(4);
        return;
      default:
        throw new MalformedError('illegal wireType');
    }
  }

  #advance(n: number): void {
    if (n > this.end - this.pos) throw new MalformedError('unexpected EOF');
    this.pos += n;
  }
}
