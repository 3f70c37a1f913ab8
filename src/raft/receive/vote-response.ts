import type { RaftCore } from '../core.js';
import { countVote } from '../election.js';
import type { VoteResponseMessage } from '../message.js';

/** An answer counts in the kind of campaign it was given for; a late pre-vote is nothing to a candidate. */
export function receiveVoteResponse(raft: RaftCore, message: VoteResponseMessage): void {
  const expected = raft.role === 'pre-candidate' ? 'pre-vote-response' : 'vote-response';
  if (message.kind === expected) countVote(raft, message.from, !message.reject);
}
