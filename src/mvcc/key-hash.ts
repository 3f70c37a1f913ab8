/**
 * From key bytes to id: 256 open-addressing tables (linear probing, backward-shift deletion) of (hash, id + 1) pairs.
 *
 * A single table of millions of keys would stop the store for as long as its doubling takes; a shard doubles alone,
 * and its pairs carry the hash, so that doubling touches no key. The top byte of the hash picks the shard, the low
 * bits the slot.
 */
import { assert } from '../stdx/index.js';
import type { KeyArena } from './key-arena.js';
import type { KeyTable } from './key-table.js';

const SHARDS = 256;
const SHARD_SLOTS_MIN = 16;

/** A mixing hash over four bytes at a time (murmur3's steps). `seed` keeps collisions from being prepared. */
export function hashKey(buf: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    let k = buf[i]! | (buf[i + 1]! << 8) | (buf[i + 2]! << 16) | (buf[i + 3]! << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  for (; i < end; i++) h = Math.imul(h ^ buf[i]!, 0x01000193);
  h ^= end - start;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class KeyHash {
  readonly #arena: KeyArena;
  readonly #table: KeyTable;
  readonly #shards: Uint32Array[] = [];
  readonly #counts = new Uint32Array(SHARDS);
  readonly #seed: number;

  constructor(arena: KeyArena, table: KeyTable, seed: number) {
    this.#arena = arena;
    this.#table = table;
    this.#seed = seed | 0;
    for (let i = 0; i < SHARDS; i++) this.#shards.push(new Uint32Array(SHARD_SLOTS_MIN * 2));
  }

  hash(buf: Uint8Array, start: number, end: number): number {
    return hashKey(buf, start, end, this.#seed);
  }

  /** The id of the key, −1 if unknown. */
  find(hash: number, buf: Uint8Array, start: number, end: number): number {
    const slots = this.#shards[hash >>> 24]!;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const ref = slots[at + 1]!;
      if (ref === 0) return -1;
      if (slots[at] === hash) {
        const id = ref - 1;
        const table = this.#table;
        if (this.#arena.equals(table.address(id), table.keyLength(id), buf, start, end)) return id;
      }
    }
  }

  /** Adds a key that is not in the table. */
  add(hash: number, id: number): void {
    const shard = hash >>> 24;
    const slots = this.#shards[shard]!;
    const count = ++this.#counts[shard]!;
    // At most five eighths full: probes stay short, and cold probes are what a look-up costs.
    if (count * 16 > slots.length * 5) {
      const grown = new Uint32Array(slots.length * 2);
      for (let at = 0; at < slots.length; at += 2) {
        if (slots[at + 1] !== 0) place(grown, slots[at]!, slots[at + 1]!);
      }
      this.#shards[shard] = grown;
      place(grown, hash, id + 1);
    } else {
      place(slots, hash, id + 1);
    }
  }

  /** Removes a key that is in the table. */
  remove(hash: number, id: number): void {
    const shard = hash >>> 24;
    const slots = this.#shards[shard]!;
    const mask = slots.length - 1;
    let hole = (hash << 1) & mask;
    while (slots[hole + 1] !== id + 1) {
      assert(slots[hole + 1] !== 0, 'the key to remove is in the hash');
      hole = (hole + 2) & mask;
    }
    // Moves up each follower whose home does not lie behind the hole, so that no probe ever meets a gap.
    for (let at = (hole + 2) & mask; slots[at + 1] !== 0; at = (at + 2) & mask) {
      const home = (slots[at]! << 1) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        slots[hole] = slots[at]!;
        slots[hole + 1] = slots[at + 1]!;
        hole = at;
      }
    }
    slots[hole] = 0;
    slots[hole + 1] = 0;
    this.#counts[shard]!--;
  }
}

function place(slots: Uint32Array, hash: number, ref: number): void {
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at + 1] !== 0) at = (at + 2) & mask;
  slots[at] = hash;
  slots[at + 1] = ref;
}
