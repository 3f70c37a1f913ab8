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
 */
import { assert } from '../stdx/index.js';
import type { KeyArena } from './key-arena.js';
import type { KeyTable } from './key-table.js';
import { checkTree } from './ordered-index-check.js';
import { PageHeads } from './page-heads.js';
import {
  CHILDREN_MAX,
  ENTRIES,
  LEAF_MAX,
  LIVE,
  NEXT,
  NO_PAGE,
  PagePool,
  PREVIOUS,
  SEPARATORS,
} from './page-pool.js';

/** Bulk-loaded leaves keep some room, or the first inserts would split every page. */
const LEAF_BULK_ENTRIES = LEAF_MAX - 12;
/** Leaves filled between two pauses of a bulk load: some tenths of a millisecond. */
const LEAVES_PER_SLICE = 16;
const CHILDREN_BULK = CHILDREN_MAX - 4;
/** 50 children a page after splits: twelve levels are beyond any memory. */
const LEVELS_MAX = 12;

export class OrderedIndex {
  readonly #arena: KeyArena;
  readonly #table: KeyTable;
  readonly #pages = new PagePool();
  readonly #pageHeads: PageHeads;
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
    this.#pageHeads = new PageHeads(arena, table);
    this.#root = this.#pages.add();
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
    for (let level = this.#height; level > 0; level--) page = this.#pages.word(page, ENTRIES);
    this.page = this.entries(page) === 0 ? NO_PAGE : page;
    this.slot = 0;
  }

  entries(page: number): number {
    return this.#pages.entries(page);
  }

  nextLeaf(page: number): number {
    return this.#pages.word(page, NEXT) - 1;
  }

  /** Keys of a leaf whose newest revision is no tombstone. */
  liveEntries(page: number): number {
    return this.#pages.word(page, LIVE);
  }

