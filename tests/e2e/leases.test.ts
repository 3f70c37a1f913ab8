/** Leases by the thousand, and what becomes of them when the leader goes. `dist/tests/robustness/leases.js` does more of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClusterProcess,
  call,
  decode,
  encode,
  MemberProcess,
  type Message,
  programUnderTest,
  RawClient,
  skipWithoutServer,
  sleep,
} from '../harness/index.js';
import { leaseLoad } from '../robustness/lease-load.js';

const program = programUnderTest();
const skip = skipWithoutServer(program);

test('leases that are kept alive stay, left alone they go with their keys', { skip }, async () => {
  const member = await MemberProcess.launch(program);
  try {
    const result = await leaseLoad({
      endpoints: member.endpoint,
      leases: 2000,
      ttlSeconds: 3,
      holdSeconds: 5,
      connections: 3,
    });
    assert.deepEqual(result.faults, []);
    assert.deepEqual([result.leasesKept, result.keysKept], [2000, 2000]);
    assert.ok(result.keepAlives >= 10_000, `${result.keepAlives} keep-alives`);
    assert.ok(Number.isFinite(result.lastGoneMs), 'keys were left');
  } finally {
    await member.stop('SIGKILL');
  }
});

const lease = async (client: RawClient, method: string, request: Message): Promise<Message> => {
  const body = await client.unary(`/etcdserverpb.Lease/${method}`, encode(`${method}Request`, request));
  assert.equal(body.code, 0, `${method}: ${body.message}`);
  return decode(`${method}Response`, body.body!);
};

test(
  'what is left of a lease survives the loss of the leader, and so does what keeps it alive',
  { skip: skip || (program === 'etcd' ? 'etcd begins anew with the full time' : false) },
  async () => {
    const cluster = await ClusterProcess.launch(program, { size: 3 });
    try {
      const leader = await cluster.leader();
      const other = cluster.members.find((member) => member !== leader)!;
      const client = new RawClient(other.endpoint);
      await lease(client, 'LeaseGrant', { ID: 7, TTL: 600 });
      await lease(client, 'LeaseGrant', { ID: 8, TTL: 4 });
      await lease(client, 'LeaseGrant', { ID: 9, TTL: 4 });
      for (const [key, id] of [
        ['kept', 8],
        ['left', 9],
      ] as const) {
        const put = { key: Buffer.from(key), value: Buffer.from('v'), lease: id };
        await call(client, 'Put', 'Put', put);
      }
      const answers: number[] = [];
      const stream = client.stream('/etcdserverpb.Lease/LeaseKeepAlive', (body) => {
        answers.push(Number(decode('LeaseKeepAliveResponse', body)['TTL']));
      });
      const keeping = setInterval(() => stream.send(encode('LeaseKeepAliveRequest', { ID: 8 })), 500);
      await sleep(3000);
      const before = Number((await lease(client, 'LeaseTimeToLive', { ID: 7 }))['TTL']);
      await leader.kill9();
      await cluster.leader();
      const after = Number((await lease(client, 'LeaseTimeToLive', { ID: 7 }))['TTL']);
      assert.ok(after <= before + 1, `${before} s were left, then ${after} s`);
      await sleep(7000);
      clearInterval(keeping);
      const kept = await call(client, 'Range', 'Range', { key: Buffer.from('kept') });
      const left = await call(client, 'Range', 'Range', { key: Buffer.from('left') });
      assert.deepEqual([(kept['kvs'] as Message[]).length, left['kvs']], [1, undefined]);
      assert.ok(answers.length > 5 && answers.every((ttl) => ttl === 4), `answers ${answers}`);
      stream.cancel();
      client.close();
    } finally {
      await cluster.stop();
    }
  },
);
