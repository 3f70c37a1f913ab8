import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, encodeUtf8 } from '../stdx/index.js';
import { FakeServer } from './fake-server.js';
import { progressLine } from './progress-bar.js';
import { encodeRange, PUT_PATH, RANGE_PATH } from './requests.js';
import { parseEndpoint } from './rpc.js';
import { runBench } from './run.js';
import { prefixEnd } from './workloads.js';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(server: FakeServer, line: string): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await runBench(line.split(' '), {
    connect: server.connect,
    now: server.now,
    out: (text) => (out += text),
    err: (text) => (err += text),
    progress: { isTTY: false, write: () => assert.fail('progress is for terminals') },
  });
  return { code, out, err };
}

const okServer = (): FakeServer => new FakeServer(1, () => [0, '', new Uint8Array(2)]);

/** The bytes field with this number. */
function field(message: Uint8Array, number: number): Uint8Array {
  const reader = new ByteReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === number * 8 + 2) return reader.bytes();
    reader.skip(tag);
  }
  return assert.fail(`no field ${number}`);
}

test('range asks for the range with the consistency of the flag', async () => {
  const server = okServer();
  const outcome = await run(server, '--endpoints=a:1,b:2 --conns=3 range k m --consistency=s --total=5');
  assert.equal(outcome.code, 0, outcome.err);
  assert.match(outcome.out, /^bench with serializable range\n\nSummary:\n {2}Total:\t0\.0050 secs\./);
  assert.deepEqual(
    server.endpoints.map(({ host, port }) => `${host}:${port}`),
    ['a:1', 'b:2', 'a:1'],
  );
  assert.equal(server.calls.length, 5);
  const expected = encodeRange({
    key: encodeUtf8('k'),
    rangeEnd: encodeUtf8('m'),
    serializable: true,
    limit: 0,
    keysOnly: false,
    countOnly: false,
  });
  for (const call of server.calls) {
    assert.equal(call.path, RANGE_PATH);
    assert.deepEqual(call.message, expected);
  }
});

test('put writes keys and values of the sizes asked for', async () => {
  const server = okServer();
  const outcome = await run(
    server,
    'put --key-size 12 --val-size 34 --key-space-size 4 --sequential-keys --total 8',
  );
  assert.equal(outcome.code, 0);
  const keys = server.calls.map(({ path, message }) => {
    assert.equal(path, PUT_PATH);
    assert.equal(field(message, 2).length, 34);
    assert.equal(field(message, 1).length, 12);
    return field(message, 1)[0]! / 2;
  });
  assert.deepEqual(keys, [0, 1, 2, 3, 0, 1, 2, 3]);
});

test('a transaction puts different keys', async () => {
  const server = okServer();
  await run(server, 'txn-put --txn-ops 3 --key-space-size 5 --total 20');
  for (const { message } of server.calls) {
    const keys = new Set<number>();
    const reader = new ByteReader(message);
    while (!reader.done) {
      assert.equal(reader.tag(), 2 * 8 + 2);
      keys.add(field(field(reader.bytes(), 2), 1)[0]!);
    }
    assert.equal(keys.size, 3);
  }
});

test('a connection that does not stand in time, and samples by the second', async () => {
  let err = '';
  const ports = {
    now: () => 0,
    out: () => {},
    err: (text: string) => (err += text),
    progress: { isTTY: false, write: () => {} },
  };
  const never = { ...ports, connect: () => new Promise<never>(() => {}) };
  assert.equal(await runBench(['put', '--dial-timeout=5ms', '--endpoints=h:1'], never), 1);
  assert.equal(err, 'Error: no connection to h:1 after 5 ms\n');
  const { out } = await run(okServer(), 'put --total 3 --sample --dial-timeout 1s');
  assert.match(out, /\nSample in one second .*:\nUNIX-SECOND,.*\n(\d+,1ms,1ms,1ms,\d\n)+$/);
});

test('JSON is one value on one line', async () => {
  const { out } = await run(okServer(), 'put --total 4 --json');
  const report = JSON.parse(out) as Record<string, unknown>;
  assert.equal(out.split('\n').length, 2);
  assert.equal(report['command'], 'put');
  assert.equal(report['requests'], 4);
  assert.equal(report['requestsPerSecond'], 1000);
});

