/** Auth: users, roles, tokens, and switching it on and off. */
import { CaseList } from '../case.js';
import type { Conversation } from '../conversation.js';
import { disableAuth, enableAuth, login, put, READ, READWRITE, ROOT_PASSWORD, WRITE } from '../steps.js';

const list = new CaseList('auth');
export const AUTH_CASES = list.cases;

async function users(t: Conversation, ...names: readonly string[]): Promise<void> {
  for (const name of names) await t.do('Auth/UserAdd', { name, password: 'password' });
}

async function roles(t: Conversation, ...names: readonly string[]): Promise<void> {
  for (const name of names) await t.do('Auth/RoleAdd', { name });
}

const status = (t: Conversation): Promise<unknown> => t.call('Auth/AuthStatus');

list.add('status while off', (t) => status(t).then(() => {}));
list.add('enable without root', (t) => t.call('Auth/AuthEnable').then(() => {}));
list.add('enable without the role root', async (t) => {
  await users(t, 'root');
  await t.call('Auth/AuthEnable');
});
list.add('the role root need not exist', async (t) => {
  await users(t, 'root');
  await t.call('Auth/UserGrantRole', { user: 'root', role: 'root' });
  await t.call('Auth/RoleList');
  await t.call('Auth/RoleGet', { role: 'root' });
});
list.add('enable', async (t) => {
  await t.do('Auth/UserAdd', { name: 'root', password: ROOT_PASSWORD });
  await t.do('Auth/UserGrantRole', { user: 'root', role: 'root' });
  await t.call('Auth/AuthEnable');
  t.token = await login(t, 'root', ROOT_PASSWORD);
  await status(t);
  await t.call('Auth/AuthEnable', {}, { label: 'again' });
  await t.call('Auth/AuthEnable', {}, { label: 'again, nobody', token: '' });
});
list.add('status with a bad token', async (t) => {
  await enableAuth(t);
  await t.call('Auth/AuthStatus', {}, { token: 'garbage' });
});
list.add('status while on, by nobody', async (t) => {
  await enableAuth(t);
  await t.call('Auth/AuthStatus', {}, { label: 'status of nobody' });
});
list.add('disable while off', (t) => t.call('Auth/AuthDisable').then(() => {}));
list.add('disable', async (t) => {
  const token = await enableAuth(t);
  await t.call('Auth/AuthDisable', {}, { label: 'nobody' });
  await t.call('Auth/AuthDisable', {}, { token });
  await status(t);
  await t.call('KV/Range', { key: 'a' }, { token: 'garbage' });
});
list.add('tokens do not survive a disabling', async (t) => {
  const token = await enableAuth(t);
  await disableAuth(t);
  await t.do('Auth/AuthEnable');
  await t.call('KV/Range', { key: 'a' }, { token });
});
list.add('log in while off', (t) =>
  t.call('Auth/Authenticate', { name: 'root', password: 'x' }).then(() => {}),
);
list.add('log in', async (t) => {
  await enableAuth(t, { users: { u: [] } });
  await t.call('Auth/Authenticate', { name: 'u', password: 'password' });
  await t.call('Auth/Authenticate', { name: 'u', password: 'wrong' });
  await t.call('Auth/Authenticate', { name: 'u' });
  await t.call('Auth/Authenticate', { name: 'nobody', password: 'password' });
  await t.call('Auth/Authenticate', {});
});
list.add('a user without a password', async (t) => {
  await t.call('Auth/UserAdd', { name: 'c', options: { no_password: true } });
  await t.call('Auth/UserAdd', { name: 'e', password: '' });
  await enableAuth(t);
  await t.call('Auth/Authenticate', { name: 'c', password: 'x' });
  await t.call('Auth/Authenticate', { name: 'c' });
  await t.call('Auth/Authenticate', { name: 'e' });
});
list.add('a token that is no token', async (t) => {
  await enableAuth(t);
  for (const token of ['garbage', 'x.1', 'x.', '.', 'a.b.c', 'Bearer x.1'])
    await t.call('KV/Range', { key: 'a' }, { token, label: token });
});
list.add('authorization in place of token', async (t) => {
  const token = await enableAuth(t);
  await t.call('KV/Range', { key: 'a' }, { metadata: { authorization: token }, label: 'authorization' });
  await t.call('KV/Range', { key: 'a' }, { metadata: { authorization: 'x.1' }, label: 'bad authorization' });
});
list.add(
  'authorization with Bearer',
  async (t) => {
    const token = await enableAuth(t);
    await t.call(
      'KV/Range',
      { key: 'a' },
      { metadata: { authorization: `Bearer ${token}` }, label: 'Bearer' },
    );
  },
  { protocol: 'grpc' },
);
list.add('a token of another member', async (t) => {
  await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READ, 'a']] } });
  const { answer } = await t.attempt(
    'Auth/Authenticate',
    { name: 'u', password: 'password' },
    { at: 'leader' },
  );
  const token = answer!['token'] as string;
  for (const at of ['follower', 'other'] as const) await t.call('KV/Range', { key: 'a' }, { at, token });
});

