/** A window on a segment's content: reading a log takes a megabyte of memory or two, however long its segments. */
import type { DiskFile } from '../../platform/index.js';
import { assert } from '../../stdx/index.js';
import { READ_WINDOW_BYTES } from './limits.js';

export class SegmentReader {
  readonly file: DiskFile;
  /** Bytes of the file. */
  readonly size: number;
  /** The window's content: what lies at `offset` in the file is at `offset - base` here, up to `filled`. */
  bytes: Uint8Array;
  base = 0;
  filled = 0;

  /** `buffer` is memory to begin with, from the segment read before. */
  constructor(file: DiskFile, size: number, buffer?: Uint8Array) {
    this.file = file;
    this.size = size;
    this.bytes = buffer ?? new Uint8Array(Math.min(READ_WINDOW_BYTES, size));
  }

  /** Whether the file's bytes from `offset` on, `length` of them or as many as there are, are in the window. */
  has(offset: number, length: number): boolean {
    return offset >= this.base && Math.min(offset + length, this.size) <= this.base + this.filled;
  }

  /** Moves the window so that {@link has} holds. */
  async load(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, READ_WINDOW_BYTES), this.size - offset);
    if (wanted > this.bytes.length) this.bytes = new Uint8Array(wanted);
    const into = wanted === this.bytes.length ? this.bytes : this.bytes.subarray(0, wanted);
    this.base = offset;
    this.filled = await this.file.read(into, offset);
    assert(this.has(offset, length), 'a file shrank while it was read');
  }
}
