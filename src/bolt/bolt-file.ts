/**
 * Reads a bbolt file and trusts nothing in it: every offset is checked before it is followed. What is wrong is thrown as
 * CorruptBoltError. No checksum of the format covers keys and values: only the hash that etcd puts at the end of a
 * snapshot tells of a flipped bit in a value.
 *
 * Memory: the pages on the way to the present record.
 */
import { compareSlices } from '../stdx/index.js';
import { BoltCursor } from './bolt-cursor.js';
import { CorruptBoltError } from './errors.js';
import { BUCKET_ELEMENT, BUCKET_HEADER_BYTES, readUint64 } from './format.js';
import { BUCKET_DEPTH_MAX } from './limits.js';
import { Page } from './page.js';
import { PageReader } from './page-reader.js';
import { PageUse } from './page-use.js';
import type { BoltSource } from './source.js';

/** Steps of the check between two times that the caller may do something else: about a millisecond. */
const STEPS_PER_SLICE = 4096;

export class BoltFile {
  readonly #pages: PageReader;

  /** The source may be longer than the file's pages, never shorter. Throws CorruptBoltError. */
  constructor(source: BoltSource) {
    this.#pages = new PageReader(source);
  }

  /** Bytes of the file's pages; what follows is no part of it. */
  get sizeBytes(): number {
    const { pageBytes, pageCount } = this.#pages.meta;
    return pageBytes * pageCount;
  }

  /** A walk over the top-level buckets by name. */
  buckets(): BoltCursor {
    const pages = this.#pages;
    return new BoltCursor(pages, pages.readPage(pages.meta.root));
  }

  /** A walk over the bucket that another walk has come to. */
  bucketAt(parent: BoltCursor): BoltCursor {
    const { page, buf, keyEnd: at, valueEnd } = parent;
    if (valueEnd - at < BUCKET_HEADER_BYTES) page.fail('a bucket has no header');
    const root = readUint64(buf, at);
    if (root !== 0) return new BoltCursor(this.#pages, this.#pages.readPage(root, page));
    const inline = new Page(page.place, buf, at + BUCKET_HEADER_BYTES, valueEnd, 0);
    if (!inline.isLeaf || inline.overflow !== 0) inline.fail('an inline bucket is no single leaf');
    return new BoltCursor(this.#pages, inline);
  }

  /** A walk over the top-level bucket of that name; undefined if there is none. */
  bucket(name: Uint8Array): BoltCursor | undefined {
    const cursor = this.buckets();
    while (cursor.next()) {
      const { buf, keyStart, keyEnd } = cursor;
      if (isBucket(cursor) && compareSlices(buf, keyStart, keyEnd, name, 0, name.length) === 0) {
        return this.bucketAt(cursor);
      }
    }
    return undefined;
  }

  /**
   * Checks the whole structure, in slices: the order of keys, that every page is used once, and that those that no tree
   * uses are free. Throws CorruptBoltError.
   */
  *check(): Generator<void, void> {
    const pages = this.#pages;
    const { pageCount } = pages.meta;
    const use = new PageUse(pageCount);
    use.claim(0);
    use.claim(1);
    pages.use = use;
    try {
      yield* this.#walk(this.buckets(), 0);
      yield* checkFreePages(pages, use);
    } finally {
      pages.use = undefined;
    }
  }

  *#walk(cursor: BoltCursor, depth: number): Generator<void, void> {
    let steps = 0;
    while (cursor.next()) {
      if (++steps % STEPS_PER_SLICE === 0) yield;
      if (!isBucket(cursor)) continue;
      if (depth === BUCKET_DEPTH_MAX) cursor.page.fail('buckets are nested too deeply');
      yield* this.#walk(this.bucketAt(cursor), depth + 1);
    }
  }
}

/** Whether a walk has come to a bucket rather than a value. */
export function isBucket(cursor: BoltCursor): boolean {
  return (cursor.elementFlags & BUCKET_ELEMENT) !== 0;
}

function* checkFreePages(pages: PageReader, use: PageUse): Generator<void, void> {
  const { freelist, pageCount, pageBytes } = pages.meta;
  if (freelist === undefined) return;
  const fail = (page: number, detail: string): never => {
    throw new CorruptBoltError(page, pageBytes, detail);
  };
  let steps = 0;
  for (const id of pages.readFreelist()) {
    if (++steps % STEPS_PER_SLICE === 0) yield;
    if (!(id >= 2 && id < pageCount)) fail(freelist, 'a free page is out of bounds');
    if (!use.claim(id)) fail(id, 'it is in use and on the list of free pages');
  }
  if (use.count === pageCount) return;
  for (let id = 2; id < pageCount; id++) {
    if (++steps % STEPS_PER_SLICE === 0) yield;
    if (!use.has(id)) fail(id, 'it is neither in use nor free');
  }
}
