import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFlagValue } from '../flags/go-flags.js';
import { SERVER_FLAGS } from '../flags/server-flags.js';
import { ConfigError } from './config-error.js';
import { parseInitialCluster } from './endpoints.js';
import { readServerConfig, type ServerConfig } from './server-config.js';

type Environment = Readonly<Record<string, string>>;

function configOf(argv: readonly string[], environment: Environment = {}): ServerConfig {
  const command = readServerConfig(argv, environment);
  assert.equal(command.kind, 'run');
  return (command as Extract<typeof command, { kind: 'run' }>).config;
}

function notesOf(argv: readonly string[], environment: Environment): string[] {
  const command = readServerConfig(argv, environment);
  assert.equal(command.kind, 'run');
  const { notes } = (command as Extract<typeof command, { kind: 'run' }>).flags;
  return notes.map(({ level, message, fields }) => `${level} ${message} ${JSON.stringify(fields)}`);
}

function problem(argv: readonly string[], environment: Environment = {}): [number, string] {
  try {
    readServerConfig(argv, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return [error.exitCode, error.message];
  }
  return [0, 'none'];
}

test("without flags everything is etcd's default", () => {
  const config = configOf([]);
  assert.deepEqual([config.name, config.dataDir, config.walDir], ['default', 'default.etcd', '']);
  assert.deepEqual([config.heartbeatMs, config.electionMs, config.preVote], [100, 1000, true]);
  assert.deepEqual([config.snapshotCount, config.snapshotCatchupEntries], [10_000, 5000]);
  assert.deepEqual([config.maxTxnOps, config.maxRequestBytes], [128, 1_572_864]);
  assert.deepEqual(
    [config.keepaliveMinTimeMs, config.keepaliveIntervalMs, config.keepaliveTimeoutMs],
    [5000, 7_200_000, 20_000],
  );
  assert.deepEqual(
    config.listenClientUrls.map(({ text }) => text),
    ['http://localhost:2379'],
  );
  assert.deepEqual(
    config.listenPeerUrls.map(({ text, port }) => [text, port]),
    [['http://localhost:2380', 2380]],
  );
  assert.deepEqual([config.strictReconfigCheck, config.maxLearners], [true, 1]);
  assert.deepEqual([...config.initialCluster], [['default', ['http://localhost:2380']]]);
  assert.deepEqual([config.initialClusterState, config.initialClusterToken], ['new', 'etcd-cluster']);
  assert.deepEqual([config.cors, config.hostWhitelist], [['*'], ['*']]);
  assert.deepEqual([config.logLevel, config.logFormat, config.logOutputs], ['info', 'json', ['default']]);
});

test('the name gives the data directory and the initial cluster', () => {
  const config = configOf(['--name=n1', '--initial-advertise-peer-urls=http://b:1,http://a:1']);
  assert.equal(config.dataDir, 'n1.etcd');
  assert.deepEqual([...config.initialCluster], [['n1', ['http://a:1', 'http://b:1']]]);
});

test('0 and what is below mean the default where etcd says so', () => {
  for (const value of ['0', '-3']) {
    const config = configOf([
      `--compaction-batch-limit=${value}`,
      `--backend-batch-limit=${value}`,
      `--compaction-sleep-interval=${value === '0' ? value : '-3s'}`,
      `--backend-batch-interval=${value === '0' ? value : '-3s'}`,
      `--watch-progress-notify-interval=${value === '0' ? value : '-3s'}`,
      '--snapshot-count=0',
    ]);
    assert.deepEqual([config.compactionBatchLimit, config.compactionSleepMs], [1000, 10]);
    assert.deepEqual([config.backendBatchLimit, config.backendBatchMs], [2000, 100]);
    assert.deepEqual([config.watchProgressNotifyMs, config.snapshotCount], [600_000, 10_000]);
  }
  assert.equal(configOf(['--max-concurrent-streams=0']).maxConcurrentStreams, 4_294_967_295);
  assert.equal(configOf(['--watch-progress-notify-interval=1ms']).watchProgressNotifyMs, 100);
});

describe('environment', () => {
  test('a variable stands for its flag, and is told of', () => {
    const environment = { ETCD_NAME: 'n1', ETCD_HEARTBEAT_INTERVAL: '20', ETCD_WAL_DIR: '' };
    const config = configOf([], environment);
    assert.deepEqual([config.name, config.heartbeatMs, config.walDir], ['n1', 20, '']);
    assert.deepEqual(notesOf([], { ETCD_NAME: 'n1' }), [
      'info recognized and used environment variable {"variable-name":"ETCD_NAME","variable-value":"n1"}',
    ]);
    assert.deepEqual(notesOf([], { ETCD_DISCOVERY_PASSWORD: 'secret' }), [
      'info recognized and used environment variable {"variable-name":"ETCD_DISCOVERY_PASSWORD","variable-value":"***"}',
    ]);
    assert.equal(configOf([], { QUOIN_NAME: 'n2' }).name, 'n2');
    assert.equal(configOf([], { ETCD_EXPERIMENTAL_COMPACTION_BATCH_LIMIT: '9' }).compactionBatchLimit, 9);
  });

  test('QUOIN_ wins over ETCD_, which is told', () => {
    const both = { ETCD_NAME: 'n1', QUOIN_NAME: 'n2' };
    assert.equal(configOf([], both).name, 'n2');
    assert.deepEqual(notesOf([], both), [
      'info recognized and used environment variable {"variable-name":"QUOIN_NAME","variable-value":"n2"}',
      'warn environment variable is shadowed by another {"environment-variable":"ETCD_NAME","used":"QUOIN_NAME"}',
    ]);
  });

  test('flag and variable may not both be set', () => {
    const [exitCode, message] = problem(['--name=a'], { ETCD_NAME: 'a' });
    assert.equal(exitCode, 1);
    assert.match(message, /^conflicting environment variable "ETCD_NAME" is shadowed by corresponding/);
    assert.equal(configOf(['--name=a'], { ETCD_NAME: '' }).name, 'a', 'an empty one is not set');
  });

  test('a bad value ends it with 1, unlike a bad flag', () => {
    assert.deepEqual(problem([], { ETCD_MAX_WALS: 'abc' }), [
      1,
      'invalid value "abc" for ETCD_MAX_WALS: parse error',
    ]);
    assert.equal(problem(['--max-wals=abc'])[0], 2);
  });

  test('a variable of no flag is told of, ETCD_VERSION as special, and neither is used', () => {
    assert.deepEqual(notesOf([], { ETCD_BOGUS: '1', ETCD_VERSION: 'v3.5.0', PATH: '/bin', QUOIN_X: '1' }), [
      'warn cannot set special environment variable {"key":"ETCD_VERSION","value":"v3.5.0"}',
      'warn unrecognized environment variable {"environment-variable":"ETCD_BOGUS"}',
    ]);
    assert.deepEqual(notesOf([], { ETCD_UNSUPPORTED_ARCH: 'arm', ETCD_VERIFY: 'all' }), []);
  });
});

test('a flag without effect is told with the reason, and so is what is not wise', () => {
  const notes = (...argv: string[]): unknown[] =>
    configOf(['--name=a', ...argv]).notes.map(({ message, fields }) => [message, fields['flag']]);
  assert.deepEqual(notes(), []);
  assert.deepEqual(notes('--memory-mlock', '--max-request-bytes=20000000'), [
    ['this flag is accepted but has no effect in this version of Quoin', 'memory-mlock'],
    ['exceeded recommended request limit', undefined],
  ]);
  assert.deepEqual(
    configOf(['--max-snapshots=3']).notes.map(({ message }) => message),
    [
      'this flag is accepted but has no effect in this version of Quoin',
      '--max-snapshots is deprecated',
      "it isn't recommended to use default name, please set a value for --name",
    ],
  );
});

test('version and help win over what is wrong otherwise', () => {
  assert.equal(readServerConfig(['--version', '--heartbeat-interval=0'], {}).kind, 'version');
  assert.equal(readServerConfig(['--name=x', '-h', '--bogus'], {}).kind, 'help');
});

describe('what cannot be started with', () => {
  const urls = '--listen-client-urls=http://127.0.0.1:1';
  const cases: [string, string[], number, RegExp][] = [
    ['an unknown flag', ['--bogus'], 2, /^flag provided but not defined: -bogus$/],
    ['a word', ['foo'], 1, /^"foo" is not a valid flag$/],
    ['no heartbeat', ['--heartbeat-interval=0'], 1, /^--heartbeat-interval must be >0 \(set to 0ms\)$/],
    ['no election', ['--election-timeout=0'], 1, /^--election-timeout must be >0 \(set to 0ms\)$/],
    [
      'a short election time-out',
      ['--election-timeout=499'],
      1,
      /^--election-timeout\[499ms\] should be at least as 5 times as --heartbeat-interval\[100ms\]$/,
    ],
    [
      'a long election time-out',
      ['--election-timeout=50001'],
      1,
      /^--election-timeout\[50001ms\] is too long, and should be set less than 50000ms$/,
    ],
    [
      'listening without advertising',
      [urls],
      1,
      /^--advertise-client-urls is required when --listen-client-urls is set explicitly$/,
    ],
    ['a bad URL', ['--listen-peer-urls=x'], 2, /^invalid value "x" for flag -listen-peer-urls: URL scheme/],
    ['a name to bind to', ['--listen-client-urls=http://a.b:1'], 1, /^expected IP in URL for binding/],
    [
      'an empty host',
      ['--advertise-client-urls=http://:1'],
      1,
      /^--advertise-client-urls "http:\/\/:1" must be in the format "host:port", .* \(unexpected empty host/,
    ],
    [
      'an empty host for peers',
      ['--initial-advertise-peer-urls=http://:1'],
      1,
      /^--initial-advertise-peer-urls "http:\/\/:1" must be "host:port" \(unexpected empty host \(http:\/\/:1\)\)$/,
    ],
    [
      'a rate of tracing',
      ['--enable-distributed-tracing', '--distributed-tracing-sampling-rate=-1'],
      1,
      /^distributed tracing configurition is not valid: \(tracing sampling rate must be positive\)$/,
    ],
    [
      'no time between checks',
      ['--experimental-compact-hash-check-time=0s'],
      1,
      /^--compact-hash-check-time must be >0 \(set to 0s\)$/,
    ],
    [
      'peers by https without certificates',
      ['--listen-peer-urls=https://127.0.0.1:1'],
      1,
      /^cannot listen on TLS for 127.0.0.1:1: KeyFile and CertFile are not presented$/,
    ],
    [
      'https without certificates',
      ['--listen-client-urls=https://127.0.0.1:1', '--advertise-client-urls=https://127.0.0.1:1'],
      1,
      /^TLS key\/cert/,
    ],
    [
      'requests beyond any bound',
      ['--max-request-bytes=1_000_000_000'],
      1,
      /^--max-request-bytes must be at most/,
    ],
    ['an unknown level', ['--log-level=foo'], 2, /^unrecognized level: "foo"$/],
    ['an unknown format', ['--log-format=foo'], 2, /^unknown log format: foo/],
    ['a malformed cluster', ['--initial-cluster=a'], 1, /malformed entry "a"$/],
    ['a cluster with a bad URL', ['--initial-cluster=a=b'], 1, /^URL scheme must be/],
    ['a wrong state', ['--initial-cluster-state=x'], 2, /invalid value "x"$/],
  ];
  for (const [name, argv, exitCode, message] of cases) {
    test(name, () => {
      const [code, text] = problem(argv);
      assert.match(text, message);
      assert.equal(code, exitCode);
    });
  }

  test('but flags at rest are fine', () => {
    configOf(['--client-cert-auth=false', '--cert-file=', '--listen-metrics-urls=']);
    configOf([urls, '--advertise-client-urls=http://127.0.0.1:1']);
  });
});

test('an initial cluster may name a member several times', () => {
  assert.deepEqual(
    [...parseInitialCluster('a=http://z:1,b=http://y:1, a=http://x:1')],
    [
      ['a', ['http://x:1', 'http://z:1']],
      ['b', ['http://y:1']],
    ],
  );
});

test('every default can be parsed', () => {
  for (const spec of SERVER_FLAGS.values())
    assert.doesNotThrow(() => parseFlagValue(spec, spec.default), spec.name);
});
