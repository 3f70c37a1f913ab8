/** Three members find one another by keys in another cluster, which asks for a name and speaks TLS. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  channelCredentials,
  freePort,
  MemberProcess,
  programUnderTest,
  skipWithoutServer,
  TestAuthority,
} from '../harness/index.js';

const PATIENCE_MS = 60_000;

describe(
  'discovery by another cluster',
  { skip: skipWithoutServer('quoin') || skipWithoutServer(programUnderTest()) },
  () => {
    let registry: MemberProcess;
    let admin: TestClient;
    let authority: TestAuthority;

    before(async () => {
      authority = await TestAuthority.make('discovery');
      const { cert, key } = await authority.issue();
      const access = { ca: authority.ca };
      // A real etcd may stand here, too.
      registry = await MemberProcess.launch(programUnderTest(), {
        flags: [`--cert-file=${cert}`, `--key-file=${key}`, '--bcrypt-cost=4'],
        tls: { clients: access },
      });
      admin = connect(registry.endpoint, { credentials: channelCredentials(access) });
      await admin.kv.put({ key: '/_etcd/registry/tok/_config/size', value: '3' });
      await admin.auth.userAdd({ name: 'root', password: 'secret' });
      await admin.auth.userGrantRole({ user: 'root', role: 'root' });
      await admin.auth.enable();
    });
    after(async () => {
      admin.close();
      await registry.stop('SIGKILL');
    });

    const prepare = async (name: string, more: readonly string[] = []): Promise<MemberProcess> => {
      const peerPort = await freePort();
      const flags = [
        '--initial-cluster=',
        '--discovery-token=tok',
        `--discovery-endpoints=https://${registry.endpoint}`,
        `--discovery-cacert=${authority.ca}`,
        '--discovery-user=root:secret',
        ...more,
      ];
      return MemberProcess.prepare('quoin', { name, peerPort, flags, readyTimeoutMs: PATIENCE_MS });
    };

    test('they become one cluster, and there is no place for a fourth', async () => {
      const members = await Promise.all(['a', 'b', 'c'].map((name) => prepare(name)));
      try {
        await Promise.all(members.map((member) => member.start()));
        const client = connect(members[0]!.endpoint);
        await client.kv.put({ key: 'k', value: 'v' });
        const { members: found, header } = await client.cluster.memberList();
        assert.deepEqual(found.map(({ name }) => name).sort(), ['a', 'b', 'c']);
        assert.deepEqual(
          found.map(({ peerUrls }) => peerUrls[0]).sort(),
          members.map(({ peerUrl }) => peerUrl).sort(),
        );
        client.close();

        const fourth = await prepare('d');
        fourth.spawn();
        assert.equal((await fourth.waitExit(PATIENCE_MS)).code, 1);
        assert.match(fourth.log, /discovery: cluster is full/);

        // Afterwards nobody asks any more: the registry could be gone.
        await members[1]!.kill9();
        await members[1]!.start();
        const again = connect(members[1]!.endpoint);
        assert.equal((await again.cluster.memberList()).header!.clusterId, header!.clusterId);
        again.close();
      } finally {
        for (const member of members) if (member.isRunning) await member.stop('SIGKILL');
      }
    });

    test('a wrong password is told at once', async () => {
      const member = await prepare('e', ['--discovery-user=root:wrong']);
      member.spawn();
      assert.equal((await member.waitExit(PATIENCE_MS)).code, 1);
      assert.match(member.log, /discovery: etcdserver: authentication failed, invalid user ID or password/);
    });
  },
);