list.add('add a user', async (t) => {
  await t.call('Auth/UserAdd', { name: 'u', password: 'x' });
  await t.call('Auth/UserGet', { name: 'u' });
  await status(t);
});
list.add('add a user without a name', (t) => t.call('Auth/UserAdd', { password: 'x' }).then(() => {}));
list.add('add a user twice', async (t) => {
  await users(t, 'u');
  await t.call('Auth/UserAdd', { name: 'u', password: 'x' });
});
list.add('a password that is too long', async (t) => {
  await t.call('Auth/UserAdd', { name: 'u', password: 'x'.repeat(72) });
  await t.call('Auth/UserAdd', { name: 'v', password: 'x'.repeat(73) });
  await t.call('Auth/UserChangePassword', { name: 'u', password: 'x'.repeat(73) });
});
list.add('a hash in place of a password', async (t) => {
  const hash = Buffer.from('$2a$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy').toString('base64');
  await t.call('Auth/UserAdd', { name: 'u', hashedPassword: hash });
  await t.call('Auth/UserAdd', { name: 'v', hashedPassword: hash, options: { no_password: true } });
  await t.call('Auth/UserChangePassword', { name: 'u', hashedPassword: hash });
  await t.call('Auth/UserChangePassword', { name: 'u', hashedPassword: '!' });
});
list.add('users, in order', async (t) => {
  await t.call('Auth/UserList');
  await users(t, 'c', 'a', 'b', 'B');
  await t.call('Auth/UserList');
});
list.add('an unknown user', async (t) => {
  await t.call('Auth/UserGet', { name: 'x' });
  await t.call('Auth/UserDelete', { name: 'x' });
  await t.call('Auth/UserChangePassword', { name: 'x', password: 'y' });
  await t.call('Auth/UserGrantRole', { user: 'x', role: 'r' });
  await t.call('Auth/UserRevokeRole', { name: 'x', role: 'r' });
});
list.add('requests without names', async (t) => {
  for (const name of [
    'UserGet',
    'UserDelete',
    'UserGrantRole',
    'UserRevokeRole',
    'RoleAdd',
    'RoleGet',
    'RoleDelete',
  ])
    await t.call(`Auth/${name}`);
  for (const name of ['RoleGrantPermission', 'RoleRevokePermission', 'UserChangePassword'])
    await t.call(`Auth/${name}`);
});
list.add('delete a user', async (t) => {
  await users(t, 'u');
  await t.call('Auth/UserDelete', { name: 'u' });
  await t.call('Auth/UserDelete', { name: 'u' });
  await status(t);
});
list.add('change a password', async (t) => {
  await users(t, 'u');
  await t.call('Auth/UserChangePassword', { name: 'u', password: 'new' });
  await enableAuth(t);
  await t.call('Auth/Authenticate', { name: 'u', password: 'password' });
  await t.call('Auth/Authenticate', { name: 'u', password: 'new' });
});
list.add('roles of a user, in order', async (t) => {
  await users(t, 'u');
  await roles(t, 'c', 'a', 'b');
  for (const role of ['c', 'a', 'b', 'a']) await t.call('Auth/UserGrantRole', { user: 'u', role });
  await t.call('Auth/UserGet', { name: 'u' });
  await status(t);
  await t.call('Auth/UserRevokeRole', { name: 'u', role: 'a' });
  await t.call('Auth/UserRevokeRole', { name: 'u', role: 'a' });
  await t.call('Auth/UserGet', { name: 'u' });
  await status(t);
});
list.add('an unknown role', async (t) => {
  await users(t, 'u');
  await t.call('Auth/UserGrantRole', { user: 'u', role: 'x' });
  await t.call('Auth/RoleGet', { role: 'x' });
  await t.call('Auth/RoleDelete', { role: 'x' });
  await t.call('Auth/RoleGrantPermission', { name: 'x', perm: { permType: READ, key: 'a' } });
  await t.call('Auth/RoleRevokePermission', { role: 'x', key: 'a' });
});
list.add('roles, in order', async (t) => {
  await t.call('Auth/RoleList');
  await roles(t, 'c', 'a', 'b');
  await t.call('Auth/RoleList');
  await t.call('Auth/RoleAdd', { name: 'a' });
  await t.call('Auth/RoleAdd', {});
});
list.add('the role root', async (t) => {
  await roles(t, 'root');
  await t.call('Auth/RoleGet', { role: 'root' });
});
list.add('delete a role', async (t) => {
  await users(t, 'u');
  await roles(t, 'r');
  await t.do('Auth/UserGrantRole', { user: 'u', role: 'r' });
  await t.call('Auth/RoleDelete', { role: 'r' });
  await t.call('Auth/UserGet', { name: 'u' });
  await status(t);
});

