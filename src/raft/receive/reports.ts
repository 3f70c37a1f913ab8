/** What the transport tells a leader about its followers. */
import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';

/** The last message to `peer` is lost: streaming on would only widen the gap. */
export function reportUnreachable(raft: RaftCore, peer: NodeId): void {
  const progress = raft.isLeader ? raft.tracker.get(peer) : null;
  if (progress === null) return;
  if (progress.state === 'replicate') progress.becomeProbe();
  raft.trace?.({ kind: 'peer-unreachable', id: raft.id, term: raft.term, progress: progress.status() });
}

/** The snapshot to `peer` has left, or failed; only now may entries follow. */
export function reportSnapshot(raft: RaftCore, peer: NodeId, ok: boolean): void {
  const progress = raft.isLeader ? raft.tracker.get(peer) : null;
  if (progress === null || progress.state !== 'snapshot') return;
  if (!ok) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  // Sent is not installed: wait for its ack or the next heartbeat response, and after a failure for the latter.
  progress.flowPaused = true;
  raft.trace?.({ kind: 'snapshot-reported', id: raft.id, term: raft.term, progress: progress.status(), ok });
}
