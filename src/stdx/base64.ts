/** Base64 with the standard alphabet and padding (RFC 4648, section 4). */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

export function encodeBase64(bytes: Uint8Array): string {
  let out = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out +=
      ALPHABET[bits >> 18]! +
      ALPHABET[(bits >> 12) & 63]! +
      ALPHABET[(bits >> 6) & 63]! +
      ALPHABET[bits & 63]!;
  }
  const rest = bytes.length - i;
  if (rest === 0) return out;
  const bits = (bytes[i]! << 16) | ((rest === 2 ? bytes[i + 1]! : 0) << 8);
  const third = rest === 2 ? ALPHABET[(bits >> 6) & 63]! : '=';
  return `${out}${ALPHABET[bits >> 18]!}${ALPHABET[(bits >> 12) & 63]!}${third}=`;
}

/** Undefined if the text is no base64, or lacks its padding. Line ends are skipped, as many decoders do. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const clean = text.replace(/[\r\n]/g, '');
  if (clean.length % 4 !== 0) return undefined;
  const padding = clean.endsWith('==') ? 2 : clean.endsWith('=') ? 1 : 0;
  const out = new Uint8Array((clean.length / 4) * 3 - padding);
  let bits = 0;
  let at = 0;
  for (let i = 0; i < clean.length; i++) {
    const isPadding = i >= clean.length - padding;
    const code = clean.charCodeAt(i);
    const value = isPadding ? 0 : code < 128 ? VALUES[code]! : -1;
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    if (i % 4 !== 3) continue;
    for (let shift = 16; shift >= 0 && at < out.length; shift -= 8) out[at++] = (bits >> shift) & 255;
  }
  return out;
}
