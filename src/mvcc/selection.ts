import { ByteWriter, compareSlices } from '../stdx/index.js';

/** Value bytes kept allocated between sorts by value. */
const VALUE_BYTES_KEPT = 1 << 20;

/** KeyValues picked for one range answer, in key order until they are sorted. */
export class Selection {
  #refs: number[] = [];
  #numbers: number[] = [];
  /** Copies of the values, if sorted by value: entry i is `[#valueEnds[i - 1], #valueEnds[i])`. */
  #values = new ByteWriter(64);
  #valueEnds: number[] = [];
  #order: number[] = [];

  get count(): number {
    return this.#refs.length;
  }

  clear(): void {
    this.#refs = [];
    this.#numbers = [];
    this.#valueEnds = [];
    this.#order = [];
    this.#values.reset();
    if (this.#values.buf.length > VALUE_BYTES_KEPT) this.#values = new ByteWriter(64);
  }

  addNumber(ref: number, sortKey: number): void {
    this.#refs.push(ref);
    this.#numbers.push(sortKey);
  }

  addValue(ref: number, buf: Uint8Array, start: number, end: number): void {
    this.#refs.push(ref);
    this.#values.raw(buf, start, end);
    this.#valueEnds.push(this.#values.len);
  }

  /** Sorts by what was added with the references; by key there is nothing to compare, at most to turn round. */
  sort(isDescending: boolean, isByKey: boolean): void {
    const order: number[] = [];
    for (let i = 0; i < this.#refs.length; i++) order.push(i);
    this.#order = order;
    if (isByKey) {
      if (isDescending) order.reverse();
      return;
    }
    // The sort is stable: equal keys stay in key order whichever way it goes.
    const sign = isDescending ? -1 : 1;
    if (this.#valueEnds.length > 0) {
      order.sort((a, b) => sign * this.#compareValues(a, b));
    } else {
      const numbers = this.#numbers;
      order.sort((a, b) => sign * (numbers[a]! - numbers[b]!));
    }
  }

  /** The reference at `index` of the sorted order. */
  refAt(index: number): number {
    return this.#refs[this.#order[index]!]!;
  }

  #compareValues(a: number, b: number): number {
    const ends = this.#valueEnds;
    const buf = this.#values.buf;
    const aStart = a === 0 ? 0 : ends[a - 1]!;
    const bStart = b === 0 ? 0 : ends[b - 1]!;
    return compareSlices(buf, aStart, ends[a]!, buf, bStart, ends[b]!);
  }
}
