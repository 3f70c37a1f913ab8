/**
 * Which ranges contain a key? A treap (Seidel and Aragon) of half-open key intervals ordered by start and end, each
 * node augmented with the greatest end below it (Cormen et al., interval trees): a query visits the nodes of the
 * answer and O(log n) others. Equal intervals share a node.
 */
import { assert, compareBytes, compareSlices, Prng } from '../../stdx/index.js';
import type { Matches } from './matches.js';
import type { Watcher } from './watcher.js';
import { WatcherList } from './watcher-list.js';

/** The excluded end of an interval; null is beyond all keys. */
type End = Uint8Array | null;

interface IntervalNode {
  readonly start: Uint8Array;
  readonly end: End;
  readonly list: WatcherList;
  readonly priority: number;
  maxEnd: End;
  left: IntervalNode | undefined;
  right: IntervalNode | undefined;
}

export class IntervalTree {
  #root: IntervalNode | undefined;
  /** Balance only; equal streams of calls give equal trees. */
  readonly #priorities = new Prng(1);
  #size = 0;

  /** Distinct intervals. */
  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    const start = watcher.spec.key;
    const end = endOf(watcher);
    const found = find(this.#root, start, end);
    if (found !== undefined) {
      found.list.add(watcher);
      return;
    }
    const list = new WatcherList();
    list.add(watcher);
    const priority = this.#priorities.uint32();
    this.#root = insert(this.#root, {
      start,
      end,
      list,
      priority,
      maxEnd: end,
      left: undefined,
      right: undefined,
    });
    this.#size++;
  }

  remove(watcher: Watcher): void {
    const start = watcher.spec.key;
    const end = endOf(watcher);
    const found = find(this.#root, start, end);
    assert(found !== undefined, 'a watched range has its node');
    found.list.remove(watcher);
    if (!found.list.empty) return;
    this.#root = remove(this.#root, start, end);
    this.#size--;
  }

  /** Appends to `out` the watchers whose range contains `buf[keyStart, keyEnd)`. */
  match(buf: Uint8Array, keyStart: number, keyEnd: number, out: Matches): void {
    if (this.#root !== undefined) stab(this.#root, buf, keyStart, keyEnd, out);
  }
}

function endOf(watcher: Watcher): End {
  const { rangeEnd } = watcher.spec;
  return rangeEnd.length === 1 && rangeEnd[0] === 0 ? null : rangeEnd;
}

function compareEnds(a: End, b: End): number {
  if (a === null) return b === null ? 0 : 1;
  return b === null ? -1 : compareBytes(a, b);
}

function compareTo(node: IntervalNode, start: Uint8Array, end: End): number {
  return compareBytes(start, node.start) || compareEnds(end, node.end);
}

function find(root: IntervalNode | undefined, start: Uint8Array, end: End): IntervalNode | undefined {
  let node = root;
  while (node !== undefined) {
    const order = compareTo(node, start, end);
    if (order === 0) return node;
    node = order < 0 ? node.left : node.right;
  }
  return undefined;
}

function updateMaxEnd(node: IntervalNode): void {
  let maxEnd = node.end;
  if (node.left !== undefined && compareEnds(node.left.maxEnd, maxEnd) > 0) maxEnd = node.left.maxEnd;
  if (node.right !== undefined && compareEnds(node.right.maxEnd, maxEnd) > 0) maxEnd = node.right.maxEnd;
  node.maxEnd = maxEnd;
}

function insert(node: IntervalNode | undefined, fresh: IntervalNode): IntervalNode {
  if (node === undefined) return fresh;
  let top = node;
  if (compareTo(node, fresh.start, fresh.end) < 0) {
    const child = insert(node.left, fresh);
    node.left = child;
    if (child.priority > node.priority) {
      node.left = child.right;
      child.right = node;
      top = child;
    }
  } else {
    const child = insert(node.right, fresh);
    node.right = child;
    if (child.priority > node.priority) {
      node.right = child.left;
      child.left = node;
      top = child;
    }
  }
  updateMaxEnd(node);
  if (top !== node) updateMaxEnd(top);
  return top;
}

function remove(node: IntervalNode | undefined, start: Uint8Array, end: End): IntervalNode | undefined {
  assert(node !== undefined, 'the removed interval is in the tree');
  const order = compareTo(node, start, end);
  if (order === 0) return merge(node.left, node.right);
  if (order < 0) node.left = remove(node.left, start, end);
  else node.right = remove(node.right, start, end);
  updateMaxEnd(node);
  return node;
}

/** Joins two treaps, all of `a` before all of `b`. */
function merge(a: IntervalNode | undefined, b: IntervalNode | undefined): IntervalNode | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a.priority > b.priority) {
    a.right = merge(a.right, b);
    updateMaxEnd(a);
    return a;
  }
  b.left = merge(a, b.left);
  updateMaxEnd(b);
  return b;
}

function isBefore(buf: Uint8Array, keyStart: number, keyEnd: number, end: End): boolean {
  return end === null || compareSlices(buf, keyStart, keyEnd, end, 0, end.length) < 0;
}

function stab(node: IntervalNode, buf: Uint8Array, keyStart: number, keyEnd: number, out: Matches): void {
  // All intervals below end at or before the key.
  if (!isBefore(buf, keyStart, keyEnd, node.maxEnd)) return;
  if (node.left !== undefined) stab(node.left, buf, keyStart, keyEnd, out);
  // This interval and those to the right begin after the key.
  if (compareSlices(node.start, 0, node.start.length, buf, keyStart, keyEnd) > 0) return;
  if (isBefore(buf, keyStart, keyEnd, node.end)) node.list.appendTo(out);
  if (node.right !== undefined) stab(node.right, buf, keyStart, keyEnd, out);
}
