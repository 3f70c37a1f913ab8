export { Permission, PermissionType, Role, User, UserAddOptions } from './auth.js';
export type { Empty } from './empty.js';
export { type EnumType, Kind, type MessageCodec } from './field.js';
export { ResponseHeader } from './header.js';
export { DeleteRangeRequestView } from './hot/delete-range-request.js';
export { HeaderEncoder } from './hot/header-encoder.js';
export {
  writeDeleted,
  writeDeletedPrevKv,
  writePutPrevKv,
  writeRangeKv,
  writeRangeTail,
} from './hot/kv-response.js';
export { PutRequestView } from './hot/put-request.js';
export { RangeRequestView } from './hot/range-request.js';
export { decodeTxnRequest } from './hot/txn-request.js';
export { Event, EventType, KeyValue } from './kv.js';
export { LeaseExpiry, LeaseRecord, LeaseRenewals, LeaseRenewalTtls, LeaseTimes } from './lease-messages.js';
export { beginLength, endLength } from './length-prefix.js';
export { MESSAGE_DEPTH_MAX } from './limits.js';
export { type MessageField, MessageType } from './message.js';
export { readRaftMessage, writeRaftMessage } from './raft-message.js';
export {
  ClusterVersion,
  DowngradeTarget,
  MemberAttributes,
  MemberChange,
  MemberChangeVerdict,
  StateHash,
  TokenIssue,
} from './replicated-messages.js';
export {
  type Credentials,
  encodeReplicatedRequest,
  ReplicatedRequestView,
  replicatedRequestBytes,
  writeReplicatedRequest,
} from './replicated-request.js';
export { RequestKind } from './request-kind.js';
export { etcdRequestBytes } from './request-size.js';
export {
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
export {
  Member,
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
export {
  CampaignRequest,
  CampaignResponse,
  LeaderKey,
  LeaderRequest,
  LeaderResponse,
  ProclaimRequest,
  ProclaimResponse,
  ResignRequest,
  ResignResponse,
} from './rpc-election.js';
export {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthListRequest,
  HealthListResponse,
  ServingStatus,
  StatusesEntry,
} from './rpc-health.js';
export {
  CompactionRequest,
  CompactionResponse,
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RangeStreamResponse,
  RequestOp,
  ResponseOp,
  SortOrder,
  SortTarget,
  TxnRequest,
  TxnResponse,
} from './rpc-kv.js';
export {
  LeaseCheckpoint,
  LeaseCheckpointRequest,
  LeaseCheckpointResponse,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseStatus,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
} from './rpc-lease.js';
export { LockRequest, LockResponse, UnlockRequest, UnlockResponse } from './rpc-lock.js';
export {
  AlarmAction,
  AlarmMember,
  AlarmRequest,
  AlarmResponse,
  AlarmType,
  DefragmentRequest,
  DefragmentResponse,
  DowngradeAction,
  DowngradeInfo,
  DowngradeRequest,
  DowngradeResponse,
  DowngradeVersionTestRequest,
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
export { RPC_METHODS, type RpcMethod } from './rpc-methods.js';
export {
  FilterType,
  WatchCancelRequest,
  WatchCreateRequest,
  WatchProgressRequest,
  WatchRequest,
  WatchResponse,
} from './rpc-watch.js';
