import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { LogSink } from '../../platform/index.js';
import { discoverByRegistry, type Registry, type RegistryKey } from './discover-by-registry.js';

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
const SIZE = '/_etcd/registry/t/_config/size';
const SILENT: LogSink = { log: () => {} };

class World implements Registry {
  readonly keys: RegistryKey[] = [];
  revision = 1;
  /** What happens while somebody waits. */
  readonly later: (() => void)[] = [];

  put(key: string, value: string): void {
    this.keys.push({ key, value, createRevision: ++this.revision });
  }

  async read(key: string, isPrefix: boolean): Promise<readonly RegistryKey[]> {
    // In an order of its own: who reads has to sort.
    return this.keys.filter((each) => (isPrefix ? each.key.startsWith(key) : each.key === key)).reverse();
  }

  async create(key: string, value: string): Promise<boolean> {
    if (this.keys.some((each) => each.key === key)) return false;
    this.put(key, value);
    return true;
  }

  async pause(): Promise<void> {
    const next = this.later.shift();
    assert.ok(next !== undefined, 'nobody else will come');
    next();
  }

  find(name: string, url = `http://${name}:2380`): Promise<ReadonlyMap<string, readonly string[]>> {
    return discoverByRegistry({ name, advertisePeerUrls: [url], token: 't' }, this, sha1, SILENT);
  }
}

test('the first so many are the cluster, in whatever order they look', async () => {
  const world = new World();
  world.put(SIZE, '2');
  let second: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  world.later.push(() => {
    second = world.find('b');
  });
  world.later.push(() => {});
  const expected = { a: ['http://a:2380'], b: ['http://b:2380'] };
  assert.deepEqual(Object.fromEntries(await world.find('a')), expected);
  assert.deepEqual(Object.fromEntries(await second!), expected);
  await assert.rejects(world.find('c'), { message: 'discovery: cluster is full' });
});

test('who loses the race for the last place is told', async () => {
  const world = new World();
  world.put(SIZE, '1');
  const create = world.create.bind(world);
  world.create = async (key, value) => {
    world.put('/_etcd/registry/t/members/other', 'b=http://b:2380');
    return create(key, value);
  };
  await assert.rejects(world.find('a'), { message: 'discovery: cluster is full' });
});

test('what is wrong with the registry', async () => {
  const world = new World();
  await assert.rejects(world.find('a'), { message: 'discovery: size key not found' });
  for (const text of ['', '0', '-1', 'three', '1.5']) {
    const bad = new World();
    bad.put(SIZE, text);
    await assert.rejects(bad.find('a'), { message: 'discovery: size key is bad' }, text);
  }
  const twice = new World();
  twice.put(SIZE, '2');
  twice.later.push(() => {
    throw new Error('the member dies while it waits');
  });
  await assert.rejects(twice.find('a'), /dies/);
  await assert.rejects(twice.find('a'), { message: 'discovery: member has already been registered' });
});
