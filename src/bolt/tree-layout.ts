/**
 * How a tree's records are spread over pages, found from sizes alone: leaves are filled one after the other, then
 * branches over them, level by level, up to one root. A record that no page holds gets a leaf of its own with overflow.
 */
import { assert, ByteWriter } from '../stdx/index.js';
import { BUCKET_HEADER_BYTES, ELEMENT_BYTES, PAGE_HEADER_BYTES } from './format.js';

/** What a page's header can count; small records in large pages would exceed it otherwise. */
const ELEMENTS_MAX = 0xfff0;

/** One level of the tree: how many elements each page has, and over how many pages it stretches. */
export interface Level {
  readonly counts: number[];
  readonly runs: number[];
}

export class TreeLayout {
  readonly #pageBytes: number;
  /** The leaves. */
  readonly leaves: Level = { counts: [], runs: [] };
  /** From the one above the leaves to the root. Empty if the only leaf is the root. */
  readonly branches: Level[] = [];
  readonly #firstKeys = new ByteWriter(1024);
  /** Where each leaf's first key ends in `#firstKeys`. */
  readonly #firstKeyEnds: number[] = [];
  #count = 0;
  #bytes = PAGE_HEADER_BYTES;
  #recordCount = 0;
  #contentBytes = 0;

  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Bytes of the bucket's value if the bucket is inline. */
  get inlineBytes(): number {
    return BUCKET_HEADER_BYTES + PAGE_HEADER_BYTES + this.#contentBytes;
  }

  /** Adds the next record: its key is `buf[keyStart, keyEnd)`. */
  add(buf: Uint8Array, keyStart: number, keyEnd: number, valueBytes: number): void {
    const bytes = ELEMENT_BYTES + keyEnd - keyStart + valueBytes;
    const isFull = this.#bytes + bytes > this.#pageBytes || this.#count === ELEMENTS_MAX;
    if (isFull && this.#count > 0) this.#endLeaf();
    if (this.#count === 0) {
      this.#firstKeys.raw(buf, keyStart, keyEnd);
      this.#firstKeyEnds.push(this.#firstKeys.len);
    }
    this.#count++;
    this.#bytes += bytes;
    this.#recordCount++;
    this.#contentBytes += bytes;
  }

  /** All records are there: lays out the branches. An empty tree is one empty leaf. */
  finish(): void {
    if (this.#count > 0 || this.leaves.counts.length === 0) this.#endLeaf();
    // Below each branch of the level at hand: the first leaf, whose first key is the branch's key above.
    let firstLeaves = this.leaves.counts.map((_, leaf) => leaf);
    while (firstLeaves.length > 1) {
      const level: Level = { counts: [], runs: [] };
      firstLeaves = this.#layOutBranches(firstLeaves, level);
      this.branches.push(level);
    }
  }

  /** Pages of the whole tree. */
  get pageCount(): number {
    let pages = 0;
    for (const level of [this.leaves, ...this.branches]) for (const run of level.runs) pages += run;
    return pages;
  }

  /** Length of a leaf's first key. */
  firstKeyBytes(leaf: number): number {
    return this.#firstKeyEnds[leaf]! - this.#firstKeyStart(leaf);
  }

  /** Copies a leaf's first key to `into` at `at`. */
  copyFirstKey(leaf: number, into: Uint8Array, at: number): void {
    into.set(this.#firstKeys.buf.subarray(this.#firstKeyStart(leaf), this.#firstKeyEnds[leaf]!), at);
  }

  #firstKeyStart(leaf: number): number {
    return leaf === 0 ? 0 : this.#firstKeyEnds[leaf - 1]!;
  }

  #endLeaf(): void {
    this.leaves.counts.push(this.#count);
    this.leaves.runs.push(this.#pagesFor(this.#bytes));
    this.#count = 0;
    this.#bytes = PAGE_HEADER_BYTES;
  }

  /** Groups children into branches; returns the first leaf below each branch. */
  #layOutBranches(children: readonly number[], level: Level): number[] {
    const starts: number[] = [];
    let bytes = this.#pageBytes;
    let count = 0;
    for (let i = 0; i < children.length; i++) {
      const size = ELEMENT_BYTES + this.firstKeyBytes(children[i]!);
      // Two children at least: a branch with one would be a level for nothing, and the tree would never end in a root.
      if ((bytes + size > this.#pageBytes && count !== 1) || count === ELEMENTS_MAX) {
        starts.push(i);
        bytes = PAGE_HEADER_BYTES;
        count = 0;
      }
      bytes += size;
      count++;
    }
    // The last one must not be left with a single child either.
    if (count === 1 && starts.length > 1) this.#balance(starts, children.length);
    for (let i = 0; i < starts.length; i++) {
      const end = starts[i + 1] ?? children.length;
      let size = PAGE_HEADER_BYTES;
      for (let k = starts[i]!; k < end; k++) size += ELEMENT_BYTES + this.firstKeyBytes(children[k]!);
      level.counts.push(end - starts[i]!);
      level.runs.push(this.#pagesFor(size));
    }
    return starts.map((start) => children[start]!);
  }

  /** Joins the last child to the branch before it, or takes one from there. */
  #balance(starts: number[], childCount: number): void {
    const last = starts.length - 1;
    const before = starts[last]! - starts[last - 1]!;
    assert(childCount - starts[last]! === 1 && before >= 2, 'only the last branch has a single child');
    if (before >= 3) starts[last]!--;
    else starts.pop();
  }

  #pagesFor(bytes: number): number {
    return Math.ceil(bytes / this.#pageBytes);
  }
}
