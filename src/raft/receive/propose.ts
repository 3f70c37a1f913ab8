import type { RaftCore } from '../core.js';
import { NOBODY } from '../entry.js';
import type { StepResult } from '../event.js';
import { proposeAsLeader } from '../leader/proposals.js';
import type { ProposedEntry } from '../message.js';

function drop(raft: RaftCore, reason: 'no-leader' | 'forwarding-disabled'): StepResult {
  raft.trace?.({ kind: 'proposal-dropped', id: raft.id, term: raft.term, reason });
  return reason;
}

/**
 * Takes proposals of this node or of a follower to the leader. What is forwarded may be lost on the way: whoever proposed
 * it must have a time-out of its own.
 */
export function propose(raft: RaftCore, entries: readonly ProposedEntry[]): StepResult {
  if (entries.length === 0) return 'ok';
  if (raft.isLeader) return proposeAsLeader(raft, entries);
  if (raft.role !== 'follower' || raft.leader === NOBODY) return drop(raft, 'no-leader');
  if (raft.config.disableProposalForwarding) return drop(raft, 'forwarding-disabled');
  raft.send({ kind: 'propose', from: raft.id, to: raft.leader, entries });
  return 'ok';
}