async function give(
  t: Conversation,
  permType: number | string,
  key: string,
  rangeEnd?: string,
): Promise<void> {
  const perm = { permType, key, ...(rangeEnd === undefined ? {} : { range_end: rangeEnd }) };
  await t.call('Auth/RoleGrantPermission', { name: 'r', perm });
}

list.add('permissions', async (t) => {
  await roles(t, 'r');
  await give(t, READ, 'c');
  await give(t, WRITE, 'a', 'b');
  await give(t, READWRITE, 'b', '\0');
  await give(t, READWRITE, '\0', '\0');
  await t.call('Auth/RoleGet', { role: 'r' });
  await status(t);
});
list.add('permissions that are none', async (t) => {
  await roles(t, 'r');
  await give(t, READ, 'b', 'a');
  await give(t, READ, 'b', 'b');
  await give(t, READ, '', 'b');
  await give(t, READ, '', '');
  await t.call('Auth/RoleGrantPermission', { name: 'r' });
  await t.call('Auth/RoleGet', { role: 'r' });
});
list.add('a permission given again', async (t) => {
  await roles(t, 'r');
  await give(t, READ, 'a', 'c');
  await give(t, READWRITE, 'a', 'c');
  await give(t, WRITE, 'a', 'b');
  await give(t, READ, 'a', 'b');
  await give(t, WRITE, 'a', 'c');
  await t.call('Auth/RoleGet', { role: 'r' });
});
list.add('take permissions', async (t) => {
  await roles(t, 'r');
  await give(t, READ, 'a', 'c');
  await give(t, READ, 'a');
  await t.call('Auth/RoleRevokePermission', { role: 'r', key: 'a', range_end: 'b' });
  await t.call('Auth/RoleRevokePermission', { role: 'r', key: 'a', range_end: 'c' });
  await t.call('Auth/RoleGet', { role: 'r' });
  await t.call('Auth/RoleRevokePermission', { role: 'r', key: 'a' });
  await t.call('Auth/RoleRevokePermission', { role: 'r', key: 'a' });
  await t.call('Auth/RoleRevokePermission', { role: 'r' });
});
list.add('root cannot be made powerless while on', async (t) => {
  t.token = await enableAuth(t);
  await t.call('Auth/UserDelete', { name: 'root' });
  await t.call('Auth/UserRevokeRole', { name: 'root', role: 'root' });
  await t.call('Auth/RoleDelete', { role: 'root' });
});
list.add('a role taken away, and given back', async (t) => {
  const root = await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READ, 'a']] } });
  const token = await login(t, 'u');
  await t.call('KV/Range', { key: 'a' }, { token, label: 'with it' });
  await t.do('Auth/UserRevokeRole', { name: 'u', role: 'r' }, { token: root });
  await t.call('KV/Range', { key: 'a' }, { token, label: 'without it' });
  await t.do('Auth/UserGrantRole', { user: 'u', role: 'r' }, { token: root });
  await t.call('KV/Range', { key: 'a' }, { token, label: 'with it' });
  await t.do('Auth/RoleRevokePermission', { role: 'r', key: 'a' }, { token: root });
  await t.call('KV/Range', { key: 'a' }, { token, label: 'without the permission' });
});
list.add('tokens end with the user, and with the password', async (t) => {
  const root = await enableAuth(t, { users: { u: ['r'], v: ['r'] }, roles: { r: [[READ, 'a']] } });
  const [u, v] = [await login(t, 'u'), await login(t, 'v')];
  await t.do('Auth/UserChangePassword', { name: 'u', password: 'new' }, { token: root });
  await t.call('KV/Range', { key: 'a' }, { token: u, label: 'u' });
  await t.do('Auth/UserDelete', { name: 'v' }, { token: root });
  await t.call('KV/Range', { key: 'a' }, { token: v, label: 'v' });
});
list.add(
  'a running watch outlives the rights to it',
  async (t) => {
    const root = await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READ, 'a']] } });
    t.token = await login(t, 'u');
    const watch = t.open('Watch/Watch');
    watch.send({ create_request: { key: 'a' } });
    await watch.next('created');
    t.token = root;
    await t.do('Auth/UserRevokeRole', { name: 'u', role: 'r' });
    await put(t, 'a=1');
    await watch.next('event');
    watch.send({ create_request: { key: 'a' } });
    await watch.next('refused');
  },
  { protocol: 'grpc' },
);

