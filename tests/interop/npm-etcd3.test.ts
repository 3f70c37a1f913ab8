/**
 * npm's etcd3, unmodified, as its users have it: on three members, one of which is restarted under its watches, leases
 * and elections. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Campaign, Etcd3, EtcdLockFailedError, type IKeyValue, type Watcher } from 'etcd3';
import { ClusterProcess, programUnderTest, skipWithoutServer, waitUntil } from '../harness/index.js';

const program = programUnderTest();
const PATIENCE_MS = 30_000;

/** What a watcher has seen, as `+key=value` and `-key`. */
function record(watcher: Watcher): string[] {
  const seen: string[] = [];
  watcher.on('put', (kv: IKeyValue) => void seen.push(`+${kv.key}=${kv.value}`));
  watcher.on('delete', (kv: IKeyValue) => void seen.push(`-${kv.key}`));
  return seen;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  assert.ok(await waitUntil(condition, PATIENCE_MS, 10), what);
}

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('npm etcd3', { skip: skipWithoutServer(program) }, () => {
  let cluster: ClusterProcess;
  let client: Etcd3;
  const clients: Etcd3[] = [];

  const connect = (hosts: string | string[], auth?: { username: string; password: string }): Etcd3 => {
    const made = new Etcd3({ hosts, ...(auth === undefined ? {} : { auth }) });
    clients.push(made);
    return made;
  };

  before(async () => {
    cluster = await ClusterProcess.launch(program, { size: 3 });
    await cluster.leader();
    client = connect(cluster.members.map((member) => member.endpoint));
  });
  after(async () => {
    for (const each of clients) each.close();
    await cluster.stop();
  });

  test('keys: every form of put, get and delete', async () => {
    await client.put('kv/a').value('1');
    await client.put('kv/b').value(2);
    await client.put('kv/c').value(Buffer.from([0, 255]));
    assert.equal(await client.get('kv/a').string(), '1');
    assert.equal(await client.get('kv/b').number(), 2);
    assert.deepEqual(await client.get('kv/c').buffer(), Buffer.from([0, 255]));
    assert.equal(await client.get('kv/none').string(), null);
    assert.equal(await client.get('kv/a').exists(), true);
    assert.equal((await client.put('kv/a').value('one').getPrevious()).value.toString(), '1');
    await client.put('kv/a').touch();
    assert.deepEqual(await client.getAll().prefix('kv/').sort('Key', 'Descend').keys(), [
      'kv/c',
      'kv/b',
      'kv/a',
    ]);
    assert.equal(await client.getAll().prefix('kv/').count(), 3);
    assert.deepEqual(await client.getAll().prefix('kv/').limit(1).strings(), { 'kv/a': 'one' });
    const { header } = await client.put('kv/a').value('two');
    assert.equal(
      await client
        .get('kv/a')
        .revision(Number(header.revision) - 1)
        .string(),
      'one',
    );
    assert.equal(await client.get('kv/a').serializable(true).exists(), true);
    const removed = await client.delete().prefix('kv/').getPrevious();
    assert.deepEqual(
      removed.map((kv) => kv.value.toString('latin1')),
      ['two', '2', '\0\xff'],
    );
  });

  test('transactions: both branches, and software transactions that meet', async () => {
    await client.put('txn/a').value('1');
    const swap = (from: string, to: string) =>
      client
        .if('txn/a', 'Value', '==', from)
        .then(client.put('txn/a').value(to))
        .else(client.get('txn/a'))
        .commit();
    assert.equal((await swap('1', '2')).succeeded, true);
    const failed = await swap('1', '3');
    assert.equal(failed.succeeded, false);
    assert.equal(failed.responses[0]!.response_range.kvs[0]!.value.toString(), '2');
    const compared = await client
      .if('txn/a', 'Version', '>', 1)
      .and('txn/none', 'Create', '==', 0)
      .then(client.delete().key('txn/a'))
      .commit();
    assert.equal(compared.succeeded, true);

    await client.put('txn/counter').value(0);
    const add = () =>
      client.stm({ retries: 100 }).transact(async (tx) => {
        const now = (await tx.get('txn/counter').number())!;
        await tx.put('txn/counter').value(now + 1);
      });
    await Promise.all(Array.from({ length: 8 }, add));
    assert.equal(await client.get('txn/counter').number(), 8);
  });

  test('namespaces keep to themselves', async () => {
    const space = client.namespace('space/');
    await space.put('x').value('in');
    assert.equal(await client.get('space/x').string(), 'in');
    assert.deepEqual(await space.getAll().strings(), { x: 'in' });
    assert.deepEqual(await space.namespace('deep/').getAll().strings(), {});
    const watcher = await space.watch().key('y').create();
    const seen = record(watcher);
    await client.put('y').value('out');
    await space.put('y').value('in');
    await until(() => seen.length > 0, 'the watch sees the key of its namespace');
    assert.deepEqual(seen, ['+y=in']);
    await watcher.cancel();
    await space.delete().all();
    assert.equal(await client.get('y').string(), 'out');
  });

  test('leases: kept alive, revoked, and lost', async () => {
    const lease = client.lease(30);
    await lease.put('lease/a').value('1');
    const id = await lease.grant();
    const { TTL } = await lease.keepaliveOnce();
    assert.ok(Number(TTL) > 25, TTL);
    assert.equal((await client.leaseClient.leaseTimeToLive({ ID: id, keys: true })).keys.length, 1);
    await lease.revoke();
    assert.equal(await client.get('lease/a').string(), null);

    const short = client.lease(2, { autoKeepAlive: false });
    await short.put('lease/b').value('1');
    await eventually(async () => assert.equal(await client.get('lease/b').string(), null));

    const gone = client.lease(60);
    const lostId = await gone.grant();
    const lost = new Promise<Error>((resolve) => void gone.on('lost', resolve));
    await client.leaseClient.leaseRevoke({ ID: lostId });
    await gone.keepaliveOnce().catch(() => {});
    assert.ok((await lost) instanceof Error);
  });

  test('locks: one at a time', async () => {
    const first = await client.lock('lock').acquire();
    await assert.rejects(client.lock('lock').acquire(), EtcdLockFailedError);
    await first.release();
    assert.equal(await client.lock('lock').do(() => 7), 7);
  });

  test('elections: the next one leads when the first resigns, and observers see it', async () => {
    const election = client.election('election', 10);
    const observer = await election.observe();
    const heard: (string | undefined)[] = [];
    observer.on('change', (leader) => void heard.push(leader));
    const first = election.campaign('first');
    await first.wait();
    assert.equal(await election.leader(), 'first');
    await first.proclaim('first again');
    await until(() => heard.includes('first again'), 'the proclamation is heard');
    const second = election.campaign('second');
    let isElected = false;
    second.on('elected', () => {
      isElected = true;
    });
    second.on('error', () => {});
    await eventually(async () => assert.equal(await client.getAll().prefix('election/').count(), 2));
    assert.equal(isElected, false);
    await first.resign();
    await until(() => isElected, 'the second is elected');
    await until(() => heard.includes('second'), 'the second is heard');
    assert.equal(await election.leader(), 'second');
    await second.resign();
    await observer.cancel();
  });

  test('watches, a lease and a candidacy outlive the restart of the member they are on', async () => {
    const [first] = cluster.members;
    const alone = connect(first!.endpoint);
    const watcher = await alone.watch().prefix('restart/').create();
    const seen = record(watcher);
    await client.put('restart/a').value('1');
    await until(() => seen.length === 1, 'the watch works before');
    const lease = alone.lease(60);
    await lease.put('restart/lease').value('kept');
    await until(() => seen.length === 2, 'the watch works before');
    const campaign: Campaign = alone.election('restart-election', 60).campaign('stays');
    await campaign.wait();

    const disconnected = new Promise((resolve) => void watcher.on('disconnected', resolve));
    await first!.kill9();
    await disconnected;
    // Not seen by anybody who watches there: the watch has to catch up.
    const others = connect(cluster.running.map((member) => member.endpoint));
    await eventually(() => others.put('restart/b').value('2').exec());
    await eventually(() => others.delete().key('restart/a').exec());
    await first!.start();
    await until(() => seen.length >= 4, `the watch catches up: ${seen}`);
    assert.deepEqual(seen, ['+restart/a=1', '+restart/lease=kept', '+restart/b=2', '-restart/a']);

    assert.equal(await eventually(() => alone.get('restart/lease').string()), 'kept');
    assert.ok(Number((await eventually(() => lease.keepaliveOnce())).TTL) > 0);
    assert.equal(await eventually(() => alone.election('restart-election').leader()), 'stays');
    await eventually(() => campaign.resign());
    await watcher.cancel();
    await lease.revoke();
  });

  test('auth: users, roles, ranges, and a token that ends', async () => {
    const root = await client.user('root').create('secret');
    await client
      .role('root')
      .create()
      .catch(() => {});
    await root.addRole('root');
    const reader = await client.role('reader').create();
    await reader.grant({ permission: 'Read', range: client.range({ prefix: 'auth/' }) });
    await reader.grant({ permission: 'Readwrite', key: 'auth/own' });
    const user = await client.user('user').create('word');
    await user.addRole('reader');
    assert.deepEqual(
      (await user.roles()).map(({ name }) => name),
      ['reader'],
    );
    assert.equal((await reader.permissions()).length, 2);
    await client.put('auth/x').value('1');
    await client.auth.authEnable();
    const endpoints = cluster.members.map((member) => member.endpoint);
    const asRoot = connect(endpoints, { username: 'root', password: 'secret' });
    try {
      const asUser = connect(endpoints, { username: 'user', password: 'word' });
      assert.equal(await asUser.get('auth/x').string(), '1');
      await asUser.put('auth/own').value('mine');
      await assert.rejects(asUser.put('auth/x').value('2').exec(), /permission denied/);
      await assert.rejects(asUser.getAll().all().strings(), /permission denied/);
      await assert.rejects(client.get('auth/x').string(), /user name is empty|invalid auth token/);
      const wrong = connect(endpoints, { username: 'user', password: 'guess' });
      await assert.rejects(wrong.get('auth/x').string(), /authentication failed/);
      assert.deepEqual((await asRoot.getUsers()).map(({ name }) => name).sort(), ['root', 'user']);
      assert.ok((await asRoot.getRoles()).some(({ name }) => name === 'reader'));
      await asRoot.user('user').removeRole('reader');
      await assert.rejects(asUser.get('auth/x').string(), /permission denied/);
    } finally {
      await asRoot.auth.authDisable();
    }
    await client.user('user').delete();
    await client.role('reader').delete();
    await assert.rejects(client.user('user').roles(), /user name not found/);
  });

  test('upkeep and members', async () => {
    assert.deepEqual((await client.cluster.memberList({})).members.map(({ name }) => name).sort(), [
      'm1',
      'm2',
      'm3',
    ]);
    const status = await client.maintenance.status({});
    assert.ok(Number(status.leader) > 0 && Number(status.raftIndex) > 0);
    assert.deepEqual((await client.maintenance.alarm({ action: 'Get' as never })).alarms, []);
  });
});
