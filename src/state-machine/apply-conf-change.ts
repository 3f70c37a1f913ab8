/**
 * Changes of the members, the replicated half. Raft must see every conf change entry, and one that is refused as a
 * change of nothing: its configuration and the list of members never disagree.
 */
import {
  type Cluster,
  checkChange,
  type Member,
  type MembershipChange,
  type MembershipProblem,
  makeChange,
} from '../membership/index.js';
import { type ConfChange, type ConfChangeStep, isLeaveJoint } from '../raft/index.js';
import { assert, EMPTY_BYTES } from '../stdx/index.js';
import { MemberChange, MemberChangeVerdict } from '../wire/index.js';
import { Reason, type Refusal } from './reason.js';

/** What came of a conf change. */
export interface ConfChangeOutcome {
  /** 0 if nobody waits for it anywhere. */
  readonly requestId: number;
  readonly refusal: Refusal | undefined;
}

/** What raft is given instead of a change that was refused. */
export const NO_CHANGE: ConfChange = {
  transition: 'auto',
  changes: [{ type: 'update', nodeId: 0n }],
  context: EMPTY_BYTES,
};

const REFUSALS: Readonly<Record<MembershipProblem, Refusal>> = {
  'id-removed': Reason.MEMBER_NOT_FOUND,
  'id-exists': Reason.MEMBER_EXISTS,
  'id-not-found': Reason.MEMBER_NOT_FOUND,
  'peer-url-exists': Reason.PEER_URL_EXISTS,
  'not-a-learner': Reason.MEMBER_NOT_LEARNER,
  'too-many-learners': Reason.TOO_MANY_LEARNERS,
  'last-voter': Reason.NOT_ENOUGH_STARTED,
};

function verdictOf(context: MemberChange): Refusal | undefined {
  switch (context.verdict) {
    case MemberChangeVerdict.NONE:
      return undefined;
    case MemberChangeVerdict.LEARNER_NOT_READY:
      return Reason.LEARNER_NOT_READY;
    case MemberChangeVerdict.NOT_ENOUGH_STARTED:
      return Reason.NOT_ENOUGH_STARTED;
    default:
      assert(false, 'the log holds a verdict that this version does not know');
  }
}

function changeOf(step: ConfChangeStep, context: MemberChange): MembershipChange {
  const id = step.nodeId;
  switch (step.type) {
    case 'remove':
      return { kind: 'remove', id };
    case 'update':
      return { kind: 'update', id, peerUrls: context.peerUrls };
    default: {
      if (context.isPromotion) return { kind: 'promote', id };
      const { name, peerUrls, clientUrls, learnersMax } = context;
      const isLearner = step.type === 'add-learner';
      const member: Member = { id, name, peerUrls, clientUrls, isLearner };
      return { kind: 'add', member, learnersMax };
    }
  }
}

/** Makes the change to the list of members, or says why not. Leaving a joint configuration changes no member. */
export function changeMembers(cluster: Cluster, change: ConfChange): ConfChangeOutcome {
  if (isLeaveJoint(change)) return { requestId: 0, refusal: undefined };
  const [step] = change.changes;
  assert(step !== undefined && change.changes.length === 1, 'members are changed one at a time');
  const context = MemberChange.decode(change.context);
  const { requestId } = context;
  const verdict = verdictOf(context);
  if (verdict !== undefined) return { requestId, refusal: verdict };
  const intended = changeOf(step, context);
  const problem = checkChange(cluster, intended);
  if (problem !== undefined) return { requestId, refusal: REFUSALS[problem] };
  makeChange(cluster, intended);
  return { requestId, refusal: undefined };
}
