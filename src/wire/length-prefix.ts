/**
 * Lengths that are known only after what they measure was written: room for a one-byte length is left, and the
 * content moves up in the rare case that it needs more. Cheaper than measuring first, since most messages are short.
 */
import { type ByteWriter, varintLength } from '../stdx/index.js';

/** Leaves room for a length; the result goes to {@link endLength}. */
export function beginLength(out: ByteWriter): number {
  out.reserve(1);
  return ++out.len;
}

/** Writes the length of all that was appended since `start` (of {@link beginLength}) in front of it. */
export function endLength(out: ByteWriter, start: number): void {
  const length = out.len - start;
  if (length < 128) {
    out.buf[start - 1] = length;
    return;
  }
  const extra = varintLength(length) - 1;
  out.reserve(extra);
  out.buf.copyWithin(start + extra, start, out.len);
  out.len = start - 1;
  out.varint(length);
  out.len += length;
}
