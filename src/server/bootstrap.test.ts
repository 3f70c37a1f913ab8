import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { CRC32C, MemoryBackend, Wal } from '../storage/index.js';
import type { BootstrapOptions, NetworkIdentity } from './bootstrap.js';
import { BootstrapError } from './bootstrap-error.js';
import { MEMBER_OPTIONS, MemberFixture, type Outcome } from './member-fixture.conformance.js';
import { NO_NETWORK, type Peer } from './peer-network.js';

const OTHER_URL = new Map([['m1', ['http://127.0.0.1:9999']]]);

async function refusal(fixture: MemberFixture, options: Partial<BootstrapOptions>): Promise<string> {
  const error = await fixture.open(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BootstrapError, String(error));
  return error.message;
}

/** A member that has run, with `count` keys, and was stopped. */
async function ran(count: number): Promise<MemberFixture> {
  const fixture = new MemberFixture(new Prng(3));
  await fixture.start();
  await fixture.settle(...Array.from({ length: count }, (_, i) => fixture.put(`k${i}`, 'v')));
  await fixture.close();
  fixture.reopen();
  return fixture;
}

test('settings with which no member can start are refused before anything is made', async () => {
  const cases: [Partial<BootstrapOptions>, RegExp][] = [
    [{ name: 'm2' }, /couldn't find local name "m2" in the initial cluster configuration/],
    [{ initialClusterState: 'existing' }, /could not retrieve cluster information from the given URLs/],
    [
      {
        initialCluster: new Map([
          ['m1', ['http://a:1']],
          ['m2', ['http://a:1']],
        ]),
      },
      /initial cluster m1=http:\/\/a:1,m2=http:\/\/a:1 has duplicate url/,
    ],
  ];
  for (const [options, message] of cases) {
    const fixture = new MemberFixture(new Prng(1));
    assert.match(await refusal(fixture, options), message);
    assert.deepEqual(fixture.disk.paths(), []);
  }
});

test('ids come from the settings of the first start, and stay', async () => {
  const fixture = new MemberFixture(new Prng(1));
  await fixture.start();
  const { clusterId, memberId } = fixture.member.options;
  assert.notEqual(clusterId, memberId);
  await fixture.close();
  fixture.reopen();
  // As in etcd, a log decides: the settings of a first start count no more.
  await fixture.start({
    initialCluster: OTHER_URL,
    initialClusterToken: 'other',
    initialClusterState: 'existing',
  });
  assert.deepEqual(
    [fixture.member.options.clusterId, fixture.member.options.memberId],
    [clusterId, memberId],
  );
  assert.deepEqual(fixture.member.machine.cluster.list()[0]!.peerUrls, ['http://127.0.0.1:2380']);
  await fixture.close();
});

const THREE = new Map(['m1', 'm2', 'm3'].map((name) => [name, [`http://${name}:1`]] as const));

test('the members of a new cluster write the same first entries, and wait for one another', async () => {
  const members: string[] = [];
  for (const name of THREE.keys()) {
    const identities: NetworkIdentity[] = [];
    const fixture = new MemberFixture(new Prng(1));
    fixture.ports = {
      openNetwork: (self) => {
        identities.push(self);
        return NO_NETWORK;
      },
    };
    await fixture.open({ name, initialCluster: THREE });
    const { clusterId, memberId } = fixture.member.options;
    assert.deepEqual(identities, [{ clusterId, memberId, remotes: [] }]);
    void fixture.member.start();
    for (let i = 0; i < 30; i++) await fixture.step();
    assert.equal(fixture.member.isReady, false);
    const { cluster } = fixture.member.machine;
    assert.equal(cluster.get(memberId)!.name, name);
    members.push(
      cluster
        .list()
        .map(({ id, name: known }) => `${id} ${known}`)
        .join(),
    );
    assert.equal(fixture.member.machine.appliedIndex, 3);
    await fixture.finish(fixture.member.stop());
  }
  assert.equal(new Set(members).size, 1);
});

test('the first election of a restarted member may be early, but not with votes that depose', async () => {
  const ticksToCampaign = async (options: Partial<BootstrapOptions>): Promise<number> => {
    const fixture = new MemberFixture(new Prng(1));
    await fixture.open({ initialCluster: new Map([...THREE]), ...options });
    void fixture.member.start();
    for (let ticks = 0; ; ticks++) {
      const { role } = fixture.member.raftStatus();
      if (role !== 'follower') {
        await fixture.finish(fixture.member.stop());
        return ticks;
      }
      fixture.clock.advance(100);
      for (let i = 0; i < 5; i++) await fixture.step();
    }
  };
  const usual = await ticksToCampaign({});
  assert.ok(usual >= 10);
  assert.equal(await ticksToCampaign({ initialElectionTickAdvance: true }), usual - 8);
  assert.equal(await ticksToCampaign({ initialElectionTickAdvance: true, preVote: false }), usual);
});

test('a joiner begins with the ids it was told and an empty log, and asks again until something is in it', async () => {
  let clientUrls = '';
  const json = (): string =>
    `[{"id":1,"peerURLs":["http://m1:1"]${clientUrls}},{"id":9,"peerURLs":["http://m2:1"],"name":"m2"}]`;
  const header = (): string => 'c0ffee';
  let asked = 0;
  const fixture = new MemberFixture(new Prng(1));
  const remotes: (readonly Peer[])[] = [];
  fixture.ports = {
    http: {
      get: async () => {
        asked++;
        return { status: 200, body: json(), header };
      },
    },
    openNetwork: (self) => {
      remotes.push(self.remotes);
      return NO_NETWORK;
    },
  };
  const joining = {
    initialCluster: new Map([...THREE].slice(0, 2)),
    initialClusterState: 'existing',
  } as const;
  await fixture.open(joining);
  assert.deepEqual(
    [fixture.member.options.clusterId, fixture.member.options.memberId, fixture.member.commitIndex],
    [0xc0ffeen, 1n, 0],
  );
  fixture.crash();
  // It may have told its URLs before anything of it was durable.
  clientUrls = ',"clientURLs":["http://m1:2"]';
  await fixture.open(joining);
  assert.equal(asked, 2);
  assert.deepEqual(
    remotes.map((peers) => peers.map(({ id }) => id)),
    [[9n], [9n]],
  );
  fixture.crash();
  // Its log is of that cluster: it does not found another one.
  assert.match(await refusal(fixture, {}), /was begun with other initial settings and holds nothing/);
  fixture.crash();
  await fixture.open(joining);
  // The word of a leader, which the joiner writes down.
  const hardState = { term: 4, vote: 9n, commit: 0 };
  await fixture.finish(new Promise<void>((resolve) => fixture.wal.append(hardState, [], () => resolve())));
  const before = asked;
  fixture.crash();
  await fixture.open({});
  assert.equal(asked, before);
  assert.deepEqual([fixture.member.options.memberId, fixture.member.term], [1n, 4]);
});

test('a restart tells the cluster a new name and new client URLs', async () => {
  const fixture = await ran(1);
  await fixture.start({ name: 'renamed', clientUrls: ['http://10.0.0.1:1'] });
  const [self] = fixture.member.machine.cluster.list();
  assert.deepEqual([self!.name, self!.clientUrls], ['renamed', ['http://10.0.0.1:1']]);
  await fixture.close();
});

test('a log that was created and never written to begins again, with the same settings only', async () => {
  const ids = new MemberFixture(new Prng(1));
  await ids.open();
  const { clusterId, memberId } = ids.member.options;
  for (const same of [true, false]) {
    const fixture = new MemberFixture(new Prng(1));
    const wal = await fixture.finish(
      Wal.create(
        fixture.disk,
        MEMBER_OPTIONS.walDir,
        { clusterId, memberId },
        { checksum: CRC32C, random: new Prng(5) },
      ),
    );
    await fixture.finish(wal.close());
    fixture.reopen();
    if (same) {
      await fixture.start();
      assert.equal(fixture.member.options.memberId, memberId);
      await fixture.close();
    } else {
      assert.match(await refusal(fixture, { initialCluster: OTHER_URL }), /other initial settings/);
    }
  }
});

test('a first start may be cut short by a crash at any point', async () => {
  for (let seed = 1; seed <= 24; seed++) {
    const fixture = new MemberFixture(new Prng(seed));
    const starting = fixture.start();
    starting.catch(() => {});
    for (let steps = 0; steps < seed; steps++) await fixture.step();
    fixture.crash();
    await fixture.start();
    const put = fixture.put('a', '1');
    await fixture.settle(put);
    assert.equal(put.revision, 2, `seed ${seed}`);
    assert.equal(fixture.member.machine.cluster.list().length, 1, `seed ${seed}`);
    await fixture.close();
  }
});

test('a backend without its log is refused, and no log is made beside it', async () => {
  const fixture = await ran(3);
  const paths = fixture.disk.paths();
  assert.match(await refusal(fixture, { walDir: 'elsewhere' }), /there is no write-ahead log in elsewhere/);
  assert.deepEqual(fixture.disk.paths(), paths);
});

test('a log without its backend is replayed while it is whole, and refused once it is cut', async () => {
  const whole = await ran(10);
  whole.backend = new MemoryBackend();
  await whole.start();
  assert.deepEqual(whole.get('k9'), { value: 'v', modRevision: 11 });
  await whole.close();
  const cut = await ran(100);
  cut.backend = new MemoryBackend();
  assert.match(
    await refusal(cut, {}),
    /database file \(index 0\) does not match with snapshot \(index \d+\)/,
  );
});

test('log and backend of two members are refused', async () => {
  const fixture = await ran(3);
  const other = new MemberFixture(new Prng(9));
  await other.start({ initialCluster: OTHER_URL });
  await other.close();
  fixture.backend = other.backend.crashClone(new Prng(1));
  assert.match(
    await refusal(fixture, {}),
    /the log in data\/wal is of member .*, but the database file is of/,
  );
});

test('a log that ends before what the backend has applied is refused', async () => {
  const fixture = await ran(100);
  const older = await ran(3);
  older.backend = fixture.backend;
  assert.match(await refusal(older, {}), /database file \(index \d+\) is ahead of the log/);
});

test('damage to the log is an error, not an empty log', async () => {
  const fixture = await ran(30);
  const path = fixture.disk
    .paths()
    .find((name) => name.includes('wal') && fixture.disk.contentOf(name)[0] !== 0)!;
  const bytes = fixture.disk.contentOf(path);
  bytes[200]! ^= 0xff;
  fixture.disk.setContent(path, bytes);
  await assert.rejects(fixture.open(), { name: 'CorruptWalError' });
});

/** What a run has proposed: key i holds its number; `counter` the last. */
interface Proposed {
  readonly key: string;
  readonly value: string;
  readonly outcome: Outcome;
}

/**
 * The heart of it: whatever was acknowledged is there after a crash at any moment, at the revision that was told; what
 * was not acknowledged may be there, but only as a prefix of what was proposed.
 */
async function crashOften(seed: number, rounds: number): Promise<void> {
  const prng = new Prng(seed);
  const fixture = new MemberFixture(prng);
  let surviving: { key: string; value: string; modRevision: number }[] = [];
  let compacted = -1;
  let next = 0;
  for (let round = 0; round < rounds; round++) {
    const shown = `seed ${seed}, round ${round}`;
    await fixture.start();
    for (const { key, value, modRevision } of surviving) {
      assert.deepEqual(fixture.get(key), { value, modRevision }, `${shown}: ${key}`);
    }
    assert.ok(fixture.store.compactedRevision >= compacted, `${shown}: compaction`);
    fixture.store.validate();
    const proposed: Proposed[] = [];
    const compactions: { revision: number; outcome: Outcome }[] = [];
    const steps = prng.between(0, 60);
    for (let step = 0; step < steps; step++) {
      for (let burst = prng.chance(0.6) ? prng.between(1, 12) : 0; burst > 0; burst--) {
        const key = `k${next++}`;
        const value = 'v'.repeat(prng.chance(0.1) ? prng.between(1000, 60_000) : prng.between(0, 50));
        proposed.push({ key, value, outcome: fixture.put(key, value) });
        fixture.put('counter', String(next));
      }
      if (prng.chance(0.05) && fixture.store.revision > compacted + 1) {
        const revision = prng.between(Math.max(compacted, 0) + 1, fixture.store.revision);
        compactions.push({ revision, outcome: fixture.compact(revision) });
      }
      if (prng.chance(0.3)) fixture.clock.advance(prng.between(1, 150));
      await fixture.step();
    }
    for (const { outcome, revision } of compactions) {
      if (outcome.answers.length > 0) compacted = Math.max(compacted, revision);
    }
    const acknowledged = proposed.filter(({ outcome }) => outcome.answers.length > 0);
    surviving.push(
      ...acknowledged.map(({ key, value, outcome }) => ({ key, value, modRevision: outcome.revision })),
    );
    fixture.crash();
    assert.deepEqual(fixture.fatal, [], shown);
    await checkUnacknowledged(fixture, proposed, shown);
    if (prng.chance(0.5)) {
      await fixture.close();
      fixture.reopen();
    } else {
      fixture.crash();
    }
    surviving = surviving.slice(-200);
  }
}

/** Restarts and looks which requests the crash left: those that were answered, and nothing behind a missing one. */
async function checkUnacknowledged(
  fixture: MemberFixture,
  proposed: readonly Proposed[],
  shown: string,
): Promise<void> {
  await fixture.start();
  let missing: string | undefined;
  for (const { key, value, outcome } of proposed) {
    const found = fixture.get(key);
    if (found === undefined) {
      assert.equal(outcome.answers.length, 0, `${shown}: ${key} was acknowledged and is gone`);
      missing ??= key;
      continue;
    }
    assert.equal(missing, undefined, `${shown}: ${key} is there, ${missing} before it is not`);
    assert.equal(found.value, value, `${shown}: ${key}`);
    if (outcome.answers.length > 0) assert.equal(found.modRevision, outcome.revision, `${shown}: ${key}`);
  }
}

test('what was acknowledged survives crashes at any moment', async () => {
  const given = process.env['QUOIN_SEED'];
  const rounds = Number(process.env['QUOIN_ROUNDS'] ?? 8);
  const seeds = given === undefined ? [11, 12] : [Number(given)];
  for (const seed of seeds) await crashOften(seed, rounds);
});
