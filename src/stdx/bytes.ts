/** Byte strings: plain `Uint8Array`, compared as unsigned bytes, shorter first on a common prefix. */

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Copies below this many bytes are faster as a loop than as a `set` of a `subarray`. */
const LOOP_COPY_BYTES_MAX = 24;

/** Copies `src[start, end)` to `dst` at `at`. The ranges must not overlap in one buffer. */
export function copyBytes(dst: Uint8Array, at: number, src: Uint8Array, start: number, end: number): void {
  if (end - start <= LOOP_COPY_BYTES_MAX) {
    for (let i = start, j = at; i < end; i++, j++) dst[j] = src[i]!;
  } else if (start === 0 && end === src.length) {
    dst.set(src, at);
  } else {
    dst.set(src.subarray(start, end), at);
  }
}

/** Negative, zero or positive as `a` sorts before, with or after `b`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < n; i++) {
    const d = a[i]! - b[i]!;
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

/** {@link compareBytes} of `a[aStart, aEnd)` and `b[bStart, bEnd)`. */
export function compareSlices(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const n = aLength < bLength ? aLength : bLength;
  for (let i = 0; i < n; i++) {
    const d = a[aStart + i]! - b[bStart + i]!;
    if (d !== 0) return d;
  }
  return aLength - bLength;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A copy of `src[start, end)` with a backing buffer of its own. */
export function copyOf(src: Uint8Array, start = 0, end = src.length): Uint8Array {
  const out = new Uint8Array(end - start);
  copyBytes(out, 0, src, start, end);
  return out;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const HEX = '0123456789abcdef';

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const b of bytes) out += HEX[b >> 4]! + HEX[b & 15]!;
  return out;
}

/** One character per byte: a string that is equal exactly for equal bytes, to serve as a map's key. */
export function decodeLatin1(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i]!);
  return out;
}
