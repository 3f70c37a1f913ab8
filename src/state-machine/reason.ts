/**
 * Why a request was refused: a closed set, each with the gRPC code and the text that etcd's clients know it by
 * (clients map errors by text, so texts are part of the contract).
 *
 * A reason is a deterministic outcome: every member that applies the same entry reaches the same one. Whatever else
 * goes wrong in the state machine is a bug or a broken disk and stops the member, since members would diverge.
 */
export interface Refusal {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
}

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const OUT_OF_RANGE = 11;
const UNKNOWN = 2;
const DATA_LOSS = 15;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

export const Reason = {
  EMPTY_KEY: { code: INVALID_ARGUMENT, message: 'etcdserver: key is not provided' },
  KEY_NOT_FOUND: { code: INVALID_ARGUMENT, message: 'etcdserver: key not found' },
  VALUE_PROVIDED: { code: INVALID_ARGUMENT, message: 'etcdserver: value is provided' },
  LEASE_PROVIDED: { code: INVALID_ARGUMENT, message: 'etcdserver: lease is provided' },
  TOO_MANY_OPS: { code: INVALID_ARGUMENT, message: 'etcdserver: too many operations in txn request' },
  DUPLICATE_KEY: { code: INVALID_ARGUMENT, message: 'etcdserver: duplicate key given in txn request' },
  INVALID_SORT: { code: INVALID_ARGUMENT, message: 'etcdserver: invalid sort option' },
  TOO_LARGE: { code: INVALID_ARGUMENT, message: 'etcdserver: request is too large' },
  INVALID_CLIENT_API_VERSION: { code: INVALID_ARGUMENT, message: 'etcdserver: invalid client api version' },
  COMPACTED: { code: OUT_OF_RANGE, message: 'etcdserver: mvcc: required revision has been compacted' },
  FUTURE_REVISION: {
    code: OUT_OF_RANGE,
    message: 'etcdserver: mvcc: required revision is a future revision',
  },
  NO_SPACE: { code: RESOURCE_EXHAUSTED, message: 'etcdserver: mvcc: database space exceeded' },
  CORRUPT: { code: DATA_LOSS, message: 'etcdserver: corrupt cluster' },
  UNKNOWN_METHOD: { code: UNKNOWN, message: 'etcdserver: unknown method' },
  LEASE_EXISTS: { code: FAILED_PRECONDITION, message: 'etcdserver: lease already exists' },
  LEASE_TTL_TOO_LARGE: { code: OUT_OF_RANGE, message: 'etcdserver: too large lease TTL' },
  LEASE_NOT_FOUND: { code: NOT_FOUND, message: 'etcdserver: requested lease not found' },
  TOO_MANY_REQUESTS: { code: UNKNOWN, message: 'etcdserver: too many requests' },
  NO_LEADER: { code: UNAVAILABLE, message: 'etcdserver: no leader' },
  STOPPED: { code: UNAVAILABLE, message: 'etcdserver: server stopped' },
  ROOT_USER_MISSING: { code: FAILED_PRECONDITION, message: 'etcdserver: root user does not exist' },
  ROOT_ROLE_MISSING: { code: FAILED_PRECONDITION, message: 'etcdserver: root user does not have root role' },
  USER_EXISTS: { code: FAILED_PRECONDITION, message: 'etcdserver: user name already exists' },
  USER_EMPTY: { code: INVALID_ARGUMENT, message: 'etcdserver: user name is empty' },
  USER_NOT_FOUND: { code: FAILED_PRECONDITION, message: 'etcdserver: user name not found' },
  ROLE_EXISTS: { code: FAILED_PRECONDITION, message: 'etcdserver: role name already exists' },
  ROLE_EMPTY: { code: INVALID_ARGUMENT, message: 'etcdserver: role name is empty' },
  ROLE_NOT_FOUND: { code: FAILED_PRECONDITION, message: 'etcdserver: role name not found' },
  ROLE_NOT_GRANTED: { code: FAILED_PRECONDITION, message: 'etcdserver: role is not granted to the user' },
  PERMISSION_NOT_GRANTED: {
    code: FAILED_PRECONDITION,
    message: 'etcdserver: permission is not granted to the role',
  },
  PERMISSION_NOT_GIVEN: { code: INVALID_ARGUMENT, message: 'etcdserver: permission not given' },
  PERMISSION_DENIED: { code: PERMISSION_DENIED, message: 'etcdserver: permission denied' },
  AUTH_FAILED: {
    code: INVALID_ARGUMENT,
    message: 'etcdserver: authentication failed, invalid user ID or password',
  },
  AUTH_NOT_ENABLED: { code: FAILED_PRECONDITION, message: 'etcdserver: authentication is not enabled' },
  INVALID_AUTH_TOKEN: { code: UNAUTHENTICATED, message: 'etcdserver: invalid auth token' },
  INVALID_AUTH_MANAGEMENT: { code: INVALID_ARGUMENT, message: 'etcdserver: invalid auth management' },
  AUTH_OLD_REVISION: { code: INVALID_ARGUMENT, message: 'etcdserver: revision of auth store is old' },
  NO_PASSWORD_USER: {
    code: UNKNOWN,
    message: 'auth: authentication failed, password was given for no password user',
  },
  VERIFY_ONLY_KEY: { code: UNKNOWN, message: 'auth: token signing attempted with verify-only key' },
  PASSWORD_TOO_LONG: { code: UNKNOWN, message: 'bcrypt: password length exceeds 72 bytes' },
  NOT_LEADER: { code: FAILED_PRECONDITION, message: 'etcdserver: not leader' },
  MEMBER_EXISTS: { code: FAILED_PRECONDITION, message: 'etcdserver: member ID already exist' },
  PEER_URL_EXISTS: { code: FAILED_PRECONDITION, message: 'etcdserver: Peer URLs already exists' },
  MEMBER_BAD_URLS: { code: INVALID_ARGUMENT, message: 'etcdserver: given member URLs are invalid' },
  MEMBER_NOT_FOUND: { code: NOT_FOUND, message: 'etcdserver: member not found' },
  MEMBER_NOT_LEARNER: {
    code: FAILED_PRECONDITION,
    message: 'etcdserver: can only promote a learner member',
  },
  LEARNER_NOT_READY: {
    code: FAILED_PRECONDITION,
    message: 'etcdserver: can only promote a learner member which is in sync with leader',
  },
  TOO_MANY_LEARNERS: {
    code: FAILED_PRECONDITION,
    message: 'etcdserver: too many learner members in cluster',
  },
  NOT_ENOUGH_STARTED: {
    code: UNKNOWN,
    message: 'etcdserver: re-configuration failed due to not enough started members',
  },
  UNHEALTHY: { code: UNAVAILABLE, message: 'etcdserver: unhealthy cluster' },
  DOWNGRADE_BAD_FORMAT: {
    code: INVALID_ARGUMENT,
    message: 'etcdserver: wrong downgrade target version format',
  },
  DOWNGRADE_BAD_TARGET: {
    code: INVALID_ARGUMENT,
    message: 'etcdserver: invalid downgrade target version',
  },
  DOWNGRADE_IN_PROGRESS: {
    code: FAILED_PRECONDITION,
    message: 'etcdserver: cluster has a downgrade job in progress',
  },
  NOT_FOR_LEARNER: { code: FAILED_PRECONDITION, message: 'etcdserver: rpc not supported for learner' },
  BAD_TRANSFEREE: { code: FAILED_PRECONDITION, message: 'etcdserver: bad leader transferee' },
  TIMEOUT_LEADER_FAILED: {
    code: UNAVAILABLE,
    message: 'etcdserver: request timed out, possibly due to previous leader failure',
  },
  TIMEOUT_CONNECTION_LOST: {
    code: UNAVAILABLE,
    message: 'etcdserver: request timed out, possibly due to connection lost',
  },
  TIMEOUT_TRANSFER: {
    code: UNKNOWN,
    message: 'etcdserver: request timed out, leader transfer took too long',
  },
  TIMEOUT: { code: UNAVAILABLE, message: 'etcdserver: request timed out' },
  DEADLINE_EXCEEDED: { code: DEADLINE_EXCEEDED, message: 'context deadline exceeded' },
} as const satisfies Record<string, Refusal>;
