/**
 * A file's bytes in pages that copies share until one of them writes. Files are mostly zeros that nobody has written
 * yet, and a simulator copies them at every crash.
 */
const PAGE_BYTES = 16 * 1024;

export class PagedBytes {
  /** Undefined: all zeros. Beyond the size a page holds zeros. */
  #pages: (Uint8Array | undefined)[] = [];
  /** Whether nobody else has the page. */
  #isOwn: boolean[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array, offset: number): void {
    this.resize(Math.max(this.#size, offset + bytes.length));
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const inPage = at % PAGE_BYTES;
      const count = Math.min(bytes.length - done, PAGE_BYTES - inPage);
      this.#ownPage((at - inPage) / PAGE_BYTES).set(bytes.subarray(done, done + count), inPage);
      done += count;
    }
  }

  /** Cuts, or adds zeros. */
  resize(size: number): void {
    if (size < this.#size) {
      const inPage = size % PAGE_BYTES;
      const pages = Math.ceil(size / PAGE_BYTES);
      if (inPage > 0 && this.#pages[pages - 1] !== undefined) this.#ownPage(pages - 1).fill(0, inPage);
      if (this.#pages.length > pages) this.#pages.length = pages;
    }
    this.#size = size;
  }

  /** Fills `into` from `offset` on, as far as there are bytes; returns how many. */
  read(into: Uint8Array, offset: number): number {
    const total = Math.max(0, Math.min(into.length, this.#size - offset));
    for (let done = 0; done < total; ) {
      const at = offset + done;
      const inPage = at % PAGE_BYTES;
      const count = Math.min(total - done, PAGE_BYTES - inPage);
      const page = this.#pages[(at - inPage) / PAGE_BYTES];
      if (page === undefined) into.fill(0, done, done + count);
      else into.set(page.subarray(inPage, inPage + count), done);
      done += count;
    }
    return total;
  }

  clone(): PagedBytes {
    const copy = new PagedBytes();
    copy.#pages = [...this.#pages];
    copy.#size = this.#size;
    this.#isOwn = [];
    return copy;
  }

  #ownPage(index: number): Uint8Array {
    const page = this.#pages[index];
    if (page !== undefined && this.#isOwn[index] === true) return page;
    const own = new Uint8Array(PAGE_BYTES);
    if (page !== undefined) own.set(page);
    // Indexes without a page are holes in the array; that costs less than a page.
    this.#pages[index] = own;
    this.#isOwn[index] = true;
    return own;
  }
}
