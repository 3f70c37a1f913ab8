/**
 * Three real processes as one store: any of them takes writes and answers reads, and kills, pauses, restarts and changes
 * of the membership are a delay at most. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ClusterProcess,
  decode,
  describeExit,
  encode,
  get,
  type MemberProcess,
  programUnderTest,
  put,
  RawClient,
  removeDir,
  revisionNow,
  revisionOf,
  skipWithoutServer,
  sleep,
} from '../harness/index.js';

const program = programUnderTest();
/** Long enough for an election (one to two seconds), on a busy machine too. */
const PATIENCE_MS = 20_000;

/** A leader that lost its followers says that it timed out, a follower that knows no leader, that the time is over. */
const NO_QUORUM = /code (14|4) (etcdserver: .*|context deadline exceeded)$/;

/** Repeats what may fail while a leader is missing. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function withClient<T>(member: MemberProcess, use: (client: RawClient) => Promise<T>): Promise<T> {
  const client = new RawClient(member.endpoint);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Puts by small steps: a write that was lost with its leader is not waited for, as an impatient client would do. */
const write = (member: MemberProcess, key: string, value: string): Promise<number> =>
  withClient(member, async (client) => {
    const body = encode('PutRequest', { key: Buffer.from(key), value: Buffer.from(value) });
    const answer = await client.unary('/etcdserverpb.KV/Put', body, {}, 500);
    if (answer.code !== 0) throw new Error(`Put: code ${answer.code} ${answer.message}`);
    return revisionOf(decode('PutResponse', answer.body!));
  });
const read = (member: MemberProcess, key: string): Promise<string | undefined> =>
  withClient(member, (client) => get(client, key));

describe('a cluster of three', { skip: skipWithoutServer(program) }, () => {
  let cluster: ClusterProcess;

  before(async () => {
    cluster = await ClusterProcess.launch(program);
  });
  after(async () => {
    await cluster.stop();
  });

  test('a write through any member is read from any member at once', async () => {
    for (const [i, writer] of cluster.members.entries()) {
      await write(writer, `by/${i}`, `${i}`);
      for (const reader of cluster.members) assert.equal(await read(reader, `by/${i}`), `${i}`);
    }
    await cluster.agree();
  });

  test('a killed leader is replaced, and catches up when it comes back', async (t) => {
    const killed = await cluster.leader();
    const [other] = await cluster.followers();
    await killed.kill9();
    const began = performance.now();
    await eventually(() => write(other!, 'after the kill', '1'));
    t.diagnostic(`kill of the leader to the next write: ${(performance.now() - began).toFixed(0)} ms`);
    for (let i = 0; i < 50; i++) await write(other!, `while away/${i}`, 'v');
    assert.notEqual(await cluster.leader(), killed);
    await killed.start();
    assert.equal(await eventually(() => read(killed, 'while away/49')), 'v');
    await cluster.agree();
  });

  test('a paused leader is replaced, and follows when it goes on', async () => {
    const paused = await cluster.leader();
    const others = await cluster.followers();
    paused.pause();
    try {
      await eventually(() => write(others[0]!, 'while paused', '1'));
    } finally {
      paused.resume();
    }
    assert.equal(await eventually(() => read(paused, 'while paused')), '1');
    await cluster.agree();
  });

  test('without a majority nothing is written or read linearizably; with it again, everything is', async () => {
    const [alone, ...others] = cluster.members;
    await Promise.all(others.map((member) => member.kill9()));
    await withClient(alone!, async (client) => {
      const before = await client.unary('/etcdserverpb.KV/Range', SERIALIZABLE_RANGE);
      assert.equal(before.code, 0, before.message);
      await assert.rejects(put(client, 'lost', '1'), NO_QUORUM);
      await assert.rejects(get(client, 'by/0'), NO_QUORUM);
    });
    await Promise.all(others.map((member) => member.start()));
    await eventually(() => write(alone!, 'majority', '1'));
    await cluster.agree();
  });

  test('killed all at once, the cluster comes back with all that it acknowledged', async () => {
    const revision = await eventually(() => write(cluster.members[1]!, 'last', 'words'));
    await Promise.all(cluster.members.map((member) => member.kill9()));
    await cluster.start();
    for (const member of cluster.members) {
      assert.equal(await eventually(() => read(member, 'last')), 'words');
      assert.equal(await withClient(member, revisionNow), revision);
    }
    await cluster.agree();
  });

  test('a stop by SIGTERM hands leadership over', async (t) => {
    const leader = await cluster.leader();
    const [other] = await cluster.followers();
    const began = performance.now();
    await leader.stop('SIGTERM');
    await eventually(() => write(other!, 'handed over', '1'));
    t.diagnostic(`stop of the leader and the next write: ${(performance.now() - began).toFixed(0)} ms`);
    await leader.start();
    await cluster.agree();
  });

  test('a fourth member joins, a wiped one is replaced, and who was removed stays out', async () => {
    const [first] = cluster.members;
    await eventually(() => write(first!, 'known', 'words'));
    const fourth = await cluster.add(first!);
    await fourth.start();
    assert.equal(await eventually(() => read(fourth, 'known')), 'words');
    await cluster.agree();
    const removed = cluster.members[1]!;
    await cluster.remove(fourth, removed);
    for (const isAgain of [false, true]) {
      if (isAgain) removed.spawn();
      assert.equal(describeExit(await removed.waitExit(PATIENCE_MS)), 'exit code 0', removed.log);
      assert.match(removed.log, /permanently removed from the cluster/);
    }
    removeDir(removed.dataDir);
    const fifth = await cluster.add(fourth);
    await fifth.start();
    assert.equal(await eventually(() => read(fifth, 'known')), 'words');
    assert.equal(cluster.running.length, 4);
    await cluster.agree();
  });
});

/** key "by/0", serializable. */
const SERIALIZABLE_RANGE = new Uint8Array([10, 4, 98, 121, 47, 48, 56, 1]);
