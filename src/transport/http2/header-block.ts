/** Header blocks that come in several frames (RFC 9113, sections 4.3 and 6.10), and the trimmings of HEADERS. */
import { ByteWriter } from '../../stdx/index.js';
import { Flag } from './frame.js';
import { CONTINUATIONS_MAX, HEADER_BLOCK_BYTES_MAX } from './limits.js';

/** Bytes in front of the block fragment of a HEADERS frame: padding length and priority. */
export function headersPrefixBytes(flags: number): number {
  return ((flags & Flag.PADDED) === 0 ? 0 : 1) + ((flags & Flag.PRIORITY) === 0 ? 0 : 5);
}

export class HeaderBlock {
  /** The stream whose block is open; 0 for none. Until its end no other frame may come. */
  streamId = 0;
  endStream = false;
  readonly #bytes = new ByteWriter(64);
  #continuations = 0;

  get buf(): Uint8Array {
    return this.#bytes.buf;
  }

  get length(): number {
    return this.#bytes.len;
  }

  open(streamId: number, endStream: boolean, buf: Uint8Array, start: number, end: number): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.#continuations = 0;
    this.#bytes.reset();
    this.#bytes.raw(buf, start, end);
  }

  /** Adds a CONTINUATION. False when they, or the block, are too many. */
  add(buf: Uint8Array, start: number, end: number): boolean {
    this.#continuations++;
    if (this.#continuations > CONTINUATIONS_MAX) return false;
    if (this.#bytes.len + end - start > HEADER_BLOCK_BYTES_MAX) return false;
    this.#bytes.raw(buf, start, end);
    return true;
  }

  close(): void {
    this.streamId = 0;
  }
}
