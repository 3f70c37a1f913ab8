/**
 * How much of the log is kept: in memory what followers may still ask for, on disk what a restart replays. Entries go
 * once the backend has durably what they did.
 */
import type { Entry, MemoryStorage } from '../raft/index.js';
import type { SnapshotMarker, Wal } from '../storage/index.js';
import { FOLLOWER_LOG_BYTES_MAX, LOG_BYTES_MAX } from './limits.js';

/** Bytes between two milestones: how exactly the memory that entries take is known. */
const MILE_BYTES = 64 * 1024;

export interface RetentionOptions {
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
}

export class LogRetention {
  readonly #log: MemoryStorage;
  readonly #wal: Pick<Wal, 'saveSnapshotMarker' | 'releaseTo'>;
  readonly #options: RetentionOptions;
  readonly #followersHave: () => number;
  /** Bytes of entries applied since the last cut. */
  #bytes = 0;
  #markedIndex: number;
  #isMarkerLost = false;
  /** Bytes of all entries applied so far, and what that was behind some of them: the first not above the log's head. */
  #totalBytes = 0;
  #milestones: { readonly index: number; readonly totalBytes: number }[];
  /** Where the last milestone but the first was set; it moves on until the next one is due. */
  #lastMileBytes = 0;

  /** `followersHave` is the index up to which each follower within reach has the log; Infinity if there is none. */
  constructor(
    log: MemoryStorage,
    wal: Pick<Wal, 'saveSnapshotMarker' | 'releaseTo'>,
    options: RetentionOptions,
    followersHave: () => number,
  ) {
    this.#log = log;
    this.#wal = wal;
    this.#options = options;
    this.#followersHave = followersHave;
    this.#markedIndex = log.firstIndex() - 1;
    this.#milestones = [{ index: this.#markedIndex, totalBytes: 0 }];
  }

  /** Bytes of applied entries that are kept in memory, to the nearest milestone. */
  get keptBytes(): number {
    return this.#totalBytes - this.#milestones[0]!.totalBytes;
  }

  noteApplied(entries: readonly Entry[]): void {
    let bytes = 0;
    for (const entry of entries) bytes += entry.data.length;
    this.#bytes += bytes;
    this.#totalBytes += bytes;
    const milestone = { index: entries[entries.length - 1]!.index, totalBytes: this.#totalBytes };
    if (this.#milestones.length > 1 && this.#totalBytes - this.#lastMileBytes < MILE_BYTES) {
      this.#milestones[this.#milestones.length - 1] = milestone;
    } else {
      this.#milestones.push(milestone);
      this.#lastMileBytes = this.#totalBytes;
    }
  }

  /** The backend is durable up to this index. */
  noteDurable(marker: SnapshotMarker): void {
    const { index, confState } = marker;
    const large = this.#bytes > LOG_BYTES_MAX;
    if (index <= this.#markedIndex) return;
    if (index - this.#markedIndex < this.#options.snapshotCount && !large && !this.#isMarkerLost) return;
    this.#markedIndex = index;
    this.#isMarkerLost = false;
    this.#bytes = 0;
    this.#wal.saveSnapshotMarker(marker, (error) => {
      if (error === undefined) this.#wal.releaseTo(index);
      // On a full disk it is the marker that lets segments go: try again with the next commit of the backend.
      else this.#isMarkerLost = true;
    });
    // A sole member has no followers to catch up.
    const alone = confState.voters.length + confState.learners.length <= 1;
    const cut = Math.min(alone ? index : this.#cutFor(index), this.#log.lastIndex());
    if (cut >= this.#log.firstIndex()) this.#log.compact(cut);
    const above = this.#milestones.findIndex((milestone) => milestone.index > cut);
    const begin = (above < 0 ? this.#milestones.length : above) - 1;
    if (begin > 0) this.#milestones.splice(0, begin);
  }

  /** A snapshot is about to replace the log: older markers are worth nothing from now on. */
  noteReplacing(index: number): void {
    this.#markedIndex = index;
    this.#isMarkerLost = false;
  }

  /** The log was replaced by a snapshot, durably. */
  noteReplaced(index: number): void {
    this.#bytes = 0;
    this.#milestones = [{ index, totalBytes: this.#totalBytes }];
    this.#wal.releaseTo(index);
  }

  /**
   * The last index that may go from memory: what `snapshot-catchup-entries` asks for stays, unless it is too large, and
   * what a follower within reach lacks, up to a larger bound.
   */
  #cutFor(index: number): number {
    const wanted = index - this.#options.snapshotCatchupEntries;
    const cut = Math.min(index, Math.max(wanted, this.#firstCutWithin(LOG_BYTES_MAX)));
    const lacking = this.#followersHave();
    return lacking < cut
      ? Math.min(cut, Math.max(lacking, this.#firstCutWithin(FOLLOWER_LOG_BYTES_MAX)))
      : cut;
  }

  /** The lowest known index behind which there are no more than so many bytes. */
  #firstCutWithin(bytesMax: number): number {
    const totalMin = this.#totalBytes - bytesMax;
    if (totalMin <= 0) return 0;
    return this.#milestones.find(({ totalBytes }) => totalBytes >= totalMin)?.index ?? 0;
  }
}
