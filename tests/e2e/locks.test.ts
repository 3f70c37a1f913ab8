/** Locks and elections against members as processes of their own. `tests/interop/locks.test.ts` compares them with etcd's. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { encodeUtf8 } from '../../src/stdx/index.js';
import { LockRequest } from '../../src/wire/index.js';
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  MemberProcess,
  programUnderTest,
  skipWithoutServer,
  sleep,
} from '../harness/index.js';
import { LocksScenario } from './locks-scenario.js';

const program = programUnderTest();
const skip = skipWithoutServer(program);
const PATIENCE_MS = 15_000;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const failure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: { code: number; details: string }) => `${error.code} ${error.details}`,
  );

async function keysUnder({ kv }: TestClient, name: string): Promise<string[]> {
  const { kvs } = await kv.range({ key: `${name}/`, rangeEnd: `${name}0` });
  return kvs.map(({ key }) => text(key));
}

async function untilKeys(client: TestClient, name: string, expected: readonly string[]): Promise<void> {
  const givenUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const keys = await keysUnder(client, name);
    if (keys.join() === expected.join()) return;
    assert.ok(Date.now() < givenUpAt, `not ${expected} under ${name}, but ${keys}`);
    await sleep(20);
  }
}

/** Asks for a lock over a connection that can break. */
function openLock(endpoint: string, request: LockRequest): ClientHttp2Session {
  const session = http2Connect(`http://${endpoint}`);
  session.on('error', () => undefined);
  const head = { ':method': 'POST', ':path': '/v3lockpb.Lock/Lock' };
  const stream = session.request({ ...head, 'content-type': 'application/grpc', te: 'trailers' });
  stream.on('error', () => undefined);
  const message = LockRequest.toBytes(request);
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  stream.end(frame);
  return session;
}

describe('locks and elections of three members', { skip }, () => {
  let cluster: ClusterProcess;
  let clients: TestClient[];
  before(async () => {
    cluster = await ClusterProcess.launch(program, { size: 3 });
    await cluster.leader();
    clients = cluster.members.map(({ endpoint }) => connect(endpoint));
  });
  after(async () => {
    for (const client of clients) client.close();
    await cluster.stop();
  });

  test('one at a time holds a lock, in whatever order and through whatever member it is asked for', async () => {
    const rounds = 5;
    let holders = 0;
    let counter = 0;
    const worker = async (number: number): Promise<void> => {
      const client = clients[number % clients.length]!;
      const { id } = await client.lease.grant({ ttl: 60 });
      for (let round = 0; round < rounds; round++) {
        const { key } = await client.lock.lock({ name: 'one', lease: id }, { timeoutMs: 60_000 });
        assert.equal(text(key), `one/${id.toString(16)}`);
        assert.equal(++holders, 1, 'two hold the lock');
        const { kvs } = await client.kv.range({ key: 'counter', serializable: true });
        counter = Number(text(kvs[0]?.value ?? new Uint8Array())) + 1;
        await client.kv.put({ key: 'counter', value: String(counter) });
        holders--;
        await client.lock.unlock({ key });
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, number) => worker(number)));
    assert.equal(counter, 12 * rounds, 'a holder did not see what the one before has written');
    assert.deepEqual(await keysUnder(clients[0]!, 'one'), []);
  });

  test('who goes away while he waits leaves nothing behind', async () => {
    const [holder, other] = clients as [TestClient, TestClient];
    for (const id of [1n, 2n]) await holder.lease.grant({ id, ttl: 60 });
    await holder.lock.lock({ name: 'gone', lease: 1n });
    const leaving = openLock(other.endpoint, { name: encodeUtf8('gone'), lease: 2n });
    await untilKeys(holder, 'gone', ['gone/1', 'gone/2']);
    leaving.destroy();
    await untilKeys(holder, 'gone', ['gone/1']);
    for (const id of [1n, 2n]) await holder.lease.revoke({ id });
  });

  test('a lock passes on when its holder does not keep its lease alive', async () => {
    const [first, second] = clients as [TestClient, TestClient];
    await first.lease.grant({ id: 3n, ttl: 2 });
    await first.lease.grant({ id: 4n, ttl: 60 });
    await first.lock.lock({ name: 'ends', lease: 3n });
    assert.equal(text((await second.lock.lock({ name: 'ends', lease: 4n })).key), 'ends/4');
  });

  test('a waiter and an observer outlive the loss of the leader', async () => {
    const leader = await cluster.leader();
    const [client, other] = clients.filter((_, i) => cluster.members[i] !== leader) as [
      TestClient,
      TestClient,
    ];
    for (const id of [5n, 6n]) await client.lease.grant({ id, ttl: 60 });
    const observer = other.election.observe({ name: 'lives' });
    const { leader: won } = await client.election.campaign({ name: 'lives', lease: 5n, value: 'a' });
    assert.equal(text((await observer.must()).kv!.value), 'a');
    const next = other.election.campaign({ name: 'lives', lease: 6n, value: 'b' }, { timeoutMs: 60_000 });
    await untilKeys(client, 'lives', ['lives/5', 'lives/6']);
    await leader.kill9();
    await cluster.leader();
    await client.election.resign({ leader: won! });
    assert.equal(text((await next).leader!.key), 'lives/6');
    assert.equal(text((await observer.must()).kv!.value), 'b');
    observer.cancel();
    await leader.start();
    await cluster.agree();
  });

  test('a learner refuses them', async () => {
    const learner = await cluster.add(cluster.members[0]!, { isLearner: true });
    await learner.start();
    const client = connect(learner.endpoint);
    const refused = `${program === 'etcd' ? 14 : 9} etcdserver: rpc not supported for learner`;
    assert.equal(await failure(client.lock.lock({ name: 'x' })), refused);
    assert.equal(await failure(client.election.leader({ name: 'x' })), refused);
    assert.equal(await failure(client.election.observe({ name: 'x' }).next()), refused);
    client.close();
    await cluster.remove(cluster.members[0]!, learner);
    await learner.stop('SIGKILL');
  });
});

