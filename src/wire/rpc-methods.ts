/**
 * Every RPC of the v3 API: what dispatchers, the JSON gateway and tests are driven by. The gateway paths are etcd's;
 * each takes a POST with the whole request as JSON.
 */

import type { MessageType } from './message.js';
import {
  AuthDisableRequest,
  AuthDisableResponse,
  AuthEnableRequest,
  AuthEnableResponse,
  AuthenticateRequest,
  AuthenticateResponse,
  AuthRoleAddRequest,
  AuthRoleAddResponse,
  AuthRoleDeleteRequest,
  AuthRoleDeleteResponse,
  AuthRoleGetRequest,
  AuthRoleGetResponse,
  AuthRoleGrantPermissionRequest,
  AuthRoleGrantPermissionResponse,
  AuthRoleListRequest,
  AuthRoleListResponse,
  AuthRoleRevokePermissionRequest,
  AuthRoleRevokePermissionResponse,
  AuthStatusRequest,
  AuthStatusResponse,
  AuthUserAddRequest,
  AuthUserAddResponse,
  AuthUserChangePasswordRequest,
  AuthUserChangePasswordResponse,
  AuthUserDeleteRequest,
  AuthUserDeleteResponse,
  AuthUserGetRequest,
  AuthUserGetResponse,
  AuthUserGrantRoleRequest,
  AuthUserGrantRoleResponse,
  AuthUserListRequest,
  AuthUserListResponse,
  AuthUserRevokeRoleRequest,
  AuthUserRevokeRoleResponse,
} from './rpc-auth.js';
import {
  MemberAddRequest,
  MemberAddResponse,
  MemberListRequest,
  MemberListResponse,
  MemberPromoteRequest,
  MemberPromoteResponse,
  MemberRemoveRequest,
  MemberRemoveResponse,
  MemberUpdateRequest,
  MemberUpdateResponse,
} from './rpc-cluster.js';
import {
  CampaignRequest,
  CampaignResponse,
  LeaderRequest,
  LeaderResponse,
  ProclaimRequest,
  ProclaimResponse,
  ResignRequest,
  ResignResponse,
} from './rpc-election.js';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthListRequest,
  HealthListResponse,
} from './rpc-health.js';
import {
  CompactionRequest,
  CompactionResponse,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RangeStreamResponse,
  TxnRequest,
  TxnResponse,
} from './rpc-kv.js';
import {
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
} from './rpc-lease.js';
import { LockRequest, LockResponse, UnlockRequest, UnlockResponse } from './rpc-lock.js';
import {
  AlarmRequest,
  AlarmResponse,
  DefragmentRequest,
  DefragmentResponse,
  DowngradeRequest,
  DowngradeResponse,
  HashKVRequest,
  HashKVResponse,
  HashRequest,
  HashResponse,
  MoveLeaderRequest,
  MoveLeaderResponse,
  SnapshotRequest,
  SnapshotResponse,
  StatusRequest,
  StatusResponse,
} from './rpc-maintenance.js';
import { WatchRequest, WatchResponse } from './rpc-watch.js';

export interface RpcMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly kind: 'unary' | 'serverStream' | 'bidiStream';
  readonly request: MessageType<unknown>;
  readonly response: MessageType<unknown>;
  readonly gatewayPaths: readonly string[];
}

type Kind = RpcMethod['kind'];

function method(kind: Kind) {
  return <Req, Res>(
    path: string,
    request: MessageType<Req>,
    response: MessageType<Res>,
    ...gatewayPaths: string[]
  ): RpcMethod => ({
    path,
    kind,
    request: request as MessageType<unknown>,
    response: response as MessageType<unknown>,
    gatewayPaths,
  });
}
const unary = method('unary');
const serverStream = method('serverStream');
const bidiStream = method('bidiStream');

const KV_METHODS: readonly RpcMethod[] = [
  unary('/etcdserverpb.KV/Range', RangeRequest, RangeResponse, '/v3/kv/range'),
  serverStream('/etcdserverpb.KV/RangeStream', RangeRequest, RangeStreamResponse),
  unary('/etcdserverpb.KV/Put', PutRequest, PutResponse, '/v3/kv/put'),
  unary('/etcdserverpb.KV/DeleteRange', DeleteRangeRequest, DeleteRangeResponse, '/v3/kv/deleterange'),
  unary('/etcdserverpb.KV/Txn', TxnRequest, TxnResponse, '/v3/kv/txn'),
  unary('/etcdserverpb.KV/Compact', CompactionRequest, CompactionResponse, '/v3/kv/compaction'),
];

