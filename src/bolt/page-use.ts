/** Which pages a tree or the freelist has claimed: each may be claimed once. */
export class PageUse {
  readonly #bits: Uint8Array;
  count = 0;

  constructor(pageCount: number) {
    this.#bits = new Uint8Array((pageCount + 7) >>> 3);
  }

  has(page: number): boolean {
    return (this.#bits[page >>> 3]! & (1 << (page & 7))) !== 0;
  }

  /** False if it was claimed before. */
  claim(page: number): boolean {
    if (this.has(page)) return false;
    this.#bits[page >>> 3]! |= 1 << (page & 7);
    this.count++;
    return true;
  }
}
