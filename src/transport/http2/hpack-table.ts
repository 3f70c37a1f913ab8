/**
 * HPACK's two tables (RFC 7541, section 2.3): 61 static entries, then the dynamic ones, newest first, in one index
 * space that begins at 1.
 */
import { assert } from '../../stdx/index.js';

/** A header field. `valid` is false when the characters are not what RFC 9113, section 8.2.1 allows. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  readonly valid: boolean;
}

/** What an entry counts beside its characters (RFC 7541, section 4.1). */
export const ENTRY_OVERHEAD_BYTES = 32;

export function fieldBytes(field: HeaderField): number {
  return field.name.length + field.value.length + ENTRY_OVERHEAD_BYTES;
}

/** RFC 7541, appendix A; a name without a value after it has the empty value. */
const STATIC_PAIRS: readonly (readonly [string, string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** Index 0 is no entry: `STATIC_TABLE[i]` is the entry with HPACK index i. */
export const STATIC_TABLE: readonly HeaderField[] = [
  { name: '', value: '', valid: false },
  ...STATIC_PAIRS.map(([name, value]) => ({ name, value, valid: true })),
];
export const STATIC_ENTRIES = STATIC_PAIRS.length;

/**
 * The dynamic table: a ring, newest entry first, evicting the oldest when `bytes` would exceed `bytesMax`.
 *
 * `generation` changes whenever an index comes to mean something else, so equal bytes under an equal generation are an
 * equal header list: that is what makes repeated header blocks free.
 */
export class DynamicTable {
  generation = 0;
  bytes = 0;
  count = 0;
  bytesMax: number;
  readonly #ring: (HeaderField | undefined)[];
  readonly #mask: number;
  #newest = 0;

  /** `capacityBytes` is the largest `bytesMax` there will be. */
  constructor(capacityBytes: number) {
    this.bytesMax = capacityBytes;
    let slots = 1;
    while (slots * ENTRY_OVERHEAD_BYTES < capacityBytes) slots *= 2;
    this.#ring = new Array<HeaderField | undefined>(slots).fill(undefined);
    this.#mask = slots - 1;
  }

  /** The entry at a distance from the newest (0). */
  at(distance: number): HeaderField {
    const field = this.#ring[(this.#newest - distance) & this.#mask];
    assert(distance < this.count && field !== undefined, 'dynamic table index within the table');
    return field;
  }

  /** An entry larger than the table empties it, and that is no error (RFC 7541, section 4.4). */
  insert(field: HeaderField): void {
    const size = fieldBytes(field);
    this.generation++;
    this.#evictTo(this.bytesMax - size);
    if (size > this.bytesMax) return;
    this.#newest = (this.#newest + 1) & this.#mask;
    this.#ring[this.#newest] = field;
    this.bytes += size;
    this.count++;
    assert(this.count <= this.#mask + 1, 'entries fit the ring');
  }

  resize(bytesMax: number): void {
    this.generation++;
    this.bytesMax = bytesMax;
    this.#evictTo(bytesMax);
  }

  #evictTo(bytes: number): void {
    while (this.bytes > bytes && this.count > 0) {
      const slot = (this.#newest - (this.count - 1)) & this.#mask;
      this.bytes -= fieldBytes(this.#ring[slot]!);
      this.#ring[slot] = undefined;
      this.count--;
    }
  }
}