const WATCH_METHODS: readonly RpcMethod[] = [
  bidiStream('/etcdserverpb.Watch/Watch', WatchRequest, WatchResponse, '/v3/watch'),
];

const LEASE_METHODS: readonly RpcMethod[] = [
  unary('/etcdserverpb.Lease/LeaseGrant', LeaseGrantRequest, LeaseGrantResponse, '/v3/lease/grant'),
  unary(
    '/etcdserverpb.Lease/LeaseRevoke',
    LeaseRevokeRequest,
    LeaseRevokeResponse,
    '/v3/lease/revoke',
    '/v3/kv/lease/revoke',
  ),
  bidiStream(
    '/etcdserverpb.Lease/LeaseKeepAlive',
    LeaseKeepAliveRequest,
    LeaseKeepAliveResponse,
    '/v3/lease/keepalive',
  ),
  unary(
    '/etcdserverpb.Lease/LeaseTimeToLive',
    LeaseTimeToLiveRequest,
    LeaseTimeToLiveResponse,
    '/v3/lease/timetolive',
    '/v3/kv/lease/timetolive',
  ),
  unary(
    '/etcdserverpb.Lease/LeaseLeases',
    LeaseLeasesRequest,
    LeaseLeasesResponse,
    '/v3/lease/leases',
    '/v3/kv/lease/leases',
  ),
];

const CLUSTER_METHODS: readonly RpcMethod[] = [
  unary('/etcdserverpb.Cluster/MemberAdd', MemberAddRequest, MemberAddResponse, '/v3/cluster/member/add'),
  unary(
    '/etcdserverpb.Cluster/MemberRemove',
    MemberRemoveRequest,
    MemberRemoveResponse,
    '/v3/cluster/member/remove',
  ),
  unary(
    '/etcdserverpb.Cluster/MemberUpdate',
    MemberUpdateRequest,
    MemberUpdateResponse,
    '/v3/cluster/member/update',
  ),
  unary('/etcdserverpb.Cluster/MemberList', MemberListRequest, MemberListResponse, '/v3/cluster/member/list'),
  unary(
    '/etcdserverpb.Cluster/MemberPromote',
    MemberPromoteRequest,
    MemberPromoteResponse,
    '/v3/cluster/member/promote',
  ),
];

const MAINTENANCE_METHODS: readonly RpcMethod[] = [
  unary('/etcdserverpb.Maintenance/Alarm', AlarmRequest, AlarmResponse, '/v3/maintenance/alarm'),
  unary('/etcdserverpb.Maintenance/Status', StatusRequest, StatusResponse, '/v3/maintenance/status'),
  unary(
    '/etcdserverpb.Maintenance/Defragment',
    DefragmentRequest,
    DefragmentResponse,
    '/v3/maintenance/defragment',
  ),
  unary('/etcdserverpb.Maintenance/Hash', HashRequest, HashResponse, '/v3/maintenance/hash'),
  unary('/etcdserverpb.Maintenance/HashKV', HashKVRequest, HashKVResponse, '/v3/maintenance/hashkv'),
  serverStream(
    '/etcdserverpb.Maintenance/Snapshot',
    SnapshotRequest,
    SnapshotResponse,
    '/v3/maintenance/snapshot',
  ),
  unary(
    '/etcdserverpb.Maintenance/MoveLeader',
    MoveLeaderRequest,
    MoveLeaderResponse,
    '/v3/maintenance/transfer-leadership',
  ),
  unary(
    '/etcdserverpb.Maintenance/Downgrade',
    DowngradeRequest,
    DowngradeResponse,
    '/v3/maintenance/downgrade',
  ),
];

