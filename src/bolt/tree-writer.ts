/** Writes one tree's pages in order: its leaves as records come, then its branches. */
import { assert, copyBytes } from '../stdx/index.js';
import { ELEMENT_BYTES, PAGE_HEADER_BYTES, PageFlag, putPageHeader, putUint32, putUint64 } from './format.js';
import type { Level, TreeLayout } from './tree-layout.js';

/** Takes pages. The view is valid during the call. */
export type PageSink = (pages: Uint8Array) => void;

export class TreeWriter {
  readonly #layout: TreeLayout;
  readonly #pageBytes: number;
  readonly #sink: PageSink;
  #buf: Uint8Array;
  #nextPage: number;
  /** Page ids of the level written last. */
  #ids: number[] = [];
  #leaf = 0;
  #index = 0;
  #contentAt = 0;

  constructor(layout: TreeLayout, pageBytes: number, firstPage: number, sink: PageSink) {
    this.#layout = layout;
    this.#pageBytes = pageBytes;
    this.#sink = sink;
    this.#buf = new Uint8Array(pageBytes);
    this.#nextPage = firstPage;
    this.#beginLeaf();
  }

  add(key: Uint8Array, value: Uint8Array, elementFlags: number): void {
    const { counts } = this.#layout.leaves;
    assert(this.#leaf < counts.length, 'no more records than the layout was given');
    const buf = this.#buf;
    const element = PAGE_HEADER_BYTES + this.#index * ELEMENT_BYTES;
    const at = this.#contentAt;
    const end = at + key.length + value.length;
    assert(end <= buf.length, 'records are as large as the layout was told');
    putUint32(buf, element, elementFlags);
    putUint32(buf, element + 4, at - element);
    putUint32(buf, element + 8, key.length);
    putUint32(buf, element + 12, value.length);
    copyBytes(buf, at, key, 0, key.length);
    copyBytes(buf, at + key.length, value, 0, value.length);
    this.#contentAt = end;
    if (++this.#index < counts[this.#leaf]!) return;
    this.#emit(PageFlag.LEAF, this.#index);
    this.#leaf++;
    if (this.#leaf < counts.length) this.#beginLeaf();
  }

  /** Writes the branches and returns the root's page id. */
  finish(): number {
    const { leaves, branches } = this.#layout;
    if (this.#layout.recordCount === 0) {
      this.#emit(PageFlag.LEAF, 0);
      this.#leaf++;
    }
    assert(this.#leaf === leaves.counts.length, 'as many records as the layout was given');
    // The first leaf below each page of the level beneath.
    let firstLeaves = leaves.counts.map((_, leaf) => leaf);
    for (const level of branches) firstLeaves = this.#writeBranches(level, firstLeaves);
    assert(this.#ids.length === 1, 'a tree has one root');
    return this.#ids[0]!;
  }

  #writeBranches(level: Level, children: readonly number[]): number[] {
    const childIds = this.#ids;
    const firstLeaves: number[] = [];
    this.#ids = [];
    let child = 0;
    for (let i = 0; i < level.counts.length; i++) {
      const count = level.counts[i]!;
      this.#begin(level.runs[i]!, count);
      firstLeaves.push(children[child]!);
      for (let k = 0; k < count; k++, child++) this.#addChild(k, children[child]!, childIds[child]!);
      this.#emit(PageFlag.BRANCH, count);
    }
    assert(child === children.length, 'branches cover the level below');
    return firstLeaves;
  }

  #addChild(index: number, firstLeaf: number, id: number): void {
    const element = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    const keyBytes = this.#layout.firstKeyBytes(firstLeaf);
    putUint32(this.#buf, element, this.#contentAt - element);
    putUint32(this.#buf, element + 4, keyBytes);
    putUint64(this.#buf, element + 8, id);
    this.#layout.copyFirstKey(firstLeaf, this.#buf, this.#contentAt);
    this.#contentAt += keyBytes;
  }

  #beginLeaf(): void {
    this.#index = 0;
    this.#begin(this.#layout.leaves.runs[this.#leaf]!, this.#layout.leaves.counts[this.#leaf]!);
  }

  #begin(run: number, count: number): void {
    const bytes = run * this.#pageBytes;
    if (this.#buf.length === bytes) this.#buf.fill(0);
    else this.#buf = new Uint8Array(bytes);
    this.#contentAt = PAGE_HEADER_BYTES + count * ELEMENT_BYTES;
  }

  #emit(flags: number, count: number): void {
    const run = this.#buf.length / this.#pageBytes;
    putPageHeader(this.#buf, 0, this.#nextPage, flags, count, run - 1);
    this.#sink(this.#buf);
    this.#ids.push(this.#nextPage);
    this.#nextPage += run;
  }
}
