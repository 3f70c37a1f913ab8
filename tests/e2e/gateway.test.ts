/** The JSON gateway of a running member: conversations, slow readers, WebSockets, noise, and the flags around it. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { Prng } from '../../src/stdx/index.js';
import { RPC_METHODS } from '../../src/wire/index.js';
import { LineStream, post, postJson } from '../clients/gateway.js';
import { httpGet, MemberProcess, sleep, waitUntil } from '../harness/index.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 1);
const BODIES = Number(process.env['QUOIN_GATEWAY_BODIES'] ?? 10_000);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface WatchLine {
  readonly result: {
    readonly created?: boolean;
    readonly events?: readonly { readonly type?: string; readonly kv: { readonly mod_revision: string } }[];
  };
}

describe('the JSON gateway', () => {
  let member: MemberProcess;
  let url: string;

  before(async () => {
    member = await MemberProcess.launch('quoin');
    url = member.clientUrl;
  });
  after(async () => {
    await member.stop();
  });

  const put = (key: string, value: string): Promise<Record<string, unknown>> =>
    postJson(url, '/v3/kv/put', { key: base64(key), value: base64(value) });

  test('a watch is a conversation: requests while answers come, and events as they happen', async () => {
    const stream = new LineStream(url, '/v3/watch');
    stream.send({ create_request: { key: base64('w1') } });
    assert.equal(((await stream.read()) as unknown as WatchLine).result.created, true);
    await put('w1', 'x');
    const event = ((await stream.read()) as unknown as WatchLine).result.events![0]!;
    assert.equal(event.type, undefined);
    stream.send({ createRequest: { key: base64('w2'), watchId: '7' } });
    const { result } = (await stream.read()) as { result: Record<string, unknown> };
    assert.deepEqual([result['watch_id'], result['created']], ['7', true]);
    stream.send({ cancel_request: { watch_id: 7 } });
    const cancelled = ((await stream.read()) as { result: Record<string, unknown> }).result;
    assert.equal(cancelled['canceled'], true);
    stream.close();
  });

  test('keep-alives are answered one by one, and the end of the requests is that of the answers', async () => {
    await postJson(url, '/v3/lease/grant', { ID: '77', TTL: '600' });
    const stream = new LineStream(url, '/v3/lease/keepalive');
    for (let i = 0; i < 3; i++) {
      stream.send({ ID: '77' });
      const { result } = (await stream.read()) as { result: Record<string, unknown> };
      assert.deepEqual([result['ID'], result['TTL']], ['77', '600']);
    }
    stream.finish();
    assert.equal(await stream.read(), undefined);
  });

  test('who reads slowly delays itself only, and misses nothing', async () => {
    const rounds = 150;
    const value = 'v'.repeat(64 * 1024);
    const slow = new LineStream(url, '/v3/watch');
    const quick = new LineStream(url, '/v3/watch');
    for (const stream of [slow, quick]) stream.send({ create_request: { key: base64('slow') } });
    assert.ok(await quick.read());
    const revisions: string[] = [];
    for (let i = 0; i < rounds; i++) {
      const { header } = (await put('slow', value)) as { header: { revision: string } };
      revisions.push(header.revision);
    }
    const seen = async (stream: LineStream): Promise<string[]> => {
      const found: string[] = [];
      while (found.length < rounds) {
        const line = (await stream.read()) as unknown as WatchLine;
        for (const { kv } of line.result.events ?? []) found.push(kv.mod_revision);
      }
      return found;
    };
    assert.deepEqual(await seen(quick), revisions);
    assert.deepEqual(await seen(slow), revisions);
    slow.close();
    quick.close();
  });

  test('a client that goes away leaves nothing behind', async () => {
    const watchers = async (): Promise<number> => {
      const { body } = await httpGet(`${url}/metrics`);
      return Number(/^etcd_debugging_mvcc_watcher_total (\S+)$/m.exec(body)?.[1] ?? Number.NaN);
    };
    const settle = async (count: number): Promise<void> => {
      for (let tries = 0; (await watchers()) !== count; tries++) {
        assert.ok(tries < 500, `there are ${await watchers()} watchers`);
        await sleep(20);
      }
    };
    await settle(0);
    const stream = new LineStream(url, '/v3/watch');
    stream.send({ create_request: { key: base64('gone') } });
    assert.ok(await stream.read());
    await settle(1);
    stream.close();
    await settle(0);
  });

  test('a watch over a WebSocket', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v3/watch`);
    const lines: WatchLine[] = [];
    socket.on('message', (message: Buffer) => void lines.push(JSON.parse(message.toString()) as WatchLine));
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(JSON.stringify({ create_request: { key: base64('ws') } }));
    await waitUntil(() => lines.length === 1, 10_000);
    await put('ws', '1');
    await waitUntil(() => lines.length === 2, 10_000);
    assert.equal(lines[1]!.result.events!.length, 1);
    socket.terminate();
  });

  test('a slow reader of a WebSocket misses nothing either', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v3/watch`);
    const revisions: string[] = [];
    let created = 0;
    socket.on('message', (message: Buffer) => {
      const { result } = JSON.parse(message.toString()) as WatchLine;
      if (result.created === true) created++;
      for (const { kv } of result.events ?? []) revisions.push(kv.mod_revision);
    });
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(JSON.stringify({ create_request: { key: base64('ws-slow') } }));
    await waitUntil(() => created === 1, 10_000);
    socket.pause();
    const expected: string[] = [];
    for (let i = 0; i < 100; i++) {
      const { header } = (await put('ws-slow', 'v'.repeat(64 * 1024))) as { header: { revision: string } };
      expected.push(header.revision);
    }
    assert.deepEqual(revisions, []);
    socket.resume();
    await waitUntil(() => revisions.length >= expected.length, 30_000);
    assert.deepEqual(revisions, expected);
    socket.terminate();
  });

  test('a snapshot comes whole', async () => {
    const stream = new LineStream(url, '/v3/maintenance/snapshot');
    stream.send({});
    let bytes = 0;
    let remaining = 0;
    for (let line = await stream.read(); line !== undefined; line = await stream.read()) {
      const { blob, remaining_bytes } = line['result'] as { blob: string; remaining_bytes?: string };
      bytes += Buffer.from(blob, 'base64').length;
      remaining = Number(remaining_bytes ?? 0);
    }
    assert.equal(remaining, 0);
    assert.equal(bytes % 4096, 32, 'pages, and their hash');
  });

  test('bodies beyond the limit are refused, whatever they pretend to be', async () => {
    const large = await post(url, '/v3/kv/put', {
      key: 'YQ',
      value: Buffer.alloc(3_000_000).toString('base64'),
    });
    assert.deepEqual(
      [large.status, JSON.parse(large.text)],
      [429, { code: 8, message: 'grpc: received message larger than max (3000008 vs. 2097152)' }],
    );
    const endless = await post(url, '/v3/kv/put', `{"key":"${'A'.repeat(16 * 1024 * 1024)}`);
    assert.equal(endless.status, 429);
    const spaces = await post(url, '/v3/kv/range', `${' '.repeat(16 * 1024 * 1024)}{"key":"YQ"}`);
    assert.equal(spaces.status, 200);
  });

  test(`${BODIES} bodies of noise are answered, and others do not notice (seed ${SEED})`, async () => {
    const prng = new Prng(SEED);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const methods = RPC_METHODS.filter(({ kind, path }) => kind === 'unary' && /KV|Lease|Lock/.test(path));
    const paths = methods
      .flatMap(({ gatewayPaths }) => gatewayPaths)
      .filter((path) => !path.startsWith('/v3/lock/lock'));
    const statuses = new Map<number, number>();
    const one = async (): Promise<void> => {
      const { status, text } = await post(url, prng.pick(paths), noise(prng), { agent });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const { code } = JSON.parse(text) as { code?: number };
      // etcd's Unlock has no better code for a key that is missing.
      const isExpected = [200, 400, 404].includes(status) || (status === 500 && code === 2);
      assert.ok(isExpected, `${status} ${text}`);
    };
    const each = 100;
    for (let done = 0; done < BODIES; done += each) {
      await Promise.all(Array.from({ length: each }, one));
      const { header } = await put('untouched', String(done));
      assert.ok(header);
    }
    agent.destroy();
    assert.ok(
      (statuses.get(200) ?? 0) > 0 && (statuses.get(400) ?? 0) > BODIES / 4,
      JSON.stringify([...statuses]),
    );
  });
});

/** Requests as a client might send them, and then damaged. */
function noise(prng: Prng): Buffer {
  const field = (): string =>
    prng.pick([
      '"key":"YQ=="',
      '"key":"Yg"',
      '"value":"/+8="',
      '"range_end":"AA=="',
      '"limit":"5"',
      '"limit":1e1',
      '"sortOrder":"DESCEND"',
      '"sort_target":3',
      '"serializable":true',
      '"lease":"0"',
      '"ID":"12345"',
      '"TTL":"60"',
      '"revision":-1',
      '"success":[{"requestPut":{"key":"YQ=="}}]',
      '"compare":[{"key":"YQ","version":"1"}]',
      '"failure":[{"requestRange":{"key":"YQ"}},{"request_delete_range":{"key":"eA"}}]',
      '"keys":true',
      '"bogus":{}',
    ]);
  const fields = Array.from({ length: prng.below(4) }, field);
  const bytes = Buffer.from(`{${fields.join(',')}}`);
  for (let damage = prng.below(4); damage > 0 && bytes.length > 0; damage--) {
    bytes[prng.below(bytes.length)] = prng.chance(0.3)
      ? prng.below(256)
      : prng.pick([...'{}[]",:\\0e-']).charCodeAt(0);
  }
  return prng.chance(0.1) ? bytes.subarray(0, prng.below(bytes.length + 1)) : bytes;
}

