/** One page with its overflow, whose header and elements have been checked against its own bounds. */
import { CorruptBoltError } from './errors.js';
import { ELEMENT_BYTES, PAGE_HEADER_BYTES, PageFlag, readUint16, readUint32, readUint64 } from './format.js';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from './limits.js';

/** What a page is read from: the file, or a bucket's inline image in a page of it. */
export interface PagePlace {
  /** For messages: the page that the bytes are in. */
  readonly page: number;
  readonly pageBytes: number;
}

export class Page {
  readonly place: PagePlace;
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isLeaf: boolean;
  readonly count: number;
  readonly overflow: number;
  /** Where the bytes of keys and values begin. */
  readonly #contentStart: number;

  /** Takes `buf[start, end)` as a tree's page with the given id (0 for an inline image). */
  constructor(place: PagePlace, buf: Uint8Array, start: number, end: number, id: number) {
    this.place = place;
    this.buf = buf;
    this.start = start;
    this.end = end;
    if (end - start < PAGE_HEADER_BYTES) this.fail('it is too short for a page');
    if (readUint64(buf, start) !== id) this.fail('its header says that it is another page');
    const flags = readUint16(buf, start + 8);
    if (flags !== PageFlag.LEAF && flags !== PageFlag.BRANCH) this.fail('it is neither branch nor leaf');
    this.isLeaf = flags === PageFlag.LEAF;
    this.count = readUint16(buf, start + 10);
    this.overflow = readUint32(buf, start + 12);
    this.#contentStart = start + PAGE_HEADER_BYTES + this.count * ELEMENT_BYTES;
    if (this.#contentStart > end) this.fail('it has more elements than it has room for');
    if (!this.isLeaf && this.count === 0) this.fail('it is a branch without children');
  }

  /** Reads where an element's key is into `out`. */
  readElement(index: number, out: PageElement): void {
    const at = this.start + PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    const { buf } = this;
    if (this.isLeaf) {
      out.flags = readUint32(buf, at);
      out.keyStart = at + readUint32(buf, at + 4);
      out.keyEnd = out.keyStart + readUint32(buf, at + 8);
      out.valueEnd = out.keyEnd + readUint32(buf, at + 12);
    } else {
      out.keyStart = at + readUint32(buf, at);
      out.keyEnd = out.keyStart + readUint32(buf, at + 4);
      out.valueEnd = out.keyEnd;
      out.child = readUint64(buf, at + 8);
    }
    if (out.keyStart < this.#contentStart || out.valueEnd > this.end) {
      this.fail('an element points beyond the page');
    }
    const keyBytes = out.keyEnd - out.keyStart;
    if (keyBytes === 0 || keyBytes > KEY_BYTES_MAX) this.fail('a key is empty or too long');
    if (out.valueEnd - out.keyEnd > VALUE_BYTES_MAX) this.fail('a value is too long');
  }

  fail(detail: string): never {
    throw new CorruptBoltError(this.place.page, this.place.pageBytes, detail);
  }
}

/** An element, as offsets into its page's buffer. Used again for the next. */
export class PageElement {
  /** Of a leaf's element. */
  flags = 0;
  keyStart = 0;
  keyEnd = 0;
  /** The value is `[keyEnd, valueEnd)`. */
  valueEnd = 0;
  /** Of a branch's element. */
  child = 0;
}
