/**
 * What always holds, checkable from outside: of one node at one time, and of a node between two times. Properties of the
 * whole cluster (one leader a term, logs that match) need all nodes and are checked by who has them.
 */
import { assert } from '../stdx/index.js';
import { assertConfState } from './confchange/conf-state.js';
import type { RaftCore } from './core.js';
import { EntryKind, NOBODY } from './entry.js';
import { INDEX_MAX } from './limits.js';
import type { Progress } from './progress/progress.js';
import type { RaftStatus } from './status.js';

function assertProgress(raft: RaftCore, progress: Progress): void {
  assert(progress.match < progress.next, 'what is sent next is not known to match');
  assert(progress.match <= raft.log.lastIndex(), 'nobody holds more of the log than the leader');
  if (progress.state !== 'replicate') {
    assert(progress.inflights.count === 0, 'only streaming keeps a window');
  }
  if (progress.pendingSnapshot > 0) {
    assert(progress.state === 'snapshot', 'a pending snapshot belongs to its state');
  }
}

function assertLog(raft: RaftCore): void {
  const { log } = raft;
  const { unstable } = log;
  const last = log.lastIndex();
  assert(log.applied <= log.applying, 'applied <= applying');
  assert(log.applying <= log.committed, 'applying <= committed');
  assert(log.committed <= last, 'committed <= last');
  assert(last < INDEX_MAX, 'indexes are safe integers');
  assert(unstable.offset <= unstable.inProgressEnd, 'offset <= in progress');
  assert(unstable.inProgressEnd <= unstable.offset + unstable.count, 'in progress <= end');
  const lastTerm = log.term(last);
  assert(lastTerm !== null, 'the last term is known');
  // A node may be started from a made-up snapshot without a term of its own, but entries it has accepted in a term.
  if (last >= log.firstIndex()) assert(lastTerm <= raft.term, 'no entry is of a later term than the node');
}

function assertRole(raft: RaftCore): void {
  const { role, leader, id, vote } = raft;
  if (role === 'leader') {
    assert(leader === id, 'a leader knows itself');
    assert(vote === id, 'a leader has voted for itself');
    // It began its term with one (thesis 6.4), and only appends.
    assert(raft.log.lastPosition().term === raft.term, 'the log of a leader ends in its term');
  } else {
    assert(leader !== id, 'only a leader leads');
    assert(raft.transferee === NOBODY, 'only a leader hands over');
    assert(!raft.reads.hasWaiting, 'only a leader confirms reads');
  }
  if (role === 'candidate') assert(vote === id, 'a candidate has voted for itself');
  if (role === 'candidate' || role === 'pre-candidate')
    assert(leader === NOBODY, 'a candidate has no leader');
}

/**
 * A leader appends a conf change once it has applied those before it (thesis 4.1): two that it has not applied could be
 * committed together, and leave two disjoint majorities.
 */
function assertConfChanges(raft: RaftCore): void {
  const { log, config } = raft;
  if (config.disableConfChangeValidation || log.applied === log.lastIndex()) return;
  let waiting = 0;
  for (const { kind, term } of log.slice(log.applied + 1, log.lastIndex() + 1, Number.POSITIVE_INFINITY)) {
    if (kind === EntryKind.NORMAL) continue;
    assert(waiting === 0 || term < raft.term, 'one conf change at a time is in flight');
    waiting++;
  }
}

/** Of one node, at any time between two events. */
export function assertState(raft: RaftCore): void {
  assertRole(raft);
  assertLog(raft);
  assertConfState(raft.tracker.confState);
  if (!raft.isLeader) return;
  assertConfChanges(raft);
  for (const progress of raft.tracker.members) assertProgress(raft, progress);
}

/** Of one node, between an earlier and a later status in one life (or, without `applied`, across a restart). */
export function assertStep(before: RaftStatus, after: RaftStatus): void {
  assert(before.id === after.id, 'a step is one node’s');
  assert(after.term >= before.term, 'the term never falls');
  assert(after.commit >= before.commit, 'the commit index never falls');
  assert(after.applied >= before.applied, 'the applied index never falls');
  if (after.term !== before.term) return;
  if (before.vote !== NOBODY) assert(after.vote === before.vote, 'a vote is given once a term');
  if (before.role === 'leader' && after.role === 'leader') {
    assert(after.lastIndex >= before.lastIndex, 'a leader only appends');
  }
  if (before.leader !== NOBODY && after.leader !== NOBODY) {
    assert(after.leader === before.leader, 'a term has one leader');
  }
}
