/**
 * The index over all keys that any readable revision knows: bytes in an arena, a record per key, a hash for single
 * keys and a tree for intervals, all in typed arrays, so that millions of keys cost the garbage collector nothing.
 */
import { KeyArena } from './key-arena.js';
import { KeyHash } from './key-hash.js';
import { KeyTable } from './key-table.js';
import { OrderedIndex } from './ordered-index.js';

export class KeyIndex {
  readonly arena = new KeyArena();
  readonly table = new KeyTable();
  readonly tree: OrderedIndex;
  readonly #hash: KeyHash;

  constructor(hashSeed: number) {
    this.#hash = new KeyHash(this.arena, this.table, hashSeed);
    this.tree = new OrderedIndex(this.arena, this.table);
  }

  hash(buf: Uint8Array, start: number, end: number): number {
    return this.#hash.hash(buf, start, end);
  }

  /** The key's id, −1 if no revision knows it. */
  find(buf: Uint8Array, start: number, end: number): number {
    return this.#hash.find(this.#hash.hash(buf, start, end), buf, start, end);
  }

  findHashed(hash: number, buf: Uint8Array, start: number, end: number): number {
    return this.#hash.find(hash, buf, start, end);
  }

  /** Adds an unknown key, but not yet to the tree, which wants to know whether it lives. */
  add(hash: number, buf: Uint8Array, start: number, end: number): number {
    const id = this.table.add(this.arena.add(buf, start, end), end - start);
    this.#hash.add(hash, id);
    return id;
  }

  /** Forgets a key. */
  remove(id: number): void {
    const address = this.table.address(id);
    const length = this.table.keyLength(id);
    const buf = this.arena.segmentOf(address);
    const start = this.arena.offsetOf(address);
    this.tree.remove(id);
    this.#hash.remove(this.#hash.hash(buf, start, start + length), id);
    this.arena.remove(address, length);
    this.table.remove(id);
  }
}
