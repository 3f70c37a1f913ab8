/** What a member counts of its work, for whoever watches over it. Plain numbers: counting must cost next to nothing. */
import { BucketHistogram, exponentialBounds } from '../stdx/index.js';
import { ApplyCounters } from './apply-counters.js';

/** etcd's buckets for what goes to the disk. */
const DISK_SECONDS = exponentialBounds(0.001, 2, 14);

export class MemberCounters {
  /** How often a new leader was seen. */
  leaderChanges = 0;
  /** Heartbeats that a leader sent late: it, or its disk, is overloaded. */
  lateHeartbeats = 0;
  /** Proposals that are not applied yet; whoever keeps them says how many there are. */
  pendingProposals: () => number = () => 0;
  /** Proposals that ran out of time or were given up. */
  failedProposals = 0;
  /** Read indexes that took long enough to be asked for again, and reads that ran out of time. */
  slowReadIndexes = 0;
  /** Read indexes that nobody could confirm. */
  failedReadIndexes = 0;
  /** Batches of entries that took longer to apply than is expected of one. */
  slowApplies = 0;
  readonly applies = new ApplyCounters();
  readonly logWriteSeconds = new BucketHistogram(DISK_SECONDS);
  readonly commitSeconds = new BucketHistogram(DISK_SECONDS);
  /** Of one slice of a compaction, and of a compaction from its first slice to its last. */
  readonly compactionPauseMs = new BucketHistogram(exponentialBounds(1, 2, 13));
  readonly compactionTotalMs = new BucketHistogram(exponentialBounds(100, 2, 14));
  /** When the last compaction was through, in milliseconds since 1970; 0 for never. */
  compactedAt = 0;
  /** Learners that became voters by the word of this member, and why others did not. */
  promotedLearners = 0;
  readonly refusedPromotions = new Map<string, number>();
  readonly hashSeconds = new BucketHistogram(exponentialBounds(0.01, 2, 15));
  readonly hashKvSeconds = new BucketHistogram(exponentialBounds(0.01, 2, 15));
  readonly snapshotSeconds = new BucketHistogram(exponentialBounds(0.01, 2, 17));
  readonly defragmentSeconds = new BucketHistogram(exponentialBounds(0.1, 2, 13));
  defragmentsUnderWay = 0;
}
