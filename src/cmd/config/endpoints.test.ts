import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_FLAGS } from '../flags/flag-aliases.js';
import { parseFlags } from '../flags/go-flags.js';
import { readEndpoints } from './endpoints.js';
import { resolveFlags } from './resolved-flags.js';

const endpointsOf = (argv: readonly string[], host: string | undefined) =>
  readEndpoints(resolveFlags(parseFlags(KNOWN_FLAGS, argv), {}), () => host);

const EVERYWHERE = ['--listen-peer-urls=http://0.0.0.0:12380', '--listen-client-urls=http://0.0.0.0:12379'];

test('who listens everywhere and says nothing is found by the default route', () => {
  const found = endpointsOf(['--name=n', ...EVERYWHERE], '10.1.2.3');
  assert.deepEqual(found.advertisePeerUrls, ['http://10.1.2.3:12380']);
  assert.deepEqual(found.advertiseClientUrls, ['http://10.1.2.3:12379']);
  assert.deepEqual([...found.initialCluster], [['n', ['http://10.1.2.3:12380']]]);
  assert.equal(found.detectedHost, '10.1.2.3');
});

test('what is said stands', () => {
  const found = endpointsOf([...EVERYWHERE, '--initial-advertise-peer-urls=http://a:1'], '10.1.2.3');
  assert.deepEqual(found.advertisePeerUrls, ['http://a:1']);
  assert.deepEqual(found.advertiseClientUrls, ['http://10.1.2.3:12379']);
});

test('without a route it stays as it is, and elsewhere nobody looks', () => {
  const found = endpointsOf(EVERYWHERE, undefined);
  assert.deepEqual(found.advertisePeerUrls, ['http://localhost:2380']);
  assert.equal(found.detectedHost, null);
  const elsewhere = endpointsOf(['--listen-peer-urls=http://127.0.0.1:1'], '10.1.2.3');
  assert.deepEqual(elsewhere.advertisePeerUrls, ['http://localhost:2380']);
  assert.equal(elsewhere.detectedHost, undefined);
});
