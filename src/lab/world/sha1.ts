/** SHA-1 (FIPS 180-4) for the ids of members and clusters: no secret depends on it. */
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const;
const BLOCK_BYTES = 64;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The message, a one bit, zeros, and its length in bits. */
function padded(message: Uint8Array): DataView {
  const bytes = Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const out = new Uint8Array(bytes);
  out.set(message);
  out[message.length] = 0x80;
  const view = new DataView(out.buffer);
  view.setUint32(bytes - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(bytes - 4, (message.length << 3) >>> 0);
  return view;
}

function roundFunction(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function compress(state: Int32Array, words: Int32Array): void {
  for (let t = 16; t < 80; t++) {
    words[t] = rotate(words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!, 1);
  }
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + roundFunction(t, b, c, d) + e + words[t]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  for (const [i, word] of [a, b, c, d, e].entries()) state[i] = (state[i]! + word) | 0;
}

/** 20 bytes. */
export function sha1(message: Uint8Array): Uint8Array {
  const view = padded(message);
  const state = Int32Array.from(INITIAL);
  const words = new Int32Array(80);
  for (let at = 0; at < view.byteLength; at += BLOCK_BYTES) {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
    compress(state, words);
  }
  const out = new Uint8Array(20);
  const digest = new DataView(out.buffer);
  for (let i = 0; i < 5; i++) digest.setInt32(4 * i, state[i]!);
  return out;
}
