/** Users, roles and tokens against a member as a process of its own. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  MemberProcess,
  programUnderTest,
  removeDir,
  skipWithoutServer,
  sleep,
  tempDir,
} from '../harness/index.js';
import { AUTH_EXPECTED } from './auth-expected.js';
import { AuthScenario } from './auth-scenario.js';

const program = programUnderTest();

async function withMember(
  flags: readonly string[],
  body: (member: MemberProcess) => Promise<void>,
): Promise<void> {
  // The cheapest hash: how long it takes is not the point here.
  const member = await MemberProcess.launch(program, { flags: ['--bcrypt-cost=4', ...flags] });
  try {
    await body(member);
  } finally {
    await member.stop('SIGKILL');
  }
}

/** A root user, a user `u` who may read and write `a`, and auth switched on. */
async function prepare({ auth }: TestClient): Promise<void> {
  await auth.userAdd({ name: 'root', password: 'secret' });
  await auth.userGrantRole({ user: 'root', role: 'root' });
  await auth.userAdd({ name: 'u', password: 'password' });
  await auth.roleAdd({ name: 'r' });
  await auth.roleGrantPermission({ name: 'r', perm: { permType: 2, key: 'a' } });
  await auth.userGrantRole({ user: 'u', role: 'r' });
  await auth.enable();
}

const failure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: { details: string }) => error.details,
  );

describe('auth', { skip: skipWithoutServer(program) }, () => {
  test('every call has the outcome that etcd gives it', () =>
    withMember([], async (member) => {
      assert.deepEqual(await AuthScenario.run(member.endpoint), AUTH_EXPECTED);
    }));

  test('users and roles survive a restart, simple tokens do not', () =>
    withMember([], async (member) => {
      const client = connect(member.endpoint);
      await prepare(client);
      const { token } = await client.auth.authenticate({ name: 'u', password: 'password' });
      await member.stop('SIGTERM');
      await member.start();
      client.token = token;
      const put = () => client.kv.put({ key: 'a', value: '1' });
      assert.equal(await failure(put()), 'etcdserver: invalid auth token');
      client.token = '';
      assert.equal(await failure(put()), 'etcdserver: user name is empty');
      client.token = (await client.auth.authenticate({ name: 'u', password: 'password' })).token;
      await put();
      assert.equal(await failure(client.kv.put({ key: 'b' })), 'etcdserver: permission denied');
      client.close();
    }));

  test('a simple token lives as long as it is used', () =>
    withMember(['--auth-token-ttl=1'], async (member) => {
      const client = connect(member.endpoint);
      await prepare(client);
      client.token = (await client.auth.authenticate({ name: 'u', password: 'password' })).token;
      for (let i = 0; i < 4; i++) {
        await sleep(400);
        await client.kv.range({ key: 'a' });
      }
      await sleep(1600);
      assert.equal(await failure(client.kv.range({ key: 'a' })), 'etcdserver: invalid auth token');
      client.close();
    }));

  test('a JSON web token survives a restart, and is too old after any change of users or roles', async () => {
    const folder = tempDir('jwt');
    const key = join(folder, 'key');
    writeFileSync(key, 'a secret of some length, shared by all members');
    await withMember([`--auth-token=jwt,priv-key=${key},sign-method=HS256`], async (member) => {
      const client = connect(member.endpoint);
      await prepare(client);
      const { token } = await client.auth.authenticate({ name: 'u', password: 'password' });
      assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
      assert.deepEqual([claims.username, claims.revision], ['u', 7]);
      await member.stop('SIGKILL');
      await member.start();
      client.token = token;
      await client.kv.put({ key: 'a', value: '1' });
      const watch = client.watch();
      watch.send({ createRequest: { key: 'a', startRevision: 2 } });
      assert.equal((await watch.must()).created, true);
      watch.cancel();
      client.token = (await client.auth.authenticate({ name: 'root', password: 'secret' })).token;
      await client.auth.roleAdd({ name: 'other' });
      client.token = token;
      assert.equal(await failure(client.kv.range({ key: 'a' })), 'etcdserver: revision of auth store is old');
      client.token = `${token}x`;
      assert.equal(await failure(client.kv.range({ key: 'a' })), 'etcdserver: invalid auth token');
      client.close();
    });
    removeDir(folder);
  });
});
