/**
 * The second pass of writing a file: given the records that the layout was given, hands over page after page, front to
 * back, and keeps nothing but the page at hand. The file has no free pages and two equal metas, so either may be damaged.
 */
import { assert, ByteWriter, compareBytes, EMPTY_BYTES } from '../stdx/index.js';
import { type BoltLayout, type BucketLayout, FIRST_TREE_PAGE } from './bolt-layout.js';
import {
  BUCKET_ELEMENT,
  BUCKET_HEADER_BYTES,
  ELEMENT_BYTES,
  PAGE_HEADER_BYTES,
  PageFlag,
  putMeta,
  putPageHeader,
  putUint32,
  putUint64,
} from './format.js';
import { type PageSink, TreeWriter } from './tree-writer.js';

const FREELIST_PAGE = 2;
/** A new file of bbolt's has transactions 0 and 1; the first commit is 2. */
const FIRST_TRANSACTION = 2;

interface BucketValue {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

export class BoltWriter {
  readonly #layout: BoltLayout;
  readonly #sink: PageSink;
  readonly #values: BucketValue[] = [];
  #nextPage = FIRST_TREE_PAGE;
  #tree: TreeWriter | undefined;
  #inline: InlineImage | undefined;

  /** Writes the first pages at once. The sink's view is valid during its call. */
  constructor(layout: BoltLayout, sink: PageSink) {
    this.#layout = layout;
    this.#sink = sink;
    const { pageBytes, pageCount } = layout;
    for (let page = 0; page < FIRST_TREE_PAGE; page++) {
      const buf = new Uint8Array(pageBytes);
      if (page === FREELIST_PAGE) {
        putPageHeader(buf, 0, page, PageFlag.FREELIST, 0, 0);
      } else {
        putPageHeader(buf, 0, page, PageFlag.META, 0, 0);
        putMeta(buf, PAGE_HEADER_BYTES, {
          pageBytes,
          root: rootPage(layout),
          freelist: FREELIST_PAGE,
          pageCount,
          transactionId: FIRST_TRANSACTION + page,
        });
      }
      sink(buf);
    }
  }

  beginBucket(name: Uint8Array): void {
    const bucket = this.#bucket();
    assert(compareBytes(bucket.name, name) === 0, 'buckets are those of the layout');
    if (bucket.isInline) this.#inline = new InlineImage(bucket.tree.recordCount, bucket.tree.inlineBytes);
    else this.#tree = new TreeWriter(bucket.tree, this.#layout.pageBytes, this.#nextPage, this.#sink);
  }

  /** Adds the next record of the bucket. */
  add(key: Uint8Array, value: Uint8Array): void {
    if (this.#inline !== undefined) this.#inline.add(key, value);
    else this.#tree!.add(key, value, 0);
  }

  endBucket(): void {
    const { name, tree } = this.#bucket();
    let value: Uint8Array;
    if (this.#inline !== undefined) {
      value = this.#inline.finish();
    } else {
      value = new Uint8Array(BUCKET_HEADER_BYTES);
      putUint64(value, 0, this.#tree!.finish());
      this.#nextPage += tree.pageCount;
    }
    this.#inline = undefined;
    this.#tree = undefined;
    this.#values.push({ name, value });
  }

  /** Writes the last pages. */
  finish(): void {
    const { buckets, root, pageBytes, pageCount } = this.#layout;
    assert(this.#values.length === buckets.length, 'all buckets of the layout are written');
    const tree = new TreeWriter(root, pageBytes, this.#nextPage, this.#sink);
    for (const { name, value } of this.#values) tree.add(name, value, BUCKET_ELEMENT);
    assert(tree.finish() === rootPage(this.#layout), 'the root is where the metas say');
    assert(this.#nextPage + root.pageCount === pageCount, 'the file is as long as the layout says');
  }

  #bucket(): BucketLayout {
    const bucket = this.#layout.buckets[this.#values.length];
    assert(bucket !== undefined, 'buckets are those of the layout');
    return bucket;
  }
}

/** The root of the tree of buckets comes last, and may stretch over several pages. */
function rootPage({ root, pageCount }: BoltLayout): number {
  const top = root.branches[root.branches.length - 1] ?? root.leaves;
  return pageCount - top.runs[top.runs.length - 1]!;
}

/** The value of a bucket that has no page of its own. */
class InlineImage {
  readonly #head: Uint8Array;
  readonly #content = new ByteWriter(256);
  readonly #bytes: number;
  #element = BUCKET_HEADER_BYTES + PAGE_HEADER_BYTES;

  constructor(count: number, bytes: number) {
    this.#bytes = bytes;
    this.#head = new Uint8Array(BUCKET_HEADER_BYTES + PAGE_HEADER_BYTES + count * ELEMENT_BYTES);
    putPageHeader(this.#head, BUCKET_HEADER_BYTES, 0, PageFlag.LEAF, count, 0);
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const element = this.#element;
    assert(element < this.#head.length, 'no more records than the layout was given');
    putUint32(this.#head, element + 4, this.#head.length + this.#content.len - element);
    putUint32(this.#head, element + 8, key.length);
    putUint32(this.#head, element + 12, value.length);
    this.#content.raw(key);
    this.#content.raw(value);
    this.#element += ELEMENT_BYTES;
  }

  finish(): Uint8Array {
    const value = new Uint8Array(this.#head.length + this.#content.len);
    assert(
      value.length === this.#bytes && this.#element === this.#head.length,
      'records are those of the layout',
    );
    value.set(this.#head);
    value.set(this.#content.len === 0 ? EMPTY_BYTES : this.#content.view(), this.#head.length);
    return value;
  }
}
