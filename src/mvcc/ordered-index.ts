/**
 * The keys in order: a B+tree of key ids in pages of 512 bytes, in typed arrays.
 *
 * Leaves are chained and hold ids; each counts the live keys among them, so that counting an interval at the newest
 * revision touches a leaf once instead of every key. Inner pages hold child pages, and before each child but the first
 * a separator.
 *
 * Invariants: every leaf is at the same depth; no page but a root leaf is empty; the separator before a child is
 * exactly the first id of that child's leftmost leaf (so it is the id of a key that exists, and a removed key can
 * never stay behind as a separator). Pages are freed when they are empty and never merged: a store's keys come back.
 *
 * Page words: 0 entries, 1 next leaf + 1, 2 previous leaf + 1, 3 live keys (leaf); from 4 the ids of a leaf, or the
 * children of an inner page, whose separators begin at {@link SEPARATORS}.
 */
import { assert } from '../stdx/index.js';
import type { KeyArena } from './key-arena.js';
import type { KeyTable } from './key-table.js';

const PAGE_WORDS_LOG2 = 7;
const PAGE_WORDS = 1 << PAGE_WORDS_LOG2;
const POOL_PAGES_LOG2 = 10;
const POOL_PAGES = 1 << POOL_PAGES_LOG2;
const POOL_MASK = POOL_PAGES - 1;

const NEXT = 1;
const PREVIOUS = 2;
const LIVE = 3;
const ENTRIES = 4;
const LEAF_MAX = PAGE_WORDS - ENTRIES;
const CHILDREN_MAX = LEAF_MAX >>> 1;
const SEPARATORS = ENTRIES + CHILDREN_MAX;
/** Bulk-loaded leaves keep some room, or the first inserts would split every page. */
const LEAF_BULK_ENTRIES = LEAF_MAX - 12;
const CHILDREN_BULK = CHILDREN_MAX - 4;
/** 50 children a page after splits: twelve levels are beyond any memory. */
const LEVELS_MAX = 12;

export const NO_PAGE = -1;

export class OrderedIndex {
  readonly #arena: KeyArena;
  readonly #table: KeyTable;
  readonly #pools: Uint32Array[] = [];
  readonly #freePages: number[] = [];
  #pages = 0;
  #root: number;
  /** Inner levels above the leaves. */
  #height = 0;
  readonly #pathPage = new Int32Array(LEVELS_MAX);
  readonly #pathIndex = new Int32Array(LEVELS_MAX);

  /** Where {@link seek} ended: a leaf and a slot in it; `NO_PAGE` behind the last key. */
  page = NO_PAGE;
  slot = 0;

  constructor(arena: KeyArena, table: KeyTable) {
    this.#arena = arena;
    this.#table = table;
    this.#root = this.#newPage();
  }

  /** Moves to the first key that is not below `buf[start, end)`. */
  seek(buf: Uint8Array, start: number, end: number): void {
    const leaf = this.#descend(buf, start, end);
    const slot = this.#lowerBound(leaf, buf, start, end);
    if (slot < this.entries(leaf)) {
      this.page = leaf;
      this.slot = slot;
    } else {
      this.page = this.nextLeaf(leaf);
      this.slot = 0;
    }
  }

