/**
 * `etcdctl lock` and `etcdctl elect`, which keep a lease alive and wait by watches of their own, in one queue with callers
 * of the services: on one member, and through different members of three.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  findEtcdProgram,
  findInPath,
  programUnderTest,
  runCommand,
  skipUnless,
  skipWithoutServer,
  versionOf,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const paths = [findInPath('etcdctl'), findEtcdProgram('etcdctl')].filter((path) => path !== undefined);
const etcdctls = [...new Set(paths.map((path) => realpathSync(path)))];
const ENVIRONMENT = { ETCDCTL_API: '3' };
const PATIENCE_MS = 15_000;

test('etcdctl is there', { skip: skipUnless(etcdctls.length > 0, 'no etcdctl installed') }, () => {
  assert.ok(etcdctls.length > 0);
});

/** A command that goes on until it is told to end. */
class Running {
  text = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(path: string, args: readonly string[]) {
    const env = { ...process.env, ...ENVIRONMENT };
    this.#child = spawn(path, [...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  async prints(pattern: RegExp): Promise<void> {
    assert.ok(
      await waitUntil(() => pattern.test(this.text), PATIENCE_MS, 10),
      `${pattern} is not in ${this.text}`,
    );
  }

  /** As by the keyboard. */
  async interrupt(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

for (const path of etcdctls) {
  for (const size of [1, 3]) {
    const title = `${versionOf(path, ['version'])}, ${size === 1 ? 'one member' : 'three members'}`;
    describe(title, { skip: skipWithoutServer(program) }, () => {
      let cluster: ClusterProcess;
      let client: TestClient;
      const started: Running[] = [];
      before(async () => {
        cluster = await ClusterProcess.launch(program, { size });
        await cluster.leader();
        client = connect(endpoint(2));
      });
      after(async () => {
        for (const each of started) each.kill();
        client.close();
        await cluster.stop();
      });

      const endpoint = (number: number): string => cluster.members[number % size]!.endpoint;
      const run = (number: number, ...args: string[]): Running => {
        const running = new Running(path, [`--endpoints=${endpoint(number)}`, ...args]);
        started.push(running);
        return running;
      };
      const count = async (name: string): Promise<number> =>
        (await client.kv.range({ key: `${name}/`, rangeEnd: `${name}0`, countOnly: true })).count;
      const untilCount = async (name: string, expected: number): Promise<void> => {
        const givenUpAt = Date.now() + PATIENCE_MS;
        while ((await count(name)) !== expected) assert.ok(Date.now() < givenUpAt, `${expected} in ${name}`);
      };

      test('a lock goes from etcdctl to a caller of the service, and on to etcdctl', async () => {
        const first = run(0, 'lock', 'l');
        await first.prints(/^l\/[0-9a-f]+\s*$/);
        const { id } = await client.lease.grant({ ttl: 60 });
        const service = client.lock.lock({ name: 'l', lease: id });
        await untilCount('l', 2);
        const third = run(1, 'lock', 'l');
        await untilCount('l', 3);
        await first.interrupt();
        const { key } = await service;
        assert.equal(text(key), `l/${id.toString(16)}`);
        assert.equal(third.text, '');
        await client.lock.unlock({ key });
        await third.prints(/^l\/[0-9a-f]+\s*$/);
        await third.interrupt();
        await untilCount('l', 0);
      });

      test('a command runs while its lock is held', async () => {
        const args = [`--endpoints=${endpoint(1)}`, 'lock', 'c', 'printenv', 'ETCD_LOCK_KEY'];
        const result = await runCommand(path, args, { env: ENVIRONMENT });
        assert.match(result.stdout, /^c\/[0-9a-f]+\s*$/, result.stderr);
        await untilCount('c', 0);
      });

      test('a leader is elected by etcdctl, seen by observers of both kinds, and followed by another', async () => {
        const listener = run(1, 'elect', '--listen', 'e');
        const observer = client.election.observe({ name: 'e' });
        const first = run(0, 'elect', 'e', 'first');
        await first.prints(/^e\/[0-9a-f]+\s+first\s*$/);
        await listener.prints(/^e\/[0-9a-f]+\s+first\s*$/);
        assert.equal(text((await observer.must()).kv!.value), 'first');
        const { id } = await client.lease.grant({ ttl: 60 });
        const next = client.election.campaign({ name: 'e', lease: id, value: 'second' });
        await untilCount('e', 2);
        await first.interrupt();
        const { leader } = await next;
        assert.equal(text((await observer.must()).kv!.value), 'second');
        await listener.prints(/second\s*$/);
        await client.election.proclaim({ leader: leader!, value: 'news' });
        await listener.prints(/news\s*$/);
        assert.equal(text((await observer.must()).kv!.value), 'news');
        const third = run(2, 'elect', 'e', 'third');
        await untilCount('e', 2);
        await client.election.resign({ leader: leader! });
        await third.prints(/^e\/[0-9a-f]+\s+third\s*$/);
        assert.equal(text((await client.election.leader({ name: 'e' })).kv!.value), 'third');
        observer.cancel();
        await third.interrupt();
        await untilCount('e', 0);
        await listener.interrupt();
      });
    });
  }
}
