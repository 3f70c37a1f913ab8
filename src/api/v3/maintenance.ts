/** etcdserverpb.Maintenance: the state of this member. Needs no leader and no quorum. */
import { Reason } from '../../state-machine/index.js';
import type { MethodHandler } from '../../transport/index.js';
import { StatusRequest, StatusResponse } from '../../wire/index.js';
import type { ApiContext } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

/** etcd's default quota. */
const QUOTA_BYTES = 2 * 1024 * 1024 * 1024;

export interface BackendSize {
  readonly allocatedBytes: number;
  readonly inUseBytes: number;
}

export function maintenanceService(context: ApiContext, backendSize: () => BackendSize): [string, MethodHandler][] {
  const { member, machine } = context;
  const status = unaryMethod(context, StatusRequest, (call) => {
    const { allocatedBytes, inUseBytes } = backendSize();
    replyWith(context, call, StatusResponse, {
      header: {
        clusterId: member.options.clusterId,
        memberId: member.options.memberId,
        revision: machine.store.revision,
        raftTerm: machine.appliedTerm,
      },
      version: context.options.version,
      dbSize: allocatedBytes,
      leader: member.leader,
      raftIndex: member.commitIndex,
      raftTerm: member.term,
      raftAppliedIndex: machine.appliedIndex,
      errors: member.hasLeader ? [] : [Reason.NO_LEADER.message],
      dbSizeInUse: inUseBytes,
      isLearner: machine.cluster.get(member.options.memberId)?.isLearner ?? false,
      storageVersion: context.options.version.replace(/\.\d+$/, '.0'),
      dbSizeQuota: QUOTA_BYTES,
      downgradeInfo: { enabled: false, targetVersion: '' },
    });
  });
  return [['/etcdserverpb.Maintenance/Status', status]];
}
