/** Who may do what once auth is on: every RPC by nobody, with a bad token, and by a user with few rights. */
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import type { Fields } from '../rpc.js';
import { enableAuth, login, READ, READWRITE, WRITE } from '../steps.js';

const rpcs = new CaseList('permission of');
const keys = new CaseList('permission');
export const PERMISSION_CASES = [rpcs, keys];

/** u may read and write [a, c), read [r, s), write w, and read from x on. */
const ROLES = {
  r: [
    [READWRITE, 'a', 'b'],
    [READWRITE, 'b', 'c'],
    [READ, 'r', 's'],
    [WRITE, 'w'],
    [READ, 'x', '\0'],
  ],
} as const;

/** Some keys and leases, and auth with root and u. Gives back root's token. */
async function prepare(t: Conversation): Promise<string> {
  for (const [ID, key] of [
    [7, 'b'],
    [8, 'd'],
  ] as const) {
    await t.do('Lease/LeaseGrant', { ID, TTL: 1000 });
    await t.do('KV/Put', { key, value: '1', lease: ID });
  }
  await t.do('Lease/LeaseGrant', { ID: 9, TTL: 1000 });
  for (const key of ['a', 'r', 'w', 'x', 'z']) await t.do('KV/Put', { key, value: '1' });
  return enableAuth(t, { users: { u: ['r'], none: [] }, roles: ROLES });
}

const REQUESTS: Readonly<Record<string, Fields>> = {
  'KV/Range': { key: 'd' },
  'KV/Put': { key: 'd', value: '1' },
  'KV/DeleteRange': { key: 'd' },
  'KV/Txn': { success: [{ request_put: { key: 'd', value: '1' } }] },
  'KV/Compact': { revision: 1 },
  'Lease/LeaseGrant': { ID: 70, TTL: 60 },
  'Lease/LeaseRevoke': { ID: 8 },
  'Lease/LeaseTimeToLive': { ID: 8, keys: true },
  'Lease/LeaseLeases': {},
  'Cluster/MemberList': {},
  'Cluster/MemberAdd': { peerURLs: ['http://127.0.0.1:1'] },
  'Cluster/MemberRemove': { ID: 1 },
  'Cluster/MemberUpdate': { ID: 1, peerURLs: ['http://127.0.0.1:1'] },
  'Cluster/MemberPromote': { ID: 1 },
  'Maintenance/Alarm': {},
  'Maintenance/Status': {},
  'Maintenance/Defragment': {},
  'Maintenance/Hash': {},
  'Maintenance/HashKV': {},
  'Maintenance/MoveLeader': { targetID: 1 },
  'Maintenance/Downgrade': { action: 'VALIDATE', version: '3.4.0' },
  'Auth/AuthEnable': {},
  'Auth/AuthStatus': {},
  'Auth/UserAdd': { name: 'n', password: 'x' },
  'Auth/UserGet': { name: 'root' },
  'Auth/UserList': {},
  'Auth/UserDelete': { name: 'none' },
  'Auth/UserChangePassword': { name: 'u', password: 'x' },
  'Auth/UserGrantRole': { user: 'u', role: 'root' },
  'Auth/UserRevokeRole': { name: 'u', role: 'r' },
  'Auth/RoleAdd': { name: 'n' },
  'Auth/RoleGet': { role: 'root' },
  'Auth/RoleList': {},
  'Auth/RoleDelete': { role: 'r' },
  'Auth/RoleGrantPermission': { name: 'r', perm: { permType: READ, key: 'd' } },
  'Auth/RoleRevokePermission': { role: 'r', key: 'w' },
  'Auth/AuthDisable': {},
  'Election/Campaign': { name: 'n', lease: 9, value: 'x' },
  'Election/Leader': { name: 'n' },
  'Election/Proclaim': { leader: { name: 'n', key: 'n/9', rev: 3, lease: 9 }, value: 'x' },
  'Election/Resign': { leader: { name: 'n', key: 'n/9', rev: 3, lease: 9 } },
  'Lock/Lock': { name: 'n', lease: 9 },
  'Lock/Unlock': { key: 'n/9' },
};
for (const [name, request] of Object.entries(REQUESTS)) {
  rpcs.add(name, async (t) => {
    await prepare(t);
    await t.call(name, request, { label: `nobody: ${name}` });
    await t.call(name, request, { label: `garbage: ${name}`, token: 'garbage' });
    await t.call(name, request, { label: `unknown token: ${name}`, token: 'abcdefghijklmnop.1' });
    const token = await login(t, 'u');
    await t.call(name, request, { label: `u: ${name}`, token });
  });
}
for (const [name, request] of [
  ['Lease/LeaseKeepAlive', { ID: 8 }],
  ['Watch/Watch', { create_request: { key: 'd' } }],
] as const) {
  rpcs.add(name, async (t) => {
    await prepare(t);
    const u = await login(t, 'u');
    for (const [who, token] of [
      ['nobody', ''],
      ['garbage', 'garbage'],
      ['u', u],
    ] as const) {
      t.token = token;
      const stream = t.open(name);
      stream.send(request);
      await stream.next(who);
      stream.cancel();
    }
    t.token = '';
  });
}
for (const [name, request] of [
  ['Maintenance/Snapshot', {}],
  ['Election/Observe', { name: 'n' }],
] as const) {
  rpcs.add(name, async (t) => {
    await prepare(t);
    const u = await login(t, 'u');
    for (const [who, token] of [
      ['nobody', ''],
      ['u', u],
    ] as const)
      await t.open(name, request, { token }).next(who);
  });
}

