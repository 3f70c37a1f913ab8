/**
 * The part of the log that is not known to be durable: a snapshot to install, or entries from `offset` on.
 *
 *     stable storage      | offset ...   in progress ... | inProgressEnd ...  not handed out | lastIndex
 *
 * Entries below `inProgressEnd` were handed out to be written; they stay here until the write is acknowledged. When a new
 * leader overwrites some of them, `inProgressEnd` falls back, so that the new ones are handed out in their turn; an ack
 * for the old ones may still come and is told apart by its term (the ABA case).
 *
 * Invariants: `offset <= inProgressEnd <= offset + entries.length`; `entries[i].index === offset + i`; a snapshot is
 * pending only with `offset > snapshot.index`.
 */
import { assert } from '../../stdx/index.js';
import type { Entry } from '../entry.js';
import type { Snapshot } from '../message.js';
import type { LogPosition } from '../trace.js';

/** What came of adding entries, for the trace. */
export type UnstableAppend = 'extended' | 'replaced' | 'truncated';

/** Why an ack for written entries did or did not count. */
export type StableResult =
  | { readonly kind: 'stable' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'mismatch'; readonly held: LogPosition };

const STABLE: StableResult = { kind: 'stable' };
const UNKNOWN: StableResult = { kind: 'unknown' };

export class Unstable {
  snapshot: Snapshot | null = null;
  snapshotInProgress = false;
  offset: number;
  inProgressEnd: number;
  #entries: Entry[] = [];

  constructor(offset: number) {
    this.offset = offset;
    this.inProgressEnd = offset;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** The index before the first that storage alone answers for: the pending snapshot's, or null. */
  firstIndex(): number | null {
    return this.snapshot === null ? null : this.snapshot.index + 1;
  }

  /** Last index held here, or null if there is none. */
  lastIndex(): number | null {
    if (this.#entries.length > 0) return this.offset + this.#entries.length - 1;
    return this.snapshot === null ? null : this.snapshot.index;
  }

  /** The term of `index` if it is held here. */
  term(index: number): number | null {
    if (index >= this.offset) {
      const at = index - this.offset;
      return at < this.#entries.length ? this.#entries[at]!.term : null;
    }
    return this.snapshot !== null && this.snapshot.index === index ? this.snapshot.term : null;
  }

  /** A copy of the entries from `low` up to but not including `high`; both within what is held. */
  slice(low: number, high: number): Entry[] {
    assert(low >= this.offset, 'a slice starts within the unstable log');
    assert(high <= this.offset + this.#entries.length, 'a slice ends within the unstable log');
    return this.#entries.slice(low - this.offset, high - this.offset);
  }

  /** Entries that were not handed out yet. */
  pendingEntries(): readonly Entry[] {
    return this.#entries.slice(this.inProgressEnd - this.offset);
  }

  get hasPendingEntries(): boolean {
    return this.inProgressEnd < this.offset + this.#entries.length;
  }

  get hasPendingSnapshot(): boolean {
    return this.snapshot !== null && !this.snapshotInProgress;
  }

  /** Everything held here has been handed out. */
  accept(): void {
    this.inProgressEnd = this.offset + this.#entries.length;
    if (this.snapshot !== null) this.snapshotInProgress = true;
  }

  /** Adds entries, overwriting from the first one's index on. */
  append(entries: readonly Entry[]): UnstableAppend {
    const first = entries[0]!.index;
    const end = this.offset + this.#entries.length;
    assert(first <= end, 'an append leaves no gap');
    let result: UnstableAppend = 'extended';
    if (first < end) {
      if (first <= this.offset) {
        result = 'replaced';
        this.offset = first;
        this.inProgressEnd = first;
        this.#entries = [];
      } else {
        result = 'truncated';
        this.#entries.length = first - this.offset;
        if (this.inProgressEnd > first) this.inProgressEnd = first;
      }
    }
    for (const entry of entries) this.#entries.push(entry);
    return result;
  }

  /** Storage holds `index` with `term`: entries up to there need not be kept if they are the ones held here. */
  stableTo(index: number, term: number): StableResult {
    if (index < this.offset || index >= this.offset + this.#entries.length) return UNKNOWN;
    const held = this.#entries[index - this.offset]!.term;
    if (held !== term) return { kind: 'mismatch', held: { index, term: held } };
    const count = index + 1 - this.offset;
    this.#entries = count === this.#entries.length ? [] : this.#entries.slice(count);
    this.offset = index + 1;
    if (this.inProgressEnd < this.offset) this.inProgressEnd = this.offset;
    return STABLE;
  }

  stableSnapshotTo(index: number): void {
    if (this.snapshot !== null && this.snapshot.index === index) {
      this.snapshot = null;
      this.snapshotInProgress = false;
    }
  }

  /** The snapshot takes the place of everything. */
  restore(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
    this.offset = snapshot.index + 1;
    this.inProgressEnd = this.offset;
    this.#entries = [];
  }
}
