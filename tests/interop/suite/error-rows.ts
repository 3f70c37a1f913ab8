/**
 * Every failure that a client can be told, numbered by table and row (1 KV and lease, 2 cluster and maintenance,
 * 3 availability, 4 auth, 5 election and lock), and the case that provokes it. A run checks that real etcd said so in that
 * case; the few that cannot be provoked on purpose say why.
 */

export interface ErrorRow {
  readonly id: string;
  /** As real etcd 3.5 sends it; where later versions send another, the suite's accepted differences say so. */
  readonly code: number;
  readonly message: string;
  /** The name of a case, or of the only ones that can meet it. */
  readonly by?: string;
  /** Why no case meets it. */
  readonly unprovoked?: string;
}

const NEWER = 'etcd 3.5 does not have it; what Quoin does is in its own tests';
const RACE = 'a matter of milliseconds between elections, or of an overloaded disk; the simulator meets it';

type Row =
  | readonly [code: number, message: string, by: string]
  | readonly [number, string, undefined, string];

function table(number: number, rows: readonly Row[]): ErrorRow[] {
  return rows.map(([code, message, by, unprovoked], i) => ({
    id: `4.${number}/${i + 1}`,
    code,
    message,
    ...(by === undefined ? {} : { by }),
    ...(unprovoked === undefined ? {} : { unprovoked }),
  }));
}

const e = (text: string): string => `etcdserver: ${text}`;

const KV_ROWS = table(1, [
  [3, e('key is not provided'), 'range: no key'],
  [3, e('key not found'), 'put: ignore_value of a missing key'],
  [3, e('value is provided'), 'put: ignore_value and a value'],
  [3, e('lease is provided'), 'put: ignore_lease and a lease'],
  [3, e('too many operations in txn request'), 'txn: as many operations as may be'],
  [3, e('duplicate key given in txn request'), 'txn, duplicate keys: put, put'],
  [3, e('invalid sort option'), undefined, NEWER],
  [3, e('invalid client api version'), undefined, NEWER],
  [3, e('request is too large'), 'put: too large'],
  [11, e('mvcc: required revision has been compacted'), 'range: after a compaction'],
  [11, e('mvcc: required revision is a future revision'), 'range: at a future revision'],
  [8, e('mvcc: database space exceeded'), 'alarm: NOSPACE: put'],
  [5, e('requested lease not found'), 'put: an unknown lease'],
  [9, e('lease already exists'), 'lease: grant twice'],
  [11, e('too large lease TTL'), 'lease: a time to live of 9000000001'],
  [12, 'RangeStream does not support custom sort orders', undefined, NEWER],
  [12, 'RangeStream does not support revision filters', undefined, NEWER],
  [1, e('watch canceled'), undefined, 'the client that cancels has ended the stream before it could be told'],
  [2, 'not a primary lessor', undefined, RACE],
]);

const CLUSTER_ROWS = table(2, [
  [9, e('member ID already exist'), 'learner: add the same within a second'],
  [9, e('Peer URLs already exists'), 'cluster: add a peer URL that is used'],
  [2, e('re-configuration failed due to not enough started members'), 'cluster: remove the last'],
  [3, e('given member URLs are invalid'), 'cluster: add with bad URLs 1: none'],
  [5, e('member not found'), 'cluster: remove who is not there'],
  [9, e('can only promote a learner member'), 'cluster: promote a voter'],
  [9, e('can only promote a learner member which is in sync with leader'), 'learner: add two'],
  [9, e('too many learner members in cluster'), 'learner: add two'],
  [9, e('cluster ID mismatch'), undefined, 'members tell it to each other only'],
  [14, e('unhealthy cluster'), 'cluster: changes while a member is down'],
  [9, e('not leader'), 'maintenance: move the lead, asked of a follower'],
  [9, e('bad leader transferee'), 'maintenance: move the lead to nobody'],
  [
    2,
    e('request timed out, leader transfer took too long'),
    undefined,
    'the client is told of its own deadline first',
  ],
  [2, 'member promote: unknown error', undefined, 'a fault between members of etcd'],
  [3, e('wrong downgrade target version format'), 'maintenance: downgrades that are none'],
  [3, e('invalid downgrade target version'), 'maintenance: downgrades that are none'],
  [
    14,
    e('cluster version not found during downgrade'),
    undefined,
    'the cluster has a version before it serves',
  ],
  [9, e('cluster has a downgrade job in progress'), 'maintenance: a downgrade, and its end'],
  [9, e('no inflight downgrade job'), 'maintenance: cancel a downgrade that is not there'],
  [2, e('unknown method'), 'maintenance: an unknown downgrade'],
  [15, e('corrupt cluster'), 'alarm: CORRUPT: put'],
]);

