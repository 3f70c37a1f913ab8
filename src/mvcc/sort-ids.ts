import { compareSlices } from '../stdx/index.js';
import type { KeyIndex } from './key-index.js';

/** Bytes of a key behind the common prefix that fit a double exactly. */
const HEAD_BYTES = 6;
/** Runs this short are sorted by insertion before they are merged. */
const RUN_LENGTH = 16;
/** Ids looked at between two pauses: some tenths of a millisecond. A multiple of the run length. */
const GRAIN = 512;

/**
 * All ids in use in key order. A merge sort that compares six bytes behind the prefix common to all keys as one
 * number, and looks at the keys themselves, which lie scattered, only where these are equal. It pauses now and then: the
 * caller decides when to go on. The index must not change meanwhile.
 */
export function* sortIdsByKey(index: KeyIndex): Generator<void, Uint32Array> {
  const { table } = index;
  const { count, prefix } = yield* survey(index);
  let ids = new Uint32Array(count);
  let heads = new Float64Array(count);
  for (let id = 0, at = 0; id < table.idBound; id++) {
    if (id % GRAIN === 0) yield;
    if (table.address(id) === 0) continue;
    ids[at] = id;
    heads[at++] = headOf(index, id, prefix);
  }
  for (let from = 0; from < count; from += GRAIN) {
    sortRuns(index, ids, heads, from, Math.min(from + GRAIN, count));
    yield;
  }
  let toIds = new Uint32Array(count);
  let toHeads = new Float64Array(count);
  for (let width = RUN_LENGTH; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      const middle = Math.min(from + width, count);
      const end = Math.min(from + 2 * width, count);
      let left = from;
      for (let to = from; to < end; to += GRAIN) {
        const until = Math.min(to + GRAIN, end);
        left = merge(index, ids, heads, toIds, toHeads, left, middle, middle + to - left, end, to, until);
        if (until % GRAIN === 0 || until === count) yield;
      }
    }
    [ids, toIds] = [toIds, ids];
    [heads, toHeads] = [toHeads, heads];
  }
  return ids;
}

/** How many ids are in use, and how many bytes all their keys begin with. */
function* survey(index: KeyIndex): Generator<void, { count: number; prefix: number }> {
  const { arena, table } = index;
  let count = 0;
  let prefix = 0;
  let first: Uint8Array = new Uint8Array(0);
  let firstAt = 0;
  for (let id = 0; id < table.idBound; id++) {
    if (id % GRAIN === 0) yield;
    const address = table.address(id);
    if (address === 0) continue;
    const buf = arena.segmentOf(address);
    const at = arena.offsetOf(address);
    const length = table.keyLength(id);
    if (count++ === 0) {
      first = buf;
      firstAt = at;
      prefix = length;
      continue;
    }
    if (length < prefix) prefix = length;
    for (let i = 0; i < prefix; i++) if (buf[at + i] !== first[firstAt + i]) prefix = i;
  }
  return { count, prefix };
}

/** Missing bytes count as zero; keys equal in their heads are compared in full, so that this does no harm. */
function headOf(index: KeyIndex, id: number, prefix: number): number {
  const { arena, table } = index;
  const address = table.address(id);
  const buf = arena.segmentOf(address);
  const at = arena.offsetOf(address) + prefix;
  const length = table.keyLength(id) - prefix;
  let head = 0;
  for (let i = 0; i < HEAD_BYTES; i++) head = head * 256 + (i < length ? buf[at + i]! : 0);
  return head;
}

function compareKeys(index: KeyIndex, a: number, b: number): number {
  const { arena, table } = index;
  const aAddress = table.address(a);
  const bAddress = table.address(b);
  const aStart = arena.offsetOf(aAddress);
  const bStart = arena.offsetOf(bAddress);
  return compareSlices(
    arena.segmentOf(aAddress),
    aStart,
    aStart + table.keyLength(a),
    arena.segmentOf(bAddress),
    bStart,
    bStart + table.keyLength(b),
  );
}

function sortRuns(index: KeyIndex, ids: Uint32Array, heads: Float64Array, from: number, end: number): void {
  for (let i = from; i < end; i++) {
    const id = ids[i]!;
    const head = heads[i]!;
    const runStart = i - (i % RUN_LENGTH);
    let at = i;
    while (
      at > runStart &&
      (heads[at - 1]! > head || (heads[at - 1] === head && compareKeys(index, ids[at - 1]!, id) > 0))
    ) {
      ids[at] = ids[at - 1]!;
      heads[at] = heads[at - 1]!;
      at--;
    }
    ids[at] = id;
    heads[at] = head;
  }
}

/** Merges into `[to, until)` and returns how far the left run is used up; the right one follows from that. */
function merge(
  index: KeyIndex,
  ids: Uint32Array,
  heads: Float64Array,
  toIds: Uint32Array,
  toHeads: Float64Array,
  left: number,
  middle: number,
  right: number,
  end: number,
  to: number,
  until: number,
): number {
  for (; to < until; to++) {
    let takesLeft = right >= end;
    if (!takesLeft && left < middle) {
      const d = heads[left]! - heads[right]!;
      takesLeft = d < 0 || (d === 0 && compareKeys(index, ids[left]!, ids[right]!) <= 0);
    }
    const source = takesLeft ? left++ : right++;
    toIds[to] = ids[source]!;
    toHeads[to] = heads[source]!;
  }
  return left;
}
