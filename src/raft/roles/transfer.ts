/** Handing over the leadership (thesis 3.10): catch the target up, then tell it to campaign at once. */
import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';
import { NOBODY } from '../entry.js';
import type { TraceEvent } from '../trace.js';

export type TransferAbortReason = Extract<TraceEvent, { kind: 'transfer-aborted' }>['reason'];

/** Takes proposals again. The target may still win an election it has already begun. */
export function abortTransfer(raft: RaftCore, reason: TransferAbortReason): void {
  if (raft.transferee === NOBODY) return;
  raft.trace?.({ kind: 'transfer-aborted', id: raft.id, term: raft.term, to: raft.transferee, reason });
  raft.transferee = NOBODY;
}

/** The target's log is complete: it may campaign, and voters will ignore this leader's lease. */
export function sendTimeoutNow(raft: RaftCore, to: NodeId): void {
  raft.leaseVoided = true;
  raft.send({ kind: 'timeout-now', from: raft.id, to, term: raft.term });
  raft.trace?.({ kind: 'timeout-now-sent', id: raft.id, term: raft.term, to });
}
