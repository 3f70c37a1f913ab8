/**
 * Metadata values. Keys that end in `-bin` carry base64 (with or without padding); here their value is a string with
 * one character a byte.
 */
import type { HeaderField } from '../http2/hpack-table.js';

export type Metadata = readonly (readonly [string, string])[];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const sextets = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) sextets[ALPHABET.charCodeAt(i)] = i;

export function isBinaryKey(name: string): boolean {
  return name.endsWith('-bin');
}

/** The first value under a (lower-case) name. */
export function findMetadata(fields: readonly HeaderField[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (field.name === name) return isBinaryKey(name) ? base64Decode(field.value) : field.value;
  }
  return undefined;
}

/** Bytes as characters; undefined if the text is not base64. Of a comma-separated list the first element. */
export function base64Decode(text: string): string | undefined {
  let end = text.indexOf(',');
  if (end < 0) end = text.length;
  while (end > 0 && text[end - 1] === '=') end--;
  if (end % 4 === 1) return undefined;
  let out = '';
  let bits = 0;
  let pending = 0;
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i);
    const sextet = c < 128 ? sextets[c]! : -1;
    if (sextet < 0) return undefined;
    pending = ((pending << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += String.fromCharCode((pending >> bits) & 255);
  }
  return out;
}

/** Where a text that {@link base64Decode} refuses goes wrong. */
export function badBase64At(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 128 || sextets[c]! < 0) return i;
  }
  return text.length;
}

/** Base64 without padding of a string with one character a byte. */
export function base64Encode(bytes: string): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const b0 = bytes.charCodeAt(i) & 255;
    const b1 = rest > 1 ? bytes.charCodeAt(i + 1) & 255 : 0;
    const b2 = rest > 2 ? bytes.charCodeAt(i + 2) & 255 : 0;
    out += ALPHABET[b0 >> 2]! + ALPHABET[((b0 & 3) << 4) | (b1 >> 4)]!;
    if (rest > 1) out += ALPHABET[((b1 & 15) << 2) | (b2 >> 6)]!;
    if (rest > 2) out += ALPHABET[b2 & 63]!;
  }
  return out;
}
