/**
 * The first of two passes of writing a file: learns the sizes of all records, so that the second, `BoltWriter`, can write
 * page after page from the front and never come back. Both must be given the same records.
 *
 * Memory: the first key of each leaf page, about a hundredth of the file.
 */
import { assert, compareBytes } from '../stdx/index.js';
import { BUCKET_HEADER_BYTES } from './format.js';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from './limits.js';
import { TreeLayout } from './tree-layout.js';

/** Two metas and the freelist. */
export const FIRST_TREE_PAGE = 3;

export interface BucketLayout {
  readonly name: Uint8Array;
  readonly tree: TreeLayout;
  readonly isInline: boolean;
}

export class BoltLayout {
  readonly pageBytes: number;
  readonly buckets: BucketLayout[] = [];
  /** The tree of the buckets. Laid out by {@link finish}. */
  readonly root: TreeLayout;
  #bucketName: Uint8Array | undefined;
  #tree: TreeLayout;
  #pageCount = 0;

  constructor(pageBytes = 4096) {
    this.pageBytes = pageBytes;
    this.root = new TreeLayout(pageBytes);
    this.#tree = this.root;
  }

  /** Begins the next bucket; names ascend. */
  beginBucket(name: Uint8Array): void {
    const last = this.buckets[this.buckets.length - 1];
    assert(last === undefined || compareBytes(last.name, name) < 0, 'buckets are written in order');
    assert(this.#bucketName === undefined, 'one bucket at a time');
    this.#bucketName = name;
    this.#tree = new TreeLayout(this.pageBytes);
  }

  /** Adds the next record of the bucket; keys ascend. */
  add(key: Uint8Array, valueBytes: number): void {
    assert(key.length > 0 && key.length <= KEY_BYTES_MAX, 'a key is neither empty nor too long');
    assert(valueBytes <= VALUE_BYTES_MAX, 'a value is not too long');
    this.#tree.add(key, 0, key.length, valueBytes);
  }

  endBucket(): void {
    const name = this.#bucketName;
    assert(name !== undefined, 'a bucket has been begun');
    this.#bucketName = undefined;
    const tree = this.#tree;
    tree.finish();
    // bbolt's own rule, so that it never finds an inline bucket that it would not have made.
    const isInline = tree.inlineBytes - BUCKET_HEADER_BYTES <= this.pageBytes / 4;
    this.buckets.push({ name, tree, isInline });
  }

  finish(): void {
    let pages = FIRST_TREE_PAGE;
    for (const { name, tree, isInline } of this.buckets) {
      this.root.add(name, 0, name.length, isInline ? tree.inlineBytes : BUCKET_HEADER_BYTES);
      if (!isInline) pages += tree.pageCount;
    }
    this.root.finish();
    this.#pageCount = pages + this.root.pageCount;
  }

  /** Pages of the file. */
  get pageCount(): number {
    assert(this.#pageCount > 0, 'the layout is finished');
    return this.#pageCount;
  }

  get fileBytes(): number {
    return this.pageCount * this.pageBytes;
  }
}