describe('what flags say', () => {
  test('--enable-grpc-gateway=false and --enable-lab=false leave nothing of them', async () => {
    const member = await MemberProcess.launch('quoin', {
      flags: ['--enable-grpc-gateway=false', '--enable-lab=false'],
    });
    try {
      const answer = await post(member.clientUrl, '/v3/kv/range', { key: 'YQ' });
      assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n']);
      assert.deepEqual((await httpGet(`${member.clientUrl}/lab/`)).body, '404 page not found\n');
      const socket = new WebSocket(`ws://${member.endpoint}/v3/watch`);
      const status = await new Promise((resolve) => {
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
        socket.on('open', () => resolve('open'));
      });
      assert.equal(status, 404);
      socket.on('error', () => {});
      socket.terminate();
    } finally {
      await member.stop();
    }
  });

  test('by default the Lab is there, or says how to build it', async () => {
    const member = await MemberProcess.launch('quoin', { flags: ['--cors=http://ok.example'] });
    try {
      const { status, body, headers } = await httpGet(`${member.clientUrl}/lab/`);
      if (status === 200) assert.match(String(headers['content-security-policy']), /^default-src 'self'/);
      else assert.match(body, /npm run build/);
      const from = async (origin: string): Promise<unknown> => {
        const answer = await post(member.clientUrl, '/v3/kv/range', { key: 'YQ' }, { headers: { origin } });
        assert.equal(answer.status, 200);
        return answer.headers['access-control-allow-origin'];
      };
      assert.equal(await from('http://ok.example'), 'http://ok.example');
      assert.equal(await from('http://other.example'), undefined);
      const asked = await post(member.clientUrl, '/v3/kv/range', '', { method: 'OPTIONS' });
      assert.deepEqual([asked.status, asked.text], [200, '']);
    } finally {
      await member.stop();
    }
  });
});