  /** Moves to the first key of all. */
  seekFirst(): void {
    let page = this.#root;
    for (let level = this.#height; level > 0; level--) page = this.#word(page, ENTRIES);
    this.page = this.entries(page) === 0 ? NO_PAGE : page;
    this.slot = 0;
  }

  entries(page: number): number {
    return this.#pools[page >>> POOL_PAGES_LOG2]![(page & POOL_MASK) << PAGE_WORDS_LOG2]!;
  }

  nextLeaf(page: number): number {
    return this.#word(page, NEXT) - 1;
  }

  /** Keys of a leaf whose newest revision is no tombstone. */
  liveEntries(page: number): number {
    return this.#word(page, LIVE);
  }

  idAt(page: number, slot: number): number {
    return this.#word(page, ENTRIES + slot);
  }

  /** Adds an id whose key is in the arena and not in the tree; it counts as live if its version is above 0. */
  insert(id: number): void {
    const table = this.#table;
    const address = table.address(id);
    const buf = this.#arena.segmentOf(address);
    const start = this.#arena.offsetOf(address);
    const end = start + table.keyLength(id);
    let leaf = this.#descend(buf, start, end);
    let slot = this.#lowerBound(leaf, buf, start, end);
    if (this.entries(leaf) === LEAF_MAX) {
      const right = this.#splitLeaf(leaf, slot);
      const kept = this.entries(leaf);
      if (slot > kept || kept === LEAF_MAX) {
        slot -= kept;
        leaf = right;
      }
    }
    const words = this.#poolOf(leaf);
    const base = this.#baseOf(leaf);
    const count = words[base]!;
    words.copyWithin(base + ENTRIES + slot + 1, base + ENTRIES + slot, base + ENTRIES + count);
    words[base + ENTRIES + slot] = id;
    words[base] = count + 1;
    if (table.version(id) > 0) words[base + LIVE]!++;
    // An id can become the first of a leaf that has a separator only right after the split that made the leaf.
    if (slot === 0 && count === 0 && this.#height > 0) this.#insertChild(leaf, id);
  }

  /** Removes an id before its key leaves the arena. It must not be live. */
  remove(id: number): void {
    const leaf = this.#leafOf(id);
    const words = this.#poolOf(leaf);
    const base = this.#baseOf(leaf);
    const slot = this.slot;
    const count = words[base]! - 1;
    words.copyWithin(base + ENTRIES + slot, base + ENTRIES + slot + 1, base + ENTRIES + count + 1);
    words[base] = count;
    if (count === 0) this.#removeLeaf(leaf);
    else if (slot === 0) this.#setSeparator(words[base + ENTRIES]!);
  }

  /** Corrects the live count of the leaf of `id`. */
  adjustLive(id: number, by: 1 | -1): void {
    this.adjustLeafLive(this.#leafOf(id), by);
  }

  adjustLeafLive(leaf: number, by: number): void {
    const words = this.#poolOf(leaf);
    const at = this.#baseOf(leaf) + LIVE;
    assert(
      words[at]! + by >= 0 && words[at]! + by <= LEAF_MAX,
      'a leaf holds as many live keys as it counts',
    );
    words[at] = words[at]! + by;
  }

  /** Fills an empty tree with ids in key order. */
  bulkLoad(ids: Uint32Array, count: number): void {
    assert(this.#height === 0 && this.entries(this.#root) === 0, 'only an empty tree is loaded in bulk');
    if (count === 0) return;
    let pages: number[] = [];
    let firsts: number[] = [];
    for (let from = 0; from < count; from += LEAF_BULK_ENTRIES) {
      const leaf: number = from === 0 ? this.#root : this.#newPage();
      const size = Math.min(LEAF_BULK_ENTRIES, count - from);
      const words = this.#poolOf(leaf);
      const base = this.#baseOf(leaf);
      for (let i = 0; i < size; i++) words[base + ENTRIES + i] = ids[from + i]!;
      words[base] = size;
      this.#recountLive(leaf);
      if (from > 0) this.#chain(pages[pages.length - 1]!, leaf);
      pages.push(leaf);
      firsts.push(ids[from]!);
    }
    while (pages.length > 1) {
      const parents: number[] = [];
      const parentFirsts: number[] = [];
      for (let from = 0; from < pages.length; from += CHILDREN_BULK) {
        const page = this.#newPage();
        const size = Math.min(CHILDREN_BULK, pages.length - from);
        const words = this.#poolOf(page);
        const base = this.#baseOf(page);
        for (let i = 0; i < size; i++) {
          words[base + ENTRIES + i] = pages[from + i]!;
          words[base + SEPARATORS + i] = firsts[from + i]!;
        }
        words[base] = size;
        parents.push(page);
        parentFirsts.push(firsts[from]!);
      }
      pages = parents;
      firsts = parentFirsts;
      this.#height++;
    }
    this.#root = pages[0]!;
  }

  /** Throws unless the invariants of the header hold; returns the number of keys. For tests and tools. */
  validate(): number {
    const counted = this.#validatePage(this.#root, this.#height);
    let leaves = 0;
    this.seekFirst();
    for (let page = this.page, last = NO_PAGE; page !== NO_PAGE; last = page, page = this.nextLeaf(page)) {
      assert(this.#word(page, PREVIOUS) - 1 === last, 'leaves are chained both ways');
      leaves += this.entries(page);
    }
    assert(leaves === counted, 'the chain of leaves covers the tree');
    return counted;
  }

  #validatePage(page: number, height: number): number {
    const count = this.entries(page);
    assert(count > 0 || page === this.#root, 'only a root leaf may be empty');
    if (height === 0) {
      let live = 0;
      for (let i = 0; i < count; i++) {
        if (this.#table.version(this.idAt(page, i)) > 0) live++;
        assert(i === 0 || this.#compareIds(this.idAt(page, i - 1), this.idAt(page, i)) < 0, 'keys ascend');
      }
      assert(live === this.liveEntries(page), 'a leaf counts its live keys');
      return count;
    }
    let total = 0;
    for (let i = 0; i < count; i++) {
      const child = this.#word(page, ENTRIES + i);
      total += this.#validatePage(child, height - 1);
      if (i === 0) continue;
      let leaf = child;
      for (let level = height - 1; level > 0; level--) leaf = this.#word(leaf, ENTRIES);
      assert(
        this.idAt(leaf, 0) === this.#word(page, SEPARATORS + i),
        'a separator is the first id behind it',
      );
    }
    return total;
  }

  #compareIds(a: number, b: number): number {
    const address = this.#table.address(b);
    const start = this.#arena.offsetOf(address);
    return this.#compare(a, this.#arena.segmentOf(address), start, start + this.#table.keyLength(b));
  }

  #compare(id: number, buf: Uint8Array, start: number, end: number): number {
    return this.#arena.compare(this.#table.address(id), this.#table.keyLength(id), buf, start, end);
  }

  #poolOf(page: number): Uint32Array {
    return this.#pools[page >>> POOL_PAGES_LOG2]!;
  }

  #baseOf(page: number): number {
    return (page & POOL_MASK) << PAGE_WORDS_LOG2;
  }

  #word(page: number, index: number): number {
    return this.#pools[page >>> POOL_PAGES_LOG2]![((page & POOL_MASK) << PAGE_WORDS_LOG2) + index]!;
  }

  #newPage(): number {
    const free = this.#freePages.pop();
    if (free !== undefined) {
      const base = this.#baseOf(free);
      this.#poolOf(free).fill(0, base, base + ENTRIES);
      return free;
    }
    if ((this.#pages & POOL_MASK) === 0) this.#pools.push(new Uint32Array(POOL_PAGES << PAGE_WORDS_LOG2));
    return this.#pages++;
  }

  /** The leaf where the key is or belongs; leaves the way down in the path. */
  #descend(buf: Uint8Array, start: number, end: number): number {
    let page = this.#root;
    for (let level = this.#height; level > 0; level--) {
      const words = this.#poolOf(page);
      const base = this.#baseOf(page);
      // The last child whose separator is not above the key.
      let low = 0;
      let high = words[base]! - 1;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (this.#compare(words[base + SEPARATORS + middle]!, buf, start, end) <= 0) low = middle;
        else high = middle - 1;
      }
      this.#pathPage[level] = page;
      this.#pathIndex[level] = low;
      page = words[base + ENTRIES + low]!;
    }
    return page;
  }

  #lowerBound(leaf: number, buf: Uint8Array, start: number, end: number): number {
    const words = this.#poolOf(leaf);
    const base = this.#baseOf(leaf);
    let low = 0;
    let high = words[base]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(words[base + ENTRIES + middle]!, buf, start, end) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The leaf of an id in the tree; sets `slot` and the path. */
  #leafOf(id: number): number {
    const address = this.#table.address(id);
    const buf = this.#arena.segmentOf(address);
    const start = this.#arena.offsetOf(address);
    const end = start + this.#table.keyLength(id);
    const leaf = this.#descend(buf, start, end);
    this.slot = this.#lowerBound(leaf, buf, start, end);
    assert(this.slot < this.entries(leaf) && this.idAt(leaf, this.slot) === id, 'the id is in the tree');
    return leaf;
  }

  #chain(left: number, right: number): void {
    this.#poolOf(left)[this.#baseOf(left) + NEXT] = right + 1;
    this.#poolOf(right)[this.#baseOf(right) + PREVIOUS] = left + 1;
  }

