import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiscoveryOptions, discoverCluster, type ServiceResolver } from './discover-cluster.js';

const OPTIONS: DiscoveryOptions = {
  name: 'm2',
  advertisePeerUrls: ['http://two.example.com:2380'],
  discovery: { kind: 'dns', domain: 'example.com', serviceName: '' },
};

const ADDRESSES: Readonly<Record<string, string>> = {
  'one.example.com': '10.0.0.1',
  'two.example.com': '10.0.0.2',
  'alias.example.com': '10.0.0.2',
};

function resolver(records: Readonly<Record<string, readonly [string, number][]>>): ServiceResolver {
  return {
    services: async (name) => {
      const found = records[name];
      if (found === undefined) throw new Error(`querySrv ENOTFOUND ${name}`);
      return found.map(([host, port]) => ({ host, port }));
    },
    address: async (host) => {
      const address = ADDRESSES[host];
      if (address === undefined) throw new Error(`no address of ${host}`);
      return address;
    },
  };
}

const found = async (options: Partial<DiscoveryOptions>, dns: ServiceResolver): Promise<unknown> =>
  Object.fromEntries(await discoverCluster({ ...OPTIONS, ...options }, dns));

test('the record that leads here gets the name, whatever it is called; others get numbers', async () => {
  const dns = resolver({
    '_etcd-server._tcp.example.com': [
      ['one.example.com.', 2380],
      ['alias.example.com.', 2380],
      ['unknown.example.com.', 2381],
    ],
  });
  assert.deepEqual(await found({}, dns), {
    0: ['http://one.example.com:2380'],
    m2: ['http://alias.example.com:2380'],
    1: ['http://unknown.example.com:2381'],
  });
});

test('both services count, and the one over TLS means https', async () => {
  const dns = resolver({
    '_etcd-server-ssl-blue._tcp.example.com': [['two.example.com', 2380]],
    '_etcd-server-blue._tcp.example.com': [['one.example.com', 2380]],
  });
  const options = {
    advertisePeerUrls: ['https://two.example.com:2380'],
    discovery: { kind: 'dns', domain: 'example.com', serviceName: 'blue' },
  } as const;
  assert.deepEqual(await found(options, dns), {
    m2: ['https://two.example.com:2380'],
    0: ['http://one.example.com:2380'],
  });
});

test('what cannot be is refused in the words of etcd', async () => {
  const here = { '_etcd-server-ssl._tcp.example.com': [['two.example.com', 2380]] } as const;
  await assert.rejects(found({}, resolver(here as never)), {
    name: 'DiscoveryError',
    message:
      'bootstrap at https://two.example.com:2380 from DNS for _etcd-server-ssl._tcp.example.com has scheme mismatch with expected peer http://two.example.com:2380',
  });
  await assert.rejects(found({}, resolver({})), {
    message:
      /^srv: too many errors querying DNS SRV records \("error querying .*ssl.*", "error querying .*"\)$/,
  });
  const elsewhere = resolver({ '_etcd-server._tcp.example.com': [['one.example.com', 2380]] });
  await assert.rejects(found({}, elsewhere), {
    message: 'cannot find local etcd member "m2" in SRV records',
  });
  await assert.rejects(found({ advertisePeerUrls: ['http://nowhere:1'] }, elsewhere), {
    message: 'failed to resolve nowhere:1',
  });
});
