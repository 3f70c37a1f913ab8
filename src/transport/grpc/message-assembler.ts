/**
 * Cuts a stream's bytes into gRPC messages: one byte that says whether the message is compressed, four of length, the
 * message. A message that lies in one DATA frame is handed on where it is; others are collected.
 */
import { ByteWriter, copyBytes, EMPTY_BYTES } from '../../stdx/index.js';
import { MESSAGE_PREFIX_BYTES } from '../http2/sender.js';
import { ASSEMBLY_BYTES_INITIAL } from './limits.js';

export const Assembly = { NONE: 0, MESSAGE: 1, TOO_LARGE: 2 } as const;

export class MessageAssembler {
  /** After `MESSAGE`: the prefix's first byte, and the message as `message[start, end)`, which never changes. */
  flag = 0;
  message: Uint8Array = EMPTY_BYTES;
  start = 0;
  end = 0;
  /** After `TOO_LARGE`: what the prefix announced. */
  announcedBytes = 0;
  readonly #bytesMax: number;
  /** Input not consumed yet. */
  #input: Uint8Array = EMPTY_BYTES;
  #at = 0;
  #inputEnd = 0;
  /** Owns the input while nobody takes messages and more comes. */
  #backlog: ByteWriter | undefined;
  readonly #prefix = new Uint8Array(MESSAGE_PREFIX_BYTES);
  #prefixFill = 0;
  #partial: Uint8Array | undefined;
  #fill = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes kept here, in a message begun or waiting. */
  get heldBytes(): number {
    return (this.#partial === undefined ? 0 : this.#partial.length) + this.#inputEnd - this.#at;
  }

  /** Bytes that came and are in no message yet, begun or handed out. */
  get unreadBytes(): number {
    return this.#inputEnd - this.#at;
  }

  /** Whether the prefix of the message begun has come whole. */
  get prefixRead(): boolean {
    return this.#partial !== undefined;
  }

  /** Whether a message has begun and not ended. */
  get midMessage(): boolean {
    return this.#prefixFill > 0 || this.#partial !== undefined || this.#at < this.#inputEnd;
  }

  feed(buf: Uint8Array, start: number, end: number): void {
    if (this.#at === this.#inputEnd) {
      this.#backlog = undefined;
      this.#input = buf;
      this.#at = start;
      this.#inputEnd = end;
      return;
    }
    // Messages handed out are views of the backlog, so what was read is dropped by moving the rest elsewhere.
    if (this.#backlog === undefined || 2 * this.#at > this.#inputEnd) {
      const moved = new ByteWriter(2 * (this.#inputEnd - this.#at + end - start));
      moved.raw(this.#input, this.#at, this.#inputEnd);
      this.#backlog = moved;
      this.#at = 0;
    }
    this.#backlog.raw(buf, start, end);
    this.#input = this.#backlog.buf;
    this.#inputEnd = this.#backlog.len;
  }

  /** The next whole message, if there is one. After `TOO_LARGE` the stream is beyond use. */
  next(): number {
    if (this.#partial === undefined) {
      if (!this.#readPrefix()) return Assembly.NONE;
      const length = this.announcedBytes;
      if (length > this.#bytesMax) return Assembly.TOO_LARGE;
      if (this.#inputEnd - this.#at >= length) {
        this.message = this.#input;
        this.start = this.#at;
        this.end = this.#at + length;
        this.#at = this.end;
        return Assembly.MESSAGE;
      }
      this.#partial = new Uint8Array(Math.min(length, ASSEMBLY_BYTES_INITIAL));
      this.#fill = 0;
    }
    return this.#collect(this.#partial);
  }

  #readPrefix(): boolean {
    const prefix = this.#prefix;
    while (this.#prefixFill < MESSAGE_PREFIX_BYTES) {
      if (this.#at === this.#inputEnd) return false;
      prefix[this.#prefixFill++] = this.#input[this.#at++]!;
    }
    this.#prefixFill = 0;
    this.flag = prefix[0]!;
    this.announcedBytes = ((prefix[1]! << 24) | (prefix[2]! << 16) | (prefix[3]! << 8) | prefix[4]!) >>> 0;
    return true;
  }

  #collect(partial: Uint8Array): number {
    const length = this.announcedBytes;
    const n = Math.min(length - this.#fill, this.#inputEnd - this.#at);
    if (this.#fill + n > partial.length) {
      const grown = new Uint8Array(Math.min(length, Math.max(2 * partial.length, this.#fill + n)));
      grown.set(partial.subarray(0, this.#fill));
      partial = grown;
      this.#partial = grown;
    }
    copyBytes(partial, this.#fill, this.#input, this.#at, this.#at + n);
    this.#fill += n;
    this.#at += n;
    if (this.#fill < length) return Assembly.NONE;
    this.message = partial;
    this.start = 0;
    this.end = length;
    this.#partial = undefined;
    return Assembly.MESSAGE;
  }
}