describe('locks and elections of one member', { skip }, () => {
  const flags = ['--bcrypt-cost=4'];

  test('answers are the same through the members of a cluster', async () => {
    const member = await MemberProcess.launch(program, { flags });
    const cluster = await ClusterProcess.launch(program, { size: 3, flags });
    try {
      await cluster.leader();
      const endpoints = cluster.members.map(({ endpoint }) => endpoint);
      const [one, three] = await Promise.all([
        LocksScenario.run([member.endpoint]),
        LocksScenario.run(endpoints),
      ]);
      assert.deepEqual(three, one);
    } finally {
      await member.stop('SIGKILL');
      await cluster.stop();
    }
  });

  test(
    'a candidate whose lease ended while it waited does not lead',
    { skip: program === 'etcd' ? 'etcd tells it that it leads' : false },
    async () => {
      const member = await MemberProcess.launch(program);
      const client = connect(member.endpoint);
      try {
        for (const id of [1n, 2n]) await client.lease.grant({ id, ttl: 60 });
        const { leader } = await client.election.campaign({ name: 'n', lease: 1n });
        const waiting = failure(client.election.campaign({ name: 'n', lease: 2n }));
        await untilKeys(client, 'n', ['n/1', 'n/2']);
        await client.lease.revoke({ id: 2n });
        await client.election.resign({ leader: leader! });
        assert.equal(await waiting, '2 election: not leader');
      } finally {
        client.close();
        await member.stop('SIGKILL');
      }
    },
  );

  test(
    'once auth is on, too, who gives up leaves nothing behind',
    { skip: program === 'etcd' ? 'etcd clears up without rights, and so does not' : false },
    async () => {
      const member = await MemberProcess.launch(program, { flags });
      const client = connect(member.endpoint);
      try {
        await client.auth.userAdd({ name: 'root', password: 'secret' });
        await client.auth.userGrantRole({ user: 'root', role: 'root' });
        await client.auth.enable();
        client.token = (await client.auth.authenticate({ name: 'root', password: 'secret' })).token;
        for (const id of [1n, 2n]) await client.lease.grant({ id, ttl: 60 });
        await client.lock.lock({ name: 'l', lease: 1n });
        const waiting = failure(client.lock.lock({ name: 'l', lease: 2n }, { timeoutMs: 500 }));
        await untilKeys(client, 'l', ['l/1', 'l/2']);
        assert.match(await waiting, /^4 /);
        await untilKeys(client, 'l', ['l/1']);
      } finally {
        client.close();
        await member.stop('SIGKILL');
      }
    },
  );
});
