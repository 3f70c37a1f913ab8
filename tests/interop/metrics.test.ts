/**
 * `/metrics` beside a real etcd's: names, types, labels and buckets are etcd's, but for what is listed here with its
 * reason, and Prometheus' own checker finds nothing to say of it that it does not say of etcd.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import {
  encode,
  findInPath,
  httpGet,
  MemberProcess,
  type MetricFamily,
  parseMetrics,
  put,
  RawClient,
  skipUnless,
  skipWithoutServer,
} from '../harness/index.js';

/** What etcd shows and Quoin does not. */
const MISSING: readonly [RegExp, string][] = [
  [/^go_/, 'there is no Go runtime; nodejs_* tells of what there is'],
  [/^etcd_server_go_version$/, 'nodejs_version_info in its place'],
  [/^etcd_debugging_store_(reads|writes)_total$/, 'there is no v2 store'],
];

/** What Quoin shows besides. */
const ADDED: readonly [RegExp, string][] = [
  [/^nodejs_/, 'the runtime there is'],
  [/^process_(cpu_system|cpu_user)_seconds_total$/, 'parts of process_cpu_seconds_total'],
  [/^process_heap_bytes$/, 'what prom-client tells of a process besides'],
  [/^etcd_server_feature_enabled$/, 'etcd has it since 3.6'],
  [/^etcd_server_apply_duration_seconds$/, 'etcd shows it, too, once a request was applied'],
];

/** Labels whose values are a matter of the one member. */
const OWN_VALUES = new Set([
  'server_id',
  'server_version',
  'cluster_version',
  'version',
  'client_api_version',
  'le',
]);

const promtool = findInPath('promtool');
const skip =
  skipWithoutServer('etcd') ||
  skipWithoutServer('quoin') ||
  skipUnless(promtool !== undefined, 'promtool is not installed');

const isListed = (list: readonly [RegExp, string][], name: string): boolean =>
  list.some(([pattern]) => pattern.test(name));

/** Every set of labels a metric has, without values that differ from member to member. */
function shapesOf({ samples }: MetricFamily): string[] {
  const shapes = samples.map(({ name, labels }) => {
    const pairs = [...labels].sort().map(([key, value]) => `${key}=${OWN_VALUES.has(key) ? '*' : value}`);
    return `${name}{${pairs.join(',')}}`;
  });
  return [...new Set(shapes)].sort();
}

const boundsOf = ({ samples }: MetricFamily): string[] => [
  ...new Set(samples.map(({ labels }) => labels.get('le')).filter((le) => le !== undefined)),
];

describe('metrics beside etcd', { skip }, () => {
  const texts = new Map<string, string>();
  let members: MemberProcess[] = [];
  before(async () => {
    for (const program of ['etcd', 'quoin'] as const) {
      const member = await MemberProcess.launch(program, { flags: ['--metrics=extensive'] });
      members.push(member);
      const client = new RawClient(member.endpoint);
      await put(client, 'key', 'value');
      const grant = encode('LeaseGrantRequest', { ID: 7, TTL: 100 });
      assert.equal((await client.unary('/etcdserverpb.Lease/LeaseGrant', grant)).code, 0);
      client.close();
      await httpGet(`${member.clientUrl}/readyz`);
      await httpGet(`${member.clientUrl}/livez`);
      texts.set(program, (await httpGet(`${member.clientUrl}/metrics`)).body);
    }
  });
  after(async () => {
    for (const member of members) await member.stop();
    members = [];
  });
  const families = (program: string): Map<string, MetricFamily> => parseMetrics(texts.get(program)!);

  test('names and types', () => {
    const [real, own] = [families('etcd'), families('quoin')];
    const problems: string[] = [];
    for (const [name, { type }] of real) {
      const counterpart = own.get(name);
      if (counterpart === undefined) {
        if (!isListed(MISSING, name)) problems.push(`${name} is missing`);
      } else if (counterpart.type !== type) {
        problems.push(`${name} is a ${counterpart.type}, not a ${type}`);
      }
    }
    for (const name of own.keys()) {
      if (!real.has(name) && !isListed(ADDED, name)) problems.push(`${name} is not in etcd`);
    }
    assert.deepEqual(problems, []);
  });

  test('labels and buckets', () => {
    const [real, own] = [families('etcd'), families('quoin')];
    const problems: string[] = [];
    for (const [name, family] of real) {
      const counterpart = own.get(name);
      // Kinds of entries differ: etcd still writes some for its second API.
      if (counterpart === undefined || name === 'etcd_server_apply_duration_seconds') continue;
      const [realShapes, ownShapes] = [shapesOf(family), shapesOf(counterpart)];
      for (const shape of realShapes) if (!ownShapes.includes(shape)) problems.push(`no ${shape}`);
      for (const shape of ownShapes) {
        // RangeStream came with 3.7.
        if (!realShapes.includes(shape) && !shape.includes('grpc_method=RangeStream'))
          problems.push(`extra ${shape}`);
      }
      if (name.startsWith('etcd_') || name.startsWith('grpc_')) {
        assert.deepEqual(boundsOf(counterpart), boundsOf(family), `buckets of ${name}`);
      }
    }
    assert.deepEqual(problems, []);
    const applied = (from: Map<string, MetricFamily>): string[] =>
      shapesOf(from.get('etcd_server_apply_duration_seconds')!).filter((shape) => shape.includes('op=Put'));
    assert.deepEqual(applied(own), applied(real));
  });

  test("Prometheus' checker", () => {
    const complaints = (program: string): string[] => {
      const { stdout, stderr, status } = spawnSync(promtool!, ['check', 'metrics'], {
        input: texts.get(program)!,
        encoding: 'utf8',
      });
      // 3: it could be read, but names are not as the guide would have them.
      assert.ok(status === 0 || status === 3, `${program}: ${stdout}${stderr}`);
      return `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'));
    };
    const known = new Set(complaints('etcd'));
    assert.deepEqual(
      complaints('quoin').filter((line) => !known.has(line)),
      [],
    );
  });
});
