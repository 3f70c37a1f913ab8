import { assert } from '../../stdx/index.js';

/** Freed slots are reclaimed once this many have gathered and they are the larger half. */
const FREED_MIN = 64;

/**
 * The appends under way to one follower, oldest first: a sliding window bounded in messages and in bytes (thesis 10.2.2).
 * Each is known by the index of its last entry.
 */
export class Inflights {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #indexes: number[] = [];
  #sizes: number[] = [];
  /** Elements before it are acknowledged. */
  #start = 0;
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#indexes.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The byte bound may be overshot by the last message, so that one larger than the bound can be sent at all. */
  get full(): boolean {
    return this.count >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    assert(!this.full, 'nothing is sent into a full window');
    assert(
      this.count === 0 || this.#indexes[this.#indexes.length - 1]! < lastIndex,
      'the window only moves up',
    );
    this.#indexes.push(lastIndex);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** An ack for `index` covers every append that ends at or below it. */
  freeUpTo(index: number): void {
    while (this.#start < this.#indexes.length && this.#indexes[this.#start]! <= index) {
      this.#bytes -= this.#sizes[this.#start]!;
      this.#start++;
    }
    if (this.#start === this.#indexes.length) {
      this.clear();
    } else if (this.#start >= FREED_MIN && this.#start * 2 >= this.#indexes.length) {
      this.#indexes = this.#indexes.slice(this.#start);
      this.#sizes = this.#sizes.slice(this.#start);
      this.#start = 0;
    }
  }

  clear(): void {
    this.#indexes.length = 0;
    this.#sizes.length = 0;
    this.#start = 0;
    this.#bytes = 0;
  }
}