  #recountLive(leaf: number): void {
    const words = this.#poolOf(leaf);
    const base = this.#baseOf(leaf);
    let live = 0;
    for (let i = 0; i < words[base]!; i++) {
      if (this.#table.version(words[base + ENTRIES + i]!) > 0) live++;
    }
    words[base + LIVE] = live;
  }

  /**
   * Makes a right neighbour for a full leaf. Behind the last key of all it stays empty, as keys that come in order
   * would leave half-empty leaves otherwise; its separator is set once it has an entry.
   */
  #splitLeaf(leaf: number, slot: number): number {
    const right = this.#newPage();
    const next = this.nextLeaf(leaf);
    this.#chain(leaf, right);
    if (next !== NO_PAGE) this.#chain(right, next);
    if (next === NO_PAGE && slot === LEAF_MAX) {
      if (this.#height === 0) this.#growRoot();
      return right;
    }
    const words = this.#poolOf(leaf);
    const base = this.#baseOf(leaf);
    const rightWords = this.#poolOf(right);
    const rightBase = this.#baseOf(right);
    const kept = LEAF_MAX >>> 1;
    for (let i = kept; i < LEAF_MAX; i++) {
      rightWords[rightBase + ENTRIES + i - kept] = words[base + ENTRIES + i]!;
    }
    words[base] = kept;
    rightWords[rightBase] = LEAF_MAX - kept;
    this.#recountLive(leaf);
    this.#recountLive(right);
    if (this.#height === 0) this.#growRoot();
    this.#insertChild(right, rightWords[rightBase + ENTRIES]!);
    return right;
  }

  /** Puts an inner page above the root, with the root as its only child. */
  #growRoot(): void {
    const page = this.#newPage();
    const words = this.#poolOf(page);
    const base = this.#baseOf(page);
    words[base] = 1;
    words[base + ENTRIES] = this.#root;
    this.#root = page;
    this.#height++;
    assert(this.#height < LEVELS_MAX, 'the tree is not deeper than its path');
    this.#pathPage[this.#height] = page;
    this.#pathIndex[this.#height] = 0;
  }

  /** Adds `child` behind the path's child of the lowest inner level, splitting inner pages as needed. */
  #insertChild(newChild: number, newSeparator: number): void {
    let child = newChild;
    let separator = newSeparator;
    for (let level = 1; ; level++) {
      if (level > this.#height) this.#growRoot();
      let page = this.#pathPage[level]!;
      let index = this.#pathIndex[level]! + 1;
      let right = NO_PAGE;
      let rightSeparator = 0;
      if (this.entries(page) === CHILDREN_MAX) {
        // At the end of a level the new page takes the new child alone, for keys that come in order.
        const kept = index === CHILDREN_MAX ? CHILDREN_MAX : CHILDREN_MAX >>> 1;
        right = this.#newPage();
        rightSeparator = kept === CHILDREN_MAX ? separator : this.#word(page, SEPARATORS + kept);
        this.#moveChildren(page, right, kept);
        if (index > kept || kept === CHILDREN_MAX) {
          page = right;
          index -= kept;
        }
      }
      const words = this.#poolOf(page);
      const base = this.#baseOf(page);
      const count = words[base]!;
      for (let i = count; i > index; i--) {
        words[base + ENTRIES + i] = words[base + ENTRIES + i - 1]!;
        words[base + SEPARATORS + i] = words[base + SEPARATORS + i - 1]!;
      }
      words[base + ENTRIES + index] = child;
      words[base + SEPARATORS + index] = separator;
      words[base] = count + 1;
      if (right === NO_PAGE) return;
      child = right;
      separator = rightSeparator;
    }
  }

  #moveChildren(page: number, right: number, kept: number): void {
    const words = this.#poolOf(page);
    const base = this.#baseOf(page);
    const rightWords = this.#poolOf(right);
    const rightBase = this.#baseOf(right);
    const count = words[base]!;
    for (let i = kept; i < count; i++) {
      rightWords[rightBase + ENTRIES + i - kept] = words[base + ENTRIES + i]!;
      rightWords[rightBase + SEPARATORS + i - kept] = words[base + SEPARATORS + i]!;
    }
    words[base] = kept;
    rightWords[rightBase] = count - kept;
  }

