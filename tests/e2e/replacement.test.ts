/**
 * Members come and go until none of the first is left: what is stored stays, and a newcomer that replays the log from its
 * beginning, with members that are long gone, is fed by those that are there. Run with QUOIN_TEST_PROGRAM=etcd, the suite
 * shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClusterProcess,
  get,
  type MemberProcess,
  programUnderTest,
  put,
  RawClient,
  skipWithoutServer,
  sleep,
} from '../harness/index.js';

const program = programUnderTest();
const skip = skipWithoutServer(program);
const PATIENCE_MS = 30_000;
/** Otherwise each change waits until connections have stood for five seconds. */
const FLAGS = ['--strict-reconfig-check=false'];

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

const write = (member: MemberProcess, key: string, value: string): Promise<number> =>
  eventually(() => withClient(member, (client) => put(client, key, value)));
const read = (member: MemberProcess, key: string): Promise<string | undefined> =>
  eventually(() => withClient(member, (client) => get(client, key)));

test('all first members are replaced, one after the other', { skip }, async (t) => {
  const cluster = await ClusterProcess.launch(program, { flags: FLAGS });
  const gone: MemberProcess[] = [];
  try {
    const first = [...cluster.members];
    for (const [round, old] of first.entries()) {
      await write(old, `round/${round}`, old.name);
      const added = await cluster.add(old, { timeoutMs: PATIENCE_MS });
      await added.start();
      await cluster.remove(added, old, PATIENCE_MS);
      await old.waitExit(PATIENCE_MS);
      gone.push(old);
      t.diagnostic(`${added.name} for ${old.name}`);
      for (let i = 0; i <= round; i++) assert.equal(await read(added, `round/${i}`), first[i]!.name);
    }
    assert.equal(cluster.members.length, 3);
    const leader = await cluster.leader(PATIENCE_MS);
    const last = await cluster.add(leader, { timeoutMs: PATIENCE_MS });
    await last.start();
    assert.equal(await read(last, 'round/0'), 'm1');
    await cluster.agree();
    // And all of them after a power cut: what they know of one another is on their disks.
    await cluster.stop('SIGKILL');
    await cluster.start();
    assert.equal(await read(last, 'round/2'), 'm3');
    await cluster.agree();
  } finally {
    await cluster.stop();
    for (const member of gone) if (member.isRunning) await member.stop('SIGKILL');
  }
});

test('a member that lost its disk is replaced by a new one at its address', { skip }, async () => {
  const cluster = await ClusterProcess.launch(program, { flags: FLAGS });
  try {
    const [first, , lost] = cluster.members;
    for (let i = 0; i < 200; i++) await write(first!, `key/${i % 20}`, `${i}`);
    await lost!.kill9();
    await cluster.remove(first!, lost!, PATIENCE_MS);
    const again = await cluster.add(first!, { peerPort: lost!.peerPort, timeoutMs: PATIENCE_MS });
    await again.start();
    assert.equal(await read(again, 'key/19'), '199');
    await write(again, 'written by', 'the new one');
    assert.equal(await read(first!, 'written by'), 'the new one');
    await cluster.agree();
  } finally {
    await cluster.stop();
  }
});
