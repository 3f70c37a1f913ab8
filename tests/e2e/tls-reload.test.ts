/**
 * Certificates, authorities and revocation lists are changed in their files while a watch runs: whoever connects from then
 * on meets the new ones, and the watch goes on. etcd never reads authorities again, so this is Quoin's alone.
 */
import assert from 'node:assert/strict';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectByTls } from 'node:tls';
import { connect, type TestClient } from '../clients/client.js';
import {
  type CertificateFiles,
  ClusterProcess,
  channelCredentials,
  MemberProcess,
  put,
  RawClient,
  skipWithoutServer,
  TestAuthority,
  type TlsAccess,
  tempDir,
  tlsOptions,
  waitUntil,
} from '../harness/index.js';

const PATIENCE_MS = 30_000;
const REFUSED_MS = 2000;

/** In one step, as those who rotate certificates do. */
function replace(path: string, by: string): void {
  copyFileSync(by, `${path}.new`);
  renameSync(`${path}.new`, path);
}

describe('files that change', { skip: skipWithoutServer('quoin') }, () => {
  let first: TestAuthority;
  let second: TestAuthority;
  /** Where the member finds its files. */
  const folder = tempDir('tls-reload');
  const at = {
    cert: join(folder, 'c.pem'),
    key: join(folder, 'k.pem'),
    ca: join(folder, 'ca.pem'),
    crl: join(folder, 'crl'),
  };
  let byFirst: CertificateFiles;
  let bySecond: CertificateFiles;
  let member: MemberProcess;
  let watcher: TestClient;
  let written = 0;
  let seen = 0;

  const accessOf = (ca: TestAuthority, files: CertificateFiles): TlsAccess => ({ ca: ca.ca, ...files });

  before(async () => {
    [first, second] = await Promise.all([TestAuthority.make('first'), TestAuthority.make('second')]);
    [byFirst, bySecond] = await Promise.all([first.issue(), second.issue()]);
    replace(at.cert, byFirst.cert);
    replace(at.key, byFirst.key);
    replace(at.ca, first.ca);
    await first.revoke(at.crl, []);
    const flags = [
      `--cert-file=${at.cert}`,
      `--key-file=${at.key}`,
      `--trusted-ca-file=${at.ca}`,
      '--client-cert-auth',
      `--client-crl-file=${at.crl}`,
    ];
    member = await MemberProcess.launch('quoin', { tls: { clients: accessOf(first, byFirst) }, flags });
    watcher = connect(member.endpoint, { credentials: channelCredentials(accessOf(first, byFirst)) });
    const watch = watcher.watch();
    watch.send({ createRequest: { key: 'k' } });
    await watch.must();
    void (async () => {
      for (;;) seen += (await watch.must()).events.length;
    })().catch(() => {});
  });
  after(async () => {
    watcher?.close();
    if (member?.isRunning) await member.kill9();
  });

  /** Whether a new connection is let in. One that is writes, which the watch must see. */
  async function isLetIn(access: TlsAccess): Promise<boolean> {
    const client = connect(member.endpoint, { credentials: channelCredentials(access) });
    try {
      await client.kv.put({ key: 'k', value: `${written}` }, { timeoutMs: REFUSED_MS });
    } catch (error) {
      const { code } = error as { code?: number };
      assert.ok(code === 14 || code === 4, String(error));
      return false;
    } finally {
      client.close();
    }
    written++;
    assert.ok(
      await waitUntil(() => seen === written, PATIENCE_MS),
      `the watch saw ${seen} of ${written} writes`,
    );
    return true;
  }

  function serialShown(): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { ...tlsOptions(accessOf(first, byFirst)), rejectUnauthorized: false };
      const socket = connectByTls({ host: '127.0.0.1', port: member.clientPort, ...options });
      socket.on('error', reject);
      socket.once('secureConnect', () => {
        resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
        socket.destroy();
      });
    });
  }

  test('a new certificate is shown to whoever connects next', async () => {
    assert.equal(await serialShown(), byFirst.serial);
    assert.ok(await isLetIn(accessOf(first, byFirst)));
    const renewed = await first.issue();
    replace(at.key, renewed.key);
    replace(at.cert, renewed.cert);
    assert.equal(await serialShown(), renewed.serial);
    assert.ok(await isLetIn(accessOf(first, byFirst)));
    assert.match(member.log, /"reloaded TLS files"/);
  });

  test('a certificate that cannot be used is told, and the former one goes on', async () => {
    const before = await serialShown();
    writeFileSync(at.cert, 'half a certif');
    assert.equal(await serialShown(), before);
    assert.ok(await isLetIn(accessOf(first, byFirst)));
    const told = member.log.match(/failed to reload TLS files; the former ones go on/g) ?? [];
    assert.equal(told.length, 1, 'once, however many connect');
    replace(at.cert, bySecond.cert);
    replace(at.key, bySecond.key);
    assert.equal(await serialShown(), bySecond.serial);
  });

  test('a new authority lets its own in, and the former one is forgotten', async () => {
    // The member shows the second authority's certificate by now.
    const oldClient = accessOf(second, byFirst);
    const newClient = accessOf(second, bySecond);
    assert.ok(await isLetIn(oldClient));
    assert.equal(await isLetIn(newClient), false);
    replace(at.ca, second.ca);
    assert.ok(await isLetIn(newClient));
    assert.equal(await isLetIn(oldClient), false);
  });

  test('who is revoked is not let in again', async () => {
    const other = accessOf(second, await second.issue());
    assert.ok(await isLetIn(other));
    assert.ok(await isLetIn(accessOf(second, bySecond)));
    await second.revoke(at.crl, [bySecond.serial]);
    assert.equal(await isLetIn(accessOf(second, bySecond)), false);
    assert.ok(await isLetIn(other));
    await second.revoke(at.crl, []);
    assert.ok(await isLetIn(accessOf(second, bySecond)));
  });

  test('members of a cluster change their authority one file after the other', async () => {
    const peer = { cert: join(folder, 'p.pem'), key: join(folder, 'p.key'), ca: join(folder, 'p.ca') };
    replace(peer.cert, byFirst.cert);
    replace(peer.key, byFirst.key);
    replace(peer.ca, first.ca);
    const cluster = await ClusterProcess.launch('quoin', {
      tls: { peers: true },
      flags: [
        `--peer-cert-file=${peer.cert}`,
        `--peer-key-file=${peer.key}`,
        `--peer-trusted-ca-file=${peer.ca}`,
        '--peer-client-cert-auth',
      ],
    });
    try {
      // Both are trusted while certificates change.
      writeFileSync(`${peer.ca}.new`, `${first.pem}\n${second.pem}\n`);
      renameSync(`${peer.ca}.new`, peer.ca);
      replace(peer.key, bySecond.key);
      replace(peer.cert, bySecond.cert);
      const [restarted] = await cluster.followers();
      await restarted!.stop();
      await restarted!.start();
      replace(peer.ca, second.ca);
      const [another] = (await cluster.followers()).filter((each) => each !== restarted);
      await another!.kill9();
      await another!.start();
      const leader = await cluster.leader(PATIENCE_MS);
      const client = new RawClient(leader.endpoint);
      await put(client, 'k', 'v');
      client.close();
      await cluster.agree(PATIENCE_MS);
    } finally {
      await cluster.stop('SIGKILL');
    }
  });
});