const AVAILABILITY_ROWS = table(3, [
  [14, e('no leader'), 'without a quorum: with hasleader'],
  [14, e('leader changed'), undefined, RACE],
  [14, e('not capable'), undefined, 'the versions are settled before a member serves'],
  [14, e('server stopped'), undefined, RACE],
  [14, e('request timed out'), 'without a quorum: what cannot be'],
  [14, e('request timed out, possibly due to previous leader failure'), undefined, RACE],
  [14, e('request timed out, possibly due to connection lost'), undefined, RACE],
  [14, e('request timed out, waiting for the applied index took too long'), undefined, RACE],
  [2, e('too many requests'), undefined, RACE],
  [14, e('rpc not supported for learner'), 'learner: what it answers'],
  [4, 'context deadline exceeded', 'without a quorum: what cannot be'],
  [1, 'context canceled', undefined, 'the client that cancels has ended the call before it could be told'],
  [1, e('request canceled'), undefined, 'the client that cancels has ended the call before it could be told'],
  [4, e('context deadline exceeded'), undefined, 'etcd never sends it'],
  [8, 'grpc: received message larger than max', 'put: larger than a message may be'],
  [2, 'raft proposal dropped', undefined, RACE],
]);

const AUTH_ROWS = table(4, [
  [9, e('root user does not exist'), 'auth: enable without root'],
  [9, e('root user does not have root role'), 'auth: enable without the role root'],
  [9, e('user name already exists'), 'auth: add a user twice'],
  [3, e('user name is empty'), 'auth: add a user without a name'],
  [9, e('user name not found'), 'auth: an unknown user'],
  [9, e('role name already exists'), 'auth: roles, in order'],
  [9, e('role name not found'), 'auth: an unknown role'],
  [3, e('role name is empty'), 'auth: roles, in order'],
  [3, e('authentication failed, invalid user ID or password'), 'auth: log in'],
  [3, e('permission not given'), 'auth: permissions that are none'],
  [7, e('permission denied'), 'permission: u reads a to d'],
  [9, e('role is not granted to the user'), 'auth: roles of a user, in order'],
  [9, e('permission is not granted to the role'), 'auth: take permissions'],
  [9, e('authentication is not enabled'), 'auth: log in while off'],
  [16, e('invalid auth token'), 'auth: a token that is no token'],
  [3, e('invalid auth management'), 'auth: permissions that are none'],
  [3, e('revision of auth store is old'), 'auth: signed tokens of an old revision'],
  [
    2,
    'auth: authentication failed, password was given for no password user',
    'auth: a user without a password',
  ],
  [2, 'auth: token signing attempted with verify-only key', 'auth: keys that can only verify'],
  [2, 'bcrypt: password length exceeds 72 bytes', 'auth: a password that is too long'],
]);

const QUEUE_ROWS = table(5, [
  [2, 'election: no leader', 'election: nobody leads'],
  [2, 'election: not leader', 'election: proclaim'],
  [2, '"leader" field must be provided', 'election: proclaim by nobody'],
  [2, 'mutex: session is expired', 'lock: the lease of a waiting one is revoked'],
  [2, 'lost watcher waiting for delete', undefined, 'a watch inside the server would have to break'],
  [2, e('requested lease not found'), 'lock: an unknown lease'],
]);

export const ERROR_ROWS: readonly ErrorRow[] = [
  ...KV_ROWS,
  ...CLUSTER_ROWS,
  ...AVAILABILITY_ROWS,
  ...AUTH_ROWS,
  ...QUEUE_ROWS,
];
