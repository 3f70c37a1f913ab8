import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';
import { NOBODY } from '../entry.js';
import { maybeSendAppend } from '../leader/replication.js';
import { abortTransfer, sendTimeoutNow } from '../roles/transfer.js';
import type { TraceEvent } from '../trace.js';

type IgnoreReason = Extract<TraceEvent, { kind: 'transfer-ignored' }>['reason'];

function ignore(raft: RaftCore, to: NodeId, reason: IgnoreReason): void {
  raft.trace?.({ kind: 'transfer-ignored', id: raft.id, term: raft.term, to, reason });
}

/** Hands the leadership to `to`, or passes the wish on to the leader (thesis 3.10). */
export function transferLeader(raft: RaftCore, to: NodeId): void {
  if (raft.isLeader) {
    startTransfer(raft, to);
  } else if (raft.leader === NOBODY) {
    ignore(raft, to, 'no-leader');
  } else {
    raft.send({ kind: 'transfer-leader', from: raft.id, to: raft.leader, transferee: to });
  }
}

function startTransfer(raft: RaftCore, to: NodeId): void {
  const progress = raft.tracker.get(to);
  if (progress === null || !raft.tracker.isVoter(to)) {
    ignore(raft, to, 'not-voter');
    return;
  }
  if (raft.transferee === to) {
    ignore(raft, to, 'under-way');
    return;
  }
  abortTransfer(raft, 'superseded');
  if (to === raft.id) {
    ignore(raft, to, 'self');
    return;
  }
  raft.trace?.({ kind: 'transfer-started', id: raft.id, term: raft.term, to });
  // It should be over within an election time-out, which begins now.
  raft.electionElapsed = 0;
  raft.transferee = to;
  if (progress.match === raft.log.lastIndex()) sendTimeoutNow(raft, to);
  else maybeSendAppend(raft, progress, true);
}
