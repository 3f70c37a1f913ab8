/**
 * Snapshots pass between real etcd and Quoin in both directions without a difference: every record that etcd's schema knows
 * is the same, byte for byte, and the hash of all keys is equal after each step. Then: files that etcd makes are read as
 * etcdutl reads them, and damaged ones are refused.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BoltFile, bytesSource } from '../../src/bolt/index.js';
import { Prng } from '../../src/stdx/index.js';
import {
  type CommandResult,
  call,
  encode,
  findEtcdProgram,
  freePort,
  MemberProcess,
  type Message,
  type Program,
  put,
  RawClient,
  REPOSITORY_ROOT,
  remove,
  runCommand,
  skipUnless,
  skipWithoutServer,
  tempDir,
} from '../harness/index.js';

const etcdctl = findEtcdProgram('etcdctl') ?? '';
const etcdutl = findEtcdProgram('etcdutl') ?? '';
const quoinutl = join(REPOSITORY_ROOT, 'bin', 'quoinutl');
const skip =
  skipUnless(etcdctl !== '' && etcdutl !== '', 'there is no etcdctl or etcdutl') ||
  skipWithoutServer('etcd') ||
  skipWithoutServer('quoin');

/** Keys of the large file; more with QUOIN_SNAPSHOT_KEYS. */
const KEYS = Number(process.env['QUOIN_SNAPSHOT_KEYS'] ?? 20_000);
const KEYS_PER_TXN = 100;
const COPIED = ['alarm', 'auth', 'authRoles', 'authUsers', 'key', 'lease'];

async function ok(path: string, ...args: string[]): Promise<string> {
  const result = await runCommand(path, args, { timeoutMs: 60_000, env: { ETCDCTL_API: '3' } });
  assert.equal(result.code, 0, `${path} ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

const utl = (...args: string[]): Promise<CommandResult> => runCommand(quoinutl, args, { timeoutMs: 60_000 });

/** `key: value` of all records of the buckets that are copied, in order. */
function dump(path: string): string[] {
  const file = new BoltFile(bytesSource(readFileSync(path)));
  for (const _ of file.check());
  const lines: string[] = [];
  for (const name of COPIED) {
    const cursor = file.bucket(Buffer.from(name));
    if (cursor === undefined) continue;
    while (cursor.next()) {
      const key = Buffer.from(cursor.buf.subarray(cursor.keyStart, cursor.keyEnd)).toString('latin1');
      const value = Buffer.from(cursor.buf.subarray(cursor.keyEnd, cursor.valueEnd)).toString('base64');
      lines.push(`${name}/${key}: ${value}`);
    }
  }
  return lines;
}

async function hashOf(member: MemberProcess): Promise<number> {
  const out = await ok(etcdctl, '--endpoints', member.endpoint, 'endpoint', 'hashkv', '-w', 'json');
  return (JSON.parse(out) as { HashKV: { hash: number } }[])[0]!.HashKV.hash;
}

/** Restores a file for a member of either program, starts that, and saves a snapshot of it after a look by `check`. */
async function passThrough(
  program: Program,
  from: string,
  to: string,
  check: (member: MemberProcess) => Promise<void>,
): Promise<void> {
  const dataDir = join(tempDir('restored'), 'data');
  const peerPort = await freePort();
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const tool = program === 'etcd' ? etcdutl : quoinutl;
  const cluster = ['--initial-cluster', `m1=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl];
  await ok(tool, 'snapshot', 'restore', from, '--data-dir', dataDir, '--name', 'm1', ...cluster);
  const member = await MemberProcess.launch(program, { dataDir, peerPort, name: 'm1' });
  try {
    await check(member);
    await ok(etcdctl, '--endpoints', member.endpoint, 'snapshot', 'save', to);
  } finally {
    await member.stop();
  }
}

/** Puts, deletes, a compaction, values of many pages, leases, users and roles. */
async function fillEtcd(member: MemberProcess): Promise<void> {
  const ctl = (...args: string[]): Promise<string> => ok(etcdctl, '--endpoints', member.endpoint, ...args);
  const client = new RawClient(member.endpoint);
  for (let i = 0; i < 300; i++) await put(client, `key/${i % 200}`, `value ${i}`);
  await put(client, 'large', Buffer.alloc(1_000_000, 0xa5));
  await put(client, 'empty', '');
  for (let i = 0; i < 60; i++) await remove(client, `key/${i}`);
  const granted = await ctl('lease', 'grant', '9000');
  const lease = /lease ([0-9a-f]+) granted/.exec(granted)![1]!;
  for (const key of ['leased/1', 'leased/2']) await ctl('put', `--lease=${lease}`, key, 'x');
  await ctl('lease', 'grant', '700');
  await ctl('compaction', '330');
  await put(client, 'key/70', 'after the compaction');
  await remove(client, 'key/71');
  await ctl('user', 'add', 'root:secret');
  await ctl('user', 'add', 'reader', '--no-password');
  await ctl('role', 'add', 'readers');
  await ctl('role', 'grant-permission', 'readers', 'read', 'key/', 'key0');
  await ctl('user', 'grant-role', 'reader', 'readers');
  await ctl('user', 'grant-role', 'root', 'root');
  client.close();
}

