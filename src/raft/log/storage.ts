import type { ConfState, Entry, HardState } from '../entry.js';
import type { Snapshot } from '../message.js';

/**
 * The stable part of the log as raft reads it. All calls answer at once from memory or page cache; a broken disk is the
 * owner's affair and stops the member before it can reach raft.
 *
 * Guarantees: entries are contiguous from `firstIndex()` to `lastIndex()`; `firstIndex()` is above everything compacted
 * away; `lastIndex() >= firstIndex() - 1`.
 */
export interface LogStorage {
  /** What was durable at the start; read once, by the constructor. */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };
  firstIndex(): number;
  lastIndex(): number;
  /** The entry's term, known for `firstIndex() - 1` to `lastIndex()`; null outside. */
  term(index: number): number | null;
  /**
   * Entries from `low` up to but not including `high`, cut after `bytesMax` (see {@link entryBytes}) but at least one.
   * Requires `firstIndex() <= low < high <= lastIndex() + 1`. The caller does not change the array.
   */
  entries(low: number, high: number, bytesMax: number): readonly Entry[];
  /**
   * A snapshot at or above `firstIndex() - 1` for a follower that lags behind; null if none is ready just now. One whose
   * configuration lacks that follower is not sent, so a member added later needs a newer snapshot.
   */
  snapshot(): Snapshot | null;
}
