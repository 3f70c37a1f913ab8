/** etcdctl's lease commands, on one member and through a follower of three. */
import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  ClusterProcess,
  type CommandResult,
  findEtcdProgram,
  findInPath,
  programUnderTest,
  runCommand,
  skipUnless,
  skipWithoutServer,
  sleep,
  versionOf,
} from '../harness/index.js';

const program = programUnderTest();
const paths = [findInPath('etcdctl'), findEtcdProgram('etcdctl')].filter((path) => path !== undefined);
const clients = [...new Set(paths.map((path) => realpathSync(path)))];

test('etcdctl is there', { skip: skipUnless(clients.length > 0, 'no etcdctl installed') }, () => {
  assert.ok(clients.length > 0);
});

for (const path of clients) {
  for (const size of [1, 3]) {
    const title = `${versionOf(path, ['version'])}, ${size === 1 ? 'one member' : 'a follower of three'}`;
    describe(title, { skip: skipWithoutServer(program) }, () => {
      let cluster: ClusterProcess;
      let endpoint = '';
      before(async () => {
        cluster = await ClusterProcess.launch(program, { size });
        const leader = await cluster.leader();
        endpoint = (cluster.members.find((member) => member !== leader) ?? leader).endpoint;
      });
      after(() => cluster.stop());

      const ctl = (...args: string[]): Promise<CommandResult> =>
        runCommand(path, [`--endpoints=${endpoint}`, ...args], { env: { ETCDCTL_API: '3' } });
      const ok = async (...args: string[]): Promise<string> => {
        const result = await ctl(...args);
        assert.equal(result.code, 0, `etcdctl ${args.join(' ')}: ${result.stderr}`);
        return result.stdout;
      };
      const grant = async (ttl: number): Promise<string> => {
        const match = /^lease ([0-9a-f]{16}) granted with TTL\(\d+s\)\n$/.exec(
          await ok('lease', 'grant', String(ttl)),
        );
        assert.ok(match !== null);
        return match[1]!;
      };

      test('a lease has keys, is kept alive, and takes its keys with it', async () => {
        const id = await grant(100);
        assert.equal(await ok('put', 'lk2', 'v', `--lease=${id}`), 'OK\n');
        assert.equal(await ok('put', 'lk1', 'v', `--lease=${id}`), 'OK\n');
        const lived = await ok('lease', 'timetolive', id, '--keys');
        assert.match(
          lived,
          new RegExp(
            `^lease ${id} granted with TTL\\(100s\\), remaining\\(9\\ds\\), attached keys\\(\\[(lk1 lk2|lk2 lk1)\\]\\)\n$`,
          ),
        );
        assert.equal(await ok('lease', 'keep-alive', '--once', id), `lease ${id} keepalived with TTL(100)\n`);
        const shown = JSON.parse(await ok('get', 'lk1', '-w', 'json')) as { kvs: [{ lease: number }] };
        assert.equal(shown.kvs[0].lease, Number(BigInt(`0x${id}`)));
        assert.equal(await ok('lease', 'revoke', id), `lease ${id} revoked\n`);
        assert.equal(await ok('get', 'lk', '--prefix'), '');
        assert.equal(await ok('lease', 'timetolive', id), `lease ${id} already expired\n`);
      });

      test('leases are listed, those that end sooner first on the leader', async () => {
        const [later, sooner] = [await grant(3000), await grant(2000)];
        const [title, ...listed] = (await ok('lease', 'list')).trimEnd().split('\n');
        assert.equal(title, 'found 2 leases');
        if (size === 1) assert.deepEqual(listed, [sooner, later]);
        else assert.deepEqual(listed.sort(), [sooner, later].sort());
        for (const id of [later, sooner]) await ok('lease', 'revoke', id);
        assert.equal(await ok('lease', 'list'), 'found 0 leases\n');
      });

      test('a lease that nobody keeps alive ends, its keys with it', async () => {
        assert.match(await ok('lease', 'grant', '1'), / granted with TTL\(2s\)\n$/);
        const id = await grant(2);
        await ok('put', 'ends', 'v', `--lease=${id}`);
        const givenUpAt = Date.now() + 10_000;
        while ((await ok('get', 'ends')) !== '') {
          assert.ok(Date.now() < givenUpAt, 'the key is there still');
          await sleep(100);
        }
        assert.equal(await ok('lease', 'list'), 'found 0 leases\n');
      });

      test('what is refused is refused in the same words', async () => {
        const refused = async (code: number, message: string, ...args: string[]): Promise<void> => {
          const result = await ctl(...args);
          assert.deepEqual([result.code, result.stderr.includes(message)], [code, true], result.stderr);
        };
        await refused(1, 'etcdserver: requested lease not found', 'lease', 'revoke', '7b');
        await refused(1, 'etcdserver: too large lease TTL', 'lease', 'grant', '9000000001');
        await refused(1, 'etcdserver: requested lease not found', 'put', 'k', 'v', '--lease=7b');
        assert.equal(await ok('lease', 'timetolive', '7b'), 'lease 000000000000007b already expired\n');
        const once = await ctl('lease', 'keep-alive', '--once', '7b');
        assert.notEqual(once.code, 0);
      });
    });
  }
}
