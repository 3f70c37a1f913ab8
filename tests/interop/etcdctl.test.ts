/** The unmodified etcdctl, every version that is installed (3.4 and 3.5 in continuous integration), against one member. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import {
  type CommandResult,
  installedEtcdctls,
  MemberProcess,
  programUnderTest,
  runCommand,
  skipUnless,
  skipWithoutServer,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const clients = installedEtcdctls();

test(
  'both etcdctl 3.4 and 3.5 are there',
  {
    skip: skipUnless(
      clients.length >= 2,
      `only ${clients.map((c) => c.version).join(', ') || 'no etcdctl'} installed`,
    ),
  },
  () => {
    assert.match(clients.map((client) => client.version).join(' '), /3\.4.*3\.5/);
  },
);

for (const { path, version } of clients) {
  describe(version, { skip: skipWithoutServer(program) }, () => {
    let member: MemberProcess;
    before(async () => {
      member = await MemberProcess.launch(program);
    });
    after(() => member.stop());

    const ctl = (args: readonly string[], input = ''): Promise<CommandResult> =>
      runCommand(path, [`--endpoints=${member.clientUrl}`, ...args], { input, env: { ETCDCTL_API: '3' } });
    /** Runs a command that must succeed, and gives back what it printed. */
    const ok = async (...args: string[]): Promise<string> => {
      const result = await ctl(args);
      assert.equal(result.code, 0, `etcdctl ${args.join(' ')}: ${result.stderr}`);
      return result.stdout;
    };
    const refused = async (message: string, ...args: string[]): Promise<void> => {
      const result = await ctl(args);
      assert.equal(result.code, 1, `etcdctl ${args.join(' ')} did not fail: ${result.stdout}`);
      assert.match(result.stderr, new RegExp(`^Error: ${message}$`, 'm'));
    };

    test('put, get and del, with their options', async () => {
      assert.equal(await ok('put', 'a', '1'), 'OK\n');
      assert.equal(await ok('put', 'a', '2', '--prev-kv'), 'OK\na\n1\n');
      assert.equal(await ok('put', 'a', '--ignore-value'), 'OK\n');
      assert.equal(await ok('get', 'a'), 'a\n2\n');
      assert.equal(await ok('get', 'a', '--rev=2'), 'a\n1\n');
      assert.equal(await ok('get', 'a', '--consistency=s', '--print-value-only'), '2\n');
      assert.equal(await ok('get', 'missing'), '');
      for (const [key, value] of [
        ['p/3', 'x'],
        ['p/1', 'z'],
        ['p/2', 'y'],
      ] as const) {
        await ok('put', key, value);
      }
      assert.equal(await ok('get', 'p/', '--prefix'), 'p/1\nz\np/2\ny\np/3\nx\n');
      assert.equal(await ok('get', 'p/', '--prefix', '--limit=2', '--keys-only'), 'p/1\n\np/2\n\n');
      assert.equal(await ok('get', 'p/1', 'p/3', '--keys-only'), 'p/1\n\np/2\n\n');
      assert.equal(await ok('get', 'p/2', '--from-key', '--keys-only'), 'p/2\n\np/3\n\n');
      const sorted = async (by: string, order: string): Promise<string> =>
        (await ok('get', 'p/', '--prefix', `--sort-by=${by}`, `--order=${order}`, '--keys-only')).replace(
          /\n+/g,
          ' ',
        );
      assert.equal(await sorted('VALUE', 'ASCEND'), 'p/3 p/2 p/1 ');
      assert.equal(await sorted('CREATE', 'ASCEND'), 'p/3 p/1 p/2 ');
      assert.equal(await sorted('MODIFY', 'DESCEND'), 'p/2 p/1 p/3 ');
      assert.equal(await sorted('KEY', 'DESCEND'), 'p/3 p/2 p/1 ');
      assert.equal(await ok('del', 'p/1', '--prev-kv'), '1\np/1\nz\n');
      assert.equal(await ok('del', 'p/', '--prefix'), '2\n');
      assert.equal(await ok('del', 'p/', '--prefix'), '0\n');
    });

    test('the json form carries every field', async () => {
      await ok('put', 'json', 'v');
      const answer = JSON.parse(await ok('get', 'json', '-w', 'json'));
      assert.ok(
        answer.header.cluster_id !== 0 && answer.header.member_id !== 0 && answer.header.raft_term > 1,
      );
      const [kv] = answer.kvs;
      assert.equal(answer.count, 1);
      assert.equal(Buffer.from(kv.value, 'base64').toString(), 'v');
      assert.equal(kv.version, 1);
      assert.equal(kv.create_revision, answer.header.revision);
      assert.equal(kv.mod_revision, answer.header.revision);
    });

    test('a value of a megabyte goes in and comes back', async () => {
      const value = 'quoin '.repeat(170_000);
      const result = await ctl(['put', 'big'], value);
      assert.equal(result.stdout, 'OK\n', result.stderr);
      assert.equal(await ok('get', 'big', '--print-value-only'), `${value}\n`);
      await ok('del', 'big');
    });

    test('txn takes both branches', async () => {
      await ok('put', 't', 'old');
      const script = 'value("t") = "old"\n\nput t new\nget t\ndel missing\n\nget t\n\n';
      assert.equal((await ctl(['txn'], script)).stdout, 'SUCCESS\n\nOK\n\nt\nnew\n\n0\n');
      assert.equal((await ctl(['txn'], script)).stdout, 'FAILURE\n\nt\nnew\n');
      const compares = 'mod("t") > "1"\nversion("t") = "2"\ncreate("nothing") = "0"\n\nput t third\n\n\n';
      assert.equal((await ctl(['txn'], compares)).stdout, 'SUCCESS\n\nOK\n');
      const duplicate = await ctl(['txn'], '\nput t 1\nput t 2\n\n\n');
      assert.equal(duplicate.code, 1);
      assert.match(duplicate.stderr, /Error: etcdserver: duplicate key given in txn request/);
    });

    test('errors reach the user as etcd words them', async () => {
      await refused('etcdserver: key is not provided', 'put', '', 'x');
      await refused('etcdserver: mvcc: required revision is a future revision', 'get', 'a', '--rev=100000');
      await refused('etcdserver: key not found', 'put', 'no-such-key', '--ignore-value');
      await refused('etcdserver: requested lease not found', 'put', 'a', 'b', '--lease=7b');
      const large = await ctl(['put', 'large'], 'x'.repeat(1_600_000));
      assert.equal(large.code, 1);
      assert.match(large.stderr, /Error: etcdserver: request is too large/);
    });

    test('watch replays history from a revision in order, and goes on live', async () => {
      await ok('put', 'w/a', '1');
      const first = JSON.parse(await ok('get', 'w/a', '-w', 'json')).header.revision as number;
      await ok('put', 'w/b', '2');
      await ok('put', 'w/a', '3');
      await ok('del', 'w/', '--prefix');
      const history = 'PUT\nw/a\n1\nPUT\nw/b\n2\nPUT\nw/a\n3\nDELETE\nw/a\n\nDELETE\nw/b\n\n';
      const watch = startWatch(path, member, ['w/', '--prefix', `--rev=${first}`]);
      try {
        await watch.reads(history);
        await ok('put', 'w/live', '4');
        await watch.reads(`${history}PUT\nw/live\n4\n`);
      } finally {
        await watch.stop();
      }
    });

    test('watch from revision 1 shows the whole history', async () => {
      const revision = JSON.parse(await ok('get', 'a', '-w', 'json')).header.revision as number;
      const watch = startWatch(path, member, ['', '--prefix', '--rev=1', '-w', 'json']);
      try {
        const revisions = (): number[] =>
          watch
            .output()
            .split('\n')
            .filter((line) => line.startsWith('{') && line.endsWith('}'))
            .flatMap((line) => (JSON.parse(line).Events ?? []) as { kv: { mod_revision: number } }[])
            .map((event) => event.kv.mod_revision);
        assert.ok(
          await waitUntil(() => revisions().at(-1) === revision, 10_000, 20),
          `saw ${revisions().join()}`,
        );
        const seen = revisions();
        assert.deepEqual(
          [...seen].sort((a, b) => a - b),
          seen,
          'events are out of order',
        );
        const all = Array.from({ length: revision - 1 }, (_, i) => i + 2);
        assert.deepEqual([...new Set(seen)], all, 'a revision is missing');
      } finally {
        await watch.stop();
      }
    });

    test('watch with previous values', async () => {
      await ok('put', 'prev', '1');
      const watch = startWatch(path, member, ['prev', '--prev-kv']);
      try {
        // The watch is known to stand once it shows a change.
        const stands = (): boolean => watch.output().includes('PUT');
        for (let i = 0; i < 100 && !stands(); i++) {
          await ok('put', 'prev', `again ${i}`);
          await waitUntil(stands, 100, 5);
        }
        await ok('put', 'prev', 'last but one');
        await ok('put', 'prev', 'last');
        await watch.readsAtEnd('PUT\nprev\nlast but one\nprev\nlast\n');
      } finally {
        await watch.stop();
      }
    });

    test('endpoint status, endpoint health and member list', async () => {
      const [status] = JSON.parse(await ok('endpoint', 'status', '-w', 'json'));
      const { header } = status.Status;
      assert.equal(status.Status.leader, header.member_id);
      assert.match(status.Status.version, /^\d+\.\d+\.\d+/);
      assert.ok(status.Status.dbSize > 0 && status.Status.dbSizeInUse > 0);
      assert.ok(
        status.Status.raftIndex >= status.Status.raftAppliedIndex && status.Status.raftAppliedIndex > 0,
      );
      assert.equal(status.Status.raftTerm, header.raft_term);
      assert.match(await ok('endpoint', 'status'), /, true, false, \d+, \d+, \d+, \n$/);
      const health = await ctl(['endpoint', 'health']);
      assert.equal(health.code, 0, health.stderr);
      assert.match(health.stdout + health.stderr, /is healthy: successfully committed proposal/);
      const id = BigInt(/"member_id":(\d+)/.exec(await ok('endpoint', 'status', '-w', 'json'))![1]!).toString(
        16,
      );
      const list = await ok('member', 'list');
      const peerUrl = `http://127.0.0.1:${member.peerPort}`;
      assert.equal(list, `${id}, started, ${member.name}, ${peerUrl}, ${member.clientUrl}, false\n`);
    });

    test('compaction, and what it takes away', async () => {
      const revision = JSON.parse(await ok('get', 'a', '-w', 'json')).header.revision as number;
      await ok('put', 'a', 'newest');
      assert.equal(
        await ok('compaction', `${revision}`, '--physical=true'),
        `compacted revision ${revision}\n`,
      );
      await refused('etcdserver: mvcc: required revision has been compacted', 'compaction', `${revision}`);
      await refused('etcdserver: mvcc: required revision has been compacted', 'get', 'a', '--rev=2');
      assert.equal(await ok('get', 'a', `--rev=${revision}`, '--print-value-only'), '2\n');
      const watch = await ctl(['watch', 'a', '--rev=1']);
      assert.notEqual(watch.code, 0);
      assert.match(
        watch.stdout + watch.stderr,
        /watch was canceled \(etcdserver: mvcc: required revision has been compacted\)/,
      );
    });

    test('everything is there after a restart', async () => {
      const before = await ok('get', '', '--prefix');
      assert.deepEqual(await member.stop(), { code: null, signal: 'SIGTERM' });
      await member.start();
      assert.equal(await ok('get', '', '--prefix'), before);
    });
  });
}

interface Watch {
  output(): string;
  reads(text: string): Promise<void>;
  readsAtEnd(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** An `etcdctl watch` that runs until stopped. */
function startWatch(path: string, member: MemberProcess, args: readonly string[]): Watch {
  const child = spawn(path, [`--endpoints=${member.clientUrl}`, 'watch', ...args], {
    env: { ...process.env, ETCDCTL_API: '3' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  return {
    output: () => text,
    async reads(expected) {
      await waitUntil(() => text.length >= expected.length, 10_000);
      assert.equal(text, expected);
    },
    async readsAtEnd(expected) {
      assert.ok(await waitUntil(() => text.endsWith(expected), 10_000), `the watch shows:\n${text}`);
    },
    async stop() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
