import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegistryDiscovery } from '../config/discovery.js';
import { RegistryClient } from './registry-client.js';

const DISCOVERY: RegistryDiscovery = {
  kind: 'registry',
  token: 't',
  endpoints: ['http://127.0.0.1:1'],
  dialTimeoutMs: 100,
  requestTimeoutMs: 100,
  user: '',
  password: '',
  files: { caFile: '/nowhere/ca.pem', certFile: '', keyFile: '', skipVerify: false },
};
const SILENT = { log: (): void => {} };

test('files are needed for secure endpoints alone, and then from the beginning', () => {
  new RegistryClient(DISCOVERY, SILENT).close();
  const secure = { ...DISCOVERY, endpoints: ['http://127.0.0.1:1', 'https://127.0.0.1:1'] };
  assert.throws(() => new RegistryClient(secure, SILENT), {
    message: 'open /nowhere/ca.pem: no such file or directory',
  });
});