describe('a snapshot passes from etcd to Quoin and back', { skip }, () => {
  let dir: string;
  let original: string;
  let hash: number;

  before(async () => {
    dir = tempDir('snapshots');
    original = join(dir, 'etcd.db');
    const etcd = await MemberProcess.launch('etcd');
    await fillEtcd(etcd);
    hash = await hashOf(etcd);
    await ok(etcdctl, '--endpoints', etcd.endpoint, 'snapshot', 'save', original);
    await etcd.stop();
  });

  test('quoinutl says of the file what etcdutl says, in each format', async () => {
    for (const format of ['simple', 'json', 'fields', 'table']) {
      const args = ['snapshot', 'status', original, '-w', format];
      assert.equal(await ok(quoinutl, ...args), await ok(etcdutl, ...args), format);
    }
    const { hash: found } = JSON.parse(await ok(quoinutl, 'hashkv', original, '--write-out=json')) as {
      hash: number;
    };
    assert.equal(found, hash);
  });

  test('nothing is lost on the way, and both programs go on from it', async () => {
    const quoinFile = join(dir, 'quoin.db');
    const again = join(dir, 'again.db');
    await passThrough('quoin', original, quoinFile, async (member) => {
      assert.equal(await hashOf(member), hash);
      const keys = await ok(
        etcdctl,
        '--endpoints',
        member.endpoint,
        'get',
        'leased/',
        '--prefix',
        '-w',
        'fields',
      );
      assert.doesNotMatch(keys, /"Lease" : 0/);
    });
    const expected = dump(original);
    assert.ok(expected.length > 200);
    assert.deepEqual(dump(quoinFile), expected);
    await passThrough('etcd', quoinFile, again, async (member) => {
      const ctl = (...args: string[]): Promise<string> =>
        ok(etcdctl, '--endpoints', member.endpoint, ...args);
      assert.equal(await hashOf(member), hash);
      assert.match(await ctl('lease', 'list'), /found 2 leases/);
      assert.match(await ctl('role', 'get', 'readers'), /key\/, key0/);
      assert.equal((await ctl('user', 'list')).trim(), 'reader\nroot');
    });
    assert.deepEqual(dump(again), expected);
    for (const format of ['simple', 'json', 'fields', 'table']) {
      const args = ['snapshot', 'status', quoinFile, '-w', format];
      assert.equal(await ok(quoinutl, ...args), await ok(etcdutl, ...args), format);
    }
  });

  test('three members start as a cluster from one file', async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const initialCluster = ports.map((port, i) => `m${i}=http://127.0.0.1:${port}`).join(',');
    const dataDir = (i: number): string => join(dir, `cluster-${i}`);
    const members: MemberProcess[] = [];
    for (const [i, peerPort] of ports.entries()) {
      const peerUrl = `http://127.0.0.1:${peerPort}`;
      const cluster = ['--initial-cluster', initialCluster, '--initial-advertise-peer-urls', peerUrl];
      await ok(
        quoinutl,
        'snapshot',
        'restore',
        original,
        '--data-dir',
        dataDir(i),
        '--name',
        `m${i}`,
        ...cluster,
      );
      const settings = { dataDir: dataDir(i), name: `m${i}`, peerPort, initialCluster };
      members.push(await MemberProcess.prepare('quoin', settings));
    }
    try {
      await Promise.all(members.map((member) => member.start()));
      const clients = members.map((member) => new RawClient(member.endpoint));
      for (const member of members) assert.equal(await hashOf(member), hash);
      for (const [i, client] of clients.entries()) await put(client, `by/${i}`, 'x');
      for (const client of clients) {
        const all = { key: Buffer.from('by/'), range_end: Buffer.from('by0') };
        assert.equal(((await call(client, 'Range', 'Range', all))['kvs'] as Message[]).length, 3);
        client.close();
      }
    } finally {
      for (const member of members) await member.stop('SIGKILL');
    }
  });

  test('a restored store serves no revision from before the bump', async () => {
    const dataDir = join(tempDir('bumped'), 'data');
    const peerPort = await freePort();
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const cluster = ['--initial-cluster', `m1=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl];
    const bump = ['--bump-revision', '1000000', '--mark-compacted'];
    await ok(
      quoinutl,
      'snapshot',
      'restore',
      original,
      '--data-dir',
      dataDir,
      '--name',
      'm1',
      ...cluster,
      ...bump,
    );
    const before = JSON.parse(await ok(quoinutl, 'snapshot', 'status', original, '-w', 'json')) as {
      revision: number;
    };
    const member = await MemberProcess.launch('quoin', { dataDir, peerPort, name: 'm1' });
    try {
      const client = new RawClient(member.endpoint);
      assert.equal(await put(client, 'new', 'x'), before.revision + 1_000_001);
      const old = encode('RangeRequest', { key: Buffer.from('key/70'), revision: before.revision });
      const answer = await client.unary('/etcdserverpb.KV/Range', old);
      assert.match(answer.message, /required revision has been compacted/);
      const kept = await call(client, 'Range', 'Range', {
        key: Buffer.from('key/'),
        range_end: Buffer.from('key0'),
      });
      assert.equal((kept['kvs'] as Message[]).length, 139);
      client.close();
    } finally {
      await member.stop();
    }
  });

  test('a damaged file is refused, and leaves nothing behind', async () => {
    const whole = readFileSync(original);
    const damaged = join(dir, 'damaged.db');
    const target = join(dir, 'never');
    for (let seed = 1; seed <= 6; seed++) {
      const prng = new Prng(seed);
      let bytes: Uint8Array = Uint8Array.from(whole);
      if (seed % 3 === 0) bytes = bytes.subarray(0, prng.below(bytes.length));
      else bytes[prng.below(bytes.length)]! ^= 1 << prng.below(8);
      writeFileSync(damaged, bytes);
      const result = await utl('snapshot', 'restore', damaged, '--data-dir', target);
      assert.equal(result.code, 1, `seed ${seed}: ${result.stderr}`);
      assert.match(
        result.stderr,
        /Error: (expected sha256 \[.*\], got \[.*\]|snapshot missing hash but --skip-hash-check=false)\n$/,
        `seed ${seed}`,
      );
      assert.ok(!existsSync(target), `seed ${seed}`);
      const status = await utl('snapshot', 'status', damaged);
      assert.equal(status.code, 1, `seed ${seed}: ${status.stdout}`);
    }
  });

  test('without the hash, the structure is still looked over', async () => {
    const whole = readFileSync(original);
    const cut = join(dir, 'cut.db');
    const target = join(dir, 'never');
    writeFileSync(cut, whole.subarray(0, 3 * 4096));
    const result = await utl('snapshot', 'restore', cut, '--data-dir', target, '--skip-hash-check');
    assert.equal(result.code, 1);
    assert.match(
      result.stderr,
      /snapshot file integrity check failed\. 1 errors found\.\npage \d+ \(offset \d+\): /,
    );
    assert.ok(!existsSync(target));
    copyFileSync(original, cut);
    writeFileSync(cut, whole.subarray(0, whole.length - 32));
    await ok(quoinutl, 'snapshot', 'restore', cut, '--data-dir', target, '--skip-hash-check');
    assert.deepEqual(readdirSync(join(target, 'member')).includes('wal'), true);
  });

  test('wrong arguments are answered as etcdutl answers them', async () => {
    const lines = [
      ['snapshot', 'status'],
      ['snapshot', 'status', join(dir, 'none.db')],
      ['snapshot', 'status', original, '-w', 'yaml'],
      ['snapshot', 'status', original, '-w', 'protobuf'],
      ['snapshot', 'restore', original, '--data-dir', dir],
      ['snapshot', 'restore', original, '--data-dir', join(dir, 'x'), '--name', 'other'],
      ['snapshot', 'restore', original, '--data-dir', join(dir, 'x'), '--wal-dir', dir],
      ['snapshot', 'restore', original, '--data-dir', join(dir, 'x'), '--initial-cluster', 'default=foo'],
      ['snapshot', 'restore', original, '--data-dir', join(dir, 'x'), '--bump-revision', '5'],
    ];
    const shape = ({ code, stderr }: CommandResult): string => {
      const errors = stderr.split('\n').filter((line) => line.startsWith('Error: '));
      return `${code} ${[...new Set(errors)].join(' ')}`;
    };
    for (const args of lines) {
      assert.equal(shape(await utl(...args)), shape(await runCommand(etcdutl, args)), args.join(' '));
    }
  });

  after(() => {
    assert.ok(!existsSync(join(dir, 'never', 'member', 'snap')));
  });
});

test(`a snapshot of ${KEYS} keys is the same on both sides`, { skip }, async () => {
  const dir = tempDir('large');
  const file = join(dir, 'quoin.db');
  const quoin = await MemberProcess.launch('quoin');
  const client = new RawClient(quoin.endpoint);
  for (let i = 0; i < KEYS; i += KEYS_PER_TXN) {
    const success: Message[] = [];
    for (let k = i; k < i + KEYS_PER_TXN; k++) {
      success.push({ request_put: { key: Buffer.from(`k${k}`), value: Buffer.alloc(k % 97, k) } });
    }
    await call(client, 'Txn', 'Txn', { success });
  }
  client.close();
  await ok(etcdctl, '--endpoints', quoin.endpoint, 'snapshot', 'save', file);
  const hash = await hashOf(quoin);
  await quoin.stop();
  const args = ['snapshot', 'status', file, '-w', 'json'];
  assert.equal(await ok(quoinutl, ...args), await ok(etcdutl, ...args));
  const again = join(dir, 'etcd.db');
  await passThrough('etcd', file, again, async (member) => assert.equal(await hashOf(member), hash));
  // At its start etcd numbers the state of its users, which there are none of.
  const keysOf = (path: string): string[] => dump(path).filter((line) => line.startsWith('key/'));
  assert.equal(keysOf(file).length, KEYS);
  assert.ok(keysOf(again).join() === keysOf(file).join());
});