  /** After the first id of the path's leaf changed: corrects the one separator that named it, if there is one. */
  #setSeparator(first: number): void {
    for (let level = 1; level <= this.#height; level++) {
      const index = this.#pathIndex[level]!;
      if (index === 0) continue;
      const page = this.#pathPage[level]!;
      this.#poolOf(page)[this.#baseOf(page) + SEPARATORS + index] = first;
      return;
    }
  }

  /** Unlinks an empty leaf, and the inner pages that it leaves empty. */
  #removeLeaf(leaf: number): void {
    if (this.#height === 0) return;
    const previous = this.#word(leaf, PREVIOUS) - 1;
    const next = this.nextLeaf(leaf);
    if (previous !== NO_PAGE) this.#poolOf(previous)[this.#baseOf(previous) + NEXT] = next + 1;
    if (next !== NO_PAGE) this.#poolOf(next)[this.#baseOf(next) + PREVIOUS] = previous + 1;
    this.#freePages.push(leaf);
    let level = 1;
    while (this.entries(this.#pathPage[level]!) === 1) {
      assert(level < this.#height, 'a root has more than one child');
      this.#freePages.push(this.#pathPage[level]!);
      level++;
    }
    const page = this.#pathPage[level]!;
    const words = this.#poolOf(page);
    const base = this.#baseOf(page);
    const index = this.#pathIndex[level]!;
    const count = words[base]! - 1;
    const newFirst = index === 0 ? words[base + SEPARATORS + 1]! : 0;
    for (let i = index; i < count; i++) {
      words[base + ENTRIES + i] = words[base + ENTRIES + i + 1]!;
      words[base + SEPARATORS + i] = words[base + SEPARATORS + i + 1]!;
    }
    words[base] = count;
    if (index === 0) this.#setSeparatorAbove(level, newFirst);
    while (this.#height > 0 && this.entries(this.#root) === 1) {
      this.#freePages.push(this.#root);
      this.#root = this.#word(this.#root, ENTRIES);
      this.#height--;
    }
  }

  #setSeparatorAbove(below: number, first: number): void {
    for (let level = below + 1; level <= this.#height; level++) {
      const index = this.#pathIndex[level]!;
      if (index === 0) continue;
      const page = this.#pathPage[level]!;
      this.#poolOf(page)[this.#baseOf(page) + SEPARATORS + index] = first;
      return;
    }
  }
}
