/**
 * The pages of the ordered index: 128 words each, in pools of 256 that are never moved. Parallel to the words of a
 * page lie its heads (see page-heads.ts). A freed page is used again.
 *
 * Page words: 0 entries, 1 next leaf + 1, 2 previous leaf + 1, 3 live keys (leaf); from 4 the ids of a leaf, or the
 * children of an inner page, whose separators begin at {@link SEPARATORS}.
 */
const PAGE_WORDS_LOG2 = 7;
const PAGE_WORDS = 1 << PAGE_WORDS_LOG2;
const POOL_PAGES_LOG2 = 8;
const POOL_PAGES = 1 << POOL_PAGES_LOG2;
const POOL_MASK = POOL_PAGES - 1;

export const NEXT = 1;
export const PREVIOUS = 2;
export const LIVE = 3;
export const ENTRIES = 4;
export const LEAF_MAX = PAGE_WORDS - ENTRIES;
export const CHILDREN_MAX = LEAF_MAX >>> 1;
export const SEPARATORS = ENTRIES + CHILDREN_MAX;
export const NO_PAGE = -1;

export class PagePool {
  readonly #words: Uint32Array[] = [];
  readonly #heads: Uint32Array[] = [];
  readonly #free: number[] = [];
  #size = 0;

  /** An empty page. */
  add(): number {
    const free = this.#free.pop();
    if (free !== undefined) {
      const base = this.base(free);
      this.words(free).fill(0, base, base + ENTRIES);
      return free;
    }
    if ((this.#size & POOL_MASK) === 0) {
      this.#words.push(new Uint32Array(POOL_PAGES << PAGE_WORDS_LOG2));
      this.#heads.push(new Uint32Array(POOL_PAGES << PAGE_WORDS_LOG2));
    }
    return this.#size++;
  }

  remove(page: number): void {
    this.#free.push(page);
  }

  /** The array that holds the page, from {@link base} on. */
  words(page: number): Uint32Array {
    return this.#words[page >>> POOL_PAGES_LOG2]!;
  }

  heads(page: number): Uint32Array {
    return this.#heads[page >>> POOL_PAGES_LOG2]!;
  }

  base(page: number): number {
    return (page & POOL_MASK) << PAGE_WORDS_LOG2;
  }

  word(page: number, index: number): number {
    return this.#words[page >>> POOL_PAGES_LOG2]![((page & POOL_MASK) << PAGE_WORDS_LOG2) + index]!;
  }

  entries(page: number): number {
    return this.#words[page >>> POOL_PAGES_LOG2]![(page & POOL_MASK) << PAGE_WORDS_LOG2]!;
  }

  /** Makes two leaves neighbours. */
  chain(left: number, right: number): void {
    if (left !== NO_PAGE) this.words(left)[this.base(left) + NEXT] = right + 1;
    if (right !== NO_PAGE) this.words(right)[this.base(right) + PREVIOUS] = left + 1;
  }
}
