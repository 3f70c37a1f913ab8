/**
 * etcd's Hash: CRC-32C over the whole backend, table by table in their order: its name, then key and value of each record.
 * What differs between members that hold the same (whose backend it is, how far it is) does not count. Taken of one
 * view, in slices.
 */
import { type BackendSnapshot, TABLES } from '../../mvcc/index.js';
import { isAppliedRecord, isIdentityRecord } from '../../state-machine/index.js';
import { crc32c, EMPTY_BYTES, encodeUtf8 } from '../../stdx/index.js';

export class BackendHash {
  readonly #view: BackendSnapshot;
  #tableIndex = 0;
  #from = EMPTY_BYTES;
  /** Valid once {@link step} has returned true. */
  hash = 0;

  constructor(view: BackendSnapshot) {
    this.#view = view;
    this.hash = crc32c(encodeUtf8(TABLES[0]));
  }

  /** Works on at most `recordsMax` records; true when the hash stands. */
  step(recordsMax: number): boolean {
    const table = TABLES[this.#tableIndex]!;
    let left = recordsMax;
    let last: Uint8Array | undefined;
    this.#view.scan(table, this.#from, undefined, (key, value) => {
      if (!isAppliedRecord(table, key) && !isIdentityRecord(table, key)) {
        this.hash = crc32c(value, crc32c(key, this.hash));
      }
      left--;
      if (left === 0) last = key.slice();
      return left > 0;
    });
    if (last !== undefined) {
      // The least key behind the last one.
      this.#from = new Uint8Array(last.length + 1);
      this.#from.set(last);
      return false;
    }
    const next = TABLES[++this.#tableIndex];
    if (next === undefined) return true;
    this.#from = EMPTY_BYTES;
    this.hash = crc32c(encodeUtf8(next), this.hash);
    return false;
  }
}
