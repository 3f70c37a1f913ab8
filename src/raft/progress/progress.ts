/**
 * What a leader knows of one node's log, and how it feeds it. Three states:
 *
 *     probe      one append at a time until the logs are found to match
 *     replicate  appends are streamed ahead of their acks, within the window of {@link Inflights}
 *     snapshot   nothing is sent until the follower has what was compacted away here
 *
 * A rejection or a lost message leads from replicate to probe, an ack from probe to replicate, a compacted `next` to
 * snapshot, and the snapshot's ack or failure back to probe.
 *
 * Invariants: `match < next`; everything up to `match` is durable there and equals the leader's log; in probe and
 * snapshot the window is empty; `pendingSnapshot > 0` only in snapshot.
 */
import { assert } from '../../stdx/index.js';
import type { NodeId } from '../entry.js';
import type { ProgressState, ProgressStatus } from '../status.js';
import type { Inflights } from './inflights.js';

export class Progress {
  readonly id: NodeId;
  match = 0;
  /** The first entry of the next append. */
  next: number;
  state: ProgressState = 'probe';
  /** In snapshot: the index of the snapshot under way. */
  pendingSnapshot = 0;
  /** Heard from since the last quorum check. */
  recentActive = false;
  /** No append until an ack or heartbeat response: the probe is under way, or the window is full. */
  flowPaused = false;
  /** The highest commit index this node was told; saves appends that only repeat it. */
  sentCommit = 0;
  learner = false;
  /** The latest read-confirmation round this node has answered, see `reads.ts`. */
  readRound = 0;
  /**
   * Regular heartbeats whose answer may set off a probe. Heartbeats that only confirm reads do not count here: under many
   * reads and writes each would cost an append that says nothing new.
   */
  probesDue = 0;
  readonly inflights: Inflights;

  constructor(id: NodeId, next: number, inflights: Inflights) {
    this.id = id;
    this.next = next;
    this.inflights = inflights;
  }

  #reset(state: ProgressState): void {
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.clear();
  }

  becomeProbe(): void {
    // After a snapshot the follower is known to have it, once its ack or report has come, even if match lags.
    const next = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) + 1 : this.match + 1;
    this.#reset('probe');
    this.next = next;
    this.#lowerSentCommit();
  }

  becomeReplicate(): void {
    this.#reset('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(snapshotIndex: number): void {
    this.#reset('snapshot');
    this.pendingSnapshot = snapshotIndex;
    this.next = snapshotIndex + 1;
    this.sentCommit = snapshotIndex;
  }

  /** The follower may not have received what carried a higher commit index than the entries it is now known to lack. */
  #lowerSentCommit(): void {
    if (this.sentCommit > this.next - 1) this.sentCommit = this.next - 1;
  }

  get paused(): boolean {
    return this.state === 'snapshot' || this.flowPaused;
  }

  /** Whether telling the follower `commit` would let it commit something new of what it was sent. */
  canBumpCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** Accounts for an append of `count` entries that was just sent. */
  sentAppend(count: number, bytes: number, commit: number): void {
    assert(this.state !== 'snapshot', 'no append is sent while a snapshot is under way');
    if (this.state === 'replicate') {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      this.flowPaused = this.inflights.full;
    } else if (count > 0) {
      this.flowPaused = true;
    }
    this.sentCommit = commit;
  }

  /** An ack for everything up to `index`. False if that was known. */
  acked(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    if (this.next <= index) this.next = index + 1;
    this.flowPaused = false;
    return true;
  }

  /**
   * The append after `rejected` was refused; the logs may meet at `hint`. False if the refusal is out of date: it was
   * overtaken by an ack, or it answers a probe other than the present one.
   */
  rejected(rejected: number, hint: number): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      if (rejected !== this.next - 1) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.flowPaused = false;
    }
    this.#lowerSentCommit();
    return true;
  }

  status(): ProgressStatus {
    return {
      id: this.id,
      match: this.match,
      next: this.next,
      state: this.state,
      learner: this.learner,
      paused: this.paused,
      pendingSnapshot: this.pendingSnapshot,
      recentActive: this.recentActive,
      inflightMessages: this.inflights.count,
      inflightBytes: this.inflights.bytes,
      inflightFull: this.inflights.full,
    };
  }
}