/** What u does, one call each. */
function u(what: string, name: string, request: Fields): void {
  keys.add(`u ${what}`, async (t) => {
    await prepare(t);
    const token = await login(t, 'u');
    await t.call(name, request, { token });
  });
}
u('reads a', 'KV/Range', { key: 'a' });
u('reads a to c, by two grants', 'KV/Range', { key: 'a', range_end: 'c' });
u('reads a to d', 'KV/Range', { key: 'a', range_end: 'd' });
u('counts a to d', 'KV/Range', { key: 'a', range_end: 'd', count_only: true });
u('reads an empty interval', 'KV/Range', { key: 'c', range_end: 'a' });
u('reads what may only be written', 'KV/Range', { key: 'w' });
u('reads from x on', 'KV/Range', { key: 'x', range_end: '\0' });
u('reads from a on', 'KV/Range', { key: 'a', range_end: '\0' });
u('reads everything', 'KV/Range', { key: '\0', range_end: '\0' });
u('reads z, serializable', 'KV/Range', { key: 'z', serializable: true });
u('reads d of the future', 'KV/Range', { key: 'd', revision: 1_000_000 });
u('writes b', 'KV/Put', { key: 'b', value: '2' });
u('writes what may only be read', 'KV/Put', { key: 'r', value: '2' });
u('writes w', 'KV/Put', { key: 'w', value: '2' });
u('writes w and wants the old', 'KV/Put', { key: 'w', value: '2', prev_kv: true });
u('writes w and keeps the value', 'KV/Put', { key: 'w', ignore_value: true });
u('writes b with a lease of its own', 'KV/Put', { key: 'b', value: '2', lease: 7 });
u('writes b with the lease of d', 'KV/Put', { key: 'b', value: '2', lease: 8 });
u('writes b with a lease that holds nothing', 'KV/Put', { key: 'b', value: '2', lease: 9 });
u('writes b with an unknown lease', 'KV/Put', { key: 'b', value: '2', lease: 99 });
u('writes d with an unknown lease', 'KV/Put', { key: 'd', value: '2', lease: 99 });
u('writes without a key', 'KV/Put', { value: '2' });
u('deletes w', 'KV/DeleteRange', { key: 'w' });
u('deletes w and wants the old', 'KV/DeleteRange', { key: 'w', prev_kv: true });
u('deletes a to c', 'KV/DeleteRange', { key: 'a', range_end: 'c', prev_kv: true });
u('deletes a to d', 'KV/DeleteRange', { key: 'a', range_end: 'd' });
u('deletes from x on', 'KV/DeleteRange', { key: 'x', range_end: '\0' });
u('revokes 7', 'Lease/LeaseRevoke', { ID: 7 });
u('revokes 9, which holds nothing', 'Lease/LeaseRevoke', { ID: 9 });
u('revokes what is not there', 'Lease/LeaseRevoke', { ID: 99 });
u('asks for the keys of 7', 'Lease/LeaseTimeToLive', { ID: 7, keys: true });
u('asks for the time of 8', 'Lease/LeaseTimeToLive', { ID: 8 });
u('looks at itself', 'Auth/UserGet', { name: 'u' });
u('looks at its role', 'Auth/RoleGet', { role: 'r' });
u('looks at what is not there', 'Auth/UserGet', { name: 'x' });
u('raises an alarm', 'Maintenance/Alarm', { action: 'ACTIVATE', memberID: 7, alarm: 'NOSPACE' });