  idAt(page: number, slot: number): number {
    return this.#pages.word(page, ENTRIES + slot);
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
    const words = this.#pages.words(leaf);
    const base = this.#pages.base(leaf);
    const count = words[base]!;
    const heads = this.#pages.heads(leaf);
    const at = base + ENTRIES;
    const head = this.#pageHeads.admit(words, heads, base, at, count, id);
    words.copyWithin(at + slot + 1, at + slot, at + count);
    heads.copyWithin(at + slot + 1, at + slot, at + count);
    words[at + slot] = id;
    heads[at + slot] = head;
    words[base] = count + 1;
    if (table.version(id) > 0) words[base + LIVE]!++;
    // An id can become the first of a leaf that has a separator only right after the split that made the leaf.
    if (slot === 0 && count === 0 && this.#height > 0) this.#insertChild(leaf, id);
  }

  /** Removes an id before its key leaves the arena. It must not be live. */
  remove(id: number): void {
    const leaf = this.#leafOf(id);
    const words = this.#pages.words(leaf);
    const base = this.#pages.base(leaf);
    const slot = this.slot;
    const count = words[base]! - 1;
    const at = base + ENTRIES;
    const heads = this.#pages.heads(leaf);
    words.copyWithin(at + slot, at + slot + 1, at + count + 1);
    heads.copyWithin(at + slot, at + slot + 1, at + count + 1);
    words[base] = count;
    if (count === 0) this.#removeLeaf(leaf);
    else if (slot === 0) this.#setSeparator(1, words[at]!);
  }

  /** Corrects the live count of the leaf of `id`. */
  adjustLive(id: number, by: 1 | -1): void {
    this.adjustLeafLive(this.#leafOf(id), by);
  }

  adjustLeafLive(leaf: number, by: number): void {
    const words = this.#pages.words(leaf);
    const at = this.#pages.base(leaf) + LIVE;
    assert(
      words[at]! + by >= 0 && words[at]! + by <= LEAF_MAX,
      'a leaf holds as many live keys as it counts',
    );
    words[at] = words[at]! + by;
  }

  /** Fills an empty tree with ids in key order. It pauses now and then; the tree is not to be used before the end. */
  *bulkLoad(ids: Uint32Array, count: number): Generator<void, void> {
    assert(this.#height === 0 && this.entries(this.#root) === 0, 'only an empty tree is loaded in bulk');
    if (count === 0) return;
    let pages: number[] = [];
    let firsts: number[] = [];
    for (let from = 0; from < count; from += LEAF_BULK_ENTRIES) {
      const leaf: number = from === 0 ? this.#root : this.#pages.add();
      const size = Math.min(LEAF_BULK_ENTRIES, count - from);
      const words = this.#pages.words(leaf);
      const base = this.#pages.base(leaf);
      for (let i = 0; i < size; i++) words[base + ENTRIES + i] = ids[from + i]!;
      words[base] = size;
      this.#recountLive(leaf);
      this.#rebuildHeads(leaf, ENTRIES, size);
      if (from > 0) this.#pages.chain(pages[pages.length - 1]!, leaf);
      pages.push(leaf);
      firsts.push(ids[from]!);
      if (pages.length % LEAVES_PER_SLICE === 0) yield;
    }
    while (pages.length > 1) {
      const parents: number[] = [];
      const parentFirsts: number[] = [];
      for (let from = 0; from < pages.length; from += CHILDREN_BULK) {
        const page = this.#pages.add();
        const size = Math.min(CHILDREN_BULK, pages.length - from);
        const words = this.#pages.words(page);
        const base = this.#pages.base(page);
        for (let i = 0; i < size; i++) {
          words[base + ENTRIES + i] = pages[from + i]!;
          words[base + SEPARATORS + i] = firsts[from + i]!;
        }
        words[base] = size;
        this.#rebuildHeads(page, SEPARATORS + 1, size - 1);
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
    return checkTree(this.#pages, this.#arena, this.#table, this.#root, this.#height);
  }

  #rebuildHeads(page: number, first: number, count: number): void {
    const base = this.#pages.base(page);
    this.#pageHeads.rebuild(this.#pages.words(page), this.#pages.heads(page), base, base + first, count);
  }

  /** The leaf where the key is or belongs; leaves the way down in the path. */
  #descend(buf: Uint8Array, start: number, end: number): number {
    let page = this.#root;
    for (let level = this.#height; level > 0; level--) {
      const words = this.#pages.words(page);
      const base = this.#pages.base(page);
      const at = base + SEPARATORS + 1;
      const count = words[base]! - 1;
      // The last child whose separator is not above the key.
      const index = this.#pageHeads.rank(
        words,
        this.#pages.heads(page),
        base,
        at,
        count,
        buf,
        start,
        end,
        true,
      );
      this.#pathPage[level] = page;
      this.#pathIndex[level] = index;
      page = words[base + ENTRIES + index]!;
    }
    return page;
  }

  #lowerBound(leaf: number, buf: Uint8Array, start: number, end: number): number {
    const words = this.#pages.words(leaf);
    const base = this.#pages.base(leaf);
    const at = base + ENTRIES;
    return this.#pageHeads.rank(
      words,
      this.#pages.heads(leaf),
      base,
      at,
      words[base]!,
      buf,
      start,
      end,
      false,
    );
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

  #recountLive(leaf: number): void {
    const words = this.#pages.words(leaf);
    const base = this.#pages.base(leaf);
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
    const right = this.#pages.add();
    const next = this.nextLeaf(leaf);
    this.#pages.chain(leaf, right);
    this.#pages.chain(right, next);
    if (next === NO_PAGE && slot === LEAF_MAX) {
      if (this.#height === 0) this.#growRoot();
      return right;
    }
    const words = this.#pages.words(leaf);
    const base = this.#pages.base(leaf);
    const rightWords = this.#pages.words(right);
    const rightBase = this.#pages.base(right);
    const kept = LEAF_MAX >>> 1;
    for (let i = kept; i < LEAF_MAX; i++) {
      rightWords[rightBase + ENTRIES + i - kept] = words[base + ENTRIES + i]!;
    }
    words[base] = kept;
    rightWords[rightBase] = LEAF_MAX - kept;
    this.#recountLive(leaf);
    this.#recountLive(right);
    this.#rebuildHeads(leaf, ENTRIES, kept);
    this.#rebuildHeads(right, ENTRIES, LEAF_MAX - kept);
    if (this.#height === 0) this.#growRoot();
    this.#insertChild(right, rightWords[rightBase + ENTRIES]!);
    return right;
  }

  /** Puts an inner page above the root, with the root as its only child. */
  #growRoot(): void {
    const page = this.#pages.add();
    const words = this.#pages.words(page);
    const base = this.#pages.base(page);
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
        right = this.#pages.add();
        rightSeparator = kept === CHILDREN_MAX ? separator : this.#pages.word(page, SEPARATORS + kept);
        this.#moveChildren(page, right, kept);
        if (index > kept || kept === CHILDREN_MAX) {
          page = right;
          index -= kept;
        }
      }
      const words = this.#pages.words(page);
      const base = this.#pages.base(page);
      const count = words[base]!;
      const heads = this.#pages.heads(page);
      const at = base + SEPARATORS;
      const head = index === 0 ? 0 : this.#pageHeads.admit(words, heads, base, at + 1, count - 1, separator);
      words.copyWithin(base + ENTRIES + index + 1, base + ENTRIES + index, base + ENTRIES + count);
      words.copyWithin(at + index + 1, at + index, at + count);
      heads.copyWithin(at + index + 1, at + index, at + count);
      words[base + ENTRIES + index] = child;
      words[at + index] = separator;
      heads[at + index] = head;
      words[base] = count + 1;
      if (right === NO_PAGE) return;
      child = right;
      separator = rightSeparator;
    }
  }

