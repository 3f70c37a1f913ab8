/** Bytes of one stream that flow control or a slow peer holds back, first in first out. Bytes are copied in. */
import { assert, copyBytes } from '../../stdx/index.js';

const CHUNK_BYTES = 16_384;

export class SendQueue {
  bytes = 0;
  readonly #chunks: Uint8Array[] = [];
  /** Read position in the first chunk, write position in the last. */
  #head = 0;
  #tail = 0;

  push(src: Uint8Array, start: number, end: number): void {
    this.bytes += end - start;
    let at = start;
    while (at < end) {
      let last = this.#chunks[this.#chunks.length - 1];
      if (last === undefined || this.#tail === last.length) {
        last = new Uint8Array(Math.max(CHUNK_BYTES, end - at));
        this.#chunks.push(last);
        this.#tail = 0;
      }
      const n = Math.min(end - at, last.length - this.#tail);
      copyBytes(last, this.#tail, src, at, at + n);
      this.#tail += n;
      at += n;
    }
  }

  /** Moves the first `count` bytes to `dst` at `at`. */
  shift(dst: Uint8Array, at: number, count: number): void {
    assert(count <= this.bytes, 'as many bytes as are queued');
    this.bytes -= count;
    let rest = count;
    while (rest > 0) {
      const first = this.#chunks[0]!;
      const end = this.#chunks.length === 1 ? this.#tail : first.length;
      const n = Math.min(rest, end - this.#head);
      copyBytes(dst, at, first, this.#head, this.#head + n);
      at += n;
      rest -= n;
      this.#head += n;
      if (this.#head < end) continue;
      this.#chunks.shift();
      this.#head = 0;
      if (this.#chunks.length === 0) this.#tail = 0;
    }
  }
}
