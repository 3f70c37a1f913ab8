/**
 * What `--strict-reconfig-check` refuses: changes after which the cluster could not commit any more, because the members
 * that run would be no quorum (thesis 4.4). Unlike `change.ts` this is the judgement of one member, of what it sees now,
 * before it proposes anything; the rules are those of etcd 3.7.
 */
import type { Cluster } from './cluster.js';
import { isStarted, type Member } from './member.js';

export type StrictProblem = 'not-enough-started' | 'unhealthy';

/** A connection younger than this does not count: a member that comes and goes is not one to rely on (etcd's HealthInterval). */
export const HEALTHY_AFTER_MS = 5000;

/** For how many ms a member has been connected; undefined if it is not. Infinite for the member that asks. */
export type ConnectedForMs = (id: bigint) => number | undefined;

const quorumOf = (voters: number): number => Math.floor(voters / 2) + 1;

const startedOf = (members: readonly Member[]): number => members.filter(isStarted).length;

function healthyOf(members: readonly Member[], connectedFor: ConnectedForMs): number {
  return members.filter(({ id }) => (connectedFor(id) ?? -1) >= HEALTHY_AFTER_MS).length;
}

/** May a member be added? A lone one may always get a second: that is how a cluster is rebuilt. */
export function mayAdd(
  cluster: Cluster,
  isLearner: boolean,
  connectedFor: ConnectedForMs,
): StrictProblem | undefined {
  const voters = cluster.voters();
  const quorum = quorumOf(voters.length + 1);
  const started = startedOf(voters);
  const isGrowingFromOne = started === 1 && voters.length === 1;
  if (!isLearner && !isGrowingFromOne && started < quorum) return 'not-enough-started';
  if (voters.length > 1 && healthyOf(voters, connectedFor) < quorum) return 'unhealthy';
  return undefined;
}

/** May this one be removed? Learners, and those that are down, take nothing away from the quorum that works. */
export function mayRemove(
  cluster: Cluster,
  id: bigint,
  connectedFor: ConnectedForMs,
): StrictProblem | undefined {
  if (cluster.get(id)?.isLearner === true) return undefined;
  const voters = cluster.voters();
  const left = voters.filter((voter) => voter.id !== id);
  if (startedOf(left) < quorumOf(left.length)) return 'not-enough-started';
  if (connectedFor(id) === undefined) return undefined;
  const leftHealthy = healthyOf(voters, connectedFor) - 1;
  return leftHealthy < quorumOf(voters.length - 1) ? 'unhealthy' : undefined;
}

/** May a learner become a voter? It counts as started: it has caught up. */
export function mayPromote(cluster: Cluster): StrictProblem | undefined {
  const voters = cluster.voters();
  return startedOf(voters) + 1 < quorumOf(voters.length + 1) ? 'not-enough-started' : undefined;
}
