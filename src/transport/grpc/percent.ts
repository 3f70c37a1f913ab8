/**
 * `grpc-message`: UTF-8 with everything outside printable ASCII, and `%`, percent-encoded (gRPC over HTTP/2,
 * "Status-Message").
 */
import { decodeUtf8, encodeUtf8 } from '../../stdx/index.js';

const HEX = '0123456789ABCDEF';
const PERCENT = 0x25;

export function percentEncode(text: string): string {
  let plain = true;
  for (let i = 0; i < text.length && plain; i++) plain = isPlain(text.charCodeAt(i));
  if (plain) return text;
  let out = '';
  for (const b of encodeUtf8(text)) {
    out += isPlain(b) ? String.fromCharCode(b) : `%${HEX[b >> 4]}${HEX[b & 15]}`;
  }
  return out;
}

/** What is not a valid escape stays as it is. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = new Uint8Array(text.length);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const high = c === PERCENT ? hexDigit(text.charCodeAt(i + 1)) : -1;
    const low = high < 0 ? -1 : hexDigit(text.charCodeAt(i + 2));
    if (low < 0) {
      bytes[n++] = c;
      continue;
    }
    bytes[n++] = high * 16 + low;
    i += 2;
  }
  return decodeUtf8(bytes, 0, n);
}

function isPlain(c: number): boolean {
  return c >= 0x20 && c <= 0x7e && c !== PERCENT;
}

/** -1 if it is none (NaN, past the end, neither). */
function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
