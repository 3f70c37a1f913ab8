import type { RaftCore } from '../core.js';
import { NOBODY } from '../entry.js';
import { setLeader } from '../roles/transition.js';

/** A follower that is told its leader is gone may grant votes at once, without waiting for its time-out. */
export function forgetLeader(raft: RaftCore): void {
  if (raft.role !== 'follower' || raft.leader === NOBODY) return;
  const { id, term, leader } = raft;
  if (raft.config.readOnly === 'lease') {
    // The leader answers reads because it trusts this node not to elect another one.
    raft.trace?.({ kind: 'forget-leader-refused', id, term, reason: 'lease-reads' });
    return;
  }
  raft.trace?.({ kind: 'leader-forgotten', id, term, leader });
  setLeader(raft, NOBODY);
}
