/** TLS between members. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ClusterProcess,
  httpGet,
  MemberProcess,
  programUnderTest,
  put,
  RawClient,
  skipWithoutServer,
  TestAuthority,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const PATIENCE_MS = 30_000;

describe('TLS between members', { skip: skipWithoutServer(program) }, () => {
  let authority: TestAuthority;
  const clusters: ClusterProcess[] = [];

  before(async () => {
    authority = await TestAuthority.make('authority');
  });
  after(async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop('SIGKILL')));
  });

  async function launch(flags: readonly string[]): Promise<ClusterProcess> {
    const cluster = await ClusterProcess.prepare(program, {
      tls: { peers: true },
      flags,
      readyTimeoutMs: PATIENCE_MS,
    });
    clusters.push(cluster);
    await cluster.start();
    return cluster;
  }

  /** A write at each member is at all of them. */
  async function assertReplicates(cluster: ClusterProcess): Promise<void> {
    for (const member of cluster.running) {
      const client = new RawClient(member.endpoint);
      await put(client, `by-${member.name}`, 'v');
      client.close();
    }
    await cluster.agree(PATIENCE_MS);
  }

  test('members that make their certificates themselves replicate, also after a restart', async () => {
    const cluster = await launch(['--peer-auto-tls']);
    await assertReplicates(cluster);
    const [first] = cluster.members;
    assert.ok(existsSync(join(first!.dataDir, 'fixtures', 'peer', 'cert.pem')));
    await first!.stop();
    await first!.start();
    await cluster.leader(PATIENCE_MS);
    await assertReplicates(cluster);
    await cluster.stop('SIGKILL');
  });

  test('members that know one another by certificate replicate, take a newcomer in, and no stranger', async () => {
    const stranger = await TestAuthority.make('stranger');
    const [peer, foreign, other] = await Promise.all([
      authority.issue({ commonName: 'member' }),
      stranger.issue({ commonName: 'member' }),
      authority.issue({ commonName: 'other' }),
    ]);
    const cluster = await launch([
      `--peer-cert-file=${peer.cert}`,
      `--peer-key-file=${peer.key}`,
      `--peer-trusted-ca-file=${authority.ca}`,
      '--peer-client-cert-auth',
      '--peer-cert-allowed-cn=member',
    ]);
    await assertReplicates(cluster);
    const leader = await cluster.leader(PATIENCE_MS);
    const newcomer = await cluster.add(leader, { timeoutMs: PATIENCE_MS });
    await newcomer.start();
    await assertReplicates(cluster);
    const url = `${leader.peerUrl}/members`;
    assert.equal((await httpGet(url, PATIENCE_MS, { ca: authority.ca, ...peer })).status, 200);
    for (const [access, error] of [
      [{ ca: authority.ca }, "client didn't provide a certificate"],
      [{ ca: authority.ca, ...foreign }, 'signed by unknown authority'],
      [{ ca: authority.ca, ...other }, 'client certificate authentication failed'],
    ] as const) {
      await assert.rejects(httpGet(url, PATIENCE_MS, access));
      const logged = (): boolean =>
        leader.log
          .split('\n')
          .some((line) => line.includes('rejected connection on peer endpoint') && line.includes(error));
      assert.ok(await waitUntil(logged, PATIENCE_MS), `${error} in ${leader.log.slice(-2000)}`);
    }
    await cluster.stop('SIGKILL');
  });

  test('a certificate must be of the host that shows it, on both sides', async () => {
    const [elsewhere, here] = await Promise.all([
      authority.issue({ hosts: ['192.0.2.1'] }),
      authority.issue({ hosts: ['127.0.0.1'] }),
    ]);
    const flagsOf = (files: { cert: string; key: string }): string[] => [
      `--peer-cert-file=${files.cert}`,
      `--peer-key-file=${files.key}`,
      `--peer-trusted-ca-file=${authority.ca}`,
      '--peer-client-cert-auth',
    ];
    const cluster = await ClusterProcess.prepare(program, { size: 2, tls: { peers: true } });
    clusters.push(cluster);
    const [good, bad] = await Promise.all(
      cluster.members.map((member, i) =>
        MemberProcess.prepare(program, {
          name: member.name,
          peerPort: member.peerPort,
          initialCluster: member.initialCluster,
          tls: { peers: true },
          flags: flagsOf(i === 0 ? here : elsewhere),
        }),
      ),
    );
    for (const member of [good!, bad!]) member.spawn();
    try {
      const rejected =
        /rejected connection on peer endpoint.*"ip-addresses":\["192\.0\.2\.1"\].*certificate is valid for 192\.0\.2\.1, not 127\.0\.0\.1/;
      assert.ok(await waitUntil(() => rejected.test(good!.log), PATIENCE_MS), good!.log.slice(-3000));
      assert.equal(await good!.isHealthy(), false, 'two members that do not speak elect nobody');
    } finally {
      await Promise.all([good!, bad!].map((member) => member.kill9()));
    }
  });

  test('where the certificate comes from does not count if that is not asked for', async () => {
    const [client, server] = await Promise.all([
      authority.issue({ hosts: ['192.0.2.1'] }),
      authority.issue({ hosts: ['127.0.0.1'] }),
    ]);
    const cluster = await launch([
      `--peer-cert-file=${server.cert}`,
      `--peer-key-file=${server.key}`,
      `--peer-client-cert-file=${client.cert}`,
      `--peer-client-key-file=${client.key}`,
      `--peer-trusted-ca-file=${authority.ca}`,
      '--peer-client-cert-auth',
      // Its name in etcd 3.5, which Quoin takes, too.
      `--${program === 'etcd' ? 'experimental-' : ''}peer-skip-client-san-verification`,
    ]);
    await assertReplicates(cluster);
    await cluster.stop('SIGKILL');
  });

  test('a revoked certificate of a member is not taken', async () => {
    const [peer, revoked] = await Promise.all([authority.issue(), authority.issue()]);
    const crl = join(authority.folder, 'peers.crl');
    await authority.revoke(crl, [revoked.serial], 'der');
    const member = await MemberProcess.launch(program, {
      tls: { peers: true },
      flags: [
        `--peer-cert-file=${peer.cert}`,
        `--peer-key-file=${peer.key}`,
        `--peer-trusted-ca-file=${authority.ca}`,
        `--peer-crl-file=${crl}`,
      ],
    });
    try {
      const url = `${member.peerUrl}/members`;
      assert.equal((await httpGet(url, PATIENCE_MS, { ca: authority.ca, ...peer })).status, 200);
      await assert.rejects(httpGet(url, PATIENCE_MS, { ca: authority.ca, ...revoked }));
      const logged = (): boolean =>
        member.log.includes(`transport: certificate serial ${revoked.serial} revoked`);
      assert.ok(await waitUntil(logged, PATIENCE_MS), member.log.slice(-2000));
    } finally {
      await member.kill9();
    }
  });
});
