/**
 * Changes of the membership, and what makes one impossible. A change is checked when its entry is applied, on every
 * member at the same index against the same list: so all reach the same verdict, whatever the proposer believed.
 */
import { unreachable } from '../stdx/index.js';
import type { Cluster } from './cluster.js';
import type { Member } from './member.js';

export type MembershipChange =
  /** `learnersMax` is what the proposer was configured with, and holds for this change on all members. */
  | { readonly kind: 'add'; readonly member: Member; readonly learnersMax: number }
  /** Makes a voter of a learner. */
  | { readonly kind: 'promote'; readonly id: bigint }
  | { readonly kind: 'remove'; readonly id: bigint }
  | { readonly kind: 'update'; readonly id: bigint; readonly peerUrls: readonly string[] };

export type MembershipProblem =
  | 'id-removed'
  | 'id-exists'
  | 'id-not-found'
  | 'peer-url-exists'
  | 'not-a-learner'
  | 'too-many-learners'
  /** Without it nobody could ever agree on anything again. */
  | 'last-voter';

/** Why the change cannot be made to this list; undefined if it can. The order of the tests is etcd's. */
export function checkChange(cluster: Cluster, change: MembershipChange): MembershipProblem | undefined {
  const id = change.kind === 'add' ? change.member.id : change.id;
  if (cluster.isRemoved(id)) return 'id-removed';
  const present = cluster.get(id);
  if (change.kind === 'add') {
    if (present !== undefined) return 'id-exists';
    return checkAddition(cluster, change.member, change.learnersMax);
  }
  if (present === undefined) return 'id-not-found';
  switch (change.kind) {
    case 'promote':
      return present.isLearner ? undefined : 'not-a-learner';
    case 'remove':
      return cluster.voters().every((voter) => voter.id === id) && !present.isLearner
        ? 'last-voter'
        : undefined;
    case 'update':
      return isUrlOfAnother(cluster, id, change.peerUrls) ? 'peer-url-exists' : undefined;
    default:
      return unreachable(change);
  }
}

function checkAddition(cluster: Cluster, member: Member, learnersMax: number): MembershipProblem | undefined {
  if (isUrlOfAnother(cluster, member.id, member.peerUrls)) return 'peer-url-exists';
  if (member.isLearner && cluster.learners().length + 1 > learnersMax) return 'too-many-learners';
  return undefined;
}

function isUrlOfAnother(cluster: Cluster, id: bigint, urls: readonly string[]): boolean {
  return cluster.list().some((other) => other.id !== id && other.peerUrls.some((url) => urls.includes(url)));
}

/** Makes a change that {@link checkChange} has nothing against. */
export function makeChange(cluster: Cluster, change: MembershipChange): void {
  switch (change.kind) {
    case 'add':
      return cluster.add(change.member);
    case 'promote':
      return cluster.amend(change.id, { isLearner: false });
    case 'remove':
      return cluster.remove(change.id);
    case 'update':
      return cluster.amend(change.id, { peerUrls: change.peerUrls });
    default:
      return unreachable(change);
  }
}
