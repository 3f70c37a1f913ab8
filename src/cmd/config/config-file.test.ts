import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { ConfigError } from './config-error.js';
import { parseConfigFile } from './config-file.js';
import { readServerConfig, type ServerConfig } from './server-config.js';

const folder = mkdtempSync(join(tmpdir(), 'quoin-config-'));
after(() => rmSync(folder, { recursive: true }));

function valuesOf(text: string): Record<string, unknown> {
  return Object.fromEntries(parseConfigFile(text, 'c.yaml').values);
}

function problemOf(text: string): string {
  try {
    parseConfigFile(text, 'c.yaml');
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.exitCode, 1);
    return error.message;
  }
  return 'none';
}

function written(text: string): string {
  const path = join(folder, 'c.yaml');
  writeFileSync(path, text);
  return path;
}

function configOf(text: string, more: string[] = [], environment: Record<string, string> = {}): ServerConfig {
  const command = readServerConfig([`--config-file=${written(text)}`, ...more], environment);
  assert.ok(command.kind === 'run');
  return command.config;
}

test('the keys are the names of the flags, with the types of YAML', () => {
  const text = [
    'name: n1',
    'heartbeat-interval: 50',
    'pre-vote: false',
    'quota-backend-bytes: -1',
    'grpc-keepalive-interval: 7200000000000',
    'auto-compaction-retention: "1h"',
    'initial-cluster: n1=http://127.0.0.1:1,n1=http://127.0.0.1:2',
    'max-learners:',
    'wal-dir: ~',
  ].join('\n');
  assert.deepEqual(valuesOf(text), {
    name: 'n1',
    'heartbeat-interval': 50,
    'pre-vote': false,
    'quota-backend-bytes': -1,
    'grpc-keepalive-interval': 7_200_000,
    'auto-compaction-retention': '1h',
    'initial-cluster': 'n1=http://127.0.0.1:1,n1=http://127.0.0.1:2',
  });
  assert.deepEqual(valuesOf(JSON.stringify({ name: 'n1', 'max-txn-ops': 3 })), {
    name: 'n1',
    'max-txn-ops': 3,
  });
  assert.deepEqual(valuesOf(''), {});
  assert.deepEqual(valuesOf('# nothing\n---\n'), {});
});

test("lists are YAML's, or text with commas", () => {
  for (const value of ['[http://a:1, "http://b:2"]', 'http://a:1,http://b:2', '"http://a:1, http://b:2"']) {
    assert.deepEqual(valuesOf(`listen-client-urls: ${value}`), {
      'listen-client-urls': ['http://a:1', 'http://b:2'],
    });
  }
  assert.deepEqual(valuesOf('cipher-suites:\n  - A\n  - B\nlog-outputs: stderr\ncors: ""'), {
    'cipher-suites': ['A', 'B'],
    'log-outputs': ['stderr'],
    cors: [],
  });
});

test('sections for certificates, sockets and discovery, or their keys at the top', () => {
  const text = [
    'client-transport-security: {cert-file: c, client-cert-auth: true, allowed-hostname: [h]}',
    'peer-transport-security:',
    '  auto-tls: true',
    '  allowed-cn: [a, b]',
    'socket-options: {ReusePort: true, reuse-address: true}',
    'discovery-config: {token: t, client: {endpoints: [e], dial-timeout: 2000000000, auth: {username: u}}}',
  ].join('\n');
  assert.deepEqual(valuesOf(text), {
    'cert-file': 'c',
    'client-cert-auth': true,
    'client-cert-allowed-hostname': ['h'],
    'peer-auto-tls': true,
    'peer-cert-allowed-cn': ['a', 'b'],
    'socket-reuse-port': true,
    'socket-reuse-address': true,
    'discovery-token': 't',
    'discovery-endpoints': ['e'],
    'discovery-dial-timeout': 2000,
    'discovery-user': 'u',
  });
  assert.deepEqual(valuesOf('auto-tls: true\npeer-cert-file: p'), {
    'auto-tls': true,
    'peer-cert-file': 'p',
  });
});

test('a key "etcd" at the top may hold everything, or nothing', () => {
  assert.deepEqual(valuesOf('etcd:\n  name: n1\n  pre-vote: false'), { name: 'n1', 'pre-vote': false });
  assert.deepEqual(valuesOf('etcd:\n\nname: n1'), { name: 'n1' });
});

test('of a key that comes twice the last one counts; what stands for another is looked up', () => {
  assert.deepEqual(valuesOf('name: a\nname: b'), { name: 'b' });
  assert.deepEqual(valuesOf('name: &n a\nwal-dir: *n'), { name: 'a', 'wal-dir': 'a' });
});

test('yes and no are booleans, as in the YAML that etcd reads', () => {
  assert.deepEqual(valuesOf('pre-vote: no\nauto-tls: On'), { 'pre-vote': false, 'auto-tls': true });
  assert.match(problemOf('pre-vote: "no"'), /cannot unmarshal string .* of type bool/);
  assert.match(problemOf('name: yes'), /cannot unmarshal bool .* of type string/);
});

test('unknown keys are told with their place, and change nothing', () => {
  const { values, unknown } = parseConfigFile(
    'name: n\nproxy: off\npeer-transport-security:\n  x: 1\nversion: true\n',
    'c.yaml',
  );
  assert.deepEqual([...values], [['name', 'n']]);
  assert.deepEqual(unknown, [
    { key: 'proxy', position: 'c.yaml:2:1' },
    { key: 'peer-transport-security.x', position: 'c.yaml:4:3' },
    { key: 'version', position: 'c.yaml:5:1' },
  ]);
});