const other = { request_range: { key: 'd' } };
u('does nothing', 'KV/Txn', {});
u('compares d', 'KV/Txn', { compare: [{ key: 'd', target: 'VERSION', version: 1 }] });
u('compares a', 'KV/Txn', { compare: [{ key: 'a', target: 'VERSION', version: 1 }] });
u('compares an interval', 'KV/Txn', {
  compare: [{ key: 'a', range_end: 'd', target: 'VERSION', version: 1 }],
});
u('reads d in a transaction', 'KV/Txn', { success: [other] });
u('reads d on the branch not taken', 'KV/Txn', { failure: [other] });
u('reads d in a nested transaction', 'KV/Txn', { success: [{ request_txn: { success: [other] } }] });
u('reads d in a nested branch not taken', 'KV/Txn', { success: [{ request_txn: { failure: [other] } }] });
u('compares d in a nested transaction', 'KV/Txn', {
  success: [{ request_txn: { compare: [{ key: 'd', target: 'VERSION', version: 1 }] } }],
});
u('writes b in a transaction', 'KV/Txn', { success: [{ request_put: { key: 'b', value: '2' } }] });
u('wants the old w in a transaction', 'KV/Txn', {
  success: [{ request_put: { key: 'w', value: '2', prev_kv: true } }],
});
u('wants the old w in a nested transaction', 'KV/Txn', {
  success: [{ request_txn: { success: [{ request_delete_range: { key: 'w', prev_kv: true } }] } }],
});
u('attaches b to the lease of d in a transaction', 'KV/Txn', {
  success: [{ request_put: { key: 'b', value: '2', lease: 8 } }],
});
u('attaches b to the lease of d in a nested transaction', 'KV/Txn', {
  success: [{ request_txn: { success: [{ request_put: { key: 'b', value: '2', lease: 8 } }] } }],
});
u('puts twice in a transaction', 'KV/Txn', {
  success: [{ request_put: { key: 'd' } }, { request_put: { key: 'd' } }],
});

/** What u watches. */
function watches(what: string, request: Fields): void {
  keys.add(`u watches ${what}`, async (t) => {
    await prepare(t);
    t.token = await login(t, 'u');
    const stream = t.open('Watch/Watch');
    stream.send({ create_request: request });
    await stream.next('answer');
  });
}
watches('a', { key: 'a' });
watches('a to c', { key: 'a', range_end: 'c' });
watches('a to d', { key: 'a', range_end: 'd' });
watches('w', { key: 'w', prev_kv: true });
watches('from x on', { key: 'x', range_end: '\0' });
watches('from a on', { key: 'a', range_end: '\0' });
watches('an empty interval', { key: 'b', range_end: 'a' });

keys.add('nothing at all, by anybody', async (t) => {
  await prepare(t);
  await t.call('KV/Txn', {}, { label: 'nobody' });
  await t.call('KV/Txn', {}, { label: 'garbage', token: 'garbage' });
});
keys.add('who has no role', async (t) => {
  await prepare(t);
  t.token = await login(t, 'none');
  await t.call('KV/Range', { key: 'a' });
  await t.call('KV/Txn', {});
  await t.call('Cluster/MemberList');
  await t.call('Lease/LeaseGrant', { ID: 70, TTL: 60 });
  await t.call('Auth/UserGet', { name: 'none' });
});
keys.add('root may do everything', async (t) => {
  t.token = await prepare(t);
  await t.call('KV/Range', { key: 'd' });
  await t.call('KV/Put', { key: 'd', value: '2', lease: 7, prev_kv: true });
  // Only the leader lists them in the order of their ends.
  t.note(
    'leases',
    ((await t.do('Lease/LeaseLeases'))['leases'] as Fields[]).map(({ ID }) => String(ID)).sort(),
  );
  await t.call('Lease/LeaseTimeToLive', { ID: 7, keys: true });
  await t.call('Auth/UserGet', { name: 'u' });
  await t.call('Auth/RoleGet', { role: 'r' });
  await t.call('Maintenance/Status');
  await t.call('KV/Compact', { revision: t.rev(2) });
});
keys.add('another with the role root', async (t) => {
  await enableAuth(t, { users: { admin: ['root'] } });
  t.token = await login(t, 'admin');
  await t.call('KV/Put', { key: 'd', value: '2' });
  await t.call('Auth/UserList');
  await t.call('Auth/UserRevokeRole', { name: 'admin', role: 'root' });
  await t.call('Auth/UserList');
});
keys.add(
  'keep alive 7 and 8',
  async (t) => {
    await prepare(t);
    t.token = await login(t, 'u');
    const stream = t.open('Lease/LeaseKeepAlive');
    stream.send({ ID: 7 });
    await stream.next('7');
    stream.send({ ID: 8 });
    await stream.next('8');
  },
  { protocol: 'grpc' },
);