  #moveChildren(page: number, right: number, kept: number): void {
    const words = this.#pages.words(page);
    const base = this.#pages.base(page);
    const rightWords = this.#pages.words(right);
    const rightBase = this.#pages.base(right);
    const count = words[base]!;
    for (let i = kept; i < count; i++) {
      rightWords[rightBase + ENTRIES + i - kept] = words[base + ENTRIES + i]!;
      rightWords[rightBase + SEPARATORS + i - kept] = words[base + SEPARATORS + i]!;
    }
    words[base] = kept;
    rightWords[rightBase] = count - kept;
    this.#rebuildHeads(page, SEPARATORS + 1, kept - 1);
    if (count > kept) this.#rebuildHeads(right, SEPARATORS + 1, count - kept - 1);
  }

  /** The subtree under the path's page of `level` begins with another id: corrects the one separator, if any. */
  #setSeparator(lowest: number, first: number): void {
    for (let level = lowest; level <= this.#height; level++) {
      const index = this.#pathIndex[level]!;
      if (index === 0) continue;
      const page = this.#pathPage[level]!;
      const words = this.#pages.words(page);
      const heads = this.#pages.heads(page);
      const base = this.#pages.base(page);
      const at = base + SEPARATORS;
      const head = this.#pageHeads.admit(words, heads, base, at + 1, words[base]! - 1, first);
      words[at + index] = first;
      heads[at + index] = head;
      return;
    }
  }

  /** Unlinks an empty leaf, and the inner pages that it leaves empty. */
  #removeLeaf(leaf: number): void {
    if (this.#height === 0) return;
    const previous = this.#pages.word(leaf, PREVIOUS) - 1;
    const next = this.nextLeaf(leaf);
    this.#pages.chain(previous, next);
    this.#pages.remove(leaf);
    let level = 1;
    while (this.entries(this.#pathPage[level]!) === 1) {
      assert(level < this.#height, 'a root has more than one child');
      this.#pages.remove(this.#pathPage[level]!);
      level++;
    }
    const page = this.#pathPage[level]!;
    const words = this.#pages.words(page);
    const base = this.#pages.base(page);
    const index = this.#pathIndex[level]!;
    const count = words[base]! - 1;
    const newFirst = index === 0 ? words[base + SEPARATORS + 1]! : 0;
    const heads = this.#pages.heads(page);
    const at = base + SEPARATORS;
    words.copyWithin(base + ENTRIES + index, base + ENTRIES + index + 1, base + ENTRIES + count + 1);
    words.copyWithin(at + index, at + index + 1, at + count + 1);
    heads.copyWithin(at + index, at + index + 1, at + count + 1);
    words[base] = count;
    if (index === 0) this.#setSeparator(level + 1, newFirst);
    while (this.#height > 0 && this.entries(this.#root) === 1) {
      this.#pages.remove(this.#root);
      this.#root = this.#pages.word(this.#root, ENTRIES);
      this.#height--;
    }
  }
}
