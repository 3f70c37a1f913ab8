import { assert } from '../../stdx/index.js';
import type { ConfState, Entry, HardState } from '../entry.js';
import { EMPTY_CONF_STATE, EMPTY_HARD_STATE } from '../entry.js';
import type { Snapshot } from '../message.js';
import { entryBytes } from './entry-bytes.js';
import type { LogStorage } from './storage.js';

/** Below this many dropped entries the array is not moved: a compaction costs what it frees. */
const DROPPED_MIN = 1024;

/**
 * The log in memory. A server keeps its recent log here and makes it durable in a write-ahead log; the simulator and
 * tests use it alone. It is changed only by its owner, never by raft.
 */
export class MemoryStorage implements LogStorage {
  #hardState: HardState = EMPTY_HARD_STATE;
  #confState: ConfState = EMPTY_CONF_STATE;
  #snapshot: Snapshot | null = null;
  /** What raft is offered for lagging followers, if not the last installed snapshot. */
  #snapshotSource: (() => Snapshot | null) | null = null;
  /** Index and term of the last compacted entry: the element before the first one. */
  #headIndex = 0;
  #headTerm = 0;
  /** `#entries[#dropped]` has index `#headIndex + 1`. */
  #entries: Entry[] = [];
  #dropped = 0;

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#confState };
  }

  firstIndex(): number {
    return this.#headIndex + 1;
  }

  lastIndex(): number {
    return this.#headIndex + this.#entries.length - this.#dropped;
  }

  term(index: number): number | null {
    if (index === this.#headIndex) return this.#headTerm;
    if (index < this.#headIndex || index > this.lastIndex()) return null;
    return this.#entries[this.#dropped + index - this.#headIndex - 1]!.term;
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] {
    assert(low > this.#headIndex, 'entries asked for are compacted');
    assert(low < high && high <= this.lastIndex() + 1, 'entries asked for are not in the log');
    const start = this.#dropped + low - this.#headIndex - 1;
    const end = start + high - low;
    let bytes = entryBytes(this.#entries[start]!);
    let cut = start + 1;
    while (cut < end) {
      bytes += entryBytes(this.#entries[cut]!);
      if (bytes > bytesMax) break;
      cut++;
    }
    return this.#entries.slice(start, cut);
  }

  snapshot(): Snapshot | null {
    return this.#snapshotSource === null ? this.#snapshot : this.#snapshotSource();
  }

  /** The snapshot that was installed last, or null. */
  get installedSnapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** Lets the owner offer a newer snapshot than the installed one; it is called when a follower needs it. */
  setSnapshotSource(source: () => Snapshot | null): void {
    this.#snapshotSource = source;
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** Appends, overwriting from the first new index on. Entries at or below the compacted head are skipped. */
  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const first = entries[0]!.index;
    const last = first + entries.length - 1;
    assert(entries[entries.length - 1]!.index === last, 'appended entries are contiguous');
    if (last <= this.#headIndex) return;
    const from = first > this.#headIndex ? first : this.#headIndex + 1;
    assert(from <= this.lastIndex() + 1, 'an append leaves no gap');
    this.#entries.length = this.#dropped + from - this.#headIndex - 1;
    for (let i = from - first; i < entries.length; i++) this.#entries.push(entries[i]!);
  }

  /** Forgets entries up to and including `index`, which becomes the head. False if they are gone already. */
  compact(index: number): boolean {
    if (index <= this.#headIndex) return false;
    assert(index <= this.lastIndex(), 'compaction stays within the log');
    this.#headTerm = this.#entries[this.#dropped + index - this.#headIndex - 1]!.term;
    const drop = index - this.#headIndex;
    this.#entries.fill(undefined as unknown as Entry, this.#dropped, this.#dropped + drop);
    this.#dropped += drop;
    this.#headIndex = index;
    if (this.#dropped >= DROPPED_MIN && this.#dropped * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#dropped);
      this.#dropped = 0;
    }
    return true;
  }

  /** Replaces log and configuration by the snapshot. False if a newer one is installed. */
  installSnapshot(snapshot: Snapshot): boolean {
    if (this.#snapshot !== null && this.#snapshot.index >= snapshot.index) return false;
    this.#snapshot = snapshot;
    this.#confState = snapshot.confState;
    this.#headIndex = snapshot.index;
    this.#headTerm = snapshot.term;
    this.#entries = [];
    this.#dropped = 0;
    return true;
  }

  /**
   * The configuration to start with, if entries up to `applied` beyond the installed snapshot are already in the state
   * machine and will not be applied again.
   */
  setConfState(confState: ConfState): void {
    this.#confState = confState;
  }
}
