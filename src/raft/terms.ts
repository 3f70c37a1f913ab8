/** Comparing terms, before anything else is done with a message (thesis figure 3.1, "rules for servers"). */
import type { RaftCore } from './core.js';
import { NOBODY } from './entry.js';
import type { Message } from './message.js';
import { rejectVote } from './receive/vote.js';
import { becomeFollower } from './roles/transition.js';

type TermMessage = Extract<Message, { term: number }>;

const isFromLeader = (message: Message): boolean =>
  message.kind === 'append' || message.kind === 'heartbeat' || message.kind === 'snapshot';

/** While a leader is heard, voters stand by it: else a node that was cut off could depose it (thesis 4.2.3). */
function leaseForbids(raft: RaftCore, message: TermMessage): boolean {
  if (message.kind !== 'vote' && message.kind !== 'pre-vote') return false;
  const inLease =
    raft.config.checkQuorum && raft.leader !== NOBODY && raft.electionElapsed < raft.config.electionTicks;
  if (!inLease || message.transfer) return false;
  raft.trace?.({
    kind: 'vote-ignored',
    id: raft.id,
    term: raft.term,
    preVote: message.kind === 'pre-vote',
    from: message.from,
    last: raft.log.lastPosition(),
    vote: raft.vote,
    candidateLast: { index: message.lastIndex, term: message.lastTerm },
    ticksLeft: raft.config.electionTicks - raft.electionElapsed,
  });
  return true;
}

function receiveHigher(raft: RaftCore, message: TermMessage): boolean {
  if (leaseForbids(raft, message)) return false;
  // A pre-vote only asks, and granting one answers with the term that was asked about.
  if (message.kind === 'pre-vote') return true;
  if (message.kind === 'pre-vote-response' && !message.reject) return true;
  const { kind, from } = message;
  raft.trace?.({
    kind: 'term-higher',
    id: raft.id,
    term: raft.term,
    message: kind,
    from,
    messageTerm: message.term,
  });
  becomeFollower(raft, message.term, isFromLeader(message) ? from : NOBODY, 'higher-term');
  return true;
}

/**
 * A message of a term that is over has no effect, but sometimes an answer: a deposed leader must learn of our term, for
 * with pre-vote or check-quorum nobody else would tell it, and we could not follow it either.
 */
function receiveLower(raft: RaftCore, message: TermMessage): void {
  const { id, term, config } = raft;
  const { kind, from } = message;
  if ((config.checkQuorum || config.preVote) && (kind === 'heartbeat' || kind === 'append')) {
    raft.sendAfterAppend({
      kind: 'append-response',
      from: id,
      to: from,
      term,
      index: 0,
      reject: false,
      hintIndex: 0,
      hintTerm: 0,
    });
  } else if (message.kind === 'pre-vote') {
    raft.trace?.({
      kind: 'vote-answered',
      id,
      term,
      preVote: true,
      from,
      granted: false,
      reason: 'vote-taken',
      last: raft.log.lastPosition(),
      vote: raft.vote,
      candidateLast: { index: message.lastIndex, term: message.lastTerm },
      requestTerm: message.term,
    });
    rejectVote(raft, message);
  } else {
    raft.trace?.({ kind: 'term-lower', id, term, message: kind, from, messageTerm: message.term });
  }
}

/** Brings our term up to the message's. False if the message is done with. */
export function compareTerms(raft: RaftCore, message: Message): boolean {
  if (!('term' in message)) return true;
  if (message.term > raft.term) return receiveHigher(raft, message);
  if (message.term === raft.term) return true;
  receiveLower(raft, message);
  return false;
}
