/**
 * How a node changes its role (thesis figure 3.3). Every change but that to pre-candidate starts afresh: time-outs are
 * redrawn, votes, progress and pending transfer are forgotten, waiting reads are given up.
 */
import { assert } from '../../stdx/index.js';
import type { RaftCore } from '../core.js';
import type { NodeId } from '../entry.js';
import { NOBODY } from '../entry.js';
import { dropReads } from '../reads/answer.js';
import type { RoleReason } from '../trace.js';
import type { Role } from '../update.js';
import { abortTransfer } from './transfer.js';

/** Notes who leads. Reads forwarded to another leader are reported as dropped. */
export function setLeader(raft: RaftCore, leader: NodeId): void {
  if (raft.leader === leader) return;
  raft.reads.dropForwarded();
  raft.leader = leader;
}

function drawElectionTicks(raft: RaftCore): void {
  const { electionTicks, random } = raft.config;
  raft.randomizedElectionTicks = electionTicks + Math.floor(random() * electionTicks);
}

function reset(raft: RaftCore, term: number): void {
  assert(term >= raft.term, 'the term never falls');
  if (raft.term !== term) {
    raft.term = term;
    raft.vote = NOBODY;
  }
  dropReads(raft);
  setLeader(raft, NOBODY);
  raft.electionElapsed = 0;
  raft.heartbeatElapsed = 0;
  drawElectionTicks(raft);
  abortTransfer(raft, 'role-changed');
  raft.leaseVoided = false;
  raft.tracker.clearVotes();
  raft.tracker.resetProgress(raft.id, raft.log.lastIndex());
  raft.pendingConfIndex = 0;
  raft.uncommittedBytes = 0;
}

function enter(raft: RaftCore, role: Role, reason: RoleReason): void {
  raft.role = role;
  raft.trace?.({ kind: 'role-changed', id: raft.id, term: raft.term, role, reason });
}

export function becomeFollower(raft: RaftCore, term: number, leader: NodeId, reason: RoleReason): void {
  reset(raft, term);
  setLeader(raft, leader);
  enter(raft, 'follower', reason);
}

export function becomeCandidate(raft: RaftCore): void {
  assert(raft.role !== 'leader', 'a leader does not campaign');
  reset(raft, raft.term + 1);
  raft.vote = raft.id;
  enter(raft, 'candidate', 'campaign');
}

/** Asks first: term, vote and time-outs stay as they are, so that a refusal leaves no trace (thesis 9.6). */
export function becomePreCandidate(raft: RaftCore): void {
  assert(raft.role !== 'leader', 'a leader does not campaign');
  raft.tracker.clearVotes();
  setLeader(raft, NOBODY);
  enter(raft, 'pre-candidate', 'campaign');
}

/** The role alone; the empty entry that opens the term is appended by the caller, see `election.ts`. */
export function becomeLeader(raft: RaftCore): void {
  assert(raft.role === 'candidate', 'only a candidate becomes leader');
  assert(raft.vote === raft.id, 'a candidate has voted for itself');
  assert(raft.tracker.votes.get(raft.id) === true, 'its own vote is durable');
  reset(raft, raft.term);
  setLeader(raft, raft.id);
  raft.role = 'leader';
  const progress = raft.tracker.get(raft.id);
  assert(progress !== null, 'a candidate is a member');
  progress.becomeReplicate();
  progress.recentActive = true;
  // There may be a change among the entries not yet applied; to look would cost more than to wait.
  raft.pendingConfIndex = raft.log.lastIndex();
}
