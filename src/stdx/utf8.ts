/** UTF-8 without a platform: pure code has no `TextEncoder`. */
import { copyOf } from './bytes.js';

/** Encodes a string; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      out[at++] = c;
      continue;
    }
    if (c >= 0xd800 && c <= 0xdfff) {
      const low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (c < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        c = 0xfffd;
      }
    }
    if (c < 0x800) {
      out[at++] = 0xc0 | (c >> 6);
    } else {
      if (c < 0x10000) {
        out[at++] = 0xe0 | (c >> 12);
      } else {
        out[at++] = 0xf0 | (c >> 18);
        out[at++] = 0x80 | ((c >> 12) & 63);
      }
      out[at++] = 0x80 | ((c >> 6) & 63);
    }
    out[at++] = 0x80 | (c & 63);
  }
  return copyOf(out, 0, at);
}

/** The code point that starts at `i` and its length in bytes as `codePoint * 8 + length`; −1 if malformed. */
function decodeAt(bytes: Uint8Array, i: number, end: number): number {
  const b0 = bytes[i]!;
  if (b0 < 0x80) return b0 * 8 + 1;
  const length = b0 >= 0xf0 ? 4 : b0 >= 0xe0 ? 3 : 2;
  if (b0 < 0xc2 || b0 > 0xf4 || i + length > end) return -1;
  let c = b0 & (length === 2 ? 31 : length === 3 ? 15 : 7);
  for (let k = 1; k < length; k++) {
    const b = bytes[i + k]!;
    if ((b & 0xc0) !== 0x80) return -1;
    c = c * 64 + (b & 63);
  }
  if (length === 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) return -1;
  if (length === 4 && (c < 0x10000 || c > 0x10ffff)) return -1;
  return c * 8 + length;
}

/** Decodes `bytes[start, end)`; each malformed byte becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let out = '';
  for (let i = start; i < end; ) {
    const r = decodeAt(bytes, i, end);
    if (r < 0) {
      out += '\ufffd';
      i++;
    } else {
      out += String.fromCodePoint(Math.floor(r / 8));
      i += r % 8;
    }
  }
  return out;
}

export function isUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (let i = start; i < end; ) {
    const r = decodeAt(bytes, i, end);
    if (r < 0) return false;
    i += r % 8;
  }
  return true;
}
