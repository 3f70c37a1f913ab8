/**
 * The replicated log as a node sees it: what storage holds, continued by what is still unstable (thesis 3.5).
 *
 *     firstIndex ... applied <= applying <= committed <= lastIndex
 *
 * `committed` is known to be durable on a quorum; up to `applying` entries were handed out to be applied; up to `applied`
 * the state machine has reported them. Entries at or below `committed` never change.
 */
import { assert } from '../../stdx/index.js';
import type { Entry } from '../entry.js';
import type { Snapshot } from '../message.js';
import type { LogPointers, LogPosition } from '../trace.js';
import { entryBytes } from './entry-bytes.js';
import type { LogStorage } from './storage.js';
import type { StableResult } from './unstable.js';
import { Unstable } from './unstable.js';

const NO_ENTRIES: readonly Entry[] = [];

/** A batch that is being applied. */
interface ApplyingBatch {
  readonly lastIndex: number;
  readonly bytes: number;
  readonly payloadBytes: number;
}

export class RaftLog {
  readonly #storage: LogStorage;
  readonly #applyingBytesMax: number;
  readonly unstable: Unstable;
  committed: number;
  applying: number;
  applied: number;
  #applyingBatches: ApplyingBatch[] = [];
  #applyingBytes = 0;
  /** The last batch was cut short by the byte limit, or the limit is used up. */
  #applyingPaused = false;

  constructor(storage: LogStorage, applyingBytesMax: number) {
    this.#storage = storage;
    this.#applyingBytesMax = applyingBytesMax;
    const first = storage.firstIndex();
    this.unstable = new Unstable(storage.lastIndex() + 1);
    this.committed = first - 1;
    this.applying = first - 1;
    this.applied = first - 1;
  }

  firstIndex(): number {
    return this.unstable.firstIndex() ?? this.#storage.firstIndex();
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.#storage.lastIndex();
  }

  /** The term at `index`; null if it is compacted or beyond the end. */
  term(index: number): number | null {
    const held = this.unstable.term(index);
    if (held !== null) return held;
    // The position before the first entry is known, too: it is what an append follows.
    if (index + 1 < this.firstIndex() || index > this.lastIndex()) return null;
    return this.#storage.term(index);
  }

  lastPosition(): LogPosition {
    const index = this.lastIndex();
    const term = this.term(index);
    assert(term !== null, 'the term of the last entry is known');
    return { index, term };
  }

  matches(position: LogPosition): boolean {
    return this.term(position.index) === position.term;
  }

  /** Whether a log that ends at `candidate` may win votes against this one (thesis 3.6.1). */
  isUpToDate(candidate: LogPosition): boolean {
    const last = this.lastPosition();
    return candidate.term > last.term || (candidate.term === last.term && candidate.index >= last.index);
  }

  /** Index of the first of `entries` (contiguous) that is absent here or differs in term; null if all are here. */
  firstDifference(entries: readonly Entry[]): number | null {
    for (const entry of entries) {
      if (this.term(entry.index) !== entry.term) return entry.index;
    }
    return null;
  }

