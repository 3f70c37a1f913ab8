/**
 * Cuts incoming chunks into frames. A frame that lies in one chunk is handed on where it is; one that is spread over
 * chunks is collected in a buffer of its own, which is never reused, so receivers may keep what they are given.
 */
import { copyBytes, EMPTY_BYTES } from '../../stdx/index.js';
import { FRAME_HEADER_BYTES, readUint31 } from './frame.js';
import { FRAME_BYTES_MAX } from './limits.js';

export interface FrameSink {
  /** A whole frame; its payload is `buf[start, end)`. Returns false to stop reading for good. */
  onFrame(
    type: number,
    flags: number,
    streamId: number,
    buf: Uint8Array,
    start: number,
    end: number,
  ): boolean;
  /** A frame larger than {@link FRAME_BYTES_MAX}; nothing is read afterwards. */
  onOversizedFrame(): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  #stopped = false;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFill = 0;
  #payload: Uint8Array = EMPTY_BYTES;
  #payloadFill = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  stop(): void {
    this.#stopped = true;
  }

  read(chunk: Uint8Array, from: number): void {
    if (this.#stopped) return;
    let at = this.#headerFill === 0 ? from : this.#complete(chunk, from);
    const end = chunk.length;
    while (!this.#stopped && end - at >= FRAME_HEADER_BYTES) {
      const length = frameLength(chunk, at);
      const next = at + FRAME_HEADER_BYTES + length;
      if (length > FRAME_BYTES_MAX) {
        this.#oversized();
        return;
      }
      if (next > end) break;
      this.#frame(chunk, at, chunk, at + FRAME_HEADER_BYTES, next);
      at = next;
    }
    if (this.#stopped || at >= end) return;
    this.#begin(chunk, at);
  }

  /** Keeps the beginning of a frame whose end has not come. */
  #begin(chunk: Uint8Array, at: number): void {
    const n = Math.min(FRAME_HEADER_BYTES, chunk.length - at);
    copyBytes(this.#header, 0, chunk, at, at + n);
    this.#headerFill = n;
    this.#payloadFill = 0;
    if (n < FRAME_HEADER_BYTES) return;
    this.#openPayload();
    this.#fillPayload(chunk, at + n);
  }

  /** Adds to the frame begun earlier; returns where the next one starts. */
  #complete(chunk: Uint8Array, from: number): number {
    let at = from;
    if (this.#headerFill < FRAME_HEADER_BYTES) {
      const n = Math.min(FRAME_HEADER_BYTES - this.#headerFill, chunk.length - at);
      copyBytes(this.#header, this.#headerFill, chunk, at, at + n);
      this.#headerFill += n;
      at += n;
      if (this.#headerFill < FRAME_HEADER_BYTES) return at;
      if (frameLength(this.#header, 0) > FRAME_BYTES_MAX) {
        this.#oversized();
        return at;
      }
      this.#openPayload();
    }
    at = this.#fillPayload(chunk, at);
    if (this.#payloadFill < this.#payload.length) return at;
    const payload = this.#payload;
    this.#headerFill = 0;
    this.#payload = EMPTY_BYTES;
    this.#frame(this.#header, 0, payload, 0, payload.length);
    return at;
  }

  #openPayload(): void {
    this.#payload = new Uint8Array(frameLength(this.#header, 0));
    this.#payloadFill = 0;
  }

  #fillPayload(chunk: Uint8Array, at: number): number {
    const n = Math.min(this.#payload.length - this.#payloadFill, chunk.length - at);
    copyBytes(this.#payload, this.#payloadFill, chunk, at, at + n);
    this.#payloadFill += n;
    return at + n;
  }

  #frame(header: Uint8Array, at: number, buf: Uint8Array, start: number, end: number): void {
    const more = this.#sink.onFrame(
      header[at + 3]!,
      header[at + 4]!,
      readUint31(header, at + 5),
      buf,
      start,
      end,
    );
    if (!more) this.#stopped = true;
  }

  #oversized(): void {
    this.#stopped = true;
    this.#sink.onOversizedFrame();
  }
}

function frameLength(buf: Uint8Array, at: number): number {
  return (buf[at]! << 16) | (buf[at + 1]! << 8) | buf[at + 2]!;
}
