/**
 * Two of three members are lost for good: the third is forced to be a cluster of its own, with all data, and grows again.
 * Run with QUOIN_TEST_PROGRAM=etcd, the test shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../clients/client.js';
import {
  ClusterProcess,
  get,
  MemberProcess,
  programUnderTest,
  put,
  RawClient,
  skipWithoutServer,
} from '../harness/index.js';

const program = programUnderTest();

async function withClient<T>(member: MemberProcess, use: (client: RawClient) => Promise<T>): Promise<T> {
  const client = new RawClient(member.endpoint);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function membersOf(member: MemberProcess): Promise<[string, bigint, bigint][]> {
  const client = connect(member.endpoint);
  const { members, header } = await client.cluster.memberList();
  client.close();
  return members.map(({ name, id }) => [name, id, header!.clusterId]);
}

test('force-new-cluster', { skip: skipWithoutServer(program) }, async (t) => {
  const cluster = await ClusterProcess.launch(program, { size: 3 });
  const [survivor] = cluster.members as [MemberProcess, ...MemberProcess[]];
  let forced: MemberProcess | undefined;
  try {
    await cluster.leader();
    for (let i = 0; i < 20; i++) await withClient(survivor, (client) => put(client, `key/${i}`, `${i}`));
    await cluster.agree();
    const before = await membersOf(survivor);
    // In order, so that it knows on its disk what is committed: what it does not know it would drop.
    await survivor.stop();
    for (const member of cluster.running) await member.kill9();

    const { dataDir, name, clientPort, peerPort, initialCluster } = survivor;
    const same = { dataDir, name, clientPort, peerPort, initialCluster };
    forced = await MemberProcess.launch(program, { ...same, flags: ['--force-new-cluster'] });
    assert.match(forced.log, /forcing restart member/);
    assert.deepEqual(
      await membersOf(forced),
      before.filter(([each]) => each === name),
      'itself alone, under the same ids',
    );
    assert.equal(await withClient(forced, (client) => get(client, 'key/19')), '19');
    await withClient(forced, (client) => put(client, 'key/20', '20'));
    await forced.kill9();

    forced = await MemberProcess.launch(program, same);
    assert.equal((await membersOf(forced)).length, 1);
    assert.equal(await withClient(forced, (client) => get(client, 'key/20')), '20');

    cluster.members.splice(0, 3, forced);
    const added = await cluster.add(forced);
    await added.start();
    assert.equal(await withClient(added, (client) => get(client, 'key/7')), '7');
    await cluster.agree();
  } catch (error) {
    t.diagnostic(cluster.describe());
    if (forced !== undefined) t.diagnostic(forced.log.slice(-3000));
    throw error;
  } finally {
    await forced?.stop('SIGKILL');
    await cluster.stop();
  }
});