  /**
   * The largest index at or below `index` whose term is at most `term`: above it the logs cannot match (thesis 3.5). An
   * index of unknown term ends the search, with term 0.
   */
  findConflictByTerm(index: number, term: number): LogPosition {
    for (let at = index; at > 0; at--) {
      const own = this.term(at);
      if (own === null) return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  /** Adds entries, overwriting uncommitted ones from the first one's index on. */
  append(entries: readonly Entry[]): ReturnType<Unstable['append']> {
    assert(entries.length > 0, 'an append has entries');
    assert(entries[0]!.index > this.committed, 'committed entries are never overwritten');
    return this.unstable.append(entries);
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(index <= this.lastIndex(), 'only what is in the log is committed');
    this.committed = index;
  }

  /** Storage has everything up to the entry: see {@link Unstable.stableTo}. */
  stableTo(position: LogPosition): StableResult {
    const result = this.unstable.stableTo(position.index, position.term);
    if (result.kind === 'stable') {
      // An ack also speaks for writes ordered before its own: it must not overtake them.
      assert(this.#storage.term(position.index) === position.term, 'what is acknowledged is in storage');
    }
    return result;
  }

  /** Entries from `low` on, cut after `bytesMax` but at least one, if there is one. Null if `low` is compacted. */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | null {
    const last = this.lastIndex();
    if (low > last) return NO_ENTRIES;
    if (low < this.firstIndex()) return null;
    return this.slice(low, last + 1, bytesMax);
  }

  /** Entries from `low` up to but not including `high`, cut after `bytesMax` but at least one. */
  slice(low: number, high: number, bytesMax: number): readonly Entry[] {
    assert(low >= this.firstIndex(), 'a slice starts within the log');
    assert(low < high && high <= this.lastIndex() + 1, 'a slice ends within the log');
    const offset = this.unstable.offset;
    if (low >= offset) return limit(this.unstable.slice(low, high), bytesMax);
    const stableHigh = high < offset ? high : offset;
    const stable = this.#storage.entries(low, stableHigh, bytesMax);
    if (high <= offset || stable.length < stableHigh - low) return stable;
    const all = stable.concat(this.unstable.slice(offset, high));
    return limit(all, bytesMax);
  }

  /** The snapshot for a follower that needs what is compacted here. */
  snapshot(): Snapshot | null {
    return this.unstable.snapshot ?? this.#storage.snapshot();
  }

  /** Last index that may be handed out for applying. */
  #appliableIndex(allowUnstable: boolean): number {
    if (allowUnstable) return this.committed;
    const stable = this.unstable.offset - 1;
    return this.committed < stable ? this.committed : stable;
  }

  hasCommittedEntries(allowUnstable: boolean): boolean {
    // A pending snapshot comes first: the state machine has a hole until it is installed.
    if (this.#applyingPaused || this.unstable.snapshot !== null) return false;
    return this.#appliableIndex(allowUnstable) > this.applying;
  }

  /** Committed entries that were not handed out yet, within the byte limit. */
  committedEntries(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasCommittedEntries(allowUnstable)) return NO_ENTRIES;
    const bytesLeft = this.#applyingBytesMax - this.#applyingBytes;
    assert(bytesLeft > 0, 'nothing is handed out while the limit is used up');
    return this.slice(this.applying + 1, this.#appliableIndex(allowUnstable) + 1, bytesLeft);
  }

  /** `entries`, as given by {@link committedEntries}, are now being applied. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    if (entries.length === 0) return;
    const lastIndex = entries[entries.length - 1]!.index;
    assert(lastIndex <= this.committed, 'only committed entries are applied');
    let payloadBytes = 0;
    for (const entry of entries) payloadBytes += entry.data.length;
    let bytes = 0;
    for (const entry of entries) bytes += entryBytes(entry);
    this.#applyingBatches.push({ lastIndex, bytes, payloadBytes });
    this.#applyingBytes += bytes;
    this.applying = lastIndex;
    this.#applyingPaused =
      this.#applyingBytes >= this.#applyingBytesMax || lastIndex < this.#appliableIndex(allowUnstable);
  }

  /** The state machine has everything up to `index`. Returns the payload bytes of the batches that this finishes. */
  appliedTo(index: number): number {
    assert(index <= this.committed, 'only committed entries are applied');
    assert(index >= this.applied, 'the applied index never falls');
    this.applied = index;
    if (this.applying < index) this.applying = index;
    let payloadBytes = 0;
    while (this.#applyingBatches.length > 0 && this.#applyingBatches[0]!.lastIndex <= index) {
      const batch = this.#applyingBatches.shift()!;
      this.#applyingBytes -= batch.bytes;
      payloadBytes += batch.payloadBytes;
    }
    this.#applyingPaused = this.#applyingBytes >= this.#applyingBytesMax;
    return payloadBytes;
  }

  /** The snapshot takes the place of the whole log (paper figure 13, rule 7). */
  restore(snapshot: Snapshot): void {
    assert(snapshot.index > this.committed, 'a snapshot never takes committed entries back');
    this.committed = snapshot.index;
    this.unstable.restore(snapshot);
  }

  pointers(): LogPointers {
    return {
      committed: this.committed,
      applied: this.applied,
      applying: this.applying,
      unstableOffset: this.unstable.offset,
      unstableInProgress: this.unstable.inProgressEnd,
      unstableCount: this.unstable.count,
    };
  }
}

/** Cuts after `bytesMax`, but keeps the first. */
function limit(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  if (bytesMax === Infinity || entries.length <= 1) return entries;
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) {
    bytes += entryBytes(entries[i]!);
    if (bytes > bytesMax && i > 0) return entries.slice(0, i);
  }
  return entries;
}
