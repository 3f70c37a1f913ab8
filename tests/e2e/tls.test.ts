/**
 * TLS for clients, seen from outside. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ConnectionOptions, connect as connectByTls, type TLSSocket } from 'node:tls';
import { connect, type TestClient } from '../clients/client.js';
import {
  type CertificateFiles,
  channelCredentials,
  httpGet,
  MemberProcess,
  programUnderTest,
  skipWithoutServer,
  TestAuthority,
  type TlsAccess,
  tempDir,
  tlsOptions,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const isQuoin = program === 'quoin';
/** Long enough for a machine that is busy; nothing waits for it when all is well. */
const PATIENCE_MS = 20_000;
/** A call that is expected to fail is given up after this. */
const REFUSED_MS = 2000;

function clientOf(member: MemberProcess, access: TlsAccess | undefined = member.tls): TestClient {
  return connect(member.endpoint, { credentials: channelCredentials(access) });
}

/** `ok`, or `refused` if the connection cannot be made. */
async function reach(member: MemberProcess, access: TlsAccess): Promise<string> {
  const client = clientOf(member, access);
  try {
    await client.kv.put({ key: 'k', value: 'v' }, { timeoutMs: REFUSED_MS });
    return 'ok';
  } catch (error) {
    const { code } = error as { code?: number };
    // UNAVAILABLE, or DEADLINE_EXCEEDED where the library tries again until then.
    if (code === 14 || code === 4) return 'refused';
    throw error;
  } finally {
    client.close();
  }
}

