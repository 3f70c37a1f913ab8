import { must } from '../../stdx/index.js';
import type { RaftCore } from '../core.js';
import { NOBODY } from '../entry.js';
import type { VoteMessage } from '../message.js';

/** Refuses, and lets a candidate that still counts on this node know what has been committed since. */
export function rejectVote(raft: RaftCore, message: VoteMessage): void {
  const { id, term, log } = raft;
  const tells = !raft.tracker.isVoter(id) && log.committed > 0;
  raft.sendAfterAppend({
    kind: message.kind === 'pre-vote' ? 'pre-vote-response' : 'vote-response',
    from: id,
    to: message.from,
    term,
    reject: true,
    commitIndex: tells ? log.committed : 0,
    commitTerm: tells ? must(log.term(log.committed), 'the term of the committed entry is known') : 0,
  });
}

/**
 * A request for a vote or pre-vote; its term is not below ours (thesis 3.4, 3.6.1, 9.6). Learners answer, too: one may
 * have become a voter by a change that it has not applied yet, and its vote may be needed to elect who could tell it.
 */
export function receiveVote(raft: RaftCore, message: VoteMessage): void {
  const { id, term, vote, log } = raft;
  const preVote = message.kind === 'pre-vote';
  const free = vote === NOBODY && raft.leader === NOBODY;
  // A pre-vote for a later term costs nothing and may be given to several.
  const canVote = vote === message.from || free || (preVote && message.term > term);
  const candidateLast = { index: message.lastIndex, term: message.lastTerm };
  const granted = canVote && log.isUpToDate(candidateLast);
  raft.trace?.({
    kind: 'vote-answered',
    id,
    term,
    preVote,
    from: message.from,
    granted,
    reason: granted ? 'log-fine' : canVote ? 'log-older' : 'vote-taken',
    last: log.lastPosition(),
    vote,
    candidateLast,
    requestTerm: message.term,
  });
  if (!granted) {
    rejectVote(raft, message);
    return;
  }
  raft.sendAfterAppend({
    kind: preVote ? 'pre-vote-response' : 'vote-response',
    from: id,
    to: message.from,
    // A granted pre-vote speaks for the term asked for, else the candidate would take it for an old one.
    term: message.term,
    reject: false,
    commitIndex: 0,
    commitTerm: 0,
  });
  if (preVote) return;
  raft.vote = message.from;
  raft.electionElapsed = 0;
}
