/** etcdserverpb.Lease: keys that vanish unless someone keeps them alive. */
import { authReason, LEASE_GRANT_COST } from '../../state-machine/index.js';
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
import { deniedNow, identify, whenTokenKnown } from './credentials.js';
import { LeaderMonitor } from './leader-monitor.js';
import { KeepAliveStream } from './lease-keep-alive.js';
import { propose } from './propose.js';
import { replyWith, unaryMethod } from './unary.js';
import { withinQuota } from './within-quota.js';

export function leaseService(context: ApiContext): [string, MethodHandler][] {
  const { member, machine } = context;
  const { permissions } = machine;
  const header = (): ResponseHeader => ({
    clusterId: member.options.clusterId,
    memberId: member.options.memberId,
    revision: machine.store.revision,
    raftTerm: machine.appliedTerm,
  });
  const grant = unaryMethod(context, LeaseGrantRequest, (call, request) => {
    if (!withinQuota(context, call, LEASE_GRANT_COST)) return;
    const body = LeaseGrantRequest.toBytes(member.leases.prepareGrant(request));
    propose(context, call, RequestKind.LEASE_GRANT, body, 0, body.length);
  });
  const revoke = unaryMethod(context, LeaseRevokeRequest, (call, request) => {
    const body = LeaseRevokeRequest.toBytes(request);
    propose(context, call, RequestKind.LEASE_REVOKE, body, 0, body.length);
  });
  const timeToLive = unaryMethod(context, LeaseTimeToLiveRequest, (call, { id, keys }) => {
    identify(context, call, (who) => {
      const denied = keys ? permissions.readLeaseKeys(who, id) : permissions.anyUser(who);
      if (denied !== undefined) return refuse(call, authReason(denied));
      member.leases.timeToLive(id, keys, (answer) => {
        if (call.finished) return;
        if ('message' in answer) refuse(call, answer);
        else replyWith(context, call, LeaseTimeToLiveResponse, { header: header(), id, ...answer });
      });
    });
  });
  const leases = unaryMethod(
    context,
    LeaseLeasesRequest,
    (call) => {
      const ids = member.leases.leases();
      // Whoever may not read the keys of a lease is not told that it exists.
      for (const id of machine.auth.enabled ? ids : []) {
        const denied = deniedNow(context, call, (who) => permissions.readLeaseKeys(who, id));
        if (denied !== undefined) return refuse(call, denied);
      }
      replyWith(context, call, LeaseLeasesResponse, { header: header(), leases: ids.map((id) => ({ id })) });
    },
    { needs: 'user' },
  );
  const monitor = new LeaderMonitor(member.clock, () => member.hasLeader, member.options.electionMs);
  const keepAlive: MethodHandler = {
    kind: 'stream',
    handle(call) {
      if (!admit(context, call)) return;
      whenTokenKnown(context, call, () => new KeepAliveStream(context, call, monitor));
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