/** A handshake; rejects if it fails. The server may still think otherwise: TLS 1.3 clients are told later. */
function shakeHands(member: MemberProcess, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectByTls({ host: '127.0.0.1', port: member.clientPort, ...options });
    socket.on('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}

/** Status and body of a range by the JSON gateway. */
function rangeByGateway(member: MemberProcess, access: TlsAccess): Promise<string> {
  return new Promise((resolve, reject) => {
    // etcd knows by this header that it is asked by its gateway.
    const headers = { Accept: '*/*' };
    const options = { method: 'POST', agent: false, headers, ...tlsOptions(access) };
    const request = httpsRequest(`${member.clientUrl}/v3/kv/range`, options, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${body}`));
    });
    request.on('error', reject).end('{"key":"YQ=="}');
  });
}

async function assertLogged(member: MemberProcess, line: RegExp): Promise<void> {
  assert.ok(
    await waitUntil(() => line.test(member.log), PATIENCE_MS),
    `${line} in ${member.log.slice(-2000)}`,
  );
}

describe('TLS for clients', { skip: skipWithoutServer(program) }, () => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let server: CertificateFiles;
  const members: MemberProcess[] = [];

  before(async () => {
    [authority, stranger] = await Promise.all([
      TestAuthority.make('authority'),
      TestAuthority.make('stranger'),
    ]);
    server = await authority.issue({ commonName: 'server' });
  });
  after(async () => {
    await Promise.all(members.filter((member) => member.isRunning).map((member) => member.kill9()));
  });

  async function launch(clients: TlsAccess, flags: readonly string[]): Promise<MemberProcess> {
    const own = flags.includes('--auto-tls')
      ? []
      : [`--cert-file=${server.cert}`, `--key-file=${server.key}`];
    const member = await MemberProcess.launch(program, { tls: { clients }, flags: [...own, ...flags] });
    members.push(member);
    return member;
  }

  test('a member with a certificate serves gRPC and HTTP/1.1, and nothing in plain text', async () => {
    const member = await launch({ ca: authority.ca }, []);
    assert.equal(await reach(member, { ca: authority.ca }), 'ok');
    assert.equal(await reach(member, { ca: stranger.ca }), 'refused', 'the client does not trust it');
    const version = await httpGet(`${member.clientUrl}/version`, PATIENCE_MS, { ca: authority.ca });
    assert.match(version.body, /"etcdserver"/);
    await assert.rejects(httpGet(`http://${member.endpoint}/version`, PATIENCE_MS));
    await assertLogged(
      member,
      /rejected connection on client endpoint.*first record does not look like a TLS handshake/,
    );
    await assertLogged(member, /"serving client traffic securely"/);
    await member.stop();
  });

  test('ALPN chooses HTTP/2, else HTTP/1.1, and refuses who speaks neither', async () => {
    const member = await launch({ ca: authority.ca }, []);
    const options = tlsOptions({ ca: authority.ca });
    for (const [offered, chosen] of [
      [['h2'], 'h2'],
      [['http/1.1', 'h2'], 'h2'],
      // etcd answers these without a word about it.
      [['http/1.1'], isQuoin ? 'http/1.1' : false],
    ] as const) {
      const socket = await shakeHands(member, { ...options, ALPNProtocols: [...offered] });
      assert.equal(socket.alpnProtocol, chosen);
      socket.destroy();
    }
    await assert.rejects(
      shakeHands(member, { ...options, ALPNProtocols: ['spdy/3'] }),
      /no application protocol/i,
    );
    const silent = await shakeHands(member, options);
    silent.write('GET /version HTTP/1.0\r\n\r\n');
    const answer = await new Promise<string>((resolve) =>
      silent.once('data', (chunk: Buffer) => resolve(`${chunk}`)),
    );
    assert.match(answer, /^HTTP\/1\.[01] 200 OK/, 'who does not negotiate is told apart by what he says');
    silent.destroy();
    await member.stop();
  });

  test('HTTP/2 carries requests that are no gRPC, too', async () => {
    const member = await launch({ ca: authority.ca }, []);
    const session = connectHttp2(member.clientUrl, tlsOptions({ ca: authority.ca }));
    const ask = (headers: OutgoingHttpHeaders, body = ''): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        let status = 0;
        let text = '';
        stream.on('response', (answer) => {
          status = Number(answer[':status']);
        });
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
        });
        stream.on('end', () => resolve([status, text]));
        stream.on('error', reject);
        if (body !== '') stream.end(body);
      });
    try {
      assert.deepEqual(await ask({ ':path': '/health' }), [200, '{"health":"true","reason":""}']);
      assert.deepEqual(await ask({ ':path': '/nowhere' }), [404, '404 page not found\n']);
      // Larger than a flow-control window, both ways.
      const value = Buffer.alloc(900_000, 'x').toString('base64');
      const put = JSON.stringify({ key: 'YQ==', value });
      assert.equal((await ask({ ':path': '/v3/kv/put', ':method': 'POST' }, put))[0], 200);
      const [status, text] = await ask({ ':path': '/v3/kv/range', ':method': 'POST' }, '{"key":"YQ=="}');
      assert.equal(status, 200);
      assert.equal((JSON.parse(text) as { kvs: { value: string }[] }).kvs[0]!.value, value);
    } finally {
      session.close();
    }
    assert.equal(await reach(member, { ca: authority.ca }), 'ok', 'and gRPC');
    await member.stop();
  });

  test('client certificates are asked for, and must be of the authority and of today', async () => {
    const [good, foreign, old] = await Promise.all([
      authority.issue({ commonName: 'somebody' }),
      stranger.issue({ commonName: 'somebody' }),
      authority.issue({ commonName: 'somebody', notAfter: new Date(Date.now() - 60_000) }),
    ]);
    const access = { ca: authority.ca, ...good };
    const member = await launch(access, ['--client-cert-auth', `--trusted-ca-file=${authority.ca}`]);
    assert.equal(await reach(member, access), 'ok');
    assert.equal(await reach(member, { ca: authority.ca }), 'refused');
    await assertLogged(member, /rejected connection on client endpoint.*client didn't provide a certificate/);
    assert.equal(await reach(member, { ca: authority.ca, ...foreign }), 'refused');
    await assertLogged(member, /rejected connection on client endpoint.*signed by unknown authority/);
    assert.equal(await reach(member, { ca: authority.ca, ...old }), 'refused');
    await assertLogged(member, /rejected connection on client endpoint.*has expired or is not yet valid/);
    await assert.rejects(httpGet(`${member.clientUrl}/health`, PATIENCE_MS, { ca: authority.ca }));
    assert.equal((await httpGet(`${member.clientUrl}/health`, PATIENCE_MS, access)).status, 200);
    await member.stop();
  });

  test('of certificates with other names than the allowed ones none is taken, as the file of flags says', async () => {
    const [good, other] = await Promise.all([
      authority.issue({ commonName: 'one' }),
      authority.issue({ commonName: 'two', hosts: ['one'] }),
    ]);
    const member = await MemberProcess.prepare(program, { tls: { clients: { ca: authority.ca, ...good } } });
    members.push(member);
    const security = {
      'cert-file': server.cert,
      'key-file': server.key,
      'trusted-ca-file': authority.ca,
      'client-cert-auth': true,
      'allowed-cn': ['nobody', 'one'],
    };
    const file = join(tempDir('tls'), 'etcd.yaml');
    const keys = {
      name: member.name,
      'data-dir': member.dataDir,
      'listen-client-urls': member.clientUrl,
      'advertise-client-urls': member.clientUrl,
      'listen-peer-urls': member.peerUrl,
      'initial-advertise-peer-urls': member.peerUrl,
      'initial-cluster': member.initialCluster,
      'client-transport-security': security,
    };
    writeFileSync(file, JSON.stringify(keys));
    const byFile = await MemberProcess.launch(program, {
      clientPort: member.clientPort,
      tls: { clients: { ca: authority.ca, ...good } },
      flags: [`--config-file=${file}`],
    });
    members.push(byFile);
    assert.equal(await reach(byFile, { ca: authority.ca, ...good }), 'ok');
    assert.equal(await reach(byFile, { ca: authority.ca, ...other }), 'refused');
    await assertLogged(
      byFile,
      /rejected connection on client endpoint.*client certificate authentication failed/,
    );
    await byFile.stop();
  });

  test('of certificates for other hosts than the allowed ones none is taken', async () => {
    const [good, other] = await Promise.all([
      authority.issue({ hosts: ['one.example', 'two.example'] }),
      authority.issue({ commonName: 'two.example', hosts: ['three.example'] }),
    ]);
    const access = { ca: authority.ca, ...good };
    const member = await launch(access, [
      '--client-cert-auth',
      `--trusted-ca-file=${authority.ca}`,
      '--client-cert-allowed-hostname=two.example',
    ]);
    assert.equal(await reach(member, access), 'ok');
    assert.equal(await reach(member, { ca: authority.ca, ...other }), 'refused');
    await assertLogged(
      member,
      /rejected connection on client endpoint.*client certificate authentication failed/,
    );
    await member.stop();
  });

  // etcd takes the second alone.
  for (const format of isQuoin ? (['pem', 'der'] as const) : (['der'] as const)) {
    test(`what a revocation list in ${format} names is not taken`, async () => {
      const [good, revoked] = await Promise.all([authority.issue(), authority.issue()]);
      const crl = join(tempDir('crl'), `list.${format}`);
      await authority.revoke(crl, [revoked.serial], format);
      const access = { ca: authority.ca, ...good };
      const member = await launch(access, [
        '--client-cert-auth',
        `--trusted-ca-file=${authority.ca}`,
        `--client-crl-file=${crl}`,
      ]);
      assert.equal(await reach(member, access), 'ok');
      assert.equal(await reach(member, { ca: authority.ca, ...revoked }), 'refused');
      await assertLogged(member, new RegExp(`transport: certificate serial ${revoked.serial} revoked`));
      await member.stop();
    });
  }

  test('versions and cipher suites are those that the flags allow', async () => {
    const options = tlsOptions({ ca: authority.ca });
    const newest = await launch({ ca: authority.ca }, ['--tls-min-version=TLS1.3']);
    assert.equal((await shakeHands(newest, options)).getProtocol(), 'TLSv1.3');
    await assert.rejects(shakeHands(newest, { ...options, maxVersion: 'TLSv1.2' }), /protocol version/);
    await newest.stop();
    const suites = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305';
    const older = await launch({ ca: authority.ca }, [
      '--tls-max-version=TLS1.2',
      `--cipher-suites=${suites}`,
    ]);
    const socket = await shakeHands(older, options);
    assert.equal(socket.getProtocol(), 'TLSv1.2');
    assert.match(socket.getCipher().name, /^ECDHE-ECDSA-(AES128-GCM-SHA256|CHACHA20-POLY1305)$/);
    await assert.rejects(
      shakeHands(older, { ...options, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }),
      /handshake failure/,
    );
    await older.stop();
  });

  test('auto-tls makes a certificate, keeps it, and uses it again', async () => {
    const member = await launch({}, ['--auto-tls']);
    assert.equal(await reach(member, {}), 'ok');
    const folder = join(member.dataDir, 'fixtures', 'client');
    const made = readFileSync(join(folder, 'cert.pem'), 'utf8');
    assert.equal(statSync(join(folder, 'key.pem')).mode & 0o777, 0o600);
    // Whoever is given the certificate can check it.
    assert.equal(await reach(member, { ca: join(folder, 'cert.pem') }), 'ok');
    await member.stop();
    await member.start();
    assert.equal(readFileSync(join(folder, 'cert.pem'), 'utf8'), made);
    assert.equal(await reach(member, {}), 'ok');
    await member.stop();
  });

  test('plain text and TLS are served side by side, on a Unix socket too', async () => {
    const path = join(tempDir('socket'), 's');
    const member = await launch({ ca: authority.ca }, []);
    await member.stop();
    const plainPort = member.peerPort + 40_000 > 65_535 ? member.peerPort - 10_000 : member.peerPort + 10_000;
    const urls = `${member.clientUrl},http://127.0.0.1:${plainPort},unixs://${path}`;
    const both = await MemberProcess.launch(program, {
      dataDir: member.dataDir,
      clientPort: member.clientPort,
      tls: { clients: { ca: authority.ca } },
      flags: [`--cert-file=${server.cert}`, `--key-file=${server.key}`, `--listen-client-urls=${urls}`],
    });
    members.push(both);
    assert.equal(await reach(both, { ca: authority.ca }), 'ok');
    assert.equal((await httpGet(`http://127.0.0.1:${plainPort}/health`)).status, 200);
    await assertLogged(
      both,
      /scheme is http or unix while key and cert files are present; ignoring key and cert files/,
    );
    const status = await new Promise<number>((resolve, reject) => {
      const socket = connectByTls({ path, ...tlsOptions({ ca: authority.ca }), servername: 'localhost' });
      socket.on('error', reject);
      const request = httpRequest({ path: '/health', createConnection: () => socket }, (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.resume();
        socket.destroy();
      });
      request.on('error', reject).end();
    });
    assert.equal(status, 200);
    await both.stop();
  });

  test('the certificate is the user, unless there is a token', async () => {
    const [root, alice, nobody, nameless] = await Promise.all([
      authority.issue({ commonName: 'root' }),
      authority.issue({ commonName: 'alice' }),
      authority.issue({ commonName: 'nobody' }),
      authority.issue(),
    ]);
    const access = { ca: authority.ca, ...root };
    const member = await launch(access, ['--client-cert-auth', `--trusted-ca-file=${authority.ca}`]);
    const byRoot = clientOf(member, access);
    await byRoot.auth.userAdd({ name: 'root', options: { noPassword: true } });
    await byRoot.auth.userAdd({ name: 'alice', password: 'secret' });
    await byRoot.auth.roleAdd({ name: 'root' });
    await byRoot.auth.roleAdd({ name: 'r' });
    await byRoot.auth.userGrantRole({ user: 'root', role: 'root' });
    await byRoot.auth.userGrantRole({ user: 'alice', role: 'r' });
    await byRoot.auth.roleGrantPermission({ name: 'r', perm: { permType: 2, key: 'a', rangeEnd: 'b' } });
    await byRoot.auth.enable();
    await byRoot.auth.userList();
    const as = (files: CertificateFiles): TestClient => clientOf(member, { ca: authority.ca, ...files });
    const outcome = (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => 'ok',
        (error: { details?: string }) => String(error.details),
      );
    const byAlice = as(alice);
    assert.equal(await outcome(byAlice.kv.put({ key: 'a1', value: 'v' })), 'ok');
    assert.equal(await outcome(byAlice.kv.put({ key: 'b1', value: 'v' })), 'etcdserver: permission denied');
    assert.equal(await outcome(byAlice.auth.userList()), 'etcdserver: permission denied');
    assert.equal(await outcome(byAlice.lock.lock({ name: 'a2' })), 'ok');
    const watch = byAlice.watch();
    watch.send({ createRequest: { key: 'a1', startRevision: 1 } });
    assert.equal((await watch.must()).created, true);
    assert.equal((await watch.must()).events.length, 1);
    watch.cancel();
    const byGateway = { metadata: { 'grpcgateway-accept': 'application/json' } };
    assert.equal(await outcome(byAlice.kv.range({ key: 'a1' }, byGateway)), 'etcdserver: user name is empty');
    assert.equal(await outcome(as(nobody).kv.range({ key: 'a1' })), 'etcdserver: permission denied');
    assert.equal(await outcome(as(nameless).kv.range({ key: 'a1' })), 'etcdserver: permission denied');
    assert.equal(await outcome(as(nameless).auth.userList()), 'etcdserver: user name is empty');
    const byHttp = (files: CertificateFiles): Promise<string> =>
      rangeByGateway(member, { ca: authority.ca, ...files });
    assert.match(
      await byHttp(alice),
      /^400 CommonName of client sending a request against gateway will be ignored/,
    );
    assert.match(await byHttp(nameless), /^400 .*user name is empty/);
    const { token } = await as(nobody).auth.authenticate({ name: 'alice', password: 'secret' });
    const withToken = as(nobody);
    withToken.token = token;
    assert.equal(await outcome(withToken.kv.range({ key: 'a1' })), 'ok', 'a token counts more');
    const withWrongToken = as(alice);
    withWrongToken.token = 'x.1';
    assert.equal(await outcome(withWrongToken.kv.range({ key: 'a1' })), 'etcdserver: invalid auth token');
    await member.kill9();
  });

  test('a certificate that is checked, but not asked for as the user, is nobody', async () => {
    const root = await authority.issue({ commonName: 'root' });
    const access = { ca: authority.ca, ...root };
    const member = await launch(access, [`--trusted-ca-file=${authority.ca}`]);
    assert.equal(await reach(member, { ca: authority.ca }), 'refused', 'one must be shown all the same');
    const client = clientOf(member, access);
    await client.auth.userAdd({ name: 'root', password: 'secret' });
    await client.auth.roleAdd({ name: 'root' });
    await client.auth.userGrantRole({ user: 'root', role: 'root' });
    await client.auth.enable();
    await assert.rejects(client.kv.range({ key: 'a' }), /user name is empty/);
    assert.match(await rangeByGateway(member, access), /^400 .*user name is empty/);
    client.close();
    await member.stop();
  });

  test('who connects and says nothing keeps nobody out', async () => {
    const member = await launch({ ca: authority.ca }, []);
    const silent = Array.from({ length: 300 }, () =>
      connectPlain(member.clientPort, '127.0.0.1').on('error', () => {}),
    );
    assert.equal(await reach(member, { ca: authority.ca }), 'ok');
    const gone = (): boolean => silent.every((socket) => socket.readyState === 'closed');
    for (const socket of silent) socket.resume();
    if (isQuoin) assert.ok(await waitUntil(gone, 3 * PATIENCE_MS, 100), 'and is dropped after a while');
    for (const socket of silent) socket.destroy();
    await member.stop();
  });

  test('what cannot be used is said at start', async () => {
    const other = await authority.issue();
    const nonsense = join(tempDir('tls'), 'nonsense.pem');
    writeFileSync(nonsense, 'nonsense');
    const cases: [flags: string[], message: RegExp][] = [
      [[], /TLS key\/cert \(--cert-file, --key-file\) must be provided for client url https:/],
      [[`--cert-file=${server.cert}`, '--key-file=/missing'], /open \/missing: no such file or directory/],
      [
        [`--cert-file=${server.cert}`, `--key-file=${other.key}`],
        /tls: private key does not match public key/,
      ],
    ];
    if (isQuoin) {
      const own = [`--cert-file=${server.cert}`, `--key-file=${server.key}`, '--client-cert-auth'];
      cases.push([[...own, `--trusted-ca-file=${nonsense}`], /nonsense.pem: no certificate found/]);
      const trusting = [...own, `--trusted-ca-file=${authority.ca}`];
      cases.push([[...trusting, `--client-crl-file=${nonsense}`], /nonsense.pem: x509: malformed crl/]);
    }
    for (const [flags, message] of cases) {
      const member = await MemberProcess.prepare(program, { tls: { clients: {} }, flags });
      member.spawn();
      const exit = await member.waitExit(PATIENCE_MS);
      assert.equal(exit.code, 1, member.log);
      assert.match(member.log, message);
    }
  });
});
