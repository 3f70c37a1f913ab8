/**
 * The events of one response as references to where their bytes lie. Filled by the store for one delivery, read by
 * the receiver during the call, then reused.
 */
import type { ByteWriter } from '../../stdx/index.js';

/** Beyond this many pieces the arrays are let go after use: one huge revision must not stay paid for. */
const KEPT_PIECES_MAX = 4096;

export class EventPieces {
  #bufs: Uint8Array[] = [];
  #starts: number[] = [];
  #ends: number[] = [];
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of all events together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of event `index`. */
  bytesAt(index: number): number {
    return this.#ends[index]! - this.#starts[index]!;
  }

  clear(): void {
    if (this.#bufs.length > KEPT_PIECES_MAX) {
      this.#bufs = [];
      this.#starts = [];
      this.#ends = [];
    }
    this.#count = 0;
    this.#bytes = 0;
  }

  push(buf: Uint8Array, start: number, end: number): void {
    const index = this.#count++;
    this.#bufs[index] = buf;
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#bytes += end - start;
  }

  /** Appends the events `from` to `to` (exclusive) to `out`; neighbours in memory go as one copy. */
  writeTo(out: ByteWriter, from = 0, to = this.#count): void {
    for (let i = from; i < to; ) {
      const buf = this.#bufs[i]!;
      const start = this.#starts[i]!;
      let end = this.#ends[i]!;
      i++;
      while (i < to && this.#bufs[i] === buf && this.#starts[i] === end) end = this.#ends[i++]!;
      out.raw(buf, start, end);
    }
  }
}
