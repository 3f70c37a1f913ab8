/**
 * What the records of a log, read in order, amount to: the last hard state and snapshot marker, and the entries after
 * it. An entry whose index is already there replaces it and all that follow (thesis 3.5: a new leader's log wins).
 */
import type { Entry, HardState } from '../../raft/index.js';
import type { Records, SnapshotMarker, WalMetadata } from './record.js';

/** Where a log begins that no snapshot precedes. */
export const EMPTY_MARKER: SnapshotMarker = {
  index: 0,
  term: 0,
  confState: { voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false },
};

export class Replay {
  metadata: WalMetadata | undefined;
  salt = 0;
  segmentBytesMin = 0;
  hardState: HardState = { term: 0, vote: 0n, commit: 0 };
  marker: SnapshotMarker = EMPTY_MARKER;
  /** Consecutive; begins at `firstIndex`, which may lie beyond the marker until a later record moves the marker. */
  entries: Entry[] = [];

  get lastIndex(): number {
    return this.entries.length > 0 ? this.entries[this.entries.length - 1]!.index : this.marker.index;
  }

  /** Takes in one frame's records. Returns what is wrong with them, if anything. */
  apply(records: Records): string | undefined {
    const { header, hardState, marker, entries } = records;
    if (header !== undefined) {
      const known = this.metadata;
      if (known !== undefined) {
        const same =
          known.clusterId === header.metadata.clusterId && known.memberId === header.metadata.memberId;
        if (!same || this.salt !== header.salt) return 'the segment belongs to another log';
      }
      this.metadata = header.metadata;
      this.salt = header.salt;
      this.segmentBytesMin = header.segmentBytesMin;
    }
    if (hardState !== undefined) this.hardState = hardState;
    if (marker !== undefined) this.#applyMarker(marker);
    return entries.length > 0 ? this.#append(entries) : undefined;
  }

  /** Checks of the whole, once all is read. */
  finish(): string | undefined {
    const first = this.entries[0];
    if (first !== undefined && first.index > this.marker.index + 1) {
      return `entries ${this.marker.index + 1} to ${first.index - 1} are missing`;
    }
    if (this.hardState.commit > this.lastIndex) {
      return `entries up to ${this.hardState.commit} were committed, but the log ends at ${this.lastIndex}`;
    }
    return undefined;
  }

  #applyMarker(marker: SnapshotMarker): void {
    // Every segment repeats the marker that was known when it began.
    if (marker.index < this.marker.index) return;
    this.marker = marker;
    const first = this.entries[0];
    if (first === undefined || first.index > marker.index) return;
    const at = marker.index - first.index;
    const same = at < this.entries.length && this.entries[at]!.term === marker.term;
    // A snapshot from the leader that this log does not lead up to replaces the log.
    this.entries = same ? this.entries.slice(at + 1) : [];
  }

  #append(entries: readonly Entry[]): string | undefined {
    for (const entry of entries) {
      if (entry.index <= this.marker.index) continue;
      const first = this.entries[0];
      if (first === undefined || entry.index < first.index) {
        this.entries = [entry];
        continue;
      }
      const at = entry.index - first.index;
      if (at > this.entries.length) return `entry ${entry.index} follows entry ${this.lastIndex}`;
      if (at < this.entries.length) this.entries.length = at;
      this.entries.push(entry);
    }
    return undefined;
  }
}
