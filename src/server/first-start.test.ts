import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpClient, HttpClientAnswer } from '../platform/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { BootstrapError } from './bootstrap-error.js';
import { type FirstStart, type FirstStartOptions, type FirstStartPorts, firstStart } from './first-start.js';
import { sha1 } from './member-fixture.conformance.js';

const THREE = new Map([
  ['a', ['http://a:1']],
  ['b', ['http://b:1']],
  ['c', ['http://c:1']],
]);
const OPTIONS: FirstStartOptions = {
  name: 'a',
  initialCluster: THREE,
  initialClusterState: 'new',
  initialClusterToken: 'token',
};
const EXISTING = { ...OPTIONS, initialClusterState: 'existing' } as const;

/** Ids beyond 2^53, as real ones are: what rounds them takes them for one another. */
const IDS = [0xffff_ffff_ffff_fff1n, 0xffff_ffff_ffff_fff2n, 0xffff_ffff_ffff_fff3n];

/** `url` of `newcomer` has not been started yet. */
const remoteJson = (urls: readonly string[], newcomer = 'http://a:1'): string =>
  `[${urls
    .map((url, i) => {
      const clients = url !== newcomer ? ',"clientURLs":["http://x:2"]' : '';
      return `{"id":${IDS[i]},"peerURLs":["${url}"],"name":"\\"id\\":7"${clients}}`;
    })
    .join(',')}]`;

interface World extends FirstStartPorts {
  readonly asked: string[];
  readonly lines: string[];
}

/** Peers that answer by URL; who is not listed refuses the connection. */
function world(
  answers: Readonly<Record<string, string>>,
  hosts: Readonly<Record<string, string>> = {},
): World {
  const asked: string[] = [];
  const lines: string[] = [];
  const http: HttpClient = {
    get: async (url): Promise<HttpClientAnswer> => {
      asked.push(url);
      const body = answers[url];
      if (body === undefined) throw new Error('connection refused');
      const header = (name: string) => (name === 'x-etcd-cluster-id' ? 'c500b49b62d38d72' : undefined);
      return { status: body === '' ? 503 : 200, body, header };
    },
  };
  return {
    asked,
    lines,
    sha1,
    clock: new ManualClock(),
    sink: { log: (level, message) => void lines.push(`${level}: ${message}`) },
    http,
    resolveHost: async (host) => {
      if (hosts[host] === undefined) throw new Error('no such host');
      return hosts[host];
    },
  };
}

async function refusal(options: FirstStartOptions, ports: FirstStartPorts): Promise<string> {
  const error = await firstStart(options, ports).then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BootstrapError, String(error));
  return error.message;
}

test('the members of a new cluster agree on its id, on their ids and on the first members', async () => {
  const starts: FirstStart[] = [];
  for (const name of THREE.keys()) starts.push(await firstStart({ ...OPTIONS, name }, world({})));
  for (const { metadata, founders, remotes } of starts) {
    assert.equal(metadata.clusterId, starts[0]!.metadata.clusterId);
    assert.deepEqual(founders, starts[0]!.founders);
    assert.deepEqual(remotes, []);
  }
  const ids = starts.map(({ metadata }) => metadata.memberId);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(
    [...ids].sort((a, b) => (a < b ? -1 : 1)),
    starts[0]!.founders.map(({ id }) => id),
  );
  assert.deepEqual(starts[0]!.founders.map(({ name }) => name).sort(), ['a', 'b', 'c']);
  const other = await firstStart({ ...OPTIONS, initialClusterToken: 'other' }, world({}));
  assert.notEqual(other.metadata.clusterId, starts[0]!.metadata.clusterId);
});

test('a new cluster asks the others whether this member has been started before', async () => {
  const { memberId } = (await firstStart(OPTIONS, world({}))).metadata;
  const self = (clients: string): string => `[{"id":${memberId},"peerURLs":["http://a:1"]${clients}}]`;
  const started = world({ 'http://c:1/members': self(',"clientURLs":["http://a:2"]') });
  assert.equal(
    await refusal(OPTIONS, started),
    `member ${memberId.toString(16)} has already been bootstrapped: if its data is lost, remove it from the cluster and add it again`,
  );
  assert.deepEqual(started.asked, ['http://b:1/members', 'http://c:1/members']);
  const notYet = world({ 'http://b:1/members': self('') });
  assert.equal((await firstStart(OPTIONS, notYet)).metadata.memberId, memberId);
  assert.deepEqual([notYet.asked, notYet.lines], [['http://b:1/members'], []]);
  const alone = world({});
  await firstStart({ ...OPTIONS, initialCluster: new Map([['a', ['http://a:1']]]) }, alone);
  assert.deepEqual(alone.asked, []);
});

