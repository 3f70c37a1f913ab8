/**
 * Looks over a database file before lmdb maps it. lmdb trusts its file: a wrong page number or a file cut short ends in
 * a crash of the process (SIGSEGV, SIGBUS) at the first read that meets it. This reader walks the trees from the newest
 * meta page, level by level so that the file is read in ascending order, and checks what keeps lmdb within bounds: page
 * numbers, page kinds, node offsets, key order, that no page is used twice or free and used at once.
 *
 * The layout (lmdb data version 2, little-endian, 64-bit): a page begins with its number u64, transaction u64, pad u16,
 * flags u16, and the bounds u16 u16 of its free space; a meta page goes on with magic u32, version u32, address u64,
 * map size u64, the roots of the free list and of the main tree, last page u64, transaction u64. Contents of values are
 * not covered: lmdb keeps no checksums.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { compareSlices } from '../stdx/index.js';

/** A database file whose structure is damaged. */
export class CorruptBackendError extends Error {
  override readonly name = 'CorruptBackendError';
  readonly file: string;
  /** Byte offset of the page concerned. */
  readonly offset: number;

  constructor(file: string, offset: number, reason: string) {
    super(`database is damaged: ${file}, offset ${offset}: ${reason}`);
    this.file = file;
    this.offset = offset;
  }
}

/** Files up to this size are checked to the last leaf; of larger ones the branches, which is where a cut file shows. */
const FULL_CHECK_BYTES_MAX = 1024 * 1024 * 1024;
/** Pages read at once where they follow one another. */
const READ_PAGES_MAX = 256;

const META_PAGES = 2;
const META_BYTES = 168;
const PAGE_HEADER_BYTES = 24;
const NODE_HEADER_BYTES = 8;
const TREE_BYTES = 48;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NO_PAGE = 0xffffffffffffffffn;
const PageFlag = { BRANCH: 1, LEAF: 2, OVERFLOW: 4, META: 8 } as const;
const NodeFlag = { BIG: 1, TREE: 2, DUPLICATES: 4 } as const;

interface Tree {
  readonly name: string;
  readonly root: number | undefined;
  readonly depth: number;
  readonly integerKeys: boolean;
}

interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** Throws {@link CorruptBackendError} if the file at `path` cannot be a sound database. */
export function checkLmdbFile(path: string): void {
  const fd = openSync(path, 'r');
  try {
    new FileCheck(path, fd).run();
  } finally {
    closeSync(fd);
  }
}

