/** The storage quota, alarms and upkeep against members as processes of their own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  httpGet,
  MemberProcess,
  programUnderTest,
  skipWithoutServer,
  sleep,
  waitUntil,
} from '../harness/index.js';
import { UPKEEP_EXPECTED } from './upkeep-expected.js';
import { UpkeepScenario } from './upkeep-scenario.js';

const program = programUnderTest();
const QUOTA_BYTES = 2 * 1024 * 1024;
const VALUE = 'v'.repeat(20_000);
const NO_SPACE = 'etcdserver: mvcc: database space exceeded';

const failure = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: { details: string }) => error.details,
  );

/** Puts until the store is full; returns how many there was room for. */
async function fill({ kv }: TestClient): Promise<number> {
  for (let i = 0; i < 1000; i++) {
    const outcome = await failure(kv.put({ key: `k${i % 50}`, value: VALUE }));
    if (outcome === 'OK') continue;
    assert.equal(outcome, NO_SPACE);
    return i;
  }
  assert.fail('the quota holds nobody back');
}

async function alarmsOf({ maintenance }: TestClient): Promise<{ memberId: bigint; alarm: number }[]> {
  const { alarms } = await maintenance.alarm({});
  return alarms.map(({ memberId, alarm }) => ({ memberId, alarm }));
}

async function endAlarms(client: TestClient): Promise<void> {
  for (const { memberId, alarm } of await alarmsOf(client)) {
    await client.maintenance.alarm({ action: 2, memberId, alarm });
  }
}

/** Makes room as an operator does; without a defragmentation. */
async function makeRoom(client: TestClient): Promise<void> {
  const { header } = await client.kv.deleteRange({ key: 'k', rangeEnd: 'l' });
  await client.kv.compact({ revision: header!.revision, physical: true });
  await endAlarms(client);
}

describe('quota', { skip: skipWithoutServer(program) }, () => {
  test('a full member says so, survives a restart as such, and takes puts again once there is room', async () => {
    const member = await MemberProcess.launch(program, { flags: [`--quota-backend-bytes=${QUOTA_BYTES}`] });
    try {
      const client = connect(member.endpoint);
      const count = await fill(client);
      assert.ok(count > 20, `${count} puts`);
      const alarms = await alarmsOf(client);
      assert.deepEqual(
        alarms.map(({ alarm }) => alarm),
        [1],
      );
      const { errors, dbSizeQuota } = await client.maintenance.status({});
      assert.deepEqual(
        [errors.length, errors[0]!.trim()],
        [1, `memberID:${alarms[0]!.memberId} alarm:NOSPACE`],
      );
      if (program !== 'etcd') assert.equal(dbSizeQuota, QUOTA_BYTES);
      const health = await httpGet(`${member.clientUrl}/health`);
      assert.deepEqual([health.status, health.body], [503, '{"health":"false","reason":"ALARM NOSPACE"}\n']);
      assert.equal((await httpGet(`${member.clientUrl}/health?exclude=NOSPACE`)).status, 200);
      client.close();
      await member.stop('SIGKILL');
      member.spawn();
      // It is not healthy, but it serves.
      assert.ok(await waitUntil(() => member.log.includes('ready to serve client requests'), 20_000));
      const again = connect(member.endpoint);
      assert.deepEqual(await alarmsOf(again), alarms);
      assert.equal(await failure(again.kv.put({ key: 'small' })), NO_SPACE);
      assert.equal(await failure(again.lease.grant({ ttl: 60 })), NO_SPACE);
      await makeRoom(again);
      // etcd counts the file.
      if (program === 'etcd') await again.maintenance.defragment({});
      assert.equal(await failure(again.kv.put({ key: 'small', value: VALUE })), 'OK');
      assert.deepEqual(await alarmsOf(again), []);
      again.close();
    } finally {
      await member.stop('SIGKILL');
    }
  });

  test('a full member holds the whole cluster back', async () => {
    const flags = [`--quota-backend-bytes=${QUOTA_BYTES}`];
    const cluster = await ClusterProcess.launch(program, { size: 3, flags });
    try {
      const clients = cluster.members.map(({ endpoint }) => connect(endpoint));
      await fill(clients[1]!);
      for (const client of clients) {
        assert.ok((await alarmsOf(client)).length > 0);
        assert.equal(await failure(client.kv.put({ key: 'small' })), NO_SPACE);
      }
      await makeRoom(clients[2]!);
      if (program === 'etcd') for (const client of clients) await client.maintenance.defragment({});
      for (const client of clients) {
        // The others remove what was compacted a little later, and say once more that they are full if asked before.
        for (let tries = 0; (await failure(client.kv.put({ key: 'small' }))) !== 'OK'; tries++) {
          assert.ok(tries < 100, 'there is room again');
          await sleep(50);
          await endAlarms(client);
        }
      }
      for (const client of clients) client.close();
    } finally {
      await cluster.stop();
    }
  });

  test('alarms and upkeep answer as etcd does', async () => {
    const member = await MemberProcess.launch(program);
    try {
      assert.deepEqual(await UpkeepScenario.run(member.endpoint), UPKEEP_EXPECTED);
    } finally {
      await member.stop('SIGKILL');
    }
  });

  test('a defragmentation under load gives space back, and nothing is lost', async () => {
    const member = await MemberProcess.launch(program);
    try {
      const client = connect(member.endpoint);
      for (let i = 0; i < 300; i++) await client.kv.put({ key: `k${i}`, value: VALUE });
      await makeRoom(client);
      const before = await client.maintenance.status({});
      let isDone = false;
      const work = client.maintenance.defragment({}).finally(() => {
        isDone = true;
      });
      let count = 0;
      while (!isDone || count < 20) await client.kv.put({ key: `after${count++}`, value: 'x' });
      await work;
      const after = await client.maintenance.status({});
      assert.ok(after.dbSize < before.dbSize / 2, `${before.dbSize} bytes, then ${after.dbSize}`);
      client.close();
      await member.stop('SIGKILL');
      await member.start();
      const again = connect(member.endpoint);
      const { kvs } = await again.kv.range({ key: 'a', rangeEnd: 'z', keysOnly: true });
      assert.equal(kvs.length, count);
      again.close();
    } finally {
      await member.stop('SIGKILL');
    }
  });
});