const stale = { fixture: 'jwt' } as const;
list.add(
  'signed tokens',
  async (t) => {
    const root = await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READWRITE, 'a']] } });
    const token = await login(t, 'u');
    await t.call('Auth/Authenticate', { name: 'u', password: 'password' });
    await t.call('KV/Put', { key: 'a', value: '1' }, { token, label: 'u puts a' });
    await t.call('KV/Put', { key: 'b', value: '1' }, { token, label: 'u puts b' });
    await t.call('KV/Range', { key: 'b' }, { token: root, label: 'root reads b' });
    await t.call('KV/Range', { key: 'a' }, { token: `${token}x`, label: 'a bent token' });
    await t.call('KV/Range', { key: 'a' }, { token: 'x.1', label: 'a simple token' });
  },
  stale,
);
list.add(
  'signed tokens of an old revision',
  async (t) => {
    const root = await enableAuth(t, { users: { u: ['r'] }, roles: { r: [[READWRITE, 'a']] } });
    const token = await login(t, 'u');
    await t.do('Auth/UserAdd', { name: 'new', password: 'x' }, { token: root });
    await t.call('KV/Put', { key: 'a', value: '1' }, { token, label: 'put' });
    await t.call('KV/Range', { key: 'a' }, { token, label: 'range' });
    await t.call('KV/Range', { key: 'a', serializable: true }, { token, label: 'serializable range' });
    await t.call('KV/DeleteRange', { key: 'a' }, { token, label: 'delete' });
    await t.call('KV/Txn', { success: [{ request_put: { key: 'a' } }] }, { token, label: 'txn' });
    await t.call('KV/Txn', {}, { token, label: 'empty txn' });
    const compare = [{ key: 'a', target: 'VERSION', version: 0 }];
    await t.call('KV/Txn', { compare }, { token, label: 'compare' });
    await t.call('KV/Txn', { success: [{ request_txn: {} }] }, { token, label: 'nested empty txn' });
    await t.call('Lease/LeaseGrant', { ID: 7, TTL: 60 }, { token, label: 'grant' });
    await t.call('Lease/LeaseRevoke', { ID: 7 }, { token, label: 'revoke' });
    await t.call('Auth/UserList', {}, { token: root, label: 'root lists users' });
    await t.call('KV/Range', { key: 'a' }, { token: root, label: 'root reads' });
    t.token = token;
    const watch = t.open('Watch/Watch');
    watch.send({ create_request: { key: 'a' } });
    await watch.next('refused');
    t.token = '';
    await t.call('KV/Range', { key: 'a' }, { token: await login(t, 'u'), label: 'logged in anew' });
  },
  stale,
);
list.add(
  'keys that can only verify',
  async (t) => {
    await t.do('Auth/UserAdd', { name: 'root', password: ROOT_PASSWORD });
    await t.do('Auth/UserGrantRole', { user: 'root', role: 'root' });
    await t.call('Auth/AuthEnable');
    await t.call('Auth/Authenticate', { name: 'root', password: ROOT_PASSWORD });
  },
  { fixture: 'verifyOnly' },
);
