/**
 * Keys as etcd's benchmark makes them: a fixed number of bytes that begin with the key's number as a zig-zag varint
 * and are zero after it.
 */
import type { Prng } from '../stdx/index.js';

/** Bytes that number `n`'s varint takes. */
export function keyNumberBytes(n: number): number {
  let length = 1;
  for (let rest = n * 2; rest > 127; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Writes key number `n` to `out[at, at + size)`; `size` holds the varint (see {@link keyNumberBytes}). */
export function writeKey(out: Uint8Array, at: number, size: number, n: number): void {
  const end = at + size;
  let rest = n * 2;
  while (rest > 127) {
    out[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  while (at < end) out[at++] = 0;
}

/** The numbers of the keys a run touches: in order and round again, or at random. */
export class KeySequence {
  readonly #space: number;
  readonly #sequential: boolean;
  readonly #random: Prng;
  #next = 0;

  constructor(space: number, sequential: boolean, random: Prng) {
    this.#space = space;
    this.#sequential = sequential;
    this.#random = random;
  }

  next(): number {
    if (!this.#sequential) return this.#random.below(this.#space);
    const n = this.#next;
    this.#next = n + 1 === this.#space ? 0 : n + 1;
    return n;
  }
}
