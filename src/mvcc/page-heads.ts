/**
 * What lets a search stay within a page: the number of leading bytes that all keys of the page share, and of each key
 * the next four bytes as a number. A binary search then compares numbers that lie side by side; the keys themselves,
 * each two cache misses away, are looked at once for the shared bytes and where heads are equal.
 *
 * The heads lie in pools parallel to those of the pages, each at the index of its id; word 0 of a page is the shared
 * length. Missing bytes count as zero, which keeps the order and leaves ties to the full comparison. A removed key
 * leaves the shared length as it is: it still holds, it is only no longer the longest.
 */
import type { KeyArena } from './key-arena.js';
import type { KeyTable } from './key-table.js';

const HEAD_BYTES = 4;

function headOf(buf: Uint8Array, from: number, end: number): number {
  if (from + HEAD_BYTES <= end) {
    return ((buf[from]! << 24) | (buf[from + 1]! << 16) | (buf[from + 2]! << 8) | buf[from + 3]!) >>> 0;
  }
  let head = 0;
  for (let i = 0; i < HEAD_BYTES; i++) head = head * 256 + (from + i < end ? buf[from + i]! : 0);
  return head;
}

export class PageHeads {
  readonly #arena: KeyArena;
  readonly #table: KeyTable;

  constructor(arena: KeyArena, table: KeyTable) {
    this.#arena = arena;
    this.#table = table;
  }

  /**
   * How many of the `count` ids at `words[at...]` have keys below `buf[start, end)`, or not above it if `inclusive`.
   * The page begins at `base`.
   */
  rank(
    words: Uint32Array,
    heads: Uint32Array,
    base: number,
    at: number,
    count: number,
    buf: Uint8Array,
    start: number,
    end: number,
    inclusive: boolean,
  ): number {
    if (count === 0) return 0;
    const shared = heads[base]!;
    if (shared > 0) {
      const sign = this.#compareShared(words[at]!, shared, buf, start, end);
      if (sign !== 0) return sign < 0 ? count : 0;
    }
    const head = headOf(buf, start + shared, end);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heads[at + middle]! < head) low = middle + 1;
      else high = middle;
    }
    if (low === count || heads[at + low] !== head) return low;
    return this.#rankEqual(words, heads, at, low, count, head, buf, start, end, inclusive);
  }

  /** The head for `id` in a page of `count` other ids; shortens the shared length to what `id` shares too. */
  admit(words: Uint32Array, heads: Uint32Array, base: number, at: number, count: number, id: number): number {
    const address = this.#table.address(id);
    const buf = this.#arena.segmentOf(address);
    const start = this.#arena.offsetOf(address);
    const length = this.#table.keyLength(id);
    if (count === 0) heads[base] = length;
    const shared = heads[base]!;
    if (count > 0 && shared > 0) {
      const left = this.#sharedWith(words[at]!, shared, buf, start, length);
      if (left < shared) this.#shorten(words, heads, base, at, count, shared, left);
    }
    return headOf(buf, start + heads[base]!, start + length);
  }

  /** Works out the longest shared length and all heads of a page. */
  rebuild(words: Uint32Array, heads: Uint32Array, base: number, at: number, count: number): void {
    if (count === 0) return;
    const first = words[at]!;
    const address = this.#table.address(first);
    const buf = this.#arena.segmentOf(address);
    const start = this.#arena.offsetOf(address);
    const length = this.#table.keyLength(first);
    // In key order the first and the last key share what all share.
    const last = words[at + count - 1]!;
    const shared = this.#sharedWith(last, this.#table.keyLength(last), buf, start, length);
    heads[base] = shared;
    for (let i = 0; i < count; i++) heads[at + i] = this.#headOfId(words[at + i]!, shared);
  }

  #headOfId(id: number, shared: number): number {
    const address = this.#table.address(id);
    const start = this.#arena.offsetOf(address);
    return headOf(this.#arena.segmentOf(address), start + shared, start + this.#table.keyLength(id));
  }

  /** Heads of a shorter shared length: the bytes given up, then what the old heads began with. */
  #shorten(
    words: Uint32Array,
    heads: Uint32Array,
    base: number,
    at: number,
    count: number,
    shared: number,
    left: number,
  ): void {
    const address = this.#table.address(words[at]!);
    const start = this.#arena.offsetOf(address);
    const given = shared - left;
    const fixed = headOf(this.#arena.segmentOf(address), start + left, start + shared);
    const shift = given * 8;
    for (let i = 0; i < count; i++) {
      heads[at + i] = given >= HEAD_BYTES ? fixed : (fixed | (heads[at + i]! >>> shift)) >>> 0;
    }
    heads[base] = left;
  }

  /** How many of the first `limit` bytes of a stored key another key begins with. */
  #sharedWith(id: number, limit: number, buf: Uint8Array, start: number, length: number): number {
    const address = this.#table.address(id);
    const segment = this.#arena.segmentOf(address);
    const at = this.#arena.offsetOf(address);
    const n = limit < length ? limit : length;
    let i = 0;
    while (i < n && segment[at + i] === buf[start + i]) i++;
    return i;
  }

  /** The sign of a stored key's first `shared` bytes against a key; positive if the key ends before them. */
  #compareShared(id: number, shared: number, buf: Uint8Array, start: number, end: number): number {
    const address = this.#table.address(id);
    const segment = this.#arena.segmentOf(address);
    const at = this.#arena.offsetOf(address);
    const length = end - start;
    const n = shared < length ? shared : length;
    for (let i = 0; i < n; i++) {
      const d = segment[at + i]! - buf[start + i]!;
      if (d !== 0) return d;
    }
    return shared - n;
  }

  /** {@link rank} among the ids from `low` on whose head is `head`, by their whole keys. */
  #rankEqual(
    words: Uint32Array,
    heads: Uint32Array,
    at: number,
    low: number,
    count: number,
    head: number,
    buf: Uint8Array,
    start: number,
    end: number,
    inclusive: boolean,
  ): number {
    let from = low;
    let to = low + 1;
    while (to < count && heads[at + to] === head) to++;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const id = words[at + middle]!;
      const sign = this.#arena.compare(this.#table.address(id), this.#table.keyLength(id), buf, start, end);
      if (sign < 0 || (inclusive && sign === 0)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
