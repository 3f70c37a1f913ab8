import { compareSlices } from '../stdx/index.js';
import type { OrderedIndex } from './ordered-index.js';
import { NO_PAGE } from './page-pool.js';

/**
 * A walk over the ids of a key interval, leaf by leaf:
 * `while (walk.page !== NO_PAGE) { for slots from walk.slot to walk.slotEnd ...; walk.nextLeaf(); }`.
 * The tree must not change meanwhile.
 */
export class Interval {
  readonly #tree: OrderedIndex;
  #endPage = NO_PAGE;
  #endSlot = 0;
  page = NO_PAGE;
  slot = 0;
  slotEnd = 0;

  constructor(tree: OrderedIndex) {
    this.#tree = tree;
  }

  /**
   * Opens `[key, rangeEnd)`; a range end of one zero byte is no bound. Without a range end use the hash instead.
   */
  open(
    keyBuf: Uint8Array,
    keyStart: number,
    keyEnd: number,
    rangeEndBuf: Uint8Array,
    rangeEndStart: number,
    rangeEndEnd: number,
  ): void {
    const tree = this.#tree;
    this.page = NO_PAGE;
    if (rangeEndEnd - rangeEndStart === 1 && rangeEndBuf[rangeEndStart] === 0) {
      this.#endPage = NO_PAGE;
    } else {
      if (compareSlices(rangeEndBuf, rangeEndStart, rangeEndEnd, keyBuf, keyStart, keyEnd) <= 0) return;
      tree.seek(rangeEndBuf, rangeEndStart, rangeEndEnd);
      this.#endPage = tree.page;
      this.#endSlot = tree.slot;
    }
    tree.seek(keyBuf, keyStart, keyEnd);
    this.page = tree.page;
    this.slot = tree.slot;
    this.#bound();
  }

  /** Whether the walk takes in the whole leaf. */
  get isWholeLeaf(): boolean {
    return this.slot === 0 && this.slotEnd === this.#tree.entries(this.page);
  }

  nextLeaf(): void {
    this.page = this.page === this.#endPage ? NO_PAGE : this.#tree.nextLeaf(this.page);
    this.slot = 0;
    this.#bound();
  }

  #bound(): void {
    if (this.page === NO_PAGE) return;
    this.slotEnd = this.page === this.#endPage ? this.#endSlot : this.#tree.entries(this.page);
  }
}
