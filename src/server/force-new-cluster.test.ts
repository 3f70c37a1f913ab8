import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Entry, EntryKind, encodeConfChange } from '../raft/index.js';
import { Prng } from '../stdx/index.js';
import { encodeReplicatedRequest, MemberChange, PutRequest, RequestKind } from '../wire/index.js';
import { BootstrapError } from './bootstrap-error.js';
import { MemberFixture } from './member-fixture.conformance.js';

const THREE = new Map(['m1', 'm2', 'm3'].map((name) => [name, [`http://${name}:1`]] as const));
/** The last of the entries with which a cluster of three begins. */
const FOUNDED = THREE.size;

function putEntry(index: number, key: string): Entry {
  const body = PutRequest.toBytes(PutRequest.create({ key: Buffer.from(key), value: Buffer.from('v') }));
  const data = encodeReplicatedRequest(RequestKind.PUT, index, undefined, body, 0, body.length);
  return { index, term: 2, kind: EntryKind.NORMAL, data };
}

function changeEntry(index: number, type: 'remove' | 'add-learner', nodeId: bigint, url = ''): Entry {
  const context = MemberChange.toBytes(
    MemberChange.create({ id: nodeId, peerUrls: [url], isLearner: type === 'add-learner', learnersMax: 1 }),
  );
  const change = { transition: 'auto', changes: [{ type, nodeId }], context } as const;
  return { index, term: 2, kind: EntryKind.CONF_CHANGE, data: encodeConfChange(change, true) };
}

/** One of three members, which has written these entries down and knows `commit` to be committed, and was killed. */
async function oneOfThree(entriesOf: (ids: bigint[]) => Entry[], commit: number): Promise<MemberFixture> {
  const fixture = new MemberFixture(new Prng(4));
  await fixture.open({ initialCluster: THREE });
  const { machine } = fixture.member;
  void fixture.member.start();
  await fixture.until(() => machine.appliedIndex === FOUNDED);
  const ids = ['m1', 'm2', 'm3'].map((name) => machine.cluster.list().find((each) => each.name === name)!.id);
  await fixture.finish(fixture.member.stop());
  await fixture.finish(
    new Promise<void>((resolve) =>
      fixture.wal.append({ term: 2, vote: ids[1]!, commit }, entriesOf(ids), () => resolve()),
    ),
  );
  fixture.reopen();
  return fixture;
}

const names = (fixture: MemberFixture): string[] =>
  fixture.member.machine.cluster.list().map(({ name }) => name);

describe('a member of three that is forced to be a cluster of its own', () => {
  const entries = (): Entry[] => [putEntry(4, 'a'), putEntry(5, 'b'), putEntry(6, 'c')];

  test('keeps what was committed and drops the rest, and serves alone', async () => {
    const fixture = await oneOfThree(entries, 5);
    await fixture.start({ forceNewCluster: true });
    assert.deepEqual(names(fixture), ['m1']);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => fixture.get(key)?.modRevision),
      [2, 3, undefined],
    );
    assert.ok(fixture.lines.includes('warn: forcing restart member'));
    assert.ok(fixture.lines.includes('info: discarding uncommitted WAL entries'));
    const put = fixture.put('d', '1');
    await fixture.settle(put);
    assert.equal(put.revision, 4);
    await fixture.close();
  });

  test('stays so without the flag, and forces nothing the second time', async () => {
    const fixture = await oneOfThree(entries, 5);
    await fixture.start({ forceNewCluster: true });
    const { clusterId, memberId } = fixture.member.options;
    await fixture.close();
    for (const forceNewCluster of [false, true]) {
      fixture.reopen();
      await fixture.start({ forceNewCluster });
      assert.deepEqual(names(fixture), ['m1']);
      assert.equal(fixture.get('c'), undefined);
      assert.deepEqual(
        [fixture.member.options.clusterId, fixture.member.options.memberId],
        [clusterId, memberId],
      );
      assert.ok(!fixture.lines.includes('info: discarding uncommitted WAL entries'));
      await fixture.close();
    }
  });

  test('goes by the members as they were committed, not as they were applied', async () => {
    const fixture = await oneOfThree(
      ([, second]) => [
        changeEntry(4, 'remove', second!),
        changeEntry(5, 'add-learner', 99n, 'http://m9:1'),
        changeEntry(6, 'add-learner', 77n, 'http://m7:1'),
      ],
      5,
    );
    await fixture.start({ forceNewCluster: true });
    assert.deepEqual(names(fixture), ['m1']);
    const { cluster } = fixture.member.machine;
    assert.ok(cluster.isRemoved(99n), 'the learner that was added is removed again');
    assert.ok(!cluster.isRemoved(77n), 'the one that was not committed never was');
    await fixture.close();
  });

  test('cannot if it was removed itself', async () => {
    const fixture = await oneOfThree(([first]) => [changeEntry(4, 'remove', first!)], 4);
    await assert.rejects(fixture.open({ forceNewCluster: true }), (error: unknown) => {
      assert.ok(error instanceof BootstrapError);
      assert.match(error.message, /permanently removed/);
      return true;
    });
  });
});

test('a learner becomes the one voter', async () => {
  const json = `[{"id":1,"peerURLs":["http://m1:1"],"isLearner":true},{"id":9,"peerURLs":["http://m2:1"],"name":"m2","clientURLs":["http://m2:2"]}]`;
  const fixture = new MemberFixture(new Prng(1));
  fixture.ports = {
    http: { get: async () => ({ status: 200, body: json, header: () => 'c0ffee' }) },
  };
  const joining = {
    initialCluster: new Map([...THREE].slice(0, 2)),
    initialClusterState: 'existing',
  } as const;
  await fixture.open(joining);
  const founder = MemberChange.toBytes(
    MemberChange.create({ id: 9n, name: 'm2', peerUrls: ['http://m2:1'], clientUrls: [] }),
  );
  const founding = {
    transition: 'auto',
    changes: [{ type: 'add-voter', nodeId: 9n }],
    context: founder,
  } as const;
  const entries: Entry[] = [
    { index: 1, term: 1, kind: EntryKind.CONF_CHANGE, data: encodeConfChange(founding, true) },
    { ...changeEntry(2, 'add-learner', 1n, 'http://m1:1'), term: 1 },
  ];
  await fixture.finish(
    new Promise<void>((resolve) =>
      fixture.wal.append({ term: 1, vote: 0n, commit: 2 }, entries, () => resolve()),
    ),
  );
  fixture.crash();
  await fixture.start({ forceNewCluster: true });
  const members = fixture.member.machine.cluster.list();
  assert.deepEqual(
    members.map(({ id, isLearner }) => [id, isLearner]),
    [[1n, false]],
  );
  await fixture.settle(fixture.put('a', '1'));
  await fixture.close();
});

test('a member without data begins as it would without the flag', async () => {
  const fixture = new MemberFixture(new Prng(1));
  await fixture.start({ forceNewCluster: true });
  assert.deepEqual(names(fixture), ['m1']);
  assert.ok(!fixture.lines.includes('warn: forcing restart member'));
  await fixture.close();
});
