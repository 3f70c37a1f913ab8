import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthStore } from './auth-store.js';
import { randomTokenPart, SimpleTokens, tokenIndex } from './simple-tokens.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const HASH = bytes('hash');

function withRoot(): AuthStore {
  const auth = new AuthStore();
  auth.addUser('root', HASH, false);
  auth.grantRole('root', 'root');
  return auth;
}

test('auth needs a root user with the role of root', () => {
  const auth = new AuthStore();
  assert.equal(auth.enable(), 'root-user-missing');
  auth.addUser('root', HASH, false);
  assert.equal(auth.enable(), 'root-role-missing');
  assert.equal(auth.grantRole('root', 'root'), undefined, 'the role itself need not exist');
  assert.equal(auth.enable(), undefined);
  assert.equal(auth.enable(), undefined, 'twice is fine');
  assert.equal(auth.deleteUser('root'), 'invalid-management');
  assert.equal(auth.revokeRole('root', 'root'), 'invalid-management');
  assert.equal(auth.deleteRole('root'), 'invalid-management');
});

test('the revision counts effective changes, and disabling, but not enabling', () => {
  const auth = withRoot();
  assert.equal(auth.revision, 3);
  auth.grantRole('root', 'root');
  auth.enable();
  assert.equal(auth.revision, 3);
  auth.addUser('u', HASH, false);
  auth.addRole('r');
  auth.grantRole('u', 'r');
  auth.grantPermission('r', { access: 'read', key: bytes('a'), rangeEnd: bytes('') });
  auth.changePassword('u', HASH);
  auth.disable();
  auth.disable();
  assert.equal(auth.revision, 9);
});

test('what does not exist, exists already, or has no name', () => {
  const auth = withRoot();
  auth.addRole('r');
  assert.deepEqual(
    [
      auth.addUser('', HASH, false),
      auth.addUser('root', HASH, false),
      auth.deleteUser('x'),
      auth.changePassword('x', HASH),
      auth.grantRole('x', 'r'),
      auth.grantRole('root', 'x'),
      auth.revokeRole('root', 'r'),
      auth.addRole(''),
      auth.addRole('r'),
      auth.deleteRole('x'),
      auth.grantPermission('x', { access: 'read', key: bytes('a'), rangeEnd: bytes('') }),
      auth.grantPermission('r', { access: 'read', key: bytes('b'), rangeEnd: bytes('a') }),
      auth.revokePermission('r', bytes('a'), bytes('')),
    ],
    [
      'user-empty',
      'user-exists',
      'user-not-found',
      'user-not-found',
      'user-not-found',
      'role-not-found',
      'role-not-granted',
      'role-empty',
      'role-exists',
      'role-not-found',
      'role-not-found',
      'invalid-management',
      'permission-not-granted',
    ],
  );
});

test('reading and writing are granted apart, by all roles together', () => {
  const auth = withRoot();
  auth.addUser('u', HASH, false);
  for (const role of ['r', 'w']) {
    auth.addRole(role);
    auth.grantRole('u', role);
  }
  auth.grantPermission('r', { access: 'read', key: bytes('a'), rangeEnd: bytes('c') });
  auth.grantPermission('w', { access: 'write', key: bytes('b'), rangeEnd: bytes('d') });
  const who = () => ({ user: 'u', revision: auth.revision });
  const check = (access: 'read' | 'write', key: string) => auth.check(who(), access, bytes(key), bytes(''));
  assert.equal(
    auth.check(undefined, 'read', bytes('z'), bytes('')),
    undefined,
    'everything goes without auth',
  );
  auth.enable();
  assert.deepEqual(
    [check('read', 'a'), check('write', 'a'), check('read', 'c'), check('write', 'c')],
    [undefined, 'permission-denied', 'permission-denied', undefined],
  );
  assert.equal(auth.check(undefined, 'read', bytes('a'), bytes('')), 'user-empty');
  assert.equal(
    auth.check({ user: 'gone', revision: 99 }, 'read', bytes('a'), bytes('')),
    'permission-denied',
  );
  assert.equal(auth.check({ user: 'root', revision: 99 }, 'write', bytes('z'), bytes('\0')), undefined);
  const before = who();
  auth.revokeRole('u', 'w');
  assert.equal(auth.check(before, 'read', bytes('a'), bytes('')), 'old-revision');
  assert.equal(check('write', 'c'), 'permission-denied', 'nothing remembered outlives the change');
  assert.deepEqual(
    [auth.checkAdmin(undefined), auth.checkAdmin(who()), auth.checkAdmin({ user: 'root', revision: 1 })],
    ['user-empty', 'permission-denied', undefined],
  );
});

test('an equal interval is replaced only as the first of its key; a revocation takes all equal ones', () => {
  const auth = new AuthStore();
  auth.addRole('r');
  const grant = (access: 'read' | 'write', key: string, end: string) =>
    auth.grantPermission('r', { access, key: bytes(key), rangeEnd: bytes(end) });
  const held = () =>
    auth
      .role('r')!
      .permissions.map(({ access }) => access)
      .join();
  grant('read', 'a', 'b');
  grant('write', 'a', 'b');
  assert.equal(held(), 'write');
  grant('read', 'a', 'c');
  grant('write', 'a', 'c');
  assert.equal(held(), 'write,read,write');
  assert.equal(auth.revokePermission('r', bytes('a'), bytes('c')), undefined);
  assert.equal(held(), 'write');
});

test('a deleted role is taken from its holders; names are listed by their bytes', () => {
  const auth = new AuthStore();
  for (const name of ['é', 'z', 'a']) auth.addUser(name, HASH, false);
  auth.addRole('r');
  auth.grantRole('z', 'r');
  auth.deleteRole('r');
  assert.deepEqual(auth.user('z')!.roles, []);
  assert.deepEqual(auth.userNames(), ['a', 'z', 'é']);
});

test('simple tokens live as long as they are used, and die with user or password', () => {
  const tokens = new SimpleTokens(1000);
  tokens.assign('t.1', 'u', 0);
  tokens.assign('t.2', 'v', 0);
  assert.equal(tokens.use('t.1', 900), 'u');
  assert.equal(tokens.use('t.1', 1800), 'u');
  assert.equal(tokens.use('t.2', 1800), undefined);
  assert.equal(tokens.use('t.3', 0), undefined);
  tokens.assign('t.4', 'u', 1800);
  tokens.invalidateUser('u');
  assert.equal(tokens.size, 0);
  tokens.assign('t.5', 'u', 0);
  tokens.sweep(1000);
  assert.equal(tokens.size, 0);
});

test('the shape of a simple token', () => {
  let next = 0;
  const part = randomTokenPart((length) => Uint8Array.from({ length }, () => (next += 37) & 255));
  assert.match(part, /^[a-zA-Z]{16}$/);
  assert.deepEqual(['abc.12', 'abc', 'abc.', 'abc.x', '.7'].map(tokenIndex), [
    12,
    undefined,
    undefined,
    undefined,
    7,
  ]);
});
