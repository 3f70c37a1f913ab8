/**
 * The bytes of all keys, outside the JavaScript heap, in segments of 256 KiB.
 *
 * An address counts units of 4 bytes, so that 32 bits reach 16 GiB of keys; 0 is no address. A freed block goes to the
 * free list of its exact size (keys of one application have few distinct lengths), linked through the blocks
 * themselves; blocks above 1 KiB are rounded up to a power of two to keep those lists few. A key longer than a segment
 * has a segment of its own size, which takes up as many segment numbers as its addresses need.
 */
import { assert, copyBytes } from '../stdx/index.js';

const UNIT_BYTES_LOG2 = 2;
const SEGMENT_UNITS_LOG2 = 16;
const SEGMENT_UNITS = 1 << SEGMENT_UNITS_LOG2;
const UNIT_MASK = SEGMENT_UNITS - 1;
/** Blocks of up to so many units have a free list of their exact size. */
const EXACT_UNITS_MAX = 256;
const ADDRESS_MAX = 2 ** 32;

function blockUnits(bytes: number): number {
  const units = (bytes + 3) >>> UNIT_BYTES_LOG2;
  if (units <= EXACT_UNITS_MAX) return units;
  return 1 << (32 - Math.clz32(units - 1));
}

/** Exact lists first, then one list for each power of two. */
function freeListOf(units: number): number {
  return units <= EXACT_UNITS_MAX ? units : EXACT_UNITS_MAX + 32 - Math.clz32(units);
}

export class KeyArena {
  /** `segments[address >>> 16]` holds the block at byte `(address & 0xffff) * 4`. */
  readonly segments: Uint8Array[] = [];
  readonly #free = new Uint32Array(EXACT_UNITS_MAX + 33);
  /** The next address never used; the first unit stays unused so that no block has address 0. */
  #next = 1;
  #limit = 0;

  /** Stores a key of at least one byte and returns its address. */
  add(buf: Uint8Array, start: number, end: number): number {
    assert(end > start, 'an empty key has no place in the arena');
    const units = blockUnits(end - start);
    const list = freeListOf(units);
    let address = this.#free[list]!;
    if (address !== 0) this.#free[list] = this.#linkAt(address);
    else address = this.#extend(units);
    const segment = this.segments[address >>> SEGMENT_UNITS_LOG2]!;
    copyBytes(segment, (address & UNIT_MASK) << UNIT_BYTES_LOG2, buf, start, end);
    return address;
  }

  /** Gives back the block of a key of `bytes` bytes. */
  remove(address: number, bytes: number): void {
    assert(address !== 0 && bytes > 0, 'only a stored key can be freed');
    const list = freeListOf(blockUnits(bytes));
    const segment = this.segments[address >>> SEGMENT_UNITS_LOG2]!;
    const at = (address & UNIT_MASK) << UNIT_BYTES_LOG2;
    const link = this.#free[list]!;
    segment[at] = link;
    segment[at + 1] = link >>> 8;
    segment[at + 2] = link >>> 16;
    segment[at + 3] = link >>> 24;
    this.#free[list] = address;
  }

  segmentOf(address: number): Uint8Array {
    return this.segments[address >>> SEGMENT_UNITS_LOG2]!;
  }

  /** The block's first byte within its segment. */
  offsetOf(address: number): number {
    return (address & UNIT_MASK) << UNIT_BYTES_LOG2;
  }

  /** Compares a stored key with `buf[start, end)`. */
  compare(address: number, bytes: number, buf: Uint8Array, start: number, end: number): number {
    const segment = this.segments[address >>> SEGMENT_UNITS_LOG2]!;
    const at = (address & UNIT_MASK) << UNIT_BYTES_LOG2;
    const length = end - start;
    const n = bytes < length ? bytes : length;
    for (let i = 0; i < n; i++) {
      const d = segment[at + i]! - buf[start + i]!;
      if (d !== 0) return d;
    }
    return bytes - length;
  }

  equals(address: number, bytes: number, buf: Uint8Array, start: number, end: number): boolean {
    if (bytes !== end - start) return false;
    const segment = this.segments[address >>> SEGMENT_UNITS_LOG2]!;
    const at = (address & UNIT_MASK) << UNIT_BYTES_LOG2;
    // From the back: keys of one application share their beginnings.
    for (let i = bytes - 1; i >= 0; i--) if (segment[at + i] !== buf[start + i]) return false;
    return true;
  }

  #linkAt(address: number): number {
    const segment = this.segments[address >>> SEGMENT_UNITS_LOG2]!;
    const at = (address & UNIT_MASK) << UNIT_BYTES_LOG2;
    return (
      (segment[at]! | (segment[at + 1]! << 8) | (segment[at + 2]! << 16) | (segment[at + 3]! << 24)) >>> 0
    );
  }

  #extend(units: number): number {
    if (this.#next + units > this.#limit) {
      // What is left of the last segment is lost: at most one block, and blocks are far smaller than segments.
      const segments = Math.max(1, Math.ceil(units / SEGMENT_UNITS));
      const first = this.segments.length;
      assert((first + segments) * SEGMENT_UNITS <= ADDRESS_MAX, 'the key arena is full');
      const bytes = new Uint8Array(segments * SEGMENT_UNITS * 4);
      for (let i = 0; i < segments; i++) this.segments.push(bytes);
      if (first > 0) this.#next = first * SEGMENT_UNITS;
      this.#limit = (first + segments) * SEGMENT_UNITS;
      if (this.#next + units > this.#limit) return this.#extend(units);
    }
    const address = this.#next;
    this.#next += units;
    return address;
  }
}
