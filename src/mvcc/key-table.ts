/**
 * One record of 64 bytes, a cache line, per key known to the index: where its bytes are and what its newest revision
 * says. Records live in pages of typed arrays; an id is a record's number and is used again once its key is removed.
 *
 * | words | content |
 * | --- | --- |
 * | 0, 1 | address of the key in the arena (0: the id is free), its length (free: next free id + 1) |
 * | 2, 3 | sub revision of the newest revision, length of its KeyValue |
 * | 4-5, 6-7, 8-9 | mod_revision, create_revision, version as doubles; version 0: the newest revision is a tombstone |
 * | 10-11 | number of the newest revision in the revision log, as a double |
 * | 12, 13 | slab and offset of the newest KeyValue; slab 0: never in the ring |
 * | 14, 15 | lease, low and high word |
 */
import { assert } from '../stdx/index.js';
import { KEY_IDS_MAX } from './limits.js';

const PAGE_RECORDS_LOG2 = 12;
const PAGE_RECORDS = 1 << PAGE_RECORDS_LOG2;
const RECORD_MASK = PAGE_RECORDS - 1;
const RECORD_WORDS_LOG2 = 4;

export class KeyTable {
  readonly #words: Uint32Array[] = [];
  readonly #doubles: Float64Array[] = [];
  /** Ids handed out so far, the free ones included. */
  #size = 0;
  #freeHead = 0;

  /** Ids in [0, idBound) have been used. */
  get idBound(): number {
    return this.#size;
  }

  /** A new record, all zero but for the key's place. */
  add(address: number, length: number): number {
    assert(address !== 0, 'a key has an address');
    let id: number;
    if (this.#freeHead !== 0) {
      id = this.#freeHead - 1;
      this.#freeHead = this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 1]!;
    } else {
      id = this.#size++;
      assert(id < KEY_IDS_MAX, 'too many keys');
      if ((id & RECORD_MASK) === 0) {
        const page = new ArrayBuffer(PAGE_RECORDS << (RECORD_WORDS_LOG2 + 2));
        this.#words.push(new Uint32Array(page));
        this.#doubles.push(new Float64Array(page));
      }
    }
    const words = this.#words[id >>> PAGE_RECORDS_LOG2]!;
    const at = (id & RECORD_MASK) << RECORD_WORDS_LOG2;
    words.fill(0, at, at + 16);
    words[at] = address;
    words[at + 1] = length;
    return id;
  }

  remove(id: number): void {
    const words = this.#words[id >>> PAGE_RECORDS_LOG2]!;
    const at = (id & RECORD_MASK) << RECORD_WORDS_LOG2;
    assert(words[at] !== 0, 'the id is in use');
    words[at] = 0;
    words[at + 1] = this.#freeHead;
    this.#freeHead = id + 1;
  }

  address(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![(id & RECORD_MASK) << 4]!;
  }

  keyLength(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 1]!;
  }

  sub(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 2]!;
  }

  kvLength(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 3]!;
  }

  modRevision(id: number): number {
    return this.#doubles[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 3) + 2]!;
  }

  createRevision(id: number): number {
    return this.#doubles[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 3) + 3]!;
  }

  /** 0 if the key does not live. */
  version(id: number): number {
    return this.#doubles[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 3) + 4]!;
  }

  seq(id: number): number {
    return this.#doubles[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 3) + 5]!;
  }

  slab(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 12]!;
  }

  kvOffset(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 13]!;
  }

  leaseLow(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 14]!;
  }

  leaseHigh(id: number): number {
    return this.#words[id >>> PAGE_RECORDS_LOG2]![((id & RECORD_MASK) << 4) + 15]!;
  }

  /** What the newest revision is and where its record lies. */
  setNewest(
    id: number,
    main: number,
    sub: number,
    seq: number,
    slab: number,
    kvOffset: number,
    kvLength: number,
  ): void {
    const words = this.#words[id >>> PAGE_RECORDS_LOG2]!;
    const doubles = this.#doubles[id >>> PAGE_RECORDS_LOG2]!;
    const at = (id & RECORD_MASK) << 4;
    words[at + 2] = sub;
    words[at + 3] = kvLength;
    doubles[(at >>> 1) + 2] = main;
    doubles[(at >>> 1) + 5] = seq;
    words[at + 12] = slab;
    words[at + 13] = kvOffset;
  }

  /** Where the newest KeyValue lies in the ring, `kvLength` bytes as before. */
  setPlace(id: number, slab: number, kvOffset: number): void {
    const words = this.#words[id >>> PAGE_RECORDS_LOG2]!;
    const at = (id & RECORD_MASK) << 4;
    words[at + 12] = slab;
    words[at + 13] = kvOffset;
  }

  /** The fields of the life that the newest revision belongs to; version 0 for a tombstone. */
  setLife(id: number, createRevision: number, version: number, leaseLow: number, leaseHigh: number): void {
    const words = this.#words[id >>> PAGE_RECORDS_LOG2]!;
    const doubles = this.#doubles[id >>> PAGE_RECORDS_LOG2]!;
    const at = (id & RECORD_MASK) << 4;
    doubles[(at >>> 1) + 3] = createRevision;
    doubles[(at >>> 1) + 4] = version;
    words[at + 14] = leaseLow;
    words[at + 15] = leaseHigh;
  }
}
