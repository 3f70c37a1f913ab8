import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthStore } from '../auth/index.js';
import { encodeBase64, encodeUtf8 } from '../stdx/index.js';
import { MemoryBackend } from '../storage/index.js';
import {
  AuthEnableRequest,
  AuthRoleAddRequest,
  AuthRoleGrantPermissionRequest,
  AuthUserAddRequest,
  AuthUserChangePasswordRequest,
  AuthUserDeleteRequest,
  AuthUserGrantRoleRequest,
  RequestKind,
  TokenIssue,
} from '../wire/index.js';
import { applyAuth } from './apply-auth.js';
import { PersistedAuth } from './persisted-auth.js';

const HASH = encodeUtf8('$2b$04$hash');
const hashedPassword = encodeBase64(HASH);

class Applied {
  readonly auth = new AuthStore();
  readonly events: string[] = [];
  #index = 0;

  apply(kind: RequestKind, buf: Uint8Array, user?: string): string | undefined {
    const who = user === undefined ? undefined : { user, revision: this.auth.revision };
    const logins = {
      onLogin: (token: string, name: string) => void this.events.push(`${name} has ${token}`),
      onUserChanged: (name: string) => void this.events.push(`${name} changed`),
      onAllEnded: () => void this.events.push('disabled'),
    };
    return applyAuth(this.auth, logins, { kind, buf, start: 0, end: buf.length, index: ++this.#index, who })
      ?.message;
  }

  addUser(name: string, user?: string) {
    return this.apply(
      RequestKind.AUTH_USER_ADD,
      AuthUserAddRequest.toBytes(AuthUserAddRequest.create({ name, hashedPassword })),
      user,
    );
  }

  withRoot(): this {
    this.addUser('root');
    this.apply(
      RequestKind.AUTH_USER_GRANT_ROLE,
      AuthUserGrantRoleRequest.toBytes({ user: 'root', role: 'root' }),
    );
    this.apply(RequestKind.AUTH_ENABLE, AuthEnableRequest.toBytes({}));
    return this;
  }
}

test('anybody may prepare auth; only root may change it once it is on', () => {
  const applied = new Applied().withRoot();
  assert.ok(applied.auth.enabled);
  assert.equal(applied.addUser('u'), 'etcdserver: user name is empty');
  assert.equal(applied.addUser('u', 'root'), undefined);
  assert.equal(applied.addUser('v', 'u'), 'etcdserver: permission denied');
  assert.equal(applied.addUser('v', 'gone'), 'etcdserver: user name not found');
});

test('a login counts only at the revision at which its password was checked', () => {
  const applied = new Applied().withRoot();
  const login = (name: string, authRevision: number) =>
    applied.apply(RequestKind.AUTHENTICATE, TokenIssue.toBytes({ name, token: 'abc', authRevision }));
  assert.equal(login('root', applied.auth.revision), undefined);
  assert.equal(login('root', applied.auth.revision - 1), 'etcdserver: revision of auth store is old');
  assert.equal(
    login('gone', applied.auth.revision),
    'etcdserver: authentication failed, invalid user ID or password',
  );
  assert.deepEqual(applied.events, ['root has abc.4']);
});

test('logins end with the password or the user; a hash that is none is refused', () => {
  const applied = new Applied().withRoot();
  applied.addUser('u', 'root');
  const change = (name: string, hash: string) =>
    applied.apply(
      RequestKind.AUTH_USER_CHANGE_PASSWORD,
      AuthUserChangePasswordRequest.toBytes({ name, password: '', hashedPassword: hash }),
      'root',
    );
  assert.equal(change('u', '*'), 'auth: authentication failed, password was given for no password user');
  assert.equal(change('gone', '*'), 'etcdserver: user name not found');
  assert.equal(change('u', hashedPassword), undefined);
  applied.apply(RequestKind.AUTH_USER_DELETE, AuthUserDeleteRequest.toBytes({ name: 'u' }), 'root');
  applied.apply(RequestKind.AUTH_DISABLE, new Uint8Array(0), 'root');
  assert.deepEqual(applied.events, ['u changed', 'u changed', 'disabled']);
});

test('a name that no backend could store is refused', () => {
  const applied = new Applied();
  assert.equal(applied.addUser('é'.repeat(513)), 'etcdserver: request is too large');
  assert.equal(applied.addUser('é'.repeat(512)), undefined);
  const role = AuthRoleAddRequest.toBytes({ name: 'r'.repeat(1025) });
  assert.equal(applied.apply(RequestKind.AUTH_ROLE_ADD, role), 'etcdserver: request is too large');
});

test('what the backend holds brings everything back, and only changes are written', async () => {
  const backend = new MemoryBackend();
  const applied = new Applied();
  const persisted = new PersistedAuth(applied.auth);
  persisted.restore(backend);
  applied.withRoot();
  applied.addUser('u', 'root');
  applied.apply(RequestKind.AUTH_ROLE_ADD, AuthRoleAddRequest.toBytes({ name: 'r' }), 'root');
  const perm = { permType: 2, key: encodeUtf8('a'), rangeEnd: encodeUtf8('c') };
  applied.apply(
    RequestKind.AUTH_ROLE_GRANT_PERMISSION,
    AuthRoleGrantPermissionRequest.toBytes({ name: 'r', perm }),
    'root',
  );
  applied.apply(
    RequestKind.AUTH_USER_GRANT_ROLE,
    AuthUserGrantRoleRequest.toBytes({ user: 'u', role: 'r' }),
    'root',
  );
  await backend.commit((tx) => persisted.write(tx));
  applied.apply(RequestKind.AUTH_USER_DELETE, AuthUserDeleteRequest.toBytes({ name: 'root' }), 'root');
  applied.addUser('w', 'root');
  applied.apply(RequestKind.AUTH_USER_DELETE, AuthUserDeleteRequest.toBytes({ name: 'w' }), 'root');
  applied.addUser('x', 'root');
  const written: string[] = [];
  const note = (verb: string, key: Uint8Array) =>
    void written.push(`${verb} ${new TextDecoder().decode(key)}`);
  await backend.commit((tx) =>
    persisted.write({
      put: (table, key, value) => {
        note('put', key);
        tx.put(table, key, value);
      },
      delete: (table, key) => {
        note('delete', key);
        tx.delete(table, key);
      },
    }),
  );
  assert.deepEqual(written, ['put eauthRevision', 'put ux']);
  const again = new AuthStore();
  new PersistedAuth(again).restore(backend);
  assert.deepEqual(
    [again.enabled, again.revision, again.users(), again.roles()],
    [true, applied.auth.revision, applied.auth.users(), applied.auth.roles()],
  );
});
