/**
 * Leases by the time at which something is to be done with them: a binary heap in which each lease knows its place, so
 * that it can be taken out. A renewal leaves the heap alone: a wake that comes too early is put back.
 */
import { assert, must } from '../stdx/index.js';
import type { Lease } from './lease.js';

export class WakeQueue {
  readonly #heap: Lease[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get first(): Lease | undefined {
    return this.#heap[0];
  }

  /** Adds a lease, or moves it to another time. */
  set(lease: Lease, wakeMs: number): void {
    lease.wakeMs = wakeMs;
    if (lease.wakeIndex < 0) {
      lease.wakeIndex = this.#heap.length;
      this.#heap.push(lease);
    }
    this.#up(lease);
    this.#down(lease);
  }

  /** Takes a lease out; nothing if it is not in. */
  remove(lease: Lease): void {
    const index = lease.wakeIndex;
    if (index < 0) return;
    lease.wakeIndex = -1;
    const last = must(this.#heap.pop(), 'a lease with a place is in the heap');
    if (last === lease) return;
    this.#heap[index] = last;
    last.wakeIndex = index;
    this.#up(last);
    this.#down(last);
  }

  clear(): void {
    for (const lease of this.#heap) lease.wakeIndex = -1;
    this.#heap.length = 0;
  }

  #up(lease: Lease): void {
    const heap = this.#heap;
    let at = lease.wakeIndex;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above]!;
      if (parent.wakeMs <= lease.wakeMs) break;
      heap[at] = parent;
      parent.wakeIndex = at;
      at = above;
    }
    heap[at] = lease;
    lease.wakeIndex = at;
  }

  #down(lease: Lease): void {
    const heap = this.#heap;
    const size = heap.length;
    let at = lease.wakeIndex;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && heap[below + 1]!.wakeMs < heap[below]!.wakeMs) below++;
      const child = heap[below]!;
      if (child.wakeMs >= lease.wakeMs) break;
      heap[at] = child;
      child.wakeIndex = at;
      at = below;
    }
    heap[at] = lease;
    lease.wakeIndex = at;
  }

  /** Throws unless the heap is one. For tests. */
  validate(): void {
    this.#heap.forEach((lease, at) => {
      assert(lease.wakeIndex === at, 'a lease knows its place');
      assert(at === 0 || this.#heap[(at - 1) >> 1]!.wakeMs <= lease.wakeMs, 'a parent wakes no later');
    });
  }
}
