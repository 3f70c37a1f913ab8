/** The leader's side of linearizable reads (thesis 6.4); see `reads/read-queue.ts` for the rounds. */
import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';
import { NOBODY } from '../entry.js';
import { answerRead } from '../reads/answer.js';

/**
 * The lease: check-quorum deposes a leader that a quorum could replace, as long as clocks run alike (thesis 6.4.1). A
 * transfer lets another node be elected within the lease, so it voids it for the rest of the term.
 */
function leaseHolds(raft: RaftCore): boolean {
  return raft.config.readOnly === 'lease' && !raft.leaseVoided && raft.transferee === NOBODY;
}

/** Begins to confirm a read that `from` has asked for. */
export function readAsLeader(raft: RaftCore, from: NodeId, context: bigint): void {
  // Before that the leader does not know what its predecessors have committed (thesis 6.4, step 1).
  if (!raft.committedInTerm) raft.reads.postpone(from, context);
  else if (raft.tracker.isOnlyVoter(raft.id) || leaseHolds(raft)) {
    answerRead(raft, from, context, raft.log.committed);
  } else raft.reads.wait(from, context, raft.log.committed);
}

/** To be called when the commit index has advanced: the first entry of the term lets postponed reads begin. */
export function releasePostponedReads(raft: RaftCore): void {
  if (!raft.reads.hasPostponed || !raft.committedInTerm) return;
  for (const { from, context } of raft.reads.takePostponed()) readAsLeader(raft, from, context);
}

/** Answers the reads whose round a quorum has answered; also to be called when the quorum changes. */
export function releaseConfirmedReads(raft: RaftCore): void {
  if (!raft.reads.hasWaiting) return;
  const round = raft.tracker.confirmedReadRound();
  for (const read of raft.reads.takeConfirmed(round)) answerRead(raft, read.from, read.context, read.index);
}
