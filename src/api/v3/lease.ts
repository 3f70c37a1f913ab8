/** etcdserverpb.Lease: keys that vanish unless someone keeps them alive. */
import type { MethodHandler } from '../../transport/index.js';
import {
  LeaseGrantRequest,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  RequestKind,
  type ResponseHeader,
} from '../../wire/index.js';
import { type ApiContext, admit, refuse } from './context.js';
import { LeaderMonitor } from './leader-monitor.js';
import { KeepAliveStream } from './lease-keep-alive.js';
import { replyWith, unaryMethod } from './unary.js';

export function leaseService(context: ApiContext): [string, MethodHandler][] {
  const { member, machine } = context;
  const header = (): ResponseHeader => ({
    clusterId: member.options.clusterId,
    memberId: member.options.memberId,
    revision: machine.store.revision,
    raftTerm: machine.appliedTerm,
  });
  const grant = unaryMethod(context, LeaseGrantRequest, (call, request) => {
    const body = LeaseGrantRequest.toBytes(member.leases.prepareGrant(request));
    member.propose(RequestKind.LEASE_GRANT, body, 0, body.length, call);
  });
  const revoke = unaryMethod(context, LeaseRevokeRequest, (call, request) => {
    const body = LeaseRevokeRequest.toBytes(request);
    member.propose(RequestKind.LEASE_REVOKE, body, 0, body.length, call);
  });
  const timeToLive = unaryMethod(context, LeaseTimeToLiveRequest, (call, { id, keys }) => {
    member.leases.timeToLive(id, keys, (answer) => {
      if (call.finished) return;
      if ('message' in answer) refuse(call, answer);
      else replyWith(context, call, LeaseTimeToLiveResponse, { header: header(), id, ...answer });
    });
  });
  const leases = unaryMethod(context, LeaseLeasesRequest, (call) => {
    const ids = member.leases.leases();
    replyWith(context, call, LeaseLeasesResponse, { header: header(), leases: ids.map((id) => ({ id })) });
  });
  const monitor = new LeaderMonitor(member.clock, () => member.hasLeader, member.options.electionMs);
  const keepAlive: MethodHandler = {
    kind: 'stream',
    handle(call) {
      if (admit(context, call)) new KeepAliveStream(context, call, monitor);
    },
  };
  return [
    ['/etcdserverpb.Lease/LeaseGrant', grant],
    ['/etcdserverpb.Lease/LeaseRevoke', revoke],
    ['/etcdserverpb.Lease/LeaseKeepAlive', keepAlive],
    ['/etcdserverpb.Lease/LeaseTimeToLive', timeToLive],
    ['/etcdserverpb.Lease/LeaseLeases', leases],
  ];
}
