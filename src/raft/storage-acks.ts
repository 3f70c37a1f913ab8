/** What storage and state machine have done. */
import type { RaftCore } from './core.js';
import { maybeLeaveJoint } from './reconfigure.js';
import type { AppendAck } from './update.js';

/** Entries up to the ack's are durable; safe against acks for entries that were overwritten meanwhile. */
export function persisted(raft: RaftCore, ack: AppendAck): void {
  const { id, term, log } = raft;
  if (ack.term < term) {
    // Index and term are not enough here: a leader of the term between may have overwritten the entry, and a later one
    // have put it back, while storage still has both writes before it.
    raft.trace?.({ kind: 'ack-stale', id, term, ackTerm: ack.term });
  } else if (ack.index > 0) {
    const result = log.stableTo({ index: ack.index, term: ack.indexTerm });
    if (result.kind === 'unknown') {
      raft.trace?.({ kind: 'ack-unknown', id, term, index: ack.index });
    } else if (result.kind === 'mismatch') {
      const acked = { index: ack.index, term: ack.indexTerm };
      raft.trace?.({ kind: 'ack-mismatch', id, term, acked, held: result.held });
    }
  }
  if (ack.snapshot === null) return;
  log.unstable.stableSnapshotTo(ack.snapshot.index);
  applied(raft, ack.snapshot.index);
}

/** The state machine has everything up to `index`; an older report is no news. */
export function applied(raft: RaftCore, index: number): void {
  const { log } = raft;
  const payloadBytes = log.appliedTo(index > log.applied ? index : log.applied);
  raft.uncommittedBytes = Math.max(0, raft.uncommittedBytes - payloadBytes);
  maybeLeaveJoint(raft);
}
