/**
 * Members come and go while the cluster is in use: leaders that are removed, a cluster that grows from one and shrinks to
 * one, changes at the same moment on all members, and what is left of it all after a restart. Run with
 * QUOIN_TEST_PROGRAM=etcd, the suite shows that etcd does the same.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  type MemberProcess,
  programUnderTest,
  skipWithoutServer,
  sleep,
} from '../harness/index.js';

const program = programUnderTest();
const PATIENCE_MS = 20_000;
/** A connection is relied on after 5 s. */
const HEALTHY_AFTER_MS = 6000;
const REMOVED = 'the member has been permanently removed from the cluster';

/** Repeats what may fail while a leader is missing or connections are young. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

async function ask<T>(member: MemberProcess, call: (client: TestClient) => Promise<T>): Promise<T> {
  const client = connect(member.endpoint);
  try {
    return await call(client);
  } finally {
    client.close();
  }
}

const put = (member: MemberProcess, key: string): Promise<unknown> =>
  ask(member, (client) => client.kv.put({ key, value: 'v' }, { timeoutMs: 1000 }));

const countOf = (member: MemberProcess): Promise<number> =>
  ask(member, async (client) => {
    const everything = { key: Buffer.of(0), rangeEnd: Buffer.of(0), countOnly: true };
    return (await client.kv.range(everything, { timeoutMs: 3000 })).count;
  });

/** The members as one of them lists them, in one line each. */
const list = (member: MemberProcess): Promise<string[]> =>
  ask(member, async (client) => {
    const { members } = await client.cluster.memberList({ linearizable: false });
    return members.map(({ id, name, isLearner, peerUrls, clientUrls }) =>
      [id.toString(16), name, isLearner, ...peerUrls, ...clientUrls].join(' '),
    );
  });

async function sameList(cluster: ClusterProcess): Promise<string[]> {
  return eventually(async () => {
    const lists = await Promise.all(cluster.running.map((member) => list(member)));
    for (const other of lists) assert.deepEqual(other, lists[0]);
    return lists[0]!;
  });
}

/** Removes the member by a call to itself or another; its process must end by itself, and again when it is started. */
async function removeAndWatch(
  cluster: ClusterProcess,
  via: MemberProcess,
  gone: MemberProcess,
): Promise<void> {
  if (via === gone) {
    // It may be gone before it can answer.
    const id = (await cluster.status(gone))!.memberId;
    await ask(gone, (client) => client.cluster.memberRemove({ id })).catch(() => {});
    cluster.members.splice(cluster.members.indexOf(gone), 1);
  } else {
    await cluster.remove(via, gone);
  }
  for (const attempt of ['at once', 'when started again']) {
    await gone.waitExit(PATIENCE_MS);
    assert.ok(gone.log.includes(REMOVED), `${attempt}:\n${gone.log.slice(-2000)}`);
    if (program === 'quoin') assert.deepEqual(gone.exited, { code: 0, signal: null });
    if (attempt === 'at once') gone.spawn();
  }
}

async function withCluster(size: number, use: (cluster: ClusterProcess) => Promise<void>): Promise<void> {
  const cluster = await ClusterProcess.launch(program, { size });
  try {
    await use(cluster);
  } finally {
    await cluster.stop();
  }
}

