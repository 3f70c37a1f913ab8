/** `npm run cluster` without a terminal: it starts members, stops them in order, and goes on where it was. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  freePort,
  get,
  put,
  RawClient,
  REPOSITORY_ROOT,
  skipWithoutServer,
  tempDir,
  waitUntil,
} from '../harness/index.js';

interface Run {
  readonly child: ChildProcess;
  output(): string;
  ended(): NodeJS.Signals | number | undefined;
}

function run(args: readonly string[]): Run {
  const main = join(REPOSITORY_ROOT, 'dist', 'scripts', 'cluster', 'main.js');
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ended: NodeJS.Signals | number | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  child.on('close', (code, signal) => {
    ended = signal ?? code ?? 0;
  });
  return { child, output: () => output, ended: () => ended };
}

test('a cluster on this machine, twice on the same data', { skip: skipWithoutServer('quoin') }, async () => {
  const dataDir = tempDir('local-cluster');
  const basePort = await freePort();
  for (const round of [0, 1]) {
    const cluster = run([`--data-dir=${dataDir}`, `--base-port=${basePort}`, '--size=3']);
    try {
      const isReady = (): boolean => cluster.output().includes('3 members serve the etcd v3 API');
      assert.ok(await waitUntil(() => isReady() || cluster.ended() !== undefined, 30_000), cluster.output());
      assert.ok(isReady(), cluster.output());
      for (const name of ['m1', 'm2', 'm3']) {
        assert.match(cluster.output(), new RegExp(`^${name} \\| .*ready to serve client requests`, 'm'));
      }
      const clients = [0, 1, 2].map((i) => new RawClient(`127.0.0.1:${basePort + 10 * i}`));
      if (round === 1) assert.equal(await get(clients[1]!, 'a'), '0');
      await put(clients[2]!, 'a', String(round));
      assert.equal(await get(clients[0]!, 'a'), String(round));
      for (const client of clients) client.close();
      cluster.child.kill('SIGTERM');
      assert.ok(await waitUntil(() => cluster.ended() !== undefined, 30_000), cluster.output());
      assert.equal(cluster.ended(), 143);
      assert.equal(cluster.output().match(/ ended: SIGTERM/g)?.length, 3, cluster.output());
    } finally {
      if (cluster.ended() === undefined) cluster.child.kill('SIGTERM');
    }
  }
  const other = run([`--data-dir=${dataDir}`, '--size=5']);
  assert.ok(await waitUntil(() => other.ended() !== undefined, 10_000));
  assert.equal(other.ended(), 2);
  assert.match(other.output(), /holds a cluster of 3/);
});
