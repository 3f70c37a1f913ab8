/** Bytes of one stream that flow control or a slow peer holds back, first in first out. Bytes are copied in. */
import { assert, copyBytes } from '../../stdx/index.js';

const CHUNK_BYTES = 16_384;
/** A queue begins with what it needs, often little for a client that does not read, and grows to whole chunks. */
const SMALL_BYTES_MAX = 6 * 1024;
const SMALL_BYTES_MIN = 256;
/** More than this in one piece gets memory of its own. */
const PIECE_BYTES_MAX = 8 * CHUNK_BYTES;
/** Chunks that no queue uses, for the next one that needs some: 4 MiB. */
const FREE_CHUNKS_MAX = 256;
const freeChunks: Uint8Array[] = [];

/** For a queue's next `bytes`, behind a chunk of `lastBytes`; that many small pieces must not be as many chunks. */
function chunkFor(bytes: number, lastBytes: number): Uint8Array {
  const small = Math.max(bytes, 2 * lastBytes, SMALL_BYTES_MIN);
  if (small <= SMALL_BYTES_MAX) return new Uint8Array(small);
  if (bytes > PIECE_BYTES_MAX) return new Uint8Array(bytes);
  return freeChunks.pop() ?? new Uint8Array(CHUNK_BYTES);
}

function release(chunk: Uint8Array): void {
  if (chunk.length === CHUNK_BYTES && freeChunks.length < FREE_CHUNKS_MAX) freeChunks.push(chunk);
}

export class SendQueue {
  bytes = 0;
  readonly #chunks: Uint8Array[] = [];
  /** Read position in the first chunk, write position in the last. */
  #head = 0;
  #tail = 0;

  /** `more` are bytes that will follow at once: room for a little is taken only for that. */
  push(src: Uint8Array, start: number, end: number, more = 0): void {
    this.bytes += end - start;
    let at = start;
    while (at < end) {
      let last = this.#chunks[this.#chunks.length - 1];
      if (last === undefined || this.#tail === last.length) {
        last = chunkFor(end - at + more, last?.length ?? 0);
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
      release(this.#chunks.shift()!);
      this.#head = 0;
      if (this.#chunks.length === 0) this.#tail = 0;
    }
  }

  /** Gives up what is queued. */
  clear(): void {
    for (const chunk of this.#chunks) release(chunk);
    this.#chunks.length = 0;
    this.#head = 0;
    this.#tail = 0;
    this.bytes = 0;
  }
}
