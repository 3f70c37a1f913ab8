/** etcdserverpb.Maintenance: the state of this member. Needs no leader and no quorum. */
import type { Backend } from '../../mvcc/index.js';
import { alarmName, Reason } from '../../state-machine/index.js';
import { type MethodHandler, type ServerCall, Status } from '../../transport/index.js';
import {
  AlarmAction,
  AlarmRequest,
  AlarmResponse,
  DefragmentRequest,
  DefragmentResponse,
  HashKVRequest,
  HashKVResponse,
  HashRequest,
  HashResponse,
  MoveLeaderRequest,
  MoveLeaderResponse,
  RequestKind,
  type ResponseHeader,
  StatusRequest,
  StatusResponse,
} from '../../wire/index.js';
import { BackendHash } from './backend-hash.js';
import { type ApiContext, refuse } from './context.js';
import { identify, type Needed, refusalOf } from './credentials.js';
import { downgradeMethod } from './downgrade.js';
import { replyWith, unaryMethod } from './unary.js';

/** Records hashed before other requests have their turn: a millisecond or two. */
const HASH_RECORDS_PER_TURN = 2000;

/** The backend of this member. */
export interface MaintainedBackend extends Pick<Backend, 'size' | 'snapshot'> {
  /** Gives what is free back to the system, beside traffic. */
  defragment(): Promise<unknown>;
}

function headerOf({ member, machine }: ApiContext): ResponseHeader {
  const { clusterId, memberId } = member.options;
  return { clusterId, memberId, revision: machine.store.revision, raftTerm: machine.appliedTerm };
}

/** As etcd's 3.5 and 3.6 word them: without a member that is 0, and with a blank at the end. */
function errorsOf({ member, machine }: ApiContext): string[] {
  const alarms = machine.alarms
    .list()
    .map(
      ({ memberId, alarm }) => `${memberId === 0n ? '' : `memberID:${memberId} `}alarm:${alarmName(alarm)} `,
    );
  return member.hasLeader ? alarms : [Reason.NO_LEADER.message, ...alarms];
}

function statusMethod(context: ApiContext, backend: MaintainedBackend): MethodHandler {
  const { member, machine } = context;
  const answer = (call: ServerCall): void => {
    const { target } = machine.downgrade;
    const { allocatedBytes, inUseBytes } = backend.size();
    replyWith(context, call, StatusResponse, {
      header: headerOf(context),
      version: context.options.version,
      dbSize: allocatedBytes,
      leader: member.leader,
      raftIndex: member.commitIndex,
      raftTerm: member.term,
      raftAppliedIndex: machine.appliedIndex,
      errors: errorsOf(context),
      dbSizeInUse: inUseBytes,
      isLearner: member.isLearner,
      storageVersion: context.options.version.replace(/\.\d+$/, '.0'),
      dbSizeQuota: member.guard.quota.bytes,
      downgradeInfo: { enabled: target.enabled, targetVersion: target.version },
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

/** Asking takes a linearizable read, anything else goes through the log. */
function alarmMethod(context: ApiContext): MethodHandler {
  const { member, machine } = context;
  const ask = (call: ServerCall, { alarm }: AlarmRequest): void =>
    member.readBarrier((refusal) => {
      if (call.finished) return;
      if (refusal !== undefined) return refuse(call, refusal);
      const alarms = machine.alarms.list(alarm);
      replyWith(context, call, AlarmResponse, { header: headerOf(context), alarms });
    });
  const change = (call: ServerCall, request: AlarmRequest): void => {
    const body = AlarmRequest.toBytes(request);
    member.propose(RequestKind.ALARM, body, 0, body.length, call);
  };
  const answer = (call: ServerCall, request: AlarmRequest): void => {
    const asks = request.action === AlarmAction.GET;
    withRights(context, call, asks ? 'user' : 'root', () => (asks ? ask : change)(call, request));
  };
  return unaryMethod(context, AlarmRequest, answer);
}

/** Goes on if the caller has the rights, which are the request's own affair. */
function withRights(context: ApiContext, call: ServerCall, needs: Needed, next: () => void): void {
  identify(context, call, (who) => {
    const refusal = context.machine.auth.enabled ? refusalOf(context, who, needs) : undefined;
    if (refusal !== undefined) refuse(call, refusal);
    else next();
  });
}

function hashKvMethod(context: ApiContext): MethodHandler {
  const { member, machine } = context;
  const hashAll = (call: ServerCall, request: HashKVRequest): void => {
    const run = machine.store.hashKv(Math.max(request.revision, 0));
    const began = member.clock.now();
    const work = (): void => {
      if (call.finished) return;
      if (!run.step(HASH_RECORDS_PER_TURN)) return member.clock.defer(work);
      if (run.status === 'future') return refuse(call, Reason.FUTURE_REVISION);
      if (run.status === 'compacted') return refuse(call, Reason.COMPACTED);
      member.counters.hashKvSeconds.observe((member.clock.now() - began) / 1000);
      const { hash, hashRevision, compactRevision } = run;
      const header = headerOf(context);
      replyWith(context, call, HashKVResponse, { header, hash, hashRevision, compactRevision });
    };
    work();
  };
  return unaryMethod(context, HashKVRequest, hashAll, { needs: 'root' });
}

/** The answer has no header, as in etcd. */
function defragmentMethod(context: ApiContext, backend: MaintainedBackend): MethodHandler {
  const { clock, counters } = context.member;
  const defragment = (call: ServerCall): void => {
    const began = clock.now();
    counters.defragmentsUnderWay++;
    backend.defragment().then(
      () => {
        counters.defragmentsUnderWay--;
        counters.defragmentSeconds.observe((clock.now() - began) / 1000);
        if (!call.finished) replyWith(context, call, DefragmentResponse, { header: undefined });
      },
      (error: Error) => {
        counters.defragmentsUnderWay--;
        call.finish(Status.UNKNOWN, error.message);
      },
    );
  };
  return unaryMethod(context, DefragmentRequest, defragment, { needs: 'root' });
}

/** What was committed to the backend when the call came; requests have their turns meanwhile. */
function hashMethod(context: ApiContext, backend: MaintainedBackend): MethodHandler {
  const hashAll = (call: ServerCall): void => {
    const view = backend.snapshot();
    const run = new BackendHash(view);
    const { clock, counters } = context.member;
    const began = clock.now();
    const work = (): void => {
      if (call.finished) return view.close();
      if (!run.step(HASH_RECORDS_PER_TURN)) return clock.defer(work);
      view.close();
      counters.hashSeconds.observe((clock.now() - began) / 1000);
      replyWith(context, call, HashResponse, { header: headerOf(context), hash: run.hash });
    };
    work();
  };
  return unaryMethod(context, HashRequest, hashAll, { needs: 'root' });
}

export function maintenanceService(
  context: ApiContext,
  backend: MaintainedBackend,
): [string, MethodHandler][] {
  return [
    ['/etcdserverpb.Maintenance/HashKV', hashKvMethod(context)],
    ['/etcdserverpb.Maintenance/Status', statusMethod(context, backend)],
    ['/etcdserverpb.Maintenance/Alarm', alarmMethod(context)],
    ['/etcdserverpb.Maintenance/Defragment', defragmentMethod(context, backend)],
    ['/etcdserverpb.Maintenance/Hash', hashMethod(context, backend)],
    ['/etcdserverpb.Maintenance/Downgrade', downgradeMethod(context, () => headerOf(context))],
    ['/etcdserverpb.Maintenance/MoveLeader', moveLeaderMethod(context)],
  ];
}
