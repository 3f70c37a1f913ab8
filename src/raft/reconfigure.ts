/** Switching to another configuration, which etcd's raft does when the entry is applied (thesis chapter 4 differs: when appended). */
import { assert, EMPTY_BYTES } from '../stdx/index.js';
import type { ConfChange } from './conf-change.js';
import { isLeaveJoint, jointMode } from './conf-change.js';
import type { ChangeResult, Configuration } from './confchange/changer.js';
import { enterJoint, leaveJoint, simpleChange } from './confchange/changer.js';
import { encodeConfChange } from './confchange/codec.js';
import type { RaftCore } from './core.js';
import type { ConfState } from './entry.js';
import { EntryKind, NOBODY } from './entry.js';
import { proposeAsLeader } from './leader/proposals.js';
import { releaseConfirmedReads, releasePostponedReads } from './leader/reads.js';
import { broadcastAppend, maybeCommit, maybeSendAppend } from './leader/replication.js';
import { abortTransfer } from './roles/transfer.js';
import { becomeFollower } from './roles/transition.js';

const LEAVE_JOINT: ConfChange = { transition: 'auto', changes: [], context: EMPTY_BYTES };
const LEAVE_JOINT_PROPOSAL = [
  { kind: EntryKind.CONF_CHANGE_V2, data: encodeConfChange(LEAVE_JOINT, false) },
] as const;

function changed(from: Configuration, change: ConfChange): ChangeResult {
  if (isLeaveJoint(change)) return leaveJoint(from);
  const mode = jointMode(change);
  if (mode === 'none') return simpleChange(from, change.changes);
  return enterJoint(from, mode === 'auto-leave', change.changes);
}

/** Switches to what `change` makes of the present configuration. A change that cannot be made is a bug of the caller. */
export function applyConfChange(raft: RaftCore, change: ConfChange): ConfState {
  const from = { confState: raft.tracker.confState, nodes: raft.tracker.tracked() };
  const result = changed(from, change);
  assert(result.ok, () => `an appended conf change can be applied: ${result.ok ? '' : result.error}`);
  switchConfiguration(raft, result.configuration);
  return raft.tracker.confState;
}

/** Puts a configuration into force, and does what a leader owes to the new quorum. */
export function switchConfiguration(raft: RaftCore, to: Configuration): void {
  const { tracker } = raft;
  tracker.switchTo(to.confState, to.nodes, raft.log.lastIndex());
  raft.trace?.({ kind: 'config-switched', id: raft.id, term: raft.term, confState: tracker.confState });
  const own = tracker.get(raft.id);
  const isVoter = own !== null && !own.learner;
  if (!raft.isLeader) {
    // The votes that are on their way must not make a leader of who has none himself.
    if (raft.role !== 'follower' && !isVoter) becomeFollower(raft, raft.term, NOBODY, 'removed');
    return;
  }
  if (!isVoter) {
    // It may lead on without counting itself (thesis 4.2.2) until its successor is known.
    if (raft.config.stepDownOnRemoval) becomeFollower(raft, raft.term, NOBODY, 'removed');
    return;
  }
  if (tracker.confState.voters.length === 0) return;
  if (maybeCommit(raft)) {
    // A smaller quorum commits what was waiting.
    releasePostponedReads(raft);
    broadcastAppend(raft);
  } else {
    for (const progress of tracker.members) {
      if (progress.id !== raft.id) maybeSendAppend(raft, progress, false);
    }
  }
  releaseConfirmedReads(raft);
  if (raft.transferee !== NOBODY && !tracker.isVoter(raft.transferee)) abortTransfer(raft, 'target-removed');
}

/**
 * Proposes to leave a joint configuration that is to be left automatically, once it is applied. A new leader does it as
 * well. While a transfer refuses proposals nothing happens; the next applied entry or tick brings it back here.
 */
export function maybeLeaveJoint(raft: RaftCore): void {
  const { confState } = raft.tracker;
  if (!confState.autoLeave || !raft.isLeader) return;
  if (raft.log.applied < raft.pendingConfIndex) return;
  if (raft.transferee !== NOBODY || raft.tracker.get(raft.id) === null) return;
  if (proposeAsLeader(raft, LEAVE_JOINT_PROPOSAL) !== 'ok') return;
  raft.trace?.({ kind: 'joint-left-automatically', id: raft.id, term: raft.term, confState });
}
