/**
 * How fast a member's state may be read for others. While clients wait for this member it gives way to them: reading,
 * sending and storing a state takes as much of processors, disks and network as it can get, and they would feel it.
 * When the log that is kept for the receiver grows too long meanwhile, it goes as fast as it can: a state whose log is
 * gone once it has come was sent in vain.
 */
import type { Clock } from '../platform/index.js';
import {
  FOLLOWER_LOG_BYTES_MAX,
  SNAPSHOT_BURST_MS,
  SNAPSHOT_BYTES_PER_MS,
  SNAPSHOT_CALM_MS,
} from './limits.js';

export interface SnapshotPaceParts {
  readonly clock: Clock;
  /** Requests of clients that are not answered yet. */
  pendingProposals(): number;
  /** Bytes of the log in memory. */
  keptLogBytes(): number;
}

export class SnapshotPace {
  readonly #parts: SnapshotPaceParts;
  #busyUntil = Number.NEGATIVE_INFINITY;
  /** Until when what was read so far should have taken. */
  #dueAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SnapshotPaceParts) {
    this.#parts = parts;
  }

  /** Counts `bytes` that were just read. Returns how many milliseconds to wait before reading more; 0 for not at all. */
  pauseAfter(bytes: number): number {
    const { clock, pendingProposals, keptLogBytes } = this.#parts;
    const now = clock.now();
    if (pendingProposals() > 0) this.#busyUntil = now + SNAPSHOT_CALM_MS;
    if (now >= this.#busyUntil || keptLogBytes() > FOLLOWER_LOG_BYTES_MAX / 2) {
      this.#dueAt = now;
      return 0;
    }
    this.#dueAt = Math.max(this.#dueAt, now - SNAPSHOT_BURST_MS) + bytes / SNAPSHOT_BYTES_PER_MS;
    return Math.max(0, this.#dueAt - now);
  }
}