// Two at a time: most of it is waiting for connections to be old enough.
describe('changes of the members', { skip: skipWithoutServer(program), concurrency: 2 }, () => {
  test('a leader that is removed, by itself or by another, is replaced at once', async (t) => {
    await withCluster(5, async (cluster) => {
      await sleep(HEALTHY_AFTER_MS);
      for (const who of ['itself', 'another']) {
        const leader = await cluster.leader();
        const [other] = await cluster.followers();
        const removal = removeAndWatch(cluster, who === 'itself' ? leader : other!, leader);
        const began = performance.now();
        let changed: number | undefined;
        let last = began;
        let gap = 0;
        for (let i = 0; changed === undefined || performance.now() - changed < 3000; i++) {
          const ok = await put(other!, `${who}/${i}`).then(
            () => true,
            () => false,
          );
          if (ok) {
            gap = Math.max(gap, performance.now() - last);
            last = performance.now();
          }
          if (changed === undefined && !cluster.members.includes(leader)) changed = performance.now();
        }
        await removal;
        t.diagnostic(`removed by ${who}: no write for ${gap.toFixed(0)} ms at the longest`);
        assert.equal((await cluster.leader()) === leader, false);
        await cluster.agree();
      }
      assert.equal((await sameList(cluster)).length, 3);
    });
  });

  test('a cluster grows from one to three under writes, and shrinks to one again', async () => {
    await withCluster(1, async (cluster) => {
      const [first] = cluster.members;
      let written = 0;
      let isWriting = true;
      const writing = (async () => {
        while (isWriting) {
          await put(first!, `key/${written}`).then(
            () => written++,
            () => sleep(10),
          );
        }
      })();
      for (const isLearner of [false, true]) {
        const added = await cluster.add(first!, { isLearner });
        await added.start();
        if (!isLearner) continue;
        const id = (await cluster.status(added))!.memberId;
        await eventually(() => ask(added, (c) => c.maintenance.status()));
        await eventually(() => ask(cluster.members[1]!, (c) => c.cluster.memberPromote({ id })));
      }
      assert.equal((await sameList(cluster)).length, 3);
      isWriting = false;
      await writing;
      await cluster.agree();
      for (const member of cluster.members) assert.equal(await eventually(() => countOf(member)), written);
      await sleep(HEALTHY_AFTER_MS);
      for (const gone of cluster.members.slice(1)) await removeAndWatch(cluster, first!, gone);
      await eventually(() => put(first!, 'alone'));
      assert.equal(await countOf(first!), written + 1);
      const alone = await list(first!);
      assert.equal(alone.length, 1);
      await first!.stop('SIGTERM');
      await first!.start();
      assert.deepEqual(await list(first!), alone);
      await eventually(() => put(first!, 'alone again'));
    });
  });

  test('of learners that are added at the same moment one is, and all who asked are told', async (t) => {
    if (program === 'etcd') return t.skip('etcd lets those wait whose change it passed over');
    await withCluster(3, async (cluster) => {
      await sleep(HEALTHY_AFTER_MS);
      const additions = Array.from({ length: 9 }, (_, i) =>
        ask(cluster.members[i % 3]!, (client) =>
          client.cluster.memberAdd({ peerUrls: [`http://127.0.0.1:${i + 1}`], isLearner: true }),
        ).then(
          () => 'added',
          (error: { details: string }) => error.details,
        ),
      );
      const outcomes = (await Promise.all(additions)).sort();
      const refused = 'etcdserver: too many learner members in cluster';
      assert.deepEqual(outcomes, ['added', ...Array.from({ length: 8 }, () => refused)]);
      assert.equal((await sameList(cluster)).length, 4);
    });
  });

  test('a learner at a port that no machine has harms nobody, also after a restart', async () => {
    await withCluster(1, async (cluster) => {
      const [only] = cluster.members;
      const peerUrls = ['http://127.0.0.1:65536'];
      const added = await ask(only!, (client) => client.cluster.memberAdd({ peerUrls, isLearner: true }));
      await put(only!, 'a');
      await only!.stop('SIGTERM');
      await only!.start();
      await eventually(() => put(only!, 'b'));
      const { id } = added.member!;
      await ask(only!, (client) => client.cluster.memberUpdate({ id, peerUrls: ['http://127.0.0.1:99999'] }));
      await only!.kill9();
      await only!.start();
      await eventually(() => put(only!, 'c'));
      await ask(only!, (client) => client.cluster.memberRemove({ id }));
      assert.equal((await list(only!)).length, 1);
      assert.equal(await countOf(only!), 3);
    });
  });

  test('who the members are survives a kill of all of them', async () => {
    await withCluster(3, async (cluster) => {
      await sleep(HEALTHY_AFTER_MS);
      const [first, second, third] = cluster.members;
      await ask(first!, (client) =>
        client.cluster.memberAdd({ peerUrls: ['http://127.0.0.1:1'], isLearner: true }),
      );
      const id = (await cluster.status(third!))!.memberId;
      const peerUrls = [`http://localhost:${third!.peerPort}`, third!.peerUrl].sort();
      await ask(second!, (client) => client.cluster.memberUpdate({ id, peerUrls }));
      const before = await sameList(cluster);
      assert.equal(before.length, 4);
      assert.ok(before.some((line) => line.includes(peerUrls.join(' '))));
      await Promise.all(cluster.members.map((member) => member.kill9()));
      await cluster.start();
      await cluster.leader();
      assert.deepEqual(await sameList(cluster), before);
    });
  });
});
