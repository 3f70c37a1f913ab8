/**
 * The JSON gateway as a list of requests whose answers are written down, one line each, so that two programs can be
 * compared: status, content type and body as JSON, sorted. What belongs to a member or to a moment is masked.
 */
import { WebSocket } from 'ws';
import { LineStream, type PostOptions, post } from '../clients/gateway.js';

/** Fields that differ between any two members. */
const MASKED = new Set([
  'cluster_id',
  'member_id',
  'raft_term',
  'raftTerm',
  'raftIndex',
  'raftAppliedIndex',
  'leader',
  'dbSize',
  'dbSizeInUse',
  'dbSizeQuota',
  'hash',
  'version',
  'storageVersion',
  'downgradeInfo',
  'peerURLs',
  'clientURLs',
  'memberID',
  'token',
]);

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const A = b64('a');

/** Masks, and sorts names. `version` is a member's in a status, but a key's in a KeyValue, where it is no text with dots. */
function masked(name: string, value: unknown): unknown {
  // Members and leases that were not named by the scenario.
  if (name === 'ID' && String(value).length > 10) return '*';
  if (MASKED.has(name) && !(name === 'version' && /^\d+$/.test(String(value)))) return '*';
  if (Array.isArray(value)) return value.map((each) => masked('', each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, unknown>)
    .filter(([key]) => key !== 'storageVersion' && key !== 'dbSizeQuota' && key !== 'downgradeInfo')
    .map(([key, each]): [string, unknown] => [key, masked(key, each)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}

/** Go's protobuf prints now and then an unbreakable space. */
function shown(text: string): string {
  try {
    return JSON.stringify(masked('', JSON.parse(text.replaceAll('\u00a0', ' '))));
  } catch {
    return JSON.stringify(text);
  }
}

/** Requests whose bodies are as they are, in the order in which they are sent. */
const REQUESTS: readonly (readonly [path: string, body: unknown, options?: PostOptions])[] = [
  ['/v3/kv/put', { key: A, value: b64('1') }],
  ['/v3/kv/put', { key: A, value: b64('2'), prev_kv: true }],
  ['/v3/kv/put', { key: b64('b'), value: '_-8', prevKv: true }],
  ['/v3/kv/put', { key: A, ignore_value: true, lease: 0 }],
  ['/v3/kv/put', { key: A, ignore_value: true, value: 'YQ' }],
  ['/v3/kv/put', { key: A, lease: '5' }],
  ['/v3/kv/put', { value: A }],
  ['/v3/kv/range', { key: A }],
  ['/v3/kv/range', { key: A, rangeEnd: 'AA==' }],
  ['/v3/kv/range', { key: A, range_end: b64('z'), limit: 1 }],
  ['/v3/kv/range', { key: A, range_end: b64('z'), count_only: true }],
  [
    '/v3/kv/range',
    { key: A, range_end: b64('z'), sort_order: 'DESCEND', sort_target: 'KEY', keys_only: true },
  ],
  ['/v3/kv/range', { key: A, range_end: b64('z'), sortOrder: 1, sortTarget: 'MOD' }],
  ['/v3/kv/range', { key: A, revision: 2 }],
  ['/v3/kv/range', { key: A, revision: '100' }],
  ['/v3/kv/range', { key: b64('none') }],
  ['/v3/kv/range', ''],
  ['/v3/kv/range', '{}'],
  [
    '/v3/kv/txn',
    {
      compare: [{ result: 'EQUAL', target: 'CREATE', key: b64('t'), create_revision: '0' }],
      success: [{ requestPut: { key: b64('t'), value: A } }],
      failure: [{ request_range: { key: b64('t') } }],
    },
  ],
  [
    '/v3/kv/txn',
    {
      compare: [{ result: 'EQUAL', target: 'CREATE', key: b64('t'), create_revision: '0' }],
      success: [{ requestPut: { key: b64('t'), value: A } }],
      failure: [{ request_range: { key: b64('t') } }],
    },
  ],
  [
    '/v3/kv/txn',
    {
      compare: [{ target: 'VALUE', key: b64('t'), value: A }],
      success: [{ requestTxn: { success: [{ requestDeleteRange: { key: b64('t'), prev_kv: true } }] } }],
    },
  ],
  ['/v3/kv/txn', { success: [{ requestPut: { key: A } }, { requestPut: { key: A } }] }],
  ['/v3/kv/txn', { success: [{}] }],
  ['/v3/kv/txn', '{"success":[{"requestPut":null,"requestRange":{"key":"YQ"}}]}'],
  ['/v3/kv/txn', '{"success":[{"requestPut":{"key":"YQ"},"requestRange":{"key":"YQ"}}]}'],
  ['/v3/kv/txn', '{"success":[null]}'],
  ['/v3/kv/txn', '{"success":{}}'],
  ['/v3/kv/txn', '{"compare":[{"key":"YQ","version":"1","value":""}]}'],
  ['/v3/kv/txn', '{} trailing'],
  ['/v3/kv/deleterange', { key: b64('b'), prev_kv: true }],
  ['/v3/kv/deleterange', { key: b64('b') }],
  ['/v3/kv/compaction', { revision: 3, physical: true }],
  ['/v3/kv/compaction', { revision: 3 }],
  ['/v3/kv/compaction', { revision: 300 }],
  ['/v3/kv/range', { key: A, revision: 2 }],
  ...[
    '{"key":"!!!"}',
    '{"key":5}',
    '{"key":',
    'nonsense',
    '[]',
    '"x"',
    'null',
    '{"key":"YQ","limit":"1.0"}',
    '{"key":"YQ","limit":1.5}',
    '{"key":"YQ","limit":1e2}',
    '{"key":"YQ","limit":" 1"}',
    '{"key":"YQ","limit":99999999999999999999}',
    '{"key":"YQ","serializable":"true"}',
    '{"key":"YQ","sort_order":"BLAH"}',
    '{"key":"YQ","sort_order":true}',
    '{"key":"YQ","key":"Yg"}',
    '{"key":"YQ","bogus":{"a":[1,2,{}]}}',
    '{"key":"YQ","bogus":{"a":[1,2,{]}}',
    '{"range_end":"YQ","rangeEnd":"YQ"}',
    '{"key":null}',
    '{"key":"YQ==="}',
    '{"key":"Y\\nQ=="}',
    '{key:1}',
    '{"a" 1}',
    '{"key":"YQ","limit":true}',
  ].map((body) => ['/v3/kv/range', body] as const),
  ['/v3/lease/grant', { TTL: '600', ID: '777' }],
  ['/v3/lease/grant', { TTL: 600, ID: 777 }],
  ['/v3/lease/grant', { TTL: '0' }],
  ['/v3/lease/grant', { TTL: '9000000001' }],
  ['/v3/kv/put', { key: b64('leased'), lease: '777' }],
  ['/v3/kv/range', { key: b64('leased') }],
  ['/v3/kv/lease/timetolive', { ID: '777', keys: true }],
  ['/v3/lease/timetolive', { ID: '778' }],
  ['/v3/lease/leases', {}],
  ['/v3/kv/lease/leases', ''],
  ['/v3/kv/lease/revoke', { ID: '778' }],
  ['/v3/lease/revoke', { ID: '777' }],
  ['/v3/cluster/member/list', {}],
  ['/v3/cluster/member/add', '{"peerURLs":[1]}'],
  ['/v3/cluster/member/add', '{"peerURLs":"x"}'],
  ['/v3/cluster/member/remove', { ID: '5' }],
  ['/v3/cluster/member/promote', { ID: '5' }],
  ['/v3/maintenance/status', {}],
  ['/v3/maintenance/alarm', { action: 'GET' }],
  ['/v3/maintenance/alarm', { action: 'ACTIVATE', memberID: '7', alarm: 'NOSPACE' }],
  ['/v3/maintenance/alarm', { action: 2, memberID: 7, alarm: 1 }],
  ['/v3/maintenance/hash', {}],
  ['/v3/maintenance/hashkv', { revision: 100 }],
  ['/v3/maintenance/transfer-leadership', { targetID: '5' }],
  ['/v3/maintenance/defragment', {}],
  ['/v3/lock/lock', { name: b64('l'), lease: '99' }],
  ['/v3/lock/unlock', { key: b64('l') }],
  ['/v3/election/leader', { name: b64('e') }],
  ['/v3/election/proclaim', {}],
  ['/v3/nope', {}],
  ['/v3/', {}],
  ['/v3/kv/range/', {}],
  ['//v3/kv/range', { key: A }],
  ['/v3', {}],
  ['/v3/kv/%72ange', { key: A }],
  ['/v3beta/kv/range', { key: A }],
  ['/v3alpha/kv/range', { key: A }],
  ['/v3/kv/range', '', { method: 'GET' }],
  ['/v3/kv/range', '', { method: 'PUT' }],
  ['/v3/kv/range', '', { method: 'OPTIONS' }],
  ['/v3/kv/range', { key: A }, { headers: { 'Grpc-Timeout': '1n' } }],
  ['/v3/kv/range', { key: A }, { headers: { 'Grpc-Timeout': '1x' } }],
  ['/v3/kv/range', { key: A }, { headers: { 'Grpc-Timeout': '0S' } }],
  ['/v3/kv/range', { key: A }, { headers: { 'Grpc-Metadata-x-bin': '%%%' } }],
  ['/v3/kv/range', { key: A }, { headers: { 'Grpc-Metadata-hasleader': 'true' } }],
  ['/v3/kv/put', { key: A, value: Buffer.alloc(1_600_000).toString('base64') }],
  ['/v3/kv/put', { key: A, value: Buffer.alloc(3_000_000).toString('base64') }],
  ['/v3/kv/txn', `{"bogus":${'['.repeat(9000)}${']'.repeat(9000)}}`],
  ['/v3/kv/txn', `{"bogus":${'['.repeat(11_000)}`],
];

export class GatewayScenario {
  readonly lines: string[] = [];
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async run(url: string): Promise<readonly string[]> {
    const scenario = new GatewayScenario(url);
    for (const [path, body, options] of REQUESTS) await scenario.#ask(path, body, options);
    await scenario.#stream();
    await scenario.#socket();
    await scenario.#authenticate();
    return scenario.lines;
  }

  async #ask(path: string, body: unknown, options: PostOptions = {}): Promise<Record<string, unknown>> {
    const { status, headers, text } = await post(this.#url, path, body, options);
    const request = typeof body === 'string' ? body : JSON.stringify(body);
    const kind = `${headers['content-type']} ${headers['grpc-metadata-content-type']} ${headers['access-control-allow-origin']}`;
    const told = `${JSON.stringify(options)} ${request}`.slice(0, 200);
    this.lines.push(`${path} ${told}: ${status} ${kind} ${shown(text)}`);
    return status === 200 && text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  }

  /** All lines of an answer to requests that are sent at once; `count` if the answer has no end. */
  async #lines(
    name: string,
    path: string,
    requests: readonly unknown[],
    count = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const stream = new LineStream(this.#url, path);
    for (const request of requests) stream.send(request);
    stream.finish();
    const lines: string[] = [`${await stream.status()}`];
    while (lines.length <= count) {
      const line = await stream.read();
      if (line === undefined) break;
      lines.push(shown(JSON.stringify(line)));
    }
    stream.close();
    this.lines.push(`${name}: ${lines.join(' | ')}`);
  }

  async #stream(): Promise<void> {
    await post(this.#url, '/v3/lease/grant', { ID: '888', TTL: '600' });
    await this.#lines('keep-alives', '/v3/lease/keepalive', [{ ID: '888' }, { ID: 999 }]);
    await this.#lines('no keep-alives', '/v3/lease/keepalive', []);
    await this.#lines('broken keep-alives', '/v3/lease/keepalive', [{ ID: '888' }, 'x']);
    await this.#lines(
      'watches',
      '/v3/watch',
      [{ create_request: { key: A, watch_id: 5 } }, { createRequest: { key: A, watchId: '5' } }],
      2,
    );
    const { header } = JSON.parse(
      (await post(this.#url, '/v3/kv/put', { key: b64('w'), value: A })).text,
    ) as {
      header: { revision: string };
    };
    await post(this.#url, '/v3/kv/deleterange', { key: b64('w') });
    const startRevision = header.revision;
    await this.#lines(
      'events',
      '/v3/watch',
      [{ create_request: { key: b64('w'), start_revision: startRevision, prev_kv: true } }],
      2,
    );
    await this.#lines(
      'compacted',
      '/v3/watch',
      [{ create_request: { key: b64('w'), start_revision: '1' } }],
      2,
    );
    await this.#lines(
      'filtered',
      '/v3/watch',
      [{ create_request: { key: b64('w'), start_revision: startRevision, filters: ['NOPUT'] } }],
      2,
    );
    await this.#ask('/v3/election/observe', '{"name":5}');
  }

  #socket(): Promise<void> {
    const ask = (
      path: string,
      messages: readonly string[],
      count: number,
      protocols: string[] = [],
    ): Promise<void> =>
      new Promise((resolve) => {
        const got: string[] = [];
        const socket = new WebSocket(`${this.#url.replace('http', 'ws')}${path}`, protocols);
        const done = (): void => {
          this.lines.push(`socket ${path} ${messages.join('')} ${socket.protocol}: ${got.join(' | ')}`);
          socket.terminate();
          resolve();
        };
        socket.on('open', () => {
          for (const message of messages) socket.send(message);
        });
        socket.on('message', (message: Buffer, isBinary) => {
          got.push(`${isBinary ? 'binary' : 'text'} ${shown(message.toString())}`);
          if (got.length === count) done();
        });
        socket.on('unexpected-response', (_request, response) => {
          got.push(`status ${response.statusCode}`);
          done();
        });
        socket.on('error', () => {});
      });
    return ask('/v3/watch', [`{"create_request":{"key":"${A}"}}`, '{"create_request":{"key":"Yg"}}'], 2)
      .then(() => ask('/v3/kv/range', ['{"key":', '"YQ"}'], 1))
      .then(() => ask('/v3/kv/range', ['garbage'], 1))
      .then(() => ask('/v3/kv/range', ['{"key":"YQ"}'], 1, ['Bearer', 'token']))
      .then(() => ask('/v3/nope', ['{}'], 1))
      .then(() => ask('/v3alpha/watch', ['{}'], 1));
  }

  async #authenticate(): Promise<void> {
    const reader = b64('r');
    for (const [path, body] of [
      ['user/add', { name: 'root', password: 'pw' }],
      ['user/add', { name: 'root', password: 'pw' }],
      ['user/add', '{"name":"\\ud800abcdef"}'],
      ['user/add', { name: 'u', password: 'pw' }],
      ['user/add', { name: 'n', options: { no_password: true } }],
      ['role/add', { name: 'root' }],
      ['role/add', { name: 'reader' }],
      ['role/grant', { name: 'reader', perm: { permType: 'READ', key: reader, range_end: b64('s') } }],
      ['role/grant', { name: 'reader', perm: { permType: 1, key: b64('w') } }],
      ['role/get', { role: 'reader' }],
      ['role/get', { role: 'none' }],
      ['role/list', {}],
      ['user/grant', { user: 'root', role: 'root' }],
      ['user/grant', { user: 'u', role: 'reader' }],
      ['user/get', { name: 'u' }],
      ['user/list', {}],
      ['status', {}],
      // Once auth is on, 3.5 tells its status to root only; 3.7 and Quoin to everybody.
      ['enable', {}],
      ['authenticate', { name: 'root', password: 'bad' }],
    ] as const) {
      await this.#ask(`/v3/auth/${path}`, body);
    }
    await this.#ask('/v3/kv/range', { key: reader });
    await this.#ask('/v3/kv/put', { key: reader }, { headers: { Authorization: 'garbage' } });
    const token = String((await this.#ask('/v3/auth/authenticate', { name: 'u', password: 'pw' }))['token']);
    const root = String(
      (await this.#ask('/v3/auth/authenticate', { name: 'root', password: 'pw' }))['token'],
    );
    const as = async (who: string, path: string, body: unknown): Promise<void> => {
      const { status, text } = await post(this.#url, path, body, { headers: { Authorization: who } });
      this.lines.push(
        `${who === root ? 'root' : 'user'} ${path} ${JSON.stringify(body)}: ${status} ${shown(text)}`,
      );
    };
    await as(token, '/v3/kv/range', { key: reader });
    await as(token, '/v3/kv/put', { key: reader });
    await as(token, '/v3/kv/put', { key: b64('w'), prev_kv: true });
    await as(token, '/v3/kv/put', { key: b64('w') });
    await as(token, '/v3/auth/user/list', {});
    await as(root, '/v3/kv/put', { key: reader, value: A });
    await this.#lines('watch of nobody', '/v3/watch', [{ create_request: { key: reader } }], 1);
    await this.#lines('keep-alive of nobody', '/v3/lease/keepalive', [{ ID: '888' }]);
    await as(root, '/v3/auth/user/delete', { name: 'n' });
    await as(token, '/v3/kv/range', { key: reader });
    await as(root, '/v3/auth/disable', {});
    await this.#ask('/v3/kv/range', { key: reader });
  }
}
