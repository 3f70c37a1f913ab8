/** etcdserverpb.Maintenance: the state of this member. Needs no leader and no quorum. */
import { Reason } from '../../state-machine/index.js';
import { type MethodHandler, type ServerCall, Status } from '../../transport/index.js';
import {
  AlarmAction,
  AlarmRequest,
  AlarmResponse,
  HashKVRequest,
  HashKVResponse,
  MoveLeaderRequest,
  MoveLeaderResponse,
  type ResponseHeader,
  StatusRequest,
  StatusResponse,
} from '../../wire/index.js';
import { type ApiContext, refuse } from './context.js';
import { replyWith, unaryMethod } from './unary.js';

/** etcd's default quota. */
const QUOTA_BYTES = 2 * 1024 * 1024 * 1024;

/** Records hashed before other requests have their turn: a millisecond or two. */
const HASH_RECORDS_PER_TURN = 2000;

export interface BackendSize {
  readonly allocatedBytes: number;
  readonly inUseBytes: number;
}

function headerOf({ member, machine }: ApiContext): ResponseHeader {
  const { clusterId, memberId } = member.options;
  return { clusterId, memberId, revision: machine.store.revision, raftTerm: machine.appliedTerm };
}

function statusMethod(context: ApiContext, backendSize: () => BackendSize): MethodHandler {
  const { member, machine } = context;
  const answer = (call: ServerCall): void => {
    const { allocatedBytes, inUseBytes } = backendSize();
    replyWith(context, call, StatusResponse, {
      header: headerOf(context),
      version: context.options.version,
      dbSize: allocatedBytes,
      leader: member.leader,
      raftIndex: member.commitIndex,
      raftTerm: member.term,
      raftAppliedIndex: machine.appliedIndex,
      errors: member.hasLeader ? [] : [Reason.NO_LEADER.message],
      dbSizeInUse: inUseBytes,
      isLearner: member.isLearner,
      storageVersion: context.options.version.replace(/\.\d+$/, '.0'),
      dbSizeQuota: QUOTA_BYTES,
      downgradeInfo: { enabled: false, targetVersion: '' },
    });
  };
  return unaryMethod(context, StatusRequest, answer, { servesLearner: true, needs: 'user' });
}

/** The answer has no header, as in etcd. */
function moveLeaderMethod(context: ApiContext): MethodHandler {
  const move = (call: ServerCall, request: MoveLeaderRequest): void =>
    context.member.transferLeadership(request.targetId, (refusal) => {
      if (call.finished) return;
      if (refusal !== undefined) refuse(call, refusal);
      else replyWith(context, call, MoveLeaderResponse, { header: undefined });
    });
  return unaryMethod(context, MoveLeaderRequest, move, { needs: 'root' });
}

/** No alarm can be raised yet, so the list is empty; clients ask for it to judge health. */
function alarmMethod(context: ApiContext): MethodHandler {
  const answer = (call: ServerCall, request: AlarmRequest): void => {
    if (request.action !== AlarmAction.GET) {
      return call.finish(Status.UNIMPLEMENTED, 'raising and clearing alarms is not supported yet');
    }
    replyWith(context, call, AlarmResponse, { header: headerOf(context), alarms: [] });
  };
  return unaryMethod(context, AlarmRequest, answer, { needs: 'user' });
}

function hashKvMethod(context: ApiContext): MethodHandler {
  const { member, machine } = context;
  const hashAll = (call: ServerCall, request: HashKVRequest): void => {
    const run = machine.store.hashKv(Math.max(request.revision, 0));
    const work = (): void => {
      if (call.finished) return;
      if (!run.step(HASH_RECORDS_PER_TURN)) return member.clock.defer(work);
      if (run.status === 'future') return refuse(call, Reason.FUTURE_REVISION);
      if (run.status === 'compacted') return refuse(call, Reason.COMPACTED);
      const { hash, hashRevision, compactRevision } = run;
      const header = headerOf(context);
      replyWith(context, call, HashKVResponse, { header, hash, hashRevision, compactRevision });
    };
    work();
  };
  return unaryMethod(context, HashKVRequest, hashAll, { needs: 'root' });
}

export function maintenanceService(
  context: ApiContext,
  backendSize: () => BackendSize,
): [string, MethodHandler][] {
  return [
    ['/etcdserverpb.Maintenance/HashKV', hashKvMethod(context)],
    ['/etcdserverpb.Maintenance/Status', statusMethod(context, backendSize)],
    ['/etcdserverpb.Maintenance/Alarm', alarmMethod(context)],
    ['/etcdserverpb.Maintenance/MoveLeader', moveLeaderMethod(context)],
  ];
}
