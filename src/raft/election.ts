/** Elections (thesis 3.4) and the dry run before them (thesis 9.6). */
import { assert } from '../stdx/index.js';
import type { RaftCore } from './core.js';
import type { Entry, NodeId } from './entry.js';
import { EntryKind, NOBODY } from './entry.js';
import { appendProposed, NO_OPS } from './leader/proposals.js';
import { broadcastAppend } from './leader/replication.js';
import { CONF_CHANGE_SCAN_BYTES } from './limits.js';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles/transition.js';
import type { TraceEvent } from './trace.js';

export type Campaign = 'pre-vote' | 'vote' | 'transfer';

function isConfChange(entry: Entry): boolean {
  return entry.kind !== EntryKind.NORMAL;
}

/** Whether a committed conf change waits to be applied: until then this node may not know who its voters are. */
function hasUnappliedConfChange(raft: RaftCore): boolean {
  const { log } = raft;
  let low = log.applied + 1;
  // While a snapshot is pending the node is not promotable, so the log is whole from `applied` on.
  while (low <= log.committed) {
    const page = log.slice(low, log.committed + 1, CONF_CHANGE_SCAN_BYTES);
    if (page.some(isConfChange)) return true;
    low += page.length;
  }
  return false;
}

type Refusal = Extract<TraceEvent, { kind: 'campaign-refused' }>['reason'];

function refusalOf(raft: RaftCore): Refusal | null {
  if (raft.isLeader) return 'leading';
  if (!raft.promotable) return 'unpromotable';
  return hasUnappliedConfChange(raft) ? 'unapplied-conf-change' : null;
}

/** Campaigns if that makes sense now. */
export function startElection(raft: RaftCore, campaign: Campaign): void {
  const reason = refusalOf(raft);
  if (reason !== null) {
    raft.trace?.({ kind: 'campaign-refused', id: raft.id, term: raft.term, reason });
    return;
  }
  raft.trace?.({ kind: 'election-started', id: raft.id, term: raft.term });
  runCampaign(raft, campaign);
}

function runCampaign(raft: RaftCore, campaign: Campaign): void {
  const preVote = campaign === 'pre-vote';
  if (preVote) becomePreCandidate(raft);
  else becomeCandidate(raft);
  const term = preVote ? raft.term + 1 : raft.term;
  const last = raft.log.lastPosition();
  for (const to of raft.tracker.voterIds()) {
    if (to === raft.id) {
      // The own vote counts like any other, once it is durable (thesis 3.8).
      const kind = preVote ? 'pre-vote-response' : 'vote-response';
      raft.sendAfterAppend({ kind, from: raft.id, to, term, reject: false, commitIndex: 0, commitTerm: 0 });
      continue;
    }
    raft.trace?.({ kind: 'vote-requested', id: raft.id, term: raft.term, preVote, to, last });
    const request = {
      from: raft.id,
      to,
      term,
      lastIndex: last.index,
      lastTerm: last.term,
      transfer: campaign === 'transfer',
    };
    if (preVote) raft.send({ kind: 'pre-vote', ...request });
    // To ask is a promise, too: who forgot its term and the end of its log in a crash could ask again in the same term with
    // a shorter log, and count votes that were given to the longer one. Pre-votes decide nothing.
    else raft.sendAfterAppend({ kind: 'vote', ...request });
  }
}

/** Counts an answer to the present campaign, and ends that if it decides. */
export function countVote(raft: RaftCore, from: NodeId, granted: boolean): void {
  const preVote = raft.role === 'pre-candidate';
  assert(preVote || raft.role === 'candidate', 'only candidates count votes');
  raft.trace?.({ kind: 'vote-received', id: raft.id, term: raft.term, preVote, from, granted });
  raft.tracker.recordVote(from, granted);
  const tally = raft.tracker.tallyVotes();
  const { granted: yes, rejected: no } = tally;
  raft.trace?.({ kind: 'votes-counted', id: raft.id, term: raft.term, preVote, granted: yes, rejected: no });
  if (tally.result === 'won') {
    if (preVote) runCampaign(raft, 'vote');
    // The votes of others may come before the own one is durable. Who led without it and crashed would not know of its term: it
    // could win the same term once more, with other entries.
    else if (raft.tracker.votes.get(raft.id) === true) win(raft);
  } else if (tally.result === 'lost') {
    // The answers have come with our own term, so the leader of that term is still unknown.
    becomeFollower(raft, raft.term, NOBODY, 'votes-lost');
  }
}

function win(raft: RaftCore): void {
  becomeLeader(raft);
  const appended = appendProposed(raft, NO_OPS);
  assert(appended, 'an empty entry fits always');
  raft.trace?.({ kind: 'role-changed', id: raft.id, term: raft.term, role: 'leader', reason: 'votes-won' });
  broadcastAppend(raft);
}
