/**
 * The Huffman code of HPACK (RFC 7541, section 5.2 and appendix B).
 *
 * The code is canonical: codes of one length are consecutive and ordered by symbol. So the code lengths alone say it
 * all, and codes and decoding table are computed from them. Decoding walks a state machine, four bits a step: a state
 * is an inner node of the code tree, and as the shortest code has five bits a step yields at most one symbol.
 */
import { assert } from '../../stdx/index.js';

/** One letter a symbol, 'a' for a code of 5 bits up to 'z' for 30; the last is EOS (256). */
const LENGTH_LETTERS =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf' +
  'ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix' +
  'prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs' +
  'vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwv' +
  'z';
const SHORTEST_BITS = 5;
const LONGEST_BITS = 30;
const SYMBOLS = 257;
const EOS = 256;

const lengths = new Uint8Array(SYMBOLS);
const codes = new Uint32Array(SYMBOLS);

/** Transition of state s on nibble n at `s * 16 + n`: bits 0-7 next state, bit 8 a symbol (bits 9-16), bit 17 fail. */
const transitions = new Uint32Array(256 * 16);
const EMIT = 1 << 8;
const FAIL = 1 << 17;
/** 1 where the input may end: fewer than eight bits since the last symbol, all ones (the padding). */
const accepting = new Uint8Array(256);

function assignCodes(): void {
  assert(LENGTH_LETTERS.length === SYMBOLS, 'one code length per symbol');
  for (let s = 0; s < SYMBOLS; s++) lengths[s] = LENGTH_LETTERS.charCodeAt(s) - 97 + SHORTEST_BITS;
  let code = 0;
  for (let bits = SHORTEST_BITS; bits <= LONGEST_BITS; bits++) {
    for (let s = 0; s < SYMBOLS; s++) if (lengths[s] === bits) codes[s] = code++;
    code *= 2;
  }
  assert(codes[EOS] === 0x3fffffff, 'the code is complete: EOS is all ones');
}

/** The code tree as pairs of children: an inner node's number, or `-1 - symbol`. */
function buildTree(): Int32Array {
  const children = new Int32Array(256 * 2);
  let nodes = 1;
  for (let s = 0; s < SYMBOLS; s++) {
    let node = 0;
    for (let bit = lengths[s]! - 1; bit > 0; bit--) {
      const slot = node * 2 + ((codes[s]! >>> bit) & 1);
      if (children[slot] === 0) children[slot] = nodes++;
      node = children[slot]!;
    }
    children[node * 2 + (codes[s]! & 1)] = -1 - s;
  }
  assert(nodes === 256, 'a full tree of 257 leaves has 256 inner nodes');
  return children;
}

function buildTransitions(children: Int32Array): void {
  for (let state = 0; state < 256; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state;
      let entry = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[node * 2 + ((nibble >> bit) & 1)]!;
        if (child === -1 - EOS) entry |= FAIL;
        else if (child < 0) entry |= EMIT | ((-1 - child) << 9);
        node = child < 0 ? 0 : child;
      }
      transitions[state * 16 + nibble] = entry | node;
    }
  }
  let node = 0;
  for (let depth = 0; depth < 8; depth++) {
    accepting[node] = 1;
    node = children[node * 2 + 1]!;
  }
}

assignCodes();
buildTransitions(buildTree());

/** Most bytes that `length` bytes of Huffman code decode to. */
export function huffmanDecodedMax(length: number): number {
  return Math.floor((length * 8) / SHORTEST_BITS);
}

/**
 * Decodes `src[start, end)` into `dst` from 0 and returns the number of bytes, or -1 if the code is malformed (EOS
 * inside, padding that is longer than seven bits or not all ones). `dst` must hold {@link huffmanDecodedMax} bytes.
 */
export function huffmanDecode(src: Uint8Array, start: number, end: number, dst: Uint8Array): number {
  let state = 0;
  let at = 0;
  for (let i = start; i < end; i++) {
    const b = src[i]!;
    const high = transitions[state * 16 + (b >> 4)]!;
    if ((high & EMIT) !== 0) dst[at++] = (high >> 9) & 255;
    const low = transitions[(high & 255) * 16 + (b & 15)]!;
    if ((low & EMIT) !== 0) dst[at++] = (low >> 9) & 255;
    if (((high | low) & FAIL) !== 0) return -1;
    state = low & 255;
  }
  return accepting[state] === 1 ? at : -1;
}

/** Bytes that the Latin-1 string takes in Huffman code. */
export function huffmanEncodedLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 255]!;
  return (bits + 7) >> 3;
}

/** Encodes a Latin-1 string into `dst` at `at`; returns the position after it. */
export function huffmanEncode(text: string, dst: Uint8Array, at: number): number {
  let pending = 0;
  let pendingBits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 255;
    // Up to 7 bits wait and a code has up to 30: more than a 32-bit integer holds, so the code goes in two parts.
    let rest = lengths[symbol]!;
    while (rest > 0) {
      const take = rest > 16 ? 16 : rest;
      rest -= take;
      pending = (pending << take) | ((codes[symbol]! >>> rest) & ((1 << take) - 1));
      pendingBits += take;
      while (pendingBits >= 8) {
        pendingBits -= 8;
        dst[at++] = (pending >>> pendingBits) & 255;
      }
      pending &= (1 << pendingBits) - 1;
    }
  }
  if (pendingBits > 0) dst[at++] = ((pending << (8 - pendingBits)) | ((1 << (8 - pendingBits)) - 1)) & 255;
  return at;
}
