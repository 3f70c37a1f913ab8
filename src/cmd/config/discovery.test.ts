import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.js';
import type { RegistryDiscovery } from './discovery.js';
import { readServerConfig } from './server-config.js';

function discoveryOf(...argv: string[]): unknown {
  try {
    const command = readServerConfig(argv, {});
    assert.ok(command.kind === 'run');
    return command.config.discovery;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.exitCode, 1);
    return error.message;
  }
}

test('the members are listed, or asked for by DNS', () => {
  assert.equal(discoveryOf(), undefined);
  assert.equal(discoveryOf('--initial-cluster=default=http://localhost:2380'), undefined);
  assert.deepEqual(discoveryOf('--discovery-srv=example.com'), {
    kind: 'dns',
    domain: 'example.com',
    serviceName: '',
  });
  assert.deepEqual(discoveryOf('--discovery-srv=example.com', '--discovery-srv-name=blue'), {
    kind: 'dns',
    domain: 'example.com',
    serviceName: 'blue',
  });
});

test('one way only', () => {
  const several =
    'multiple discovery or bootstrap flags are set. Choose one of "initial-cluster", "discovery-endpoints" or "discovery-srv"';
  const cluster = '--initial-cluster=default=http://localhost:2380';
  assert.equal(discoveryOf(cluster, '--discovery-srv=example.com'), several);
  assert.equal(discoveryOf(cluster, '--discovery-token=t', '--discovery-endpoints=http://e:1'), several);
});

test('token and endpoints come together', () => {
  const both = 'both --discovery-token and --discovery-endpoints must be set';
  assert.equal(discoveryOf('--discovery-token=t'), both);
  assert.equal(discoveryOf('--discovery-endpoints=http://e:1'), both);
  assert.equal(
    discoveryOf('--discovery-token=t', '--discovery-endpoints=http://e:1,'),
    '--discovery-endpoints must not contain empty endpoints',
  );
  assert.match(
    discoveryOf('--discovery-token=t', '--discovery-endpoints=e') as string,
    /^URL scheme must be http, https, unix, or unixs: e$/,
  );
  const given = ['--discovery-token=t', '--discovery-endpoints=http://e:1,https://f:2'];
  const files = { caFile: '', certFile: '', keyFile: '', skipVerify: false };
  assert.deepEqual(discoveryOf(...given), {
    kind: 'registry',
    token: 't',
    endpoints: ['http://e:1', 'https://f:2'],
    dialTimeoutMs: 2000,
    requestTimeoutMs: 5000,
    user: '',
    password: '',
    files,
  });
});

test('the other etcd may ask for a name, and for a certificate', () => {
  const given = ['--discovery-token=t', '--discovery-endpoints=https://e:1'];
  const found = (...more: string[]): RegistryDiscovery => discoveryOf(...given, ...more) as RegistryDiscovery;
  const joined = found('--discovery-user=ann:w:rd', '--discovery-dial-timeout=1s');
  assert.deepEqual([joined.user, joined.password, joined.dialTimeoutMs], ['ann', 'w:rd', 1000]);
  const apart = found('--discovery-user=ann', '--discovery-password=word', '--discovery-request-timeout=7s');
  assert.deepEqual([apart.user, apart.password, apart.requestTimeoutMs], ['ann', 'word', 7000]);
  const secure = found(
    '--discovery-cacert=ca',
    '--discovery-cert=c',
    '--discovery-key=k',
    '--discovery-insecure-skip-tls-verify',
  );
  assert.deepEqual(secure.files, { caFile: 'ca', certFile: 'c', keyFile: 'k', skipVerify: true });
});

test('there is nothing to fall back to', () => {
  assert.equal(discoveryOf('--discovery-fallback=exit'), undefined);
  assert.equal(
    discoveryOf('--discovery-fallback=proxy'),
    'v2 proxy is deprecated, and --discovery-fallback can\'t be configured as "proxy"',
  );
});
