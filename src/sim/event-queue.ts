/**
 * Simulated time. All that happens is an event in this one queue, taken in order of time and, at one time, in the order
 * in which it was asked for. Between two events everything that promises hold back must have run; the caller waits for
 * that, since the language has no way to say so.
 */
import { assert } from '../stdx/index.js';
import type { EventHash } from './event-hash.js';

interface QueuedEvent {
  readonly time: number;
  readonly sequence: number;
  readonly label: string;
  readonly run: () => void;
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  readonly #hash: EventHash;
  #now = 0;
  #sequence = 0;
  #executed = 0;
  #executedNow = 0;
  #label = '';

  constructor(hash: EventHash) {
    this.#hash = hash;
  }

  /** Simulated milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  get executed(): number {
    return this.#executed;
  }

  /** Those of them that happened at the present time. */
  get executedNow(): number {
    return this.#executedNow;
  }

  /** Of the event that ran last. */
  get label(): string {
    return this.#label;
  }

  /** The next event's time; undefined if there is none. */
  get nextTime(): number | undefined {
    return this.#heap[0]?.time;
  }

  /** The next event's label; undefined if there is none. */
  get nextLabel(): string | undefined {
    return this.#heap[0]?.label;
  }

  /** Lets time pass in which nothing happens. */
  passUntil(time: number): void {
    assert(time >= this.#now && time <= (this.nextTime ?? time), 'time passes up to the next event');
    this.#now = time;
  }

  after(ms: number, label: string, run: () => void): void {
    assert(ms >= 0, 'nothing happens in the past');
    const heap = this.#heap;
    const event = { time: this.#now + ms, sequence: this.#sequence++, label, run };
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  /** Runs the next event. False if there is none. */
  step(): boolean {
    const event = this.#take();
    if (event === undefined) return false;
    this.#executedNow = event.time === this.#now ? this.#executedNow + 1 : 1;
    this.#now = event.time;
    this.#label = event.label;
    this.#executed++;
    this.#hash.number(event.time);
    this.#hash.text(event.label);
    event.run();
    return true;
  }

  #take(): QueuedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
