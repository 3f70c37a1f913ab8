/** What server flags do, seen from outside. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  findEtcdProgram,
  findServer,
  freePort,
  httpGet,
  MemberProcess,
  programUnderTest,
  runCommand,
  skipUnless,
  skipWithoutServer,
  sleep,
  tempDir,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();

const notIn35 = program === 'etcd' ? 'not in 3.5' : false;

/** Starts a member with some flags more, and stops it after `use`. */
async function withMember(
  flags: readonly string[],
  use: (client: TestClient, member: MemberProcess) => Promise<void>,
): Promise<void> {
  const member = await MemberProcess.launch(program, { flags });
  const client = connect(member.endpoint);
  try {
    await use(client, member);
  } finally {
    client.close();
    await member.stop();
  }
}

/** GET /version with one header. */
function getWith(member: MemberProcess, header: string, value: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${member.clientUrl}/version`,
      { agent: false, headers: { [header]: value } },
      (answer) => {
        answer.resume().on('end', () => resolve(answer));
      },
    );
    request.on('error', reject);
  });
}

describe('server flags', { skip: skipWithoutServer(program) }, () => {
  test('name, advertise-client-urls, initial-advertise-peer-urls, initial-cluster', async () => {
    const flags = ['--name=alpha', '--advertise-client-urls=http://a.example:1,http://b.example:2'];
    const member = await MemberProcess.prepare(program, { flags });
    const peerUrl = `http://127.0.0.1:${member.peerPort}`;
    flags.push(`--initial-cluster=alpha=${peerUrl}`);
    await member.start();
    const client = connect(member.endpoint);
    const { members } = await client.cluster.memberList();
    assert.equal(members.length, 1);
    assert.equal(members[0]!.name, 'alpha');
    assert.deepEqual(members[0]!.clientUrls, ['http://a.example:1', 'http://b.example:2']);
    assert.deepEqual(members[0]!.peerUrls, [peerUrl]);
    client.close();
    await member.stop();
  });

  test('data-dir and wal-dir', async () => {
    const walDir = join(tempDir('wal'), 'log');
    await withMember([`--wal-dir=${walDir}`], async (_client, member) => {
      assert.ok(existsSync(walDir));
      assert.ok(existsSync(member.dataDir));
      assert.ok(!existsSync(join(member.dataDir, 'member', 'wal')));
    });
  });

  test('max-txn-ops', async () => {
    await withMember(['--max-txn-ops=2'], async (client) => {
      const put = (key: string) => ({ requestPut: { key } });
      await client.kv.txn({ success: [put('a'), put('b')] });
      await assert.rejects(client.kv.txn({ success: [put('a'), put('b'), put('c')] }), {
        code: 3,
        details: 'etcdserver: too many operations in txn request',
      });
    });
  });

  test('max-request-bytes limits the replicated request, and 512 KiB more the message', async () => {
    await withMember(['--max-request-bytes=1000'], async (client) => {
      await client.kv.put({ key: 'a', value: 'v'.repeat(900) });
      await assert.rejects(client.kv.put({ key: 'a', value: 'v'.repeat(1000) }), {
        code: 3,
        details: 'etcdserver: request is too large',
      });
      const messageBytes = 1000 + 512 * 1024 + 1;
      await assert.rejects(client.kv.put({ key: 'a', value: new Uint8Array(messageBytes - 7) }), {
        code: 8,
        details: `grpc: received message larger than max (${messageBytes} vs. ${messageBytes - 1})`,
      });
    });
  });

  test('watch-progress-notify-interval', async () => {
    // The name that 3.5 has for it, which is known to Quoin, too.
    await withMember([`--experimental-watch-progress-notify-interval=100ms`], async (client) => {
      const { header } = await client.kv.put({ key: 'a' });
      const watch = client.watch();
      watch.send({ createRequest: { key: 'quiet', progressNotify: true } });
      assert.equal((await watch.must()).created, true);
      const progress = await watch.must(5000);
      assert.deepEqual([progress.events.length, progress.header?.revision], [0, header?.revision]);
      watch.cancel();
    });
  });

  test('cors', async () => {
    await withMember(['--cors=http://ok.example:8080'], async (_client, member) => {
      const allowed = await getWith(member, 'origin', 'http://ok.example:8080');
      assert.equal(allowed.headers['access-control-allow-origin'], 'http://ok.example:8080');
      const other = await getWith(member, 'origin', 'http://no.example:8080');
      assert.equal(other.statusCode, 200);
      assert.equal(other.headers['access-control-allow-origin'], undefined);
    });
  });

  test('host-whitelist', async () => {
    await withMember(['--host-whitelist=ok.example,127.0.0.1'], async (_client, member) => {
      assert.equal((await getWith(member, 'host', 'ok.example')).statusCode, 200);
      assert.equal((await getWith(member, 'host', 'rebound.example')).statusCode, 421);
    });
  });

  test('log-outputs, log-level and log-format', async () => {
    const file = join(tempDir('log'), 'member.log');
    await withMember([`--log-outputs=${file}`, '--log-level=debug'], async () => {
      assert.ok(await waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').includes('\n'), 5000));
      const first = JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!) as Record<string, unknown>;
      assert.ok(['debug', 'info', 'warn'].includes(first['level'] as string));
      assert.equal(typeof first['msg'], 'string');
    });
  });

  test('listen-client-http-urls: HTTP there and nowhere else', async () => {
    const http = `http://127.0.0.1:${await freePort()}`;
    const flags = [`--listen-client-http-urls=${http}`];
    const member = await MemberProcess.prepare(program, { flags });
    member.spawn();
    const deadline = Date.now() + 20_000;
    const status = (url: string): Promise<number | undefined> =>
      httpGet(`${url}/health`, 3000).then(
        (answer) => answer.status,
        () => undefined,
      );
    while ((await status(http)) !== 200) {
      assert.ok(Date.now() < deadline && member.exited === undefined, member.log);
      await sleep(20);
    }
    const client = connect(member.endpoint);
    assert.equal((await client.kv.put({ key: 'a' })).header?.revision, 2);
    client.close();
    assert.equal(await status(member.clientUrl), undefined, 'the other port speaks gRPC only');
    const other = connect(http.slice('http://'.length));
    await assert.rejects(other.kv.put({ key: 'b' }, { timeoutMs: 1000 }));
    other.close();
    await member.stop();
  });

  test('listen-client-http-urls: not the same as listen-client-urls', async () => {
    const flags: string[] = [];
    const member = await MemberProcess.prepare(program, { flags });
    flags.push(`--listen-client-http-urls=${member.clientUrl}`);
    member.spawn();
    assert.equal((await member.waitExit(10_000)).code, 1);
    assert.match(member.log, /cannot bind both .* on the same url/);
  });

  test('bootstrap-defrag-threshold-megabytes', async () => {
    const flags: string[] = [];
    const member = await MemberProcess.launch(program, { flags });
    const filler = connect(member.endpoint);
    for (let i = 0; i < 20; i++) await filler.kv.put({ key: `k${i}`, value: new Uint8Array(1_000_000) });
    const { header } = await filler.kv.deleteRange({ key: 'k', rangeEnd: 'l' });
    await filler.kv.compact({ revision: header!.revision, physical: true });
    filler.close();
    await member.stop();
    flags.push('--experimental-bootstrap-defrag-threshold-megabytes=10');
    await member.start();
    assert.match(member.log, /finished defragmenting directory/);
    const client = connect(member.endpoint);
    assert.ok(Number((await client.maintenance.status()).dbSize) < 10_000_000);
    client.close();
    await member.stop();
    await member.start();
    assert.match(member.log, /Skipping defragmentation/, 'the second time there is nothing to gain');
    await member.stop();
  });

  test('warning-unary-request-duration: a put that took longer is told', { skip: notIn35 }, async () => {
    const slow = '--warning-unary-request-duration';
    await withMember([`${slow}=1ns`], async (client, member) => {
      await client.kv.put({ key: 'a', value: 'v' });
      const isTold = (): boolean =>
        member.log.split('\n').some((line) => {
          if (!line.includes('"msg":"request stats"')) return false;
          const told = JSON.parse(line) as Record<string, unknown>;
          return told['response type'] === '/etcdserverpb.KV/Put' && told['request size'] !== 0;
        });
      assert.ok(await waitUntil(isTold, 5000), member.log);
    });
    await withMember([`${slow}=1h`], async (client, member) => {
      await client.kv.put({ key: 'a', value: 'v' });
      assert.ok(!member.log.includes('request stats'));
    });
  });

  test('feature-gates show as a metric', { skip: notIn35 }, async () => {
    await withMember(['--feature-gates=CompactHashCheck=true'], async (_client, member) => {
      const { body } = await httpGet(`${member.clientUrl}/metrics`, 5000);
      assert.match(body, /^etcd_server_feature_enabled\{name="CompactHashCheck",stage="ALPHA"\} 1$/m);
      assert.match(body, /^etcd_server_feature_enabled\{name="LeaseCheckpoint",stage="ALPHA"\} 0$/m);
    });
  });

  test('socket-reuse-address and socket-reuse-port are taken', async () => {
    await withMember(['--socket-reuse-address', '--socket-reuse-port'], async (client) => {
      await client.kv.put({ key: 'a' });
    });
  });

  test('enable-log-rotation and log-rotation-config-json: a file of 1 MiB is put aside', async () => {
    const folder = tempDir('log');
    const rotation = '{"maxsize": 1, "maxbackups": 5}';
    const flags = [
      '--enable-log-rotation',
      `--log-outputs=${join(folder, 'member.log')}`,
      `--log-rotation-config-json=${rotation}`,
    ];
    writeFileSync(join(folder, 'member.log'), `${'x'.repeat(1024 * 1024 - 200)}\n`);
    await withMember(flags, async () => {
      const isRotated = (): boolean =>
        readdirSync(folder).some((name) => /^member-\d{4}-\d\d-\d\dT.*\.log$/.test(name));
      assert.ok(await waitUntil(isRotated, 10_000));
      assert.ok(statSync(join(folder, 'member.log')).size < 1024 * 1024);
    });
  });

  test('election-timeout must be five heartbeats', async () => {
    const member = await MemberProcess.prepare(program, {
      flags: ['--heartbeat-interval=100', '--election-timeout=300'],
    });
    member.spawn();
    const exit = await member.waitExit(10_000);
    assert.equal(exit.code, 1);
    assert.match(
      member.log,
      /--election-timeout\[300ms\] should be at least as 5 times as --heartbeat-interval\[100ms\]/,
    );
  });

  test('an unknown flag is refused', async () => {
    const member = await MemberProcess.prepare(program, { flags: ['--no-such-flag=1'] });
    member.spawn();
    assert.notEqual((await member.waitExit(10_000)).code, 0);
    assert.match(member.log, /flag provided but not defined: -no-such-flag/);
  });

  test('version', async () => {
    const { stdout, code } = await runCommand(findServer(program)!, ['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /version/i);
  });

  test(
    'the same flags give the same cluster id and member id as in etcd',
    {
      skip: skipUnless(
        findEtcdProgram('etcd') !== undefined,
        'there is no etcd (set QUOIN_ETCD to its folder)',
      ),
    },
    async () => {
      const ids: unknown[] = [];
      for (const each of ['etcd', program] as const) {
        // The ids come from the peer URLs and the token alone.
        const member = await MemberProcess.prepare(each, {
          flags: [
            '--name=n',
            '--initial-advertise-peer-urls=http://127.0.0.1:31498,http://127.0.0.1:31499',
            '--initial-cluster=n=http://127.0.0.1:31498,n=http://127.0.0.1:31499',
            '--initial-cluster-token=tkn',
          ],
        });
        await member.start();
        const client = connect(member.endpoint);
        const { header } = await client.cluster.memberList();
        ids.push([header?.clusterId, header?.memberId]);
        client.close();
        await member.stop();
      }
      assert.deepEqual(ids[1], ids[0]);
    },
  );

  test('listen-client-urls: several, each served', async () => {
    const flags: string[] = [];
    const member = await MemberProcess.prepare(program, { flags });
    const second = `http://127.0.0.1:${await freePort()}`;
    flags.push(`--listen-client-urls=${member.clientUrl},${second}`);
    await member.start();
    for (const url of [member.clientUrl, second]) {
      assert.equal((await httpGet(`${url}/health`, 3000)).status, 200);
    }
    await member.stop();
  });
});
