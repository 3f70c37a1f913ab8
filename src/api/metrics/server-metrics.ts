/** The member: its role, its proposals and reads, its health, who it is. */
import type { ApplyCount, Member } from '../../server/index.js';
import { RequestKind } from '../../wire/index.js';
import type { HealthCounters } from '../http/health-counters.js';
import type { Exposition, Labels } from './exposition.js';

/** What etcd calls the requests that go through the log; kinds of Quoin's own are named in the same manner. */
const OPERATION_NAMES: Readonly<Record<RequestKind, string>> = {
  [RequestKind.PUT]: 'Put',
  [RequestKind.DELETE_RANGE]: 'DeleteRange',
  [RequestKind.TXN]: 'Txn',
  [RequestKind.COMPACTION]: 'Compaction',
  [RequestKind.LEASE_GRANT]: 'LeaseGrant',
  [RequestKind.LEASE_REVOKE]: 'LeaseRevoke',
  [RequestKind.LEASE_CHECKPOINT]: 'LeaseCheckpoint',
  [RequestKind.LEASE_EXPIRE]: 'LeaseExpire',
  [RequestKind.ALARM]: 'Alarm',
  [RequestKind.MEMBER_ATTRIBUTES]: 'ClusterMemberAttrSet',
  [RequestKind.CLUSTER_VERSION]: 'ClusterVersionSet',
  [RequestKind.DOWNGRADE_TARGET]: 'DowngradeInfoSet',
  [RequestKind.STATE_HASH]: 'StateHash',
  [RequestKind.AUTH_ENABLE]: 'AuthEnable',
  [RequestKind.AUTH_DISABLE]: 'AuthDisable',
  [RequestKind.AUTHENTICATE]: 'Authenticate',
  [RequestKind.AUTH_USER_ADD]: 'AuthUserAdd',
  [RequestKind.AUTH_USER_DELETE]: 'AuthUserDelete',
  [RequestKind.AUTH_USER_CHANGE_PASSWORD]: 'AuthUserChangePassword',
  [RequestKind.AUTH_USER_GRANT_ROLE]: 'AuthUserGrantRole',
  [RequestKind.AUTH_USER_REVOKE_ROLE]: 'AuthUserRevokeRole',
  [RequestKind.AUTH_ROLE_ADD]: 'AuthRoleAdd',
  [RequestKind.AUTH_ROLE_DELETE]: 'AuthRoleDelete',
  [RequestKind.AUTH_ROLE_GRANT_PERMISSION]: 'AuthRoleGrantPermission',
  [RequestKind.AUTH_ROLE_REVOKE_PERMISSION]: 'AuthRoleRevokePermission',
};

const flag = (is: boolean): number => (is ? 1 : 0);

/** By name: the stage, and whether it was asked for. */
export type FeatureGates = ReadonlyMap<string, { readonly stage: string; readonly isOn: boolean }>;

export function writeFeatureMetrics(out: Exposition, gates: FeatureGates): void {
  out.series(
    'etcd_server_feature_enabled',
    'gauge',
    'Feature gates as they were asked for.',
    [...gates].map(([name, { stage, isOn }]) => [{ name, stage }, flag(isOn)]),
  );
}

export function writeServerMetrics(out: Exposition, member: Member, version: string): void {
  const { counters, machine } = member;
  out.gauge('etcd_server_has_leader', '1 if the member knows a leader, else 0.', flag(member.hasLeader));
  out.gauge('etcd_server_is_leader', '1 if the member leads, else 0.', flag(member.isLeader));
  out.gauge('etcd_server_is_learner', '1 if the member has no vote, else 0.', flag(member.isLearner));
  out.counter('etcd_server_leader_changes_seen_total', 'New leaders seen.', counters.leaderChanges);
  out.counter(
    'etcd_server_heartbeat_send_failures_total',
    'Heartbeats that this member sent late as the leader; it or its disk is overloaded.',
    counters.lateHeartbeats,
  );
  writeProposals(out, member);
  out.counter(
    'etcd_server_slow_read_indexes_total',
    'Read indexes that were slow to come, or came too late.',
    counters.slowReadIndexes,
  );
  out.counter(
    'etcd_server_read_indexes_failed_total',
    'Read indexes that were not confirmed.',
    counters.failedReadIndexes,
  );
  out.counter(
    'etcd_server_learner_promote_successes',
    'Learners that this member has made voters.',
    counters.promotedLearners,
  );
  out.series(
    'etcd_server_learner_promote_failures',
    'counter',
    'Promotions of learners that came to nothing, by reason.',
    [...counters.refusedPromotions].map(([Reason, count]) => [{ Reason }, count]),
  );
  out.gauge(
    'etcd_server_quota_backend_bytes',
    'Bytes that the backend may have in use.',
    member.guard.quota.bytes,
  );
  out.gauge(
    'etcd_debugging_auth_revision',
    'Revision of users, roles and permissions.',
    machine.auth.revision,
  );
  writeIdentity(out, member, version);
}

function writeProposals(out: Exposition, member: Member): void {
  const { counters, machine } = member;
  out.gauge('etcd_server_proposals_committed_total', 'Index of the commit.', member.commitIndex);
  out.gauge('etcd_server_proposals_applied_total', 'Index of the last applied entry.', machine.appliedIndex);
  out.gauge(
    'etcd_server_proposals_pending',
    'Proposals that wait for their commit.',
    counters.pendingProposals(),
  );
  out.counter(
    'etcd_server_proposals_failed_total',
    'Proposals that came to nothing.',
    counters.failedProposals,
  );
  out.counter(
    'etcd_server_slow_apply_total',
    'Batches of entries that took longer to apply than expected.',
    counters.slowApplies,
  );
  out.histograms(
    'etcd_server_apply_duration_seconds',
    'Time to apply an entry, in seconds: its share of the batch that it came in.',
    [...counters.applies.all()].map((count) => [applyLabels(count), count.seconds]),
  );
}

function applyLabels({ kind, success }: ApplyCount): Labels {
  return { op: OPERATION_NAMES[kind], success: String(success), version: 'v3' };
}

function writeIdentity(out: Exposition, member: Member, version: string): void {
  const one = (name: string, help: string, labels: Labels): void =>
    out.series(name, 'gauge', help, [[labels, 1]]);
  one('etcd_server_id', "1 under the member's id.", { server_id: member.options.memberId.toString(16) });
  one('etcd_server_version', '1 under the version that the member runs.', { server_version: version });
  one('etcd_cluster_version', '1 under the version that the cluster has agreed on.', {
    cluster_version: version.replace(/\.\d+$/, ''),
  });
}

export function writeHealthMetrics(out: Exposition, counters: HealthCounters): void {
  out.counter('etcd_server_health_success', 'Answers of /health that were good.', counters.good);
  out.counter('etcd_server_health_failures', 'Answers of /health that were bad.', counters.bad);
  const checks = [...counters.checks()];
  out.series(
    'etcd_server_healthcheck',
    'gauge',
    'Last result of each check of /livez and /readyz: 1 if good.',
    checks.map(({ name, type, isGood }) => [{ name, type }, flag(isGood)]),
  );
  out.series(
    'etcd_server_healthchecks_total',
    'counter',
    'Checks of /livez and /readyz by result.',
    checks.flatMap(({ name, type, good, bad }): [Labels, number][] => {
      const results: [Labels, number][] = [];
      if (good > 0) results.push([{ name, status: 'success', type }, good]);
      if (bad > 0) results.push([{ name, status: 'error', type }, bad]);
      return results;
    }),
  );
}