test('failures are reported and make the exit code 1', async () => {
  const server = new FakeServer(1, () => [8, 'etcdserver: mvcc: database space exceeded']);
  const failed = await run(server, 'put --total 3');
  assert.equal(failed.code, 1);
  assert.equal(failed.out, '\nError distribution:\n  [3]\tetcdserver: mvcc: database space exceeded\n');
  const wrong = await run(server, 'put --bogus');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^Error: unknown flag: --bogus\n/);
  assert.match((await run(server, '--endpoints nonsense put')).err, /endpoint "nonsense"/);
  assert.match((await run(server, 'put --dial-timeout 5')).err, /invalid --dial-timeout/);
  assert.match((await run(server, 'put --key-size 1 --key-space-size 100')).err, /too small/);
});

test('a user is authenticated once and the token goes with every call', async () => {
  const server = new FakeServer(1, ({ path }) => [
    0,
    '',
    path.endsWith('/Authenticate') ? encodeUtf8('\x12\x05tok.7') : new Uint8Array(2),
  ]);
  assert.equal((await run(server, '--user root:se:cret put --total 2')).code, 0);
  const [first, ...puts] = server.calls;
  assert.deepEqual(
    [field(first!.message, 1), field(first!.message, 2)],
    [encodeUtf8('root'), encodeUtf8('se:cret')],
  );
  assert.equal(puts.length, 2);
  for (const put of puts) assert.deepEqual(put.metadata, [['token', 'tok.7']]);
});

test("table runs the four rows and sets them beside etcd's figures", async () => {
  const server = okServer();
  const { out, code } = await run(server, 'table --total-single 20 --total-many 3000');
  assert.equal(code, 0);
  assert.equal(server.calls.filter(({ path }) => path === RANGE_PATH).length, 2 * 20 + 2 * 3000);
  assert.equal(server.inFlightMax, 1000);
  const rows = out.trim().split('\n').slice(-4);
  assert.match(rows[0]!, /1 +1 +linearizable +1,353 +0\.70 ms +1,000 +1\.00 ms/);
  assert.match(rows[3]!, /1000 +100 +serializable +185,758 +2\.20 ms +1,000,000 +1\.00 ms .* 5\.38x/);
});

test('TLS is asked for by an endpoint or by a flag of it', async () => {
  const asked: unknown[] = [];
  const ports = {
    now: () => 0,
    out: () => {},
    err: () => {},
    progress: { isTTY: false, write: () => {} },
    connect: (_endpoint: unknown, tls: unknown) => {
      asked.push(tls);
      return Promise.reject(new Error('that was all'));
    },
  };
  const none = { caFile: '', certFile: '', keyFile: '', skipVerify: false };
  for (const [line, tls] of [
    ['put --endpoints=h:1', undefined],
    ['put --endpoints=https://h:1', none],
    ['put --endpoints=h:1 --cacert=c', { ...none, caFile: 'c' }],
    ['put --endpoints=h:1 --cert=c --key=k', { ...none, certFile: 'c', keyFile: 'k' }],
    ['put --endpoints=h:1 --insecure-skip-tls-verify', { ...none, skipVerify: true }],
  ] as const) {
    assert.equal(await runBench(line.split(' '), ports), 1);
    assert.deepEqual(asked.pop(), tls, line);
  }
});

test('small pieces: endpoints, prefix ends, progress lines', () => {
  assert.deepEqual(parseEndpoint('http://127.0.0.1:2379'), { host: '127.0.0.1', port: 2379 });
  assert.deepEqual(parseEndpoint('https://h:2379/'), { host: 'h', port: 2379, isSecure: true });
  assert.deepEqual(parseEndpoint('[::1]:80'), { host: '::1', port: 80 });
  for (const text of ['ftp://a:1', 'a', 'a:0', 'a:65536', '', 'a:b'])
    assert.equal(parseEndpoint(text), undefined);
  assert.deepEqual([...prefixEnd(Uint8Array.of(1, 0xff, 0xff))], [2]);
  assert.deepEqual([...prefixEnd(Uint8Array.of(0xff))], [0]);
  assert.deepEqual([...prefixEnd(Uint8Array.of())], [0]);
  assert.equal(progressLine(707, 1000, 1), ` 707 / 1000 ${'█'.repeat(21)}${'░'.repeat(9)} 70.70% 1s`);
});
