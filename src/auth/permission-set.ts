/**
 * What a user may read, or may write: the union of the intervals that the roles grant, so that a request is allowed if
 * the union covers it, even where several grants have to meet for that (`[a, c)` and `[c, e)` cover `[a, e)`).
 *
 * Half-open intervals over bytes, disjoint, apart and ascending; a single key `k` is `[k, k + 0x00)`.
 */
import { compareBytes, compareSlices } from '../stdx/index.js';

interface Interval {
  readonly start: Uint8Array;
  /** Undefined: no end. */
  readonly end: Uint8Array | undefined;
}

export function isOpenEnd(rangeEnd: Uint8Array): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** Reads `key, rangeEnd` as requests and permissions write intervals. */
function intervalOf(key: Uint8Array, rangeEnd: Uint8Array): Interval {
  if (rangeEnd.length === 0) return { start: key, end: successor(key) };
  return { start: key, end: isOpenEnd(rangeEnd) ? undefined : rangeEnd };
}

/** Whether `a` reaches at least as far as `b`. */
function reaches(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined) return true;
  return b !== undefined && compareBytes(a, b) >= 0;
}

/**
 * Whether the interval can be granted: a key, and an end that is absent, above the key, or open (etcd's
 * `isValidPermissionRange`).
 */
export function isGrantable(key: Uint8Array, rangeEnd: Uint8Array): boolean {
  if (key.length === 0) return false;
  return rangeEnd.length === 0 || isOpenEnd(rangeEnd) || compareBytes(key, rangeEnd) < 0;
}

/** The order of `a` and `buf[start, end)`. */
function compareTo(a: Uint8Array, buf: Uint8Array, start: number, end: number): number {
  return compareSlices(a, 0, a.length, buf, start, end);
}

function contains(interval: Interval, buf: Uint8Array, start: number, end: number): boolean {
  return (
    compareTo(interval.start, buf, start, end) <= 0 &&
    (interval.end === undefined || compareTo(interval.end, buf, start, end) > 0)
  );
}

export class PermissionSet {
  readonly #intervals: readonly Interval[];
  /** The one that was found last: who asks for a key mostly asks for its neighbours next. */
  #last: Interval | undefined;

  constructor(grants: readonly { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }[]) {
    const sorted = grants
      .map(({ key, rangeEnd }) => intervalOf(key, rangeEnd))
      .sort((a, b) => compareBytes(a.start, b.start));
    const merged: Interval[] = [];
    for (const interval of sorted) {
      const last = merged[merged.length - 1];
      if (last === undefined || !reaches(last.end, interval.start)) merged.push(interval);
      else if (!reaches(last.end, interval.end)) merged[merged.length - 1] = { ...last, end: interval.end };
    }
    this.#intervals = merged;
  }

  /** Whether every key of the request's interval is granted. An interval that holds no key is allowed if its start is. */
  covers(key: Uint8Array, rangeEnd: Uint8Array): boolean {
    const wanted = intervalOf(key, rangeEnd);
    const granted = this.#at(wanted.start);
    return granted !== undefined && reaches(granted.end, wanted.end);
  }

  /** {@link covers} for the single key `buf[start, end)`, without making anything. */
  coversKey(buf: Uint8Array, start: number, end: number): boolean {
    return this.#atSlice(buf, start, end) !== undefined;
  }

  #at(key: Uint8Array): Interval | undefined {
    return this.#atSlice(key, 0, key.length);
  }

  /** The interval that contains the key. */
  #atSlice(buf: Uint8Array, start: number, end: number): Interval | undefined {
    const last = this.#last;
    if (last !== undefined && contains(last, buf, start, end)) return last;
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareTo(this.#intervals[middle]!.start, buf, start, end) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#intervals[low - 1];
    if (found === undefined || !contains(found, buf, start, end)) return undefined;
    this.#last = found;
    return found;
  }
}
