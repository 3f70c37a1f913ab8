import { assert, compareSlices } from '../stdx/index.js';
import type { KeyArena } from './key-arena.js';
import type { KeyTable } from './key-table.js';
import { ENTRIES, LIVE, NEXT, NO_PAGE, type PagePool, PREVIOUS, SEPARATORS } from './page-pool.js';

/** Throws unless the invariants of the ordered index hold below `root`; returns the number of keys. */
export function checkTree(
  pages: PagePool,
  arena: KeyArena,
  table: KeyTable,
  root: number,
  height: number,
): number {
  const leaves: number[] = [];
  const compare = (a: number, b: number): number => {
    const aAt = arena.offsetOf(table.address(a));
    const bAt = arena.offsetOf(table.address(b));
    const aBuf = arena.segmentOf(table.address(a));
    const bBuf = arena.segmentOf(table.address(b));
    return compareSlices(aBuf, aAt, aAt + table.keyLength(a), bBuf, bAt, bAt + table.keyLength(b));
  };
  const checkHeads = (page: number, at: number, count: number): void => {
    const shared = pages.heads(page)[pages.base(page)]!;
    for (let i = 0; i < count; i++) {
      const id = pages.word(page, at + i);
      const from = arena.offsetOf(table.address(id));
      const key = arena.segmentOf(table.address(id)).subarray(from, from + table.keyLength(id));
      assert(shared <= key.length, 'all keys of a page have the shared bytes');
      let head = 0;
      for (let j = 0; j < 4; j++) head = head * 256 + (key[shared + j] ?? 0);
      assert(
        pages.heads(page)[pages.base(page) + at + i] === head,
        'a head is what follows the shared bytes',
      );
      const first = pages.word(page, at);
      const firstAt = arena.offsetOf(table.address(first));
      const firstBuf = arena.segmentOf(table.address(first));
      const isShared = compareSlices(firstBuf, firstAt, firstAt + shared, key, 0, shared) === 0;
      assert(isShared, 'the shared bytes are equal');
    }
  };
  const checkLeaf = (page: number, count: number): number => {
    leaves.push(page);
    checkHeads(page, ENTRIES, count);
    let live = 0;
    for (let i = 0; i < count; i++) {
      const id = pages.word(page, ENTRIES + i);
      if (table.version(id) > 0) live++;
      assert(i === 0 || compare(pages.word(page, ENTRIES + i - 1), id) < 0, 'keys ascend');
    }
    assert(live === pages.word(page, LIVE), 'a leaf counts its live keys');
    return count;
  };
  const checkPage = (page: number, level: number): number => {
    const count = pages.entries(page);
    assert(count > 0 || (page === root && level === 0), 'only a root leaf may be empty');
    if (level === 0) return checkLeaf(page, count);
    checkHeads(page, SEPARATORS + 1, count - 1);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const leavesBefore = leaves.length;
      total += checkPage(pages.word(page, ENTRIES + i), level - 1);
      const first = pages.word(leaves[leavesBefore]!, ENTRIES);
      assert(i === 0 || pages.word(page, SEPARATORS + i) === first, 'a separator is the first id behind it');
    }
    return total;
  };
  const total = checkPage(root, height);
  for (let i = 0; i < leaves.length; i++) {
    assert(pages.word(leaves[i]!, NEXT) - 1 === (leaves[i + 1] ?? NO_PAGE), 'leaves are chained forwards');
    assert(pages.word(leaves[i]!, PREVIOUS) - 1 === (leaves[i - 1] ?? NO_PAGE), 'and backwards');
    const here = pages.word(leaves[i]!, ENTRIES);
    const before = i === 0 ? 0 : pages.entries(leaves[i - 1]!);
    assert(i === 0 || compare(pages.word(leaves[i - 1]!, ENTRIES + before - 1), here) < 0, 'leaves ascend');
  }
  return total;
}
