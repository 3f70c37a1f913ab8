/**
 * A walk over a tree's records in key order. Keys must ascend strictly over the whole walk, and lie where the branches
 * above say; so a walk ends, whatever a damaged file links to what.
 */
import { compareSlices, copyOf, toHex } from '../stdx/index.js';
import { TREE_DEPTH_MAX } from './limits.js';
import { type Page, PageElement } from './page.js';
import type { PageReader } from './page-reader.js';

/** A branch on the way to the present leaf. */
interface Step {
  readonly page: Page;
  next: number;
}

export class BoltCursor {
  readonly #pages: PageReader;
  readonly #path: Step[] = [];
  readonly #element = new PageElement();
  readonly #branch = new PageElement();
  #leaf: Page;
  #index = 0;
  /** The key before the present one. */
  #lastBuf: Uint8Array | undefined;
  #lastStart = 0;
  #lastEnd = 0;

  /** Valid after {@link next} has returned true, until it is called again. */
  buf: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  /** The value is `buf[keyEnd, valueEnd)`. */
  valueEnd = 0;
  elementFlags = 0;

  /** Walks the tree whose root is given. */
  constructor(pages: PageReader, root: Page) {
    this.#pages = pages;
    this.#leaf = root;
    this.buf = root.buf;
    if (!root.isLeaf) this.#descend(root);
  }

  /** The page that the present record is in. */
  get page(): Page {
    return this.#leaf;
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    while (this.#index === this.#leaf.count) {
      if (!this.#nextLeaf()) return false;
    }
    const element = this.#element;
    this.#leaf.readElement(this.#index++, element);
    this.buf = this.#leaf.buf;
    this.keyStart = element.keyStart;
    this.keyEnd = element.keyEnd;
    this.valueEnd = element.valueEnd;
    this.elementFlags = element.flags;
    this.#checkAscends(this.#leaf, element);
    this.#lastBuf = this.buf;
    this.#lastStart = element.keyStart;
    this.#lastEnd = element.keyEnd;
    return true;
  }

  #nextLeaf(): boolean {
    for (let step = this.#path.pop(); step !== undefined; step = this.#path.pop()) {
      if (step.next === step.page.count) continue;
      this.#descendFrom(step);
      return true;
    }
    return false;
  }

  #descend(page: Page): void {
    this.#descendFrom({ page, next: 0 });
  }

  /** Goes down to the first leaf below the step's next child. */
  #descendFrom(from: Step): void {
    const branch = this.#branch;
    let step = from;
    for (;;) {
      if (this.#path.length >= TREE_DEPTH_MAX) step.page.fail('the tree is deeper than any real one');
      step.page.readElement(step.next++, branch);
      this.#checkAscends(step.page, branch);
      this.#path.push(step);
      const child = this.#pages.readPage(branch.child, step.page);
      if (child.count === 0) child.fail('it is an empty page below a branch');
      this.#checkFirstKey(step.page, branch, child);
      if (child.isLeaf) {
        this.#leaf = child;
        this.#index = 0;
        return;
      }
      step = { page: child, next: 0 };
    }
  }

  /** The element's key lies behind all that was met before. */
  #checkAscends(page: Page, element: PageElement): void {
    const last = this.#lastBuf;
    if (last === undefined) return;
    const order = compareSlices(
      last,
      this.#lastStart,
      this.#lastEnd,
      page.buf,
      element.keyStart,
      element.keyEnd,
    );
    if (order >= 0)
      page.fail(`key ${toHex(copyOf(page.buf, element.keyStart, element.keyEnd))} does not ascend`);
  }

  /** A branch's key is never above the first one of its child. */
  #checkFirstKey(page: Page, branch: PageElement, child: Page): void {
    const first = this.#element;
    child.readElement(0, first);
    const order = compareSlices(
      page.buf,
      branch.keyStart,
      branch.keyEnd,
      child.buf,
      first.keyStart,
      first.keyEnd,
    );
    if (order > 0) child.fail('its first key is below the one that leads to it');
  }
}