// The texts are what etcd 3.5.30 says of these files; the place is ours.
describe('wrong types', () => {
  const field = 'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal';
  const cases: [string, string, string][] = [
    [
      'heartbeat-interval: "100"',
      'string into Go struct field configYAML.Config.heartbeat-interval of type uint',
      '1:21',
    ],
    [
      'heartbeat-interval: -1',
      'number -1 into Go struct field configYAML.Config.heartbeat-interval of type uint',
      '1:21',
    ],
    [
      'heartbeat-interval: 1.5',
      'number 1.5 into Go struct field configYAML.Config.heartbeat-interval of type uint',
      '1:21',
    ],
    [
      'name: a\npre-vote: "yes"',
      'string into Go struct field configYAML.Config.pre-vote of type bool',
      '2:11',
    ],
    ['name: 5', 'number into Go struct field configYAML.Config.name of type string', '1:7'],
    [
      'grpc-keepalive-interval: 2h',
      'string into Go struct field configYAML.Config.grpc-keepalive-interval of type time.Duration',
      '1:26',
    ],
    [
      'auto-compaction-retention: 1',
      'number into Go struct field configYAML.Config.auto-compaction-retention of type string',
      '1:28',
    ],
    [
      'quota-backend-bytes: 5.5',
      'number 5.5 into Go struct field configYAML.Config.quota-backend-bytes of type int64',
      '1:22',
    ],
    ['log-outputs: [1]', 'number into Go struct field configYAML.Config.log-outputs of type string', '1:15'],
    [
      'listen-client-urls: 1',
      'number into Go struct field configYAML.configJSON.listen-client-urls of type string',
      '1:21',
    ],
    [
      'peer-transport-security: x',
      'string into Go struct field configYAML.configJSON.peer-transport-security of type embed.securityConfig',
      '1:26',
    ],
    [
      'client-transport-security: {cert-file: 4}',
      'number into Go struct field securityConfig.configJSON.client-transport-security.cert-file of type string',
      '1:40',
    ],
    [
      'socket-options: {reuse-port: x}',
      'string into Go struct field SocketOpts.Config.socket-options.reuse-port of type bool',
      '1:30',
    ],
    ['- a', 'array into Go value of type embed.configYAML', '1:1'],
    ['abc', 'string into Go value of type embed.configYAML', '1:1'],
  ];
  for (const [text, message, place] of cases) {
    test(text, () => assert.equal(problemOf(text), `${field} ${message} (c.yaml:${place})`));
  }
});

test('what is no YAML is told with its line', () => {
  const told = (text: string): string => problemOf(text);
  assert.match(
    told('name: n1\n  foo: 1\n'),
    /^error converting YAML to JSON: yaml: line 1: .*\(c\.yaml:1:7\)$/,
  );
  assert.match(
    told('a: 1\nname: "n\n'),
    /^error converting YAML to JSON: yaml: line 3: .*quote.*\(c\.yaml:3:1\)$/,
  );
  assert.match(
    told('name:\n\t- a\n'),
    /^error converting YAML to JSON: yaml: line 2: Tabs.*\(c\.yaml:2:1\)$/,
  );
});

test('command line and environment count no more', () => {
  const environment = { ETCD_NAME: 'e', QUOIN_NAME: 'q', ETCD_HEARTBEAT_INTERVAL: 'bad' };
  const config = configOf('name: f', ['--name=c', '--heartbeat-interval=7'], environment);
  assert.deepEqual([config.name, config.heartbeatMs], ['f', 100]);
  assert.deepEqual(
    configOf('listen-client-urls: http://127.0.0.1:1').advertiseClientUrls,
    ['http://localhost:2379'],
    'without a word of what to advertise',
  );
});

test('the environment may name the file; the flag wins', () => {
  const path = written('name: f');
  for (const variable of ['ETCD_CONFIG_FILE', 'QUOIN_CONFIG_FILE']) {
    const command = readServerConfig([], { [variable]: path });
    assert.ok(command.kind === 'run');
    assert.equal(command.config.name, 'f');
  }
  assert.equal(configOf('name: g', [], { ETCD_CONFIG_FILE: '/no/such/file' }).name, 'g');
});

describe('what a file cannot be started with', () => {
  const cases: [string, RegExp, boolean][] = [
    [
      'election-timeout: 400',
      /^--election-timeout\[400ms\] should be at least as 5 times as --heartbeat/,
      false,
    ],
    ['listen-client-urls: foo', /^unexpected error setting up listen-client-urls: URL scheme must be/, true],
    ['listen-peer-urls: http://a.b:1', /^expected IP in URL for binding \(http:\/\/a.b:1\)$/, false],
    ['initial-cluster-state: foo', /^unexpected clusterState "foo"$/, false],
  ];
  for (const [text, message, isPlain] of cases) {
    test(text, () => {
      assert.throws(
        () => configOf(text),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, message);
          assert.deepEqual([error.exitCode, error.isPlain], [1, isPlain]);
          return true;
        },
      );
    });
  }

  test('a file that is not there, or none', () => {
    const problem = (path: string): unknown => {
      try {
        return readServerConfig([`--config-file=${path}`], {});
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.equal(problem('/no/such/file'), 'open /no/such/file: no such file or directory');
    assert.equal(problem(folder), `read ${folder}: is a directory`);
  });
});

test("every flag's default can be written in a file", () => {
  for (const spec of SERVER_FLAGS.values()) {
    if (spec.status === 'legacy' || spec.name === 'version' || spec.name === 'config-file') continue;
    const value =
      spec.kind === 'duration' ? '0' : spec.kind === 'string' ? JSON.stringify(spec.default) : spec.default;
    assert.deepEqual(parseConfigFile(`${spec.name}: ${value === '*' ? '"*"' : value}`, 'c').unknown, []);
  }
});