const AUTH_METHODS: readonly RpcMethod[] = [
  unary('/etcdserverpb.Auth/AuthEnable', AuthEnableRequest, AuthEnableResponse, '/v3/auth/enable'),
  unary('/etcdserverpb.Auth/AuthDisable', AuthDisableRequest, AuthDisableResponse, '/v3/auth/disable'),
  unary('/etcdserverpb.Auth/AuthStatus', AuthStatusRequest, AuthStatusResponse, '/v3/auth/status'),
  unary(
    '/etcdserverpb.Auth/Authenticate',
    AuthenticateRequest,
    AuthenticateResponse,
    '/v3/auth/authenticate',
  ),
  unary('/etcdserverpb.Auth/UserAdd', AuthUserAddRequest, AuthUserAddResponse, '/v3/auth/user/add'),
  unary('/etcdserverpb.Auth/UserGet', AuthUserGetRequest, AuthUserGetResponse, '/v3/auth/user/get'),
  unary('/etcdserverpb.Auth/UserList', AuthUserListRequest, AuthUserListResponse, '/v3/auth/user/list'),
  unary(
    '/etcdserverpb.Auth/UserDelete',
    AuthUserDeleteRequest,
    AuthUserDeleteResponse,
    '/v3/auth/user/delete',
  ),
  unary(
    '/etcdserverpb.Auth/UserChangePassword',
    AuthUserChangePasswordRequest,
    AuthUserChangePasswordResponse,
    '/v3/auth/user/changepw',
  ),
  unary(
    '/etcdserverpb.Auth/UserGrantRole',
    AuthUserGrantRoleRequest,
    AuthUserGrantRoleResponse,
    '/v3/auth/user/grant',
  ),
  unary(
    '/etcdserverpb.Auth/UserRevokeRole',
    AuthUserRevokeRoleRequest,
    AuthUserRevokeRoleResponse,
    '/v3/auth/user/revoke',
  ),
  unary('/etcdserverpb.Auth/RoleAdd', AuthRoleAddRequest, AuthRoleAddResponse, '/v3/auth/role/add'),
  unary('/etcdserverpb.Auth/RoleGet', AuthRoleGetRequest, AuthRoleGetResponse, '/v3/auth/role/get'),
  unary('/etcdserverpb.Auth/RoleList', AuthRoleListRequest, AuthRoleListResponse, '/v3/auth/role/list'),
  unary(
    '/etcdserverpb.Auth/RoleDelete',
    AuthRoleDeleteRequest,
    AuthRoleDeleteResponse,
    '/v3/auth/role/delete',
  ),
  unary(
    '/etcdserverpb.Auth/RoleGrantPermission',
    AuthRoleGrantPermissionRequest,
    AuthRoleGrantPermissionResponse,
    '/v3/auth/role/grant',
  ),
  unary(
    '/etcdserverpb.Auth/RoleRevokePermission',
    AuthRoleRevokePermissionRequest,
    AuthRoleRevokePermissionResponse,
    '/v3/auth/role/revoke',
  ),
];

const ELECTION_METHODS: readonly RpcMethod[] = [
  unary('/v3electionpb.Election/Campaign', CampaignRequest, CampaignResponse, '/v3/election/campaign'),
  unary('/v3electionpb.Election/Proclaim', ProclaimRequest, ProclaimResponse, '/v3/election/proclaim'),
  unary('/v3electionpb.Election/Leader', LeaderRequest, LeaderResponse, '/v3/election/leader'),
  serverStream('/v3electionpb.Election/Observe', LeaderRequest, LeaderResponse, '/v3/election/observe'),
  unary('/v3electionpb.Election/Resign', ResignRequest, ResignResponse, '/v3/election/resign'),
];

const LOCK_METHODS: readonly RpcMethod[] = [
  unary('/v3lockpb.Lock/Lock', LockRequest, LockResponse, '/v3/lock/lock'),
  unary('/v3lockpb.Lock/Unlock', UnlockRequest, UnlockResponse, '/v3/lock/unlock'),
];

const HEALTH_METHODS: readonly RpcMethod[] = [
  unary('/grpc.health.v1.Health/Check', HealthCheckRequest, HealthCheckResponse),
  serverStream('/grpc.health.v1.Health/Watch', HealthCheckRequest, HealthCheckResponse),
  unary('/grpc.health.v1.Health/List', HealthListRequest, HealthListResponse),
];

export const RPC_METHODS: readonly RpcMethod[] = [
  ...KV_METHODS,
  ...WATCH_METHODS,
  ...LEASE_METHODS,
  ...CLUSTER_METHODS,
  ...MAINTENANCE_METHODS,
  ...AUTH_METHODS,
  ...ELECTION_METHODS,
  ...LOCK_METHODS,
  ...HEALTH_METHODS,
];