class FileCheck {
  readonly #path: string;
  readonly #fd: number;
  readonly #fileBytes: number;
  #pageBytes = 4096;
  #lastPage = 0;
  #full = true;
  /** One bit a page: reached from a root, or listed as free. */
  #seen = new Uint8Array(0);
  readonly #trees: Tree[] = [];

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#fileBytes = fstatSync(fd).size;
  }

  run(): void {
    const meta = this.#newestMeta();
    this.#pageBytes = meta.pageBytes;
    this.#lastPage = meta.lastPage;
    this.#full = this.#fileBytes <= FULL_CHECK_BYTES_MAX;
    this.#seen = new Uint8Array((meta.lastPage >> 3) + 1);
    this.#trees.push(meta.free, meta.main);
    // Leaves of the main tree name further trees.
    for (let i = 0; i < this.#trees.length; i++) this.#walk(this.#trees[i]!);
  }

  #fail(page: number, reason: string): never {
    throw new CorruptBackendError(this.#path, page * this.#pageBytes, reason);
  }

  #newestMeta(): Meta {
    const first = this.#readMeta(0);
    this.#pageBytes = first.pageBytes;
    const second = this.#readMeta(1);
    if (second.pageBytes !== first.pageBytes) this.#fail(1, 'the meta pages disagree on the page size');
    return second.transaction > first.transaction ? second : first;
  }

  #readMeta(page: number): Meta {
    const bytes = new Uint8Array(META_BYTES);
    if (readSync(this.#fd, bytes, 0, META_BYTES, page * this.#pageBytes) < META_BYTES) {
      this.#fail(page, `the file ends within its first pages (${this.#fileBytes} bytes)`);
    }
    const view = new DataView(bytes.buffer);
    if ((view.getUint16(18, true) & PageFlag.META) === 0) this.#fail(page, 'not a meta page');
    if (view.getUint32(24, true) !== MAGIC) this.#fail(page, 'not an lmdb file');
    const version = view.getUint32(28, true);
    if (version !== DATA_VERSION) this.#fail(page, `lmdb data version ${version}, expected ${DATA_VERSION}`);
    const pageBytes = view.getUint32(48, true);
    if (pageBytes < 256 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0) {
      this.#fail(page, `impossible page size ${pageBytes}`);
    }
    const lastPage = this.#number(view, 144, page);
    if (lastPage < META_PAGES - 1 || lastPage > 2 ** 40) this.#fail(page, `impossible last page ${lastPage}`);
    const free = this.#readTree(view, 48, 'free list', page);
    return {
      pageBytes,
      free,
      main: this.#readTree(view, 96, 'main', page),
      lastPage,
      transaction: view.getBigUint64(152, true),
    };
  }

  #readTree(view: DataView, at: number, name: string, page: number): Tree {
    const root = view.getBigUint64(at + 40, true);
    return {
      name,
      root: root === NO_PAGE ? undefined : this.#number(view, at + 40, page),
      depth: view.getUint16(at + 6, true),
      integerKeys: (view.getUint16(at + 4, true) & 8) !== 0,
    };
  }

  #number(view: DataView, at: number, page: number): number {
    const value = view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.#fail(page, `impossible page number ${value}`);
    return Number(value);
  }

  #walk(tree: Tree): void {
    if (tree.root === undefined) return;
    let level = [tree.root];
    for (let depth = 1; level.length > 0; depth++) {
      if (depth > tree.depth)
        this.#fail(level[0]!, `tree '${tree.name}' is deeper than its ${tree.depth} levels`);
      const isLeaf = depth === tree.depth;
      for (const page of level) this.#claim(page, `tree '${tree.name}'`);
      if (isLeaf && !this.#full && tree.name !== 'main') return;
      level.sort((a, b) => a - b);
      level = this.#readLevel(tree, level, isLeaf);
    }
  }

  /** Marks a page as used for one purpose. */
  #claim(page: number, purpose: string): void {
    if (page < META_PAGES || page > this.#lastPage)
      this.#fail(0, `${purpose} refers to page ${page} of ${this.#lastPage}`);
    const bit = 1 << (page & 7);
    if ((this.#seen[page >> 3]! & bit) !== 0)
      this.#fail(page, `${purpose} refers to a page that is used elsewhere`);
    this.#seen[page >> 3]! |= bit;
  }

  /** Reads pages in ascending order, neighbours together. Returns the pages below. */
  #readLevel(tree: Tree, pages: readonly number[], isLeaf: boolean): number[] {
    const below: number[] = [];
    const buffer = new Uint8Array(READ_PAGES_MAX * this.#pageBytes);
    const view = new DataView(buffer.buffer);
    for (let i = 0; i < pages.length; ) {
      let count = 1;
      while (count < READ_PAGES_MAX && pages[i + count] === pages[i]! + count) count++;
      const wanted = count * this.#pageBytes;
      const read = readSync(this.#fd, buffer, 0, wanted, pages[i]! * this.#pageBytes);
      if (read < wanted) this.#fail(pages[i]! + Math.floor(read / this.#pageBytes), 'the file was cut short');
      for (let n = 0; n < count; n++)
        this.#checkPage(tree, pages[i + n]!, view, n * this.#pageBytes, isLeaf, below);
      i += count;
    }
    return below;
  }

  #checkPage(tree: Tree, page: number, view: DataView, base: number, isLeaf: boolean, below: number[]): void {
    if (this.#number(view, base, page) !== page) this.#fail(page, 'the page carries another number');
    const kind = view.getUint16(base + 18, true) & 0x2f;
    if (kind !== (isLeaf ? PageFlag.LEAF : PageFlag.BRANCH)) {
      this.#fail(page, `page of kind ${kind} where tree '${tree.name}' has a ${isLeaf ? 'leaf' : 'branch'}`);
    }
    const lower = view.getUint16(base + 20, true);
    const upper = view.getUint16(base + 22, true);
    const room = this.#pageBytes - PAGE_HEADER_BYTES;
    if (lower > upper || upper > room || lower % 2 !== 0)
      this.#fail(page, 'bounds of the free space are impossible');
    const nodes = lower / 2;
    if (nodes < (isLeaf ? 1 : 2)) this.#fail(page, `a page with ${nodes} nodes`);
    let previous = -1;
    for (let i = 0; i < nodes; i++) {
      const node = view.getUint16(base + PAGE_HEADER_BYTES + i * 2, true);
      if (node < upper || node + NODE_HEADER_BYTES > room) this.#fail(page, `node ${i} is out of bounds`);
      const at = base + PAGE_HEADER_BYTES + node;
      const keyBytes = view.getUint16(at + 6, true);
      const end = node + NODE_HEADER_BYTES + keyBytes;
      if (end > room) this.#fail(page, `key ${i} is out of bounds`);
      if (isLeaf) this.#checkLeafNode(tree, page, view, at, room - end);
      else below.push(this.#childOf(view, at));
      // A branch's first key stands for minus infinity.
      if (previous >= 0 && (isLeaf || i > 1)) this.#checkOrder(tree, page, view, previous, at);
      previous = at;
    }
  }

  #childOf(view: DataView, at: number): number {
    return view.getUint32(at, true) + view.getUint16(at + 4, true) * 4294967296;
  }

  #checkOrder(tree: Tree, page: number, view: DataView, left: number, right: number): void {
    let order: number;
    if (tree.name === 'free list' || tree.integerKeys) {
      const a = view.getBigUint64(left + NODE_HEADER_BYTES, true);
      const b = view.getBigUint64(right + NODE_HEADER_BYTES, true);
      order = a < b ? -1 : 1;
    } else {
      const bytes = new Uint8Array(view.buffer);
      const leftKey = left + NODE_HEADER_BYTES;
      const rightKey = right + NODE_HEADER_BYTES;
      const leftEnd = leftKey + view.getUint16(left + 6, true);
      const rightEnd = rightKey + view.getUint16(right + 6, true);
      order = compareSlices(bytes, leftKey, leftEnd, bytes, rightKey, rightEnd);
    }
    if (order >= 0) this.#fail(page, 'keys are out of order');
  }

  #checkLeafNode(tree: Tree, page: number, view: DataView, at: number, room: number): void {
    const size = view.getUint32(at, true);
    const flags = view.getUint16(at + 4, true);
    const keyBytes = view.getUint16(at + 6, true);
    const value = at + NODE_HEADER_BYTES + keyBytes;
    if ((flags & NodeFlag.DUPLICATES) !== 0)
      this.#fail(page, 'a node with duplicates, which are never written');
    if ((flags & NodeFlag.BIG) !== 0) {
      if (room < 24) this.#fail(page, 'a reference to overflow pages is out of bounds');
      this.#checkOverflow(tree, page, view, value, size);
      return;
    }
    if (size > room) this.#fail(page, 'a value is out of bounds');
    if ((flags & NodeFlag.TREE) !== 0) {
      if (tree.name !== 'main' || size !== TREE_BYTES)
        this.#fail(page, 'a tree where there should be a value');
      const name = String.fromCharCode(...new Uint8Array(view.buffer, at + NODE_HEADER_BYTES, keyBytes));
      this.#trees.push(this.#readTree(view, value, name, page));
    }
    if (tree.name === 'free list') this.#checkFreeList(page, view, value, size);
  }

  #checkOverflow(tree: Tree, page: number, view: DataView, value: number, size: number): void {
    const first = this.#number(view, value, page);
    const pages = this.#number(view, value + 16, page);
    // More pages than needed: a shorter value was put in the place of a longer one.
    if (pages < Math.ceil((size + PAGE_HEADER_BYTES) / this.#pageBytes)) {
      this.#fail(page, `a value of ${size} bytes on ${pages} overflow pages`);
    }
    if (pages > this.#lastPage) this.#fail(page, `a value on ${pages} overflow pages`);
    for (let i = 0; i < pages; i++) this.#claim(first + i, `a value of tree '${tree.name}'`);
    const header = new Uint8Array(tree.name === 'free list' ? PAGE_HEADER_BYTES + size : PAGE_HEADER_BYTES);
    const read = readSync(this.#fd, header, 0, header.length, first * this.#pageBytes);
    if (read < header.length || (first + pages) * this.#pageBytes > this.#fileBytes) {
      this.#fail(first, 'the file was cut short');
    }
    const headerView = new DataView(header.buffer);
    if (this.#number(headerView, 0, first) !== first) this.#fail(first, 'the page carries another number');
    if ((headerView.getUint16(18, true) & 0x2f) !== PageFlag.OVERFLOW)
      this.#fail(first, 'not an overflow page');
    if (headerView.getUint32(20, true) !== pages) this.#fail(first, 'the number of overflow pages differs');
    if (tree.name === 'free list') this.#checkFreeList(page, headerView, PAGE_HEADER_BYTES, size);
  }

  /**
   * A record of the free list: how many words follow, then page numbers. A negative word is the length of the run of
   * pages that begins at the next word; a zero is an empty place.
   */
  #checkFreeList(page: number, view: DataView, value: number, size: number): void {
    if (size < 8) this.#fail(page, 'a record of the free list is too short');
    const words = this.#number(view, value, page);
    if (words * 8 + 8 > size) this.#fail(page, 'a record of the free list is too short for its pages');
    for (let i = 1; i <= words; i++) {
      let run = 1;
      const word = view.getBigInt64(value + i * 8, true);
      if (word === 0n) continue;
      if (word < 0n) {
        run = Number(-word);
        if (++i > words || run > this.#lastPage) this.#fail(page, 'a run in the free list is out of bounds');
      }
      const first = this.#number(view, value + i * 8, page);
      for (let n = 0; n < run; n++) this.#claim(first + n, 'the free list');
    }
  }
}
