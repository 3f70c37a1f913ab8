/** The passing of time (thesis 3.4): followers wait for a leader, leaders for their followers. */
import type { RaftCore } from './core.js';
import { startElection } from './election.js';
import { NOBODY } from './entry.js';
import { tickHeartbeat } from './leader/replication.js';
import { maybeLeaveJoint } from './reconfigure.js';
import { abortTransfer } from './roles/transfer.js';
import { becomeFollower } from './roles/transition.js';

export function tick(raft: RaftCore): void {
  if (raft.isLeader) tickLeader(raft);
  else tickFollower(raft);
}

function tickFollower(raft: RaftCore): void {
  raft.reads.tickForwarded(raft.config.electionTicks);
  raft.electionElapsed++;
  if (!raft.promotable || raft.electionElapsed < raft.randomizedElectionTicks) return;
  raft.electionElapsed = 0;
  startElection(raft, raft.config.preVote ? 'pre-vote' : 'vote');
}

function tickLeader(raft: RaftCore): void {
  raft.electionElapsed++;
  raft.heartbeatElapsed++;
  if (raft.electionElapsed >= raft.config.electionTicks) {
    raft.electionElapsed = 0;
    if (raft.config.checkQuorum) checkQuorum(raft);
    if (!raft.isLeader) return;
    // The target did not take over in time: it may be down, so clients must not wait for it (thesis 3.10).
    abortTransfer(raft, 'timed-out');
    maybeLeaveJoint(raft);
  }
  if (raft.heartbeatElapsed < raft.config.heartbeatTicks) return;
  raft.heartbeatElapsed = 0;
  tickHeartbeat(raft);
}

/** Steps down if a quorum was silent for an election time-out: another leader may have been elected there (thesis 6.2). */
function checkQuorum(raft: RaftCore): void {
  const { tracker } = raft;
  const own = tracker.get(raft.id);
  if (own !== null) own.recentActive = true;
  if (!tracker.quorumActive()) {
    raft.trace?.({ kind: 'quorum-silent', id: raft.id, term: raft.term });
    becomeFollower(raft, raft.term, NOBODY, 'quorum-silent');
  }
  for (const progress of tracker.members) if (progress.id !== raft.id) progress.recentActive = false;
}
