/** The JSON gateway by TLS. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { post, postJson } from '../clients/gateway.js';
import {
  MemberProcess,
  programUnderTest,
  skipWithoutServer,
  TestAuthority,
  tlsOptions,
} from '../harness/index.js';

const program = programUnderTest();

test(
  'by TLS any host may be named, WebSockets are there, and a certificate is nobody once auth is on',
  {
    skip: skipWithoutServer(program),
  },
  async () => {
    const authority = await TestAuthority.make('authority');
    const [server, named, nameless] = await Promise.all([
      authority.issue({ commonName: 'server' }),
      authority.issue({ commonName: 'root' }),
      authority.issue({}),
    ]);
    const tls = { ca: authority.ca, ...nameless };
    const member = await MemberProcess.launch(program, {
      tls: { clients: tls },
      flags: [
        `--cert-file=${server.cert}`,
        `--key-file=${server.key}`,
        '--client-cert-auth',
        `--trusted-ca-file=${authority.ca}`,
        '--host-whitelist=good.example',
      ],
    });
    const url = member.clientUrl;
    try {
      const foreign = await post(
        url,
        '/v3/kv/put',
        { key: 'YQ' },
        { tls, headers: { host: 'evil.example' } },
      );
      assert.equal(foreign.status, 200);
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v3/watch`, tlsOptions(tls));
      const created = await new Promise<string>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('open', () => socket.send('{"create_request":{"key":"YQ"}}'));
        socket.on('message', (message: Buffer) => resolve(message.toString()));
      });
      assert.match(created, /"created":true/);
      socket.terminate();

      const asRoot = { tls: { ca: authority.ca, ...named } };
      const range = { key: 'YQ' };
      assert.equal((await post(url, '/v3/kv/range', range, asRoot)).status, 200, 'auth is off');
      await postJson(url, '/v3/auth/user/add', { name: 'root', password: 'pw' }, { tls });
      await postJson(url, '/v3/auth/user/grant', { user: 'root', role: 'root' }, { tls });
      assert.equal((await post(url, '/v3/auth/enable', {}, { tls })).status, 200);
      const refused = await post(url, '/v3/kv/range', range, asRoot);
      assert.equal(refused.status, 400);
      assert.equal(
        refused.text.trim(),
        'CommonName of client sending a request against gateway will be ignored and not used as expected',
      );
      // Without that header etcd takes the gateway's own certificate for the caller's.
      const headers = { accept: '*/*' };
      const unknown = await post(url, '/v3/kv/range', range, { tls, headers });
      assert.deepEqual(
        [unknown.status, JSON.parse(unknown.text)],
        [400, { code: 3, message: 'etcdserver: user name is empty' }],
      );
      const { token } = await postJson(
        url,
        '/v3/auth/authenticate',
        { name: 'root', password: 'pw' },
        { tls },
      );
      const known = await post(url, '/v3/kv/range', range, {
        tls,
        headers: { Authorization: String(token) },
      });
      assert.equal(known.status, 200);
    } finally {
      await member.stop();
    }
  },
);
