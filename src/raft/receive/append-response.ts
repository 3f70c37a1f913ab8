import type { RaftCore } from '../core.js';
import { releasePostponedReads } from '../leader/reads.js';
import { broadcastAppend, maybeCommit, maybeSendAppend } from '../leader/replication.js';
import type { AppendResponseMessage } from '../message.js';
import type { Progress } from '../progress/progress.js';
import { sendTimeoutNow } from '../roles/transfer.js';

function receiveRejection(raft: RaftCore, from: Progress, message: AppendResponseMessage): void {
  const { log, id, term } = raft;
  const hint = { index: message.hintIndex, term: message.hintTerm };
  raft.trace?.({ kind: 'append-refused', id, term, from: from.id, index: message.index, hint });
  // The follower has skipped what our term at the probe rules out; its term at the hint lets us do the same here.
  const next = hint.term > 0 ? log.findConflictByTerm(hint.index, hint.term).index : hint.index;
  if (!from.rejected(message.index, next)) return;
  raft.trace?.({ kind: 'progress-decreased', id, term, progress: from.status() });
  if (from.state === 'replicate') from.becomeProbe();
  maybeSendAppend(raft, from, true);
}

function advanceState(raft: RaftCore, from: Progress, index: number): void {
  if (from.state === 'probe') {
    from.becomeReplicate();
  } else if (from.state === 'snapshot') {
    // Whichever snapshot it has: entries from here on connect to it.
    if (from.match + 1 < raft.log.firstIndex()) return;
    raft.trace?.({ kind: 'snapshot-caught-up', id: raft.id, term: raft.term, progress: from.status() });
    from.becomeProbe();
    from.becomeReplicate();
  } else {
    from.inflights.freeUpTo(index);
  }
}

/** A follower's (or our own log's) ack, or refusal, of an append (thesis 3.5, 3.6.2). */
export function receiveAppendResponse(raft: RaftCore, message: AppendResponseMessage): void {
  const from = raft.tracker.get(message.from);
  if (from === null) return;
  from.recentActive = true;
  if (message.reject) {
    receiveRejection(raft, from, message);
    return;
  }
  // Nobody holds more of this leader's log than the leader: such an ack is from another life of that member.
  if (message.index > raft.log.lastIndex()) return;
  const fresh = from.acked(message.index);
  if (!fresh && !(from.match === message.index && from.state === 'probe')) return;
  advanceState(raft, from, message.index);
  const isSelf = from.id === raft.id;
  if (maybeCommit(raft)) {
    releasePostponedReads(raft);
    broadcastAppend(raft);
  } else if (!isSelf && from.canBumpCommit(raft.log.committed)) {
    // It was paused when the commit index advanced.
    maybeSendAppend(raft, from, true);
  }
  if (isSelf) return;
  // The ack may have opened the window for several appends.
  while (maybeSendAppend(raft, from, false));
  if (from.id === raft.transferee && from.match === raft.log.lastIndex()) sendTimeoutNow(raft, from.id);
}
