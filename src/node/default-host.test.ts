import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { defaultHost, defaultInterface } from './default-host.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const ROUTES = [
  HEAD,
  'lo0\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
  'eth1\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  '',
].join('\n');

const address = (family: 'IPv4' | 'IPv6', text: string): NetworkInterfaceInfo =>
  ({ family, address: text, internal: false }) as NetworkInterfaceInfo;

test('the default route leads to its interface, and that to its address', () => {
  assert.equal(defaultInterface(ROUTES), 'eth1');
  const interfaces = () => ({
    eth0: [address('IPv4', '10.0.0.1')],
    eth1: [address('IPv6', 'fe80::1'), address('IPv4', '192.168.2.7')],
  });
  assert.equal(
    defaultHost(() => ROUTES, interfaces),
    '192.168.2.7',
  );
});

test('without a route, an address, or a table there is none', () => {
  assert.equal(defaultInterface(HEAD), undefined);
  assert.equal(
    defaultHost(
      () => ROUTES,
      () => ({}),
    ),
    undefined,
  );
  assert.equal(
    defaultHost(() => {
      throw new Error('no such file');
    }),
    undefined,
  );
});
