import type { RaftCore } from '../core.js';
import { countVote } from '../election.js';
import type { VoteResponseMessage } from '../message.js';

/** An answer counts in the kind of campaign it was given for; a late pre-vote is nothing to a candidate. */
export function receiveVoteResponse(raft: RaftCore, message: VoteResponseMessage): void {
  const expected = raft.role === 'pre-candidate' ? 'pre-vote-response' : 'vote-response';
  if (message.kind === expected) countVote(raft, message.from, !message.reject);
}

/**
 * Learns from a rejection that what our log shares with the sender's is committed: an entry of that index and term is the
 * same in both, and so is all before it. True of any term, so this comes before terms are compared.
 */
export function learnCommit(raft: RaftCore, message: VoteResponseMessage): void {
  if (raft.isLeader || message.commitIndex <= raft.log.committed) return;
  if (!raft.log.matches({ index: message.commitIndex, term: message.commitTerm })) return;
  raft.log.commitTo(message.commitIndex);
  const { id, term } = raft;
  raft.trace?.({ kind: 'commit-learnt', id, term, from: message.from, index: message.commitIndex });
}
