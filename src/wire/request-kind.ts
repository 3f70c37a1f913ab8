/**
 * Kinds of replicated requests. The numbers are in every log and snapshot: they are never changed and never reused.
 * The comment names the message that follows.
 */
export const RequestKind = {
  /** PutRequest. */
  PUT: 1,
  /** DeleteRangeRequest. */
  DELETE_RANGE: 2,
  /** TxnRequest. */
  TXN: 3,
  /** CompactionRequest. */
  COMPACTION: 4,

  /** LeaseGrantRequest, its id chosen and its time to live no shorter than is allowed. */
  LEASE_GRANT: 16,
  /** LeaseRevokeRequest. */
  LEASE_REVOKE: 17,
  /** LeaseTimes. */
  LEASE_CHECKPOINT: 18,
  /** LeaseExpiry. */
  LEASE_EXPIRE: 19,

  /** AlarmRequest. */
  ALARM: 32,
  /** MemberAttributes. */
  MEMBER_ATTRIBUTES: 33,
  /** ClusterVersion. */
  CLUSTER_VERSION: 34,
  /** DowngradeTarget. */
  DOWNGRADE_TARGET: 35,
  /** StateHash. */
  STATE_HASH: 36,

  /** AuthEnableRequest. */
  AUTH_ENABLE: 64,
  /** AuthDisableRequest. */
  AUTH_DISABLE: 65,
  /** TokenIssue. */
  AUTHENTICATE: 66,
  /** AuthUserAddRequest, its password hashed. */
  AUTH_USER_ADD: 67,
  /** AuthUserDeleteRequest. */
  AUTH_USER_DELETE: 68,
  /** AuthUserChangePasswordRequest, its password hashed. */
  AUTH_USER_CHANGE_PASSWORD: 69,
  /** AuthUserGrantRoleRequest. */
  AUTH_USER_GRANT_ROLE: 70,
  /** AuthUserRevokeRoleRequest. */
  AUTH_USER_REVOKE_ROLE: 71,
  /** AuthRoleAddRequest. */
  AUTH_ROLE_ADD: 72,
  /** AuthRoleDeleteRequest. */
  AUTH_ROLE_DELETE: 73,
  /** AuthRoleGrantPermissionRequest. */
  AUTH_ROLE_GRANT_PERMISSION: 74,
  /** AuthRoleRevokePermissionRequest. */
  AUTH_ROLE_REVOKE_PERMISSION: 75,
} as const;
export type RequestKind = (typeof RequestKind)[keyof typeof RequestKind];

const KNOWN = new Set<number>(Object.values(RequestKind));

export function isRequestKind(number: number): number is RequestKind {
  return KNOWN.has(number);
}
