/**
 * The encoded records of late: each record is written once into a slab of 1 MiB, and the same bytes serve the backend
 * (by reference, until its transaction has committed), the watchers and the readers.
 *
 * Slabs have ascending numbers from 1. The oldest go once the ring exceeds its size, but never before all their
 * records are committed; who finds a slab's number below {@link firstSlab} reads the backend instead. A freed slab is
 * filled again, so views of the ring must not outlive the call that gave them.
 */
import { assert } from '../stdx/index.js';
import { SLAB_BYTES, SPARE_SLABS_MAX } from './limits.js';

export class SlabRing {
  readonly #bytesMax: number;
  #slabs: Uint8Array[] = [];
  /** Per slab, the sequence number behind its last record. */
  #ends: number[] = [];
  readonly #spares: Uint8Array[] = [];
  #bytes = 0;
  #first = 1;

  /** The slab that is being filled, its number, and how far it is filled. */
  buf: Uint8Array = new Uint8Array(0);
  slab = 0;
  len = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Slabs below this number are gone. */
  get firstSlab(): number {
    return this.#first;
  }

  /** Bytes of all slabs held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether records of the backend may be taken in for the sake of reads alone. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#bytesMax && this.#bytesMax >= SLAB_BYTES;
  }

  /** Makes `buf` hold `bytes` more bytes at `len`. `seq` is the number of the record that will be written. */
  reserve(bytes: number, seq: number): void {
    if (this.slab !== 0 && this.len + bytes <= this.buf.length) return;
    if (this.#slabs.length > 0) this.#ends[this.#ends.length - 1] = seq;
    const spare = bytes <= SLAB_BYTES ? this.#spares.pop() : undefined;
    this.buf = spare ?? new Uint8Array(Math.max(bytes, SLAB_BYTES));
    this.len = 0;
    this.#slabs.push(this.buf);
    this.#ends.push(Number.POSITIVE_INFINITY);
    this.#bytes += this.buf.length;
    this.slab = this.#first + this.#slabs.length - 1;
  }

  has(slab: number): boolean {
    return slab >= this.#first;
  }

  bufOf(slab: number): Uint8Array {
    assert(slab >= this.#first && slab <= this.slab, 'the slab is in the ring');
    return this.#slabs[slab - this.#first]!;
  }

  /** Lets old slabs go as far as size asks and commits allow: records below `committedSeq` are in the backend. */
  release(committedSeq: number): void {
    let gone = 0;
    while (this.#bytes > this.#bytesMax && gone < this.#slabs.length && this.#ends[gone]! <= committedSeq) {
      const slab = this.#slabs[gone]!;
      this.#bytes -= slab.length;
      if (slab.length === SLAB_BYTES && this.#spares.length < SPARE_SLABS_MAX) this.#spares.push(slab);
      gone++;
    }
    if (gone === 0) return;
    this.#slabs.splice(0, gone);
    this.#ends.splice(0, gone);
    this.#first += gone;
  }
}
