/**
 * How much of the log is kept: in memory what followers may still ask for, on disk what a restart replays. Entries go
 * once the backend has durably what they did.
 */
import type { Entry, MemoryStorage } from '../raft/index.js';
import type { SnapshotMarker, Wal } from '../storage/index.js';
import { LOG_BYTES_MAX } from './limits.js';

export interface RetentionOptions {
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
}

export class LogRetention {
  readonly #log: MemoryStorage;
  readonly #wal: Pick<Wal, 'saveSnapshotMarker' | 'releaseTo'>;
  readonly #options: RetentionOptions;
  /** Bytes of entries applied since the last cut. */
  #bytes = 0;
  #markedIndex: number;
  #isMarkerLost = false;

  constructor(
    log: MemoryStorage,
    wal: Pick<Wal, 'saveSnapshotMarker' | 'releaseTo'>,
    options: RetentionOptions,
  ) {
    this.#log = log;
    this.#wal = wal;
    this.#options = options;
    this.#markedIndex = log.firstIndex() - 1;
  }

  noteApplied(entries: readonly Entry[]): void {
    for (const entry of entries) this.#bytes += entry.data.length;
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
    const kept = alone || large ? 0 : this.#options.snapshotCatchupEntries;
    const cut = Math.min(index - kept, this.#log.lastIndex());
    if (cut >= this.#log.firstIndex()) this.#log.compact(cut);
  }
}
