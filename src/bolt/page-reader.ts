/** Finds the newest valid meta and reads pages by id, within the bounds that it gives. */
import { assert } from '../stdx/index.js';
import { CorruptBoltError } from './errors.js';
import {
  decodeMeta,
  FREELIST_COUNT_ELSEWHERE,
  META_BYTES,
  type Meta,
  PAGE_HEADER_BYTES,
  PageFlag,
  readUint16,
  readUint32,
  readUint64,
} from './format.js';
import { PAGE_BYTES_MAX, PAGE_BYTES_MIN } from './limits.js';
import { Page } from './page.js';
import type { PageUse } from './page-use.js';
import type { BoltSource } from './source.js';

export class PageReader {
  readonly meta: Meta;
  readonly #source: BoltSource;
  /** If set, every page that is read is claimed, and one that was claimed before is refused. */
  use: PageUse | undefined;

  /** The source may be longer than the file's pages, never shorter. */
  constructor(source: BoltSource) {
    const meta = newestMeta(source);
    if (meta === undefined) refuseFile('it is no bbolt file: neither meta page is valid');
    const { pageBytes, pageCount, root } = meta;
    const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
    if (!isPowerOfTwo || pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX) {
      refuseFile(`the meta page speaks of pages of ${pageBytes} bytes`);
    }
    if (pageCount * pageBytes > source.sizeBytes) {
      refuseFile(`the file is cut: it has ${source.sizeBytes} bytes of ${pageCount * pageBytes}`);
    }
    if (root < 2 || root >= pageCount) refuseFile('the root page is out of bounds');
    this.#source = source;
    this.meta = meta;
  }

  /** Reads a page of a tree, to which `from` has led. */
  readPage(id: number, from?: Page): Page {
    const { pageBytes, pageCount } = this.meta;
    if (from !== undefined && !(id >= 2 && id < pageCount))
      from.fail('it leads to a page that is out of bounds');
    const buf = this.#readRun(id);
    return new Page({ page: id, pageBytes }, buf, 0, buf.length, id);
  }

  /** The ids of the free pages; none if they are not stored. */
  readFreelist(): number[] {
    const { freelist, pageBytes, pageCount } = this.meta;
    if (freelist === undefined) return [];
    if (!(freelist >= 2 && freelist < pageCount)) refuseFile('the freelist is out of bounds');
    const buf = this.#readRun(freelist);
    const fail = (detail: string): never => {
      throw new CorruptBoltError(freelist, pageBytes, detail);
    };
    if (readUint64(buf, 0) !== freelist || readUint16(buf, 8) !== PageFlag.FREELIST)
      fail('it is no freelist');
    let at = PAGE_HEADER_BYTES;
    let count = readUint16(buf, 10);
    if (count === FREELIST_COUNT_ELSEWHERE) {
      count = readUint64(buf, at);
      at += 8;
    }
    if (at + count * 8 > buf.length) fail('it lists more pages than it has room for');
    const ids: number[] = [];
    for (let i = 0; i < count; i++) ids.push(readUint64(buf, at + 8 * i));
    return ids;
  }

  /** A page and those that belong to it. */
  #readRun(id: number): Uint8Array {
    const { pageBytes, pageCount } = this.meta;
    assert(id >= 2 && id < pageCount, 'a page id was checked before');
    const first = this.#source.read(id * pageBytes, pageBytes);
    const overflow = readUint32(first, 12);
    if (id + overflow >= pageCount) {
      throw new CorruptBoltError(id, pageBytes, 'it overflows beyond the last page');
    }
    this.#claim(id, 1 + overflow);
    return overflow === 0 ? first : this.#source.read(id * pageBytes, (1 + overflow) * pageBytes);
  }

  #claim(first: number, count: number): void {
    if (this.use === undefined) return;
    for (let id = first; id < first + count; id++) {
      if (!this.use.claim(id)) throw new CorruptBoltError(id, this.meta.pageBytes, 'it is used twice');
    }
  }
}

function refuseFile(detail: string): never {
  throw new CorruptBoltError(0, 0, detail);
}

/** The valid meta with the higher transaction id. */
function newestMeta(source: BoltSource): Meta | undefined {
  const read = (offset: number): Meta | undefined => {
    const length = PAGE_HEADER_BYTES + META_BYTES;
    if (offset + length > source.sizeBytes) return undefined;
    return decodeMeta(source.read(offset, length), PAGE_HEADER_BYTES);
  };
  const first = read(0);
  if (first !== undefined) {
    const second = read(first.pageBytes);
    return second === undefined || first.transactionId > second.transactionId ? first : second;
  }
  // Without a valid first page the size of pages is unknown, and so is the place of the second.
  for (let pageBytes = PAGE_BYTES_MIN; pageBytes <= PAGE_BYTES_MAX; pageBytes *= 2) {
    const second = read(pageBytes);
    if (second?.pageBytes === pageBytes) return second;
  }
  return undefined;
}
