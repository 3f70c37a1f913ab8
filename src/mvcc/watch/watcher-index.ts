/**
 * From a changed key to the watchers that want to know: a hash table for those that watch a single key, an interval
 * tree for those that watch a range.
 */
import { assert, compareSlices } from '../../stdx/index.js';
import { IntervalTree } from './interval-tree.js';
import type { Matches } from './matches.js';
import type { Watcher } from './watcher.js';
import { WatcherList } from './watcher-list.js';

/** The watchers of one key; `next` chains the keys of equal hash. */
interface WatchedKey {
  readonly key: Uint8Array;
  readonly list: WatcherList;
  next: WatchedKey | undefined;
}

export class WatcherIndex {
  readonly #keys = new Map<number, WatchedKey>();
  readonly #ranges = new IntervalTree();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    this.#size++;
    if (watcher.spec.rangeEnd.length > 0) {
      this.#ranges.add(watcher);
      return;
    }
    const { key } = watcher.spec;
    const hash = hashOf(key, 0, key.length);
    const first = this.#keys.get(hash);
    let entry = lookUp(first, key, 0, key.length);
    if (entry === undefined) {
      entry = { key, list: new WatcherList(), next: first };
      this.#keys.set(hash, entry);
    }
    entry.list.add(watcher);
  }

  remove(watcher: Watcher): void {
    this.#size--;
    if (watcher.spec.rangeEnd.length > 0) {
      this.#ranges.remove(watcher);
      return;
    }
    const { key } = watcher.spec;
    const hash = hashOf(key, 0, key.length);
    const entry = lookUp(this.#keys.get(hash), key, 0, key.length);
    assert(entry !== undefined, 'a watched key has its entry');
    entry.list.remove(watcher);
    if (entry.list.empty) this.#unlink(hash, entry);
  }

  /** Appends to `out` the watchers of the key `buf[keyStart, keyEnd)`. */
  match(buf: Uint8Array, keyStart: number, keyEnd: number, out: Matches): void {
    if (this.#keys.size > 0) {
      const first = this.#keys.get(hashOf(buf, keyStart, keyEnd));
      if (first !== undefined) lookUp(first, buf, keyStart, keyEnd)?.list.appendTo(out);
    }
    this.#ranges.match(buf, keyStart, keyEnd, out);
  }

  #unlink(hash: number, entry: WatchedKey): void {
    const first = this.#keys.get(hash)!;
    if (first !== entry) {
      let before = first;
      while (before.next !== entry) before = before.next!;
      before.next = entry.next;
    } else if (entry.next !== undefined) {
      this.#keys.set(hash, entry.next);
    } else {
      this.#keys.delete(hash);
    }
  }
}

/** FNV-1a, 32 bits. */
function hashOf(buf: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buf[i]!, 0x01000193);
  return hash;
}

function lookUp(
  first: WatchedKey | undefined,
  buf: Uint8Array,
  start: number,
  end: number,
): WatchedKey | undefined {
  let entry = first;
  while (entry !== undefined && compareSlices(entry.key, 0, entry.key.length, buf, start, end) !== 0) {
    entry = entry.next;
  }
  return entry;
}