test('a joiner finds its id and the cluster’s at the first peer that answers well', async () => {
  const ports = world({
    'http://b:1/members': '',
    'http://c:1/members': remoteJson(['http://c:1', 'http://a:1', 'http://b:1']),
  });
  const { metadata, founders, remotes } = await firstStart(EXISTING, ports);
  assert.deepEqual(metadata, { clusterId: 0xc500b49b62d38d72n, memberId: IDS[1] });
  assert.deepEqual(founders, []);
  assert.deepEqual(
    remotes.map(({ id, peerUrls }) => [id, peerUrls]),
    [
      [IDS[0], ['http://c:1']],
      [IDS[2], ['http://b:1']],
    ],
  );
  assert.equal(remotes[0]!.name, '"id":7');
  assert.deepEqual(ports.lines, ['warn: failed to get cluster response']);
});

test('a member that has run does not join without its data, unless its log shows that it has promised nothing', async () => {
  const urls = ['http://c:1', 'http://a:1', 'http://b:1'];
  const ports = world({ 'http://b:1/members': remoteJson(urls, 'nobody') });
  assert.equal(
    await refusal(EXISTING, ports),
    'member fffffffffffffff2 has already been bootstrapped: if its data is lost, remove it from the cluster and add it again',
  );
  assert.equal((await firstStart(EXISTING, ports, true)).metadata.memberId, IDS[1]);
});

test('a joiner whose settings do not fit the cluster is refused', async () => {
  const hosts = { a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3', z: '10.0.0.9' };
  const from = (json: string): World => world({ 'http://b:1/members': json }, hosts);
  assert.equal(
    await refusal(EXISTING, world({})),
    'cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs',
  );
  assert.match(
    await refusal(EXISTING, from(remoteJson(['http://a:1', 'http://b:1']))),
    /^error validating peerURLs \{ClusterID:c500b49b62d38d72 Members:\[\{ID:fffffffffffffff1 .*\}: member count is unequal$/,
  );
  assert.match(
    await refusal(EXISTING, from(remoteJson(['http://a:1', 'http://b:1', 'http://z:1']))),
    /: PeerURLs: no match found for existing member \(fffffffffffffff3, \[http:\/\/z:1\]\), last resolver error \(resolved urls: "http:\/\/10.0.0.9:1" != "http:\/\/10.0.0.3:1"\)$/,
  );
  for (const bad of ['[]', '{}', 'nonsense', '[{"peerURLs":["http://a:1"]}]', '[null]', '[{"id":"x"}]']) {
    assert.match(await refusal(EXISTING, from(bad)), /could not retrieve cluster information/, bad);
  }
});

test('URLs are compared by the addresses of their hosts, too', async () => {
  const hosts = { a: '10.0.0.1', b: '10.0.0.2', c: 'fd00::3' };
  const json = remoteJson(['http://10.0.0.1:1', 'http://b:1', 'http://[fd00::3]:1'], 'http://10.0.0.1:1');
  const { metadata } = await firstStart(EXISTING, world({ 'http://b:1/members': json }, hosts));
  assert.equal(metadata.memberId, IDS[0]);
  const advertised = { ...OPTIONS, advertisePeerUrls: ['http://10.0.0.1:1'] };
  await firstStart(advertised, world({}, hosts));
  assert.match(
    await refusal(advertised, world({}, { ...hosts, a: '10.0.0.9' })),
    /^--initial-cluster has a=http:\/\/a:1 but missing from --initial-advertise-peer-urls=http:\/\/10.0.0.1:1 \(resolved urls: "http:\/\/10.0.0.1:1" != "http:\/\/10.0.0.9:1"\)$/,
  );
});

test('a host without an address is asked for again, for half a minute', async () => {
  const ports = world({});
  const advertised = { ...OPTIONS, advertisePeerUrls: ['http://10.0.0.1:1'] };
  let attempts = 0;
  const resolveHost = async (): Promise<string> => {
    if (++attempts < 3) throw new Error('no such host');
    return '10.0.0.1';
  };
  const starting = firstStart(advertised, { ...ports, resolveHost });
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    (ports.clock as ManualClock).advance(1000);
  }
  assert.equal((await starting).founders.length, 3);
  assert.equal(attempts, 3);
});

test('settings that contradict one another are refused, before anybody is asked', async () => {
  const cases: [Partial<FirstStartOptions>, string][] = [
    [{ name: 'd' }, 'couldn\'t find local name "d" in the initial cluster configuration'],
    [
      { initialCluster: new Map([...THREE, ['d', ['http://b:1']]]) },
      'initial cluster a=http://a:1,b=http://b:1,c=http://c:1,d=http://b:1 has duplicate url',
    ],
    [
      { advertisePeerUrls: ['http://a:1', 'http://a:2'] },
      '--initial-advertise-peer-urls has http://a:2 but missing from --initial-cluster=a=http://a:1,a=http://a:2',
    ],
  ];
  for (const [options, message] of cases) {
    const ports = world({});
    assert.equal(await refusal({ ...OPTIONS, ...options }, ports), message);
    assert.deepEqual(ports.asked, []);
  }
});
