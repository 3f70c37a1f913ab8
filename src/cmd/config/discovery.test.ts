import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config-error.js';
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
  assert.deepEqual(discoveryOf('--discovery-srv=example.com'), { domain: 'example.com', serviceName: '' });
  assert.deepEqual(discoveryOf('--discovery-srv=example.com', '--discovery-srv-name=blue'), {
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

test('token and endpoints come together, and are not supported', () => {
  const both = 'both --discovery-token and --discovery-endpoints must be set';
  assert.equal(discoveryOf('--discovery-token=t'), both);
  assert.equal(discoveryOf('--discovery-endpoints=http://e:1'), both);
  assert.equal(
    discoveryOf('--discovery-token=t', '--discovery-endpoints=http://e:1,'),
    '--discovery-endpoints must not contain empty endpoints',
  );
  assert.match(
    discoveryOf('--discovery-token=t', '--discovery-endpoints=http://e:1') as string,
    /^--discovery-token is not supported/,
  );
});

test('there is nothing to fall back to', () => {
  assert.equal(discoveryOf('--discovery-fallback=exit'), undefined);
  assert.equal(
    discoveryOf('--discovery-fallback=proxy'),
    'v2 proxy is deprecated, and --discovery-fallback can\'t be configured as "proxy"',
  );
});
