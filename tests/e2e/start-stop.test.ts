/** A member as a process: it starts, stops by signal, keeps its data, and guards its data directory and ports. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  call,
  decode,
  encode,
  freePort,
  get,
  httpGet,
  MemberProcess,
  type Message,
  programUnderTest,
  put,
  RawClient,
  remove,
  revisionNow,
  skipWithoutServer,
  sleep,
  tempDir,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const skip = skipWithoutServer(program);

async function withMember(use: (member: MemberProcess, client: RawClient) => Promise<void>): Promise<void> {
  const member = await MemberProcess.launch(program);
  const client = new RawClient(member.endpoint);
  try {
    await use(member, client);
  } finally {
    client.close();
    await member.stop('SIGKILL');
  }
}

test('the first start serves, and says so', { skip }, (t) =>
  withMember(async (member, client) => {
    t.diagnostic(`first start to ready: ${member.readyMs.toFixed(0)} ms`);
    assert.match(member.log, /ready to serve client requests/);
    assert.equal(await revisionNow(client), 1);
    assert.equal(await put(client, 'a', '1'), 2);
    assert.match((await httpGet(`${member.clientUrl}/version`)).body, /"etcdserver":/);
  }),
);

test('who connects while the member starts is answered when it serves', { skip }, async () => {
  const member = await MemberProcess.prepare(program);
  const client = new RawClient(member.endpoint);
  try {
    member.spawn();
    const early: Promise<number>[] = [];
    const deadline = Date.now() + 15_000;
    // A connection that is refused came before the port was open; each that was accepted must get its answer.
    while (!member.log.includes('ready to serve client requests') && Date.now() < deadline) {
      early.push(
        httpGet(`${member.clientUrl}/health`, 10_000).then((answer) => answer.status, refusedOrThrow),
      );
      await sleep(2);
    }
    const statuses = await Promise.all(early);
    assert.deepEqual(
      [...new Set(statuses)].filter((status) => ![REFUSED, 200, 503].includes(status)),
      [],
    );
    assert.ok(await waitUntil(() => member.log.includes('ready to serve'), 10_000), member.log);
    assert.equal(await put(client, 'a', '1'), 2);
  } finally {
    client.close();
    await member.stop('SIGKILL');
  }
});

const REFUSED = -1;

function refusedOrThrow(error: NodeJS.ErrnoException): number {
  if (error.code === 'ECONNREFUSED') return REFUSED;
  throw error;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`a restart after ${signal} keeps everything`, { skip }, (t) =>
    withMember(async (member, client) => {
      const ids = async (): Promise<unknown[]> => {
        const { header } = (await call(client, 'Range', 'Range', { key: Buffer.from('a') })) as {
          header: Message;
        };
        return [header['cluster_id'], header['member_id']];
      };
      for (let i = 0; i < 50; i++) await put(client, `k${i % 5}`, `value ${i}`);
      const deleted = await remove(client, 'k3');
      await call(client, 'Compact', 'Compaction', { revision: 20 });
      const before = await ids();
      const exit = await member.stop(signal);
      assert.deepEqual(exit, { code: null, signal });
      await member.start();
      t.diagnostic(`restart to ready: ${member.readyMs.toFixed(0)} ms`);
      assert.deepEqual(await ids(), before, 'the ids have changed');
      assert.equal(await revisionNow(client), deleted);
      assert.equal(await get(client, 'k4'), 'value 49');
      assert.equal(await get(client, 'k3'), undefined);
      assert.equal(await get(client, 'k3', deleted - 1), 'value 48');
      await assert.rejects(
        get(client, 'k0', 19),
        /code 11 etcdserver: mvcc: required revision has been compacted/,
      );
      assert.equal(await put(client, 'k3', 'again'), deleted + 1);
      const answer = await call(client, 'Range', 'Range', { key: Buffer.from('k3') });
      const [kv] = answer['kvs'] as Message[];
      assert.deepEqual([kv!['create_revision'], kv!['version']], [deleted + 1, 1]);
    }),
  );
}

test('a stop by signal waits for calls under way, and ends watches', { skip }, () =>
  withMember(async (member, client) => {
    const stream = client.stream('/etcdserverpb.Watch/Watch', () => {});
    stream.send(encode('WatchRequest', { create_request: { key: Buffer.from('a') } }));
    await put(client, 'a', '0');
    const acknowledged: number[] = [];
    const puts = Array.from({ length: 300 }, async (_, i) => {
      const body = encode('PutRequest', { key: Buffer.from(`call/${i}`), value: Buffer.from(`${i}`) });
      const answer = await client.unary('/etcdserverpb.KV/Put', body);
      if (answer.code === 0) acknowledged.push(i);
    });
    await sleep(1);
    const began = performance.now();
    await member.stop('SIGTERM');
    assert.ok(performance.now() - began < 10_000, 'the stop took ten seconds');
    await Promise.all(puts);
    assert.ok(await waitUntil(() => stream.ended !== undefined, 5000), 'the watch has not ended');
    await member.start();
    for (const i of acknowledged)
      assert.equal(await get(client, `call/${i}`), `${i}`, `put ${i} of ${acknowledged.length}`);
  }),
);

test(
  'a second process on the same data directory is refused, and does not disturb the first',
  {
    // etcd waits for the lock without end.
    skip: skip || (program === 'etcd' ? 'etcd waits instead of refusing' : false),
  },
  () =>
    withMember(async (member, client) => {
      await put(client, 'a', '1');
      const second = await MemberProcess.prepare(program, { dataDir: member.dataDir });
      second.spawn();
      const exit = await second.waitExit(10_000);
      assert.equal(exit.code, 1);
      assert.match(second.log, /in use by another process/);
      assert.ok(second.log.includes(member.dataDir), `the error does not name the directory:\n${second.log}`);
      assert.equal(await get(client, 'a'), '1');
      assert.equal(await put(client, 'a', '2'), 3);
      await member.kill9();
      await second.start();
      const other = new RawClient(second.endpoint);
      assert.equal(await get(other, 'a'), '2');
      other.close();
      await second.stop('SIGKILL');
    }),
);

test('a client port in use ends the start with exit code 1', { skip }, () =>
  withMember(async (member) => {
    const second = await MemberProcess.prepare(program, {
      flags: [`--listen-client-urls=${member.clientUrl}`, `--advertise-client-urls=${member.clientUrl}`],
    });
    second.spawn();
    const exit = await second.waitExit(10_000);
    assert.equal(exit.code, 1);
    assert.match(second.log, /address already in use/);
    assert.ok(second.log.includes(String(member.clientPort)), second.log);
    assert.ok(await member.isHealthy());
  }),
);

test('several client listeners serve the same store', { skip }, async () => {
  const [first, second] = [await freePort(), await freePort()];
  const urls = `http://127.0.0.1:${first},http://127.0.0.1:${second}`;
  const member = await MemberProcess.prepare(program, {
    flags: [`--listen-client-urls=${urls}`, `--advertise-client-urls=${urls}`],
  });
  const clients = [first, second].map((port) => new RawClient(`127.0.0.1:${port}`));
  try {
    member.spawn();
    const ready = (): boolean => member.log.includes('ready to serve client requests');
    assert.ok(await waitUntil(ready, 15_000), member.log);
    await put(clients[0]!, 'a', 'through the first');
    assert.equal(await get(clients[1]!, 'a'), 'through the first');
    const answer = await clients[1]!.unary('/etcdserverpb.Cluster/MemberList', new Uint8Array(0));
    const [self] = decode('MemberListResponse', answer.body!)['members'] as Message[];
    assert.deepEqual(self!['clientURLs'], urls.split(',').sort());
  } finally {
    for (const client of clients) client.close();
    await member.stop('SIGKILL');
  }
});

test('a log folder of its own', { skip }, async () => {
  const walDir = join(tempDir('wal'), 'log');
  const member = await MemberProcess.launch(program, { flags: [`--wal-dir=${walDir}`] });
  const client = new RawClient(member.endpoint);
  try {
    await put(client, 'a', '1');
    await member.kill9();
    assert.ok(
      readdirSync(walDir).some((name) => name.endsWith('.wal')),
      'no log in the folder given',
    );
    await member.start();
    assert.equal(await get(client, 'a'), '1');
  } finally {
    client.close();
    await member.stop('SIGKILL');
  }
});

test('the data directory is for its owner alone', { skip }, () =>
  withMember(async (member) => {
    for (const path of [member.dataDir, join(member.dataDir, 'member')]) {
      assert.equal(statSync(path).mode & 0o777, 0o700, path);
    }
  }),
);
