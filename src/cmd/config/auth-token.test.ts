import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAuthToken } from './auth-token.js';

test('simple tokens are the default', () => {
  assert.equal(parseAuthToken('simple'), undefined);
  assert.equal(parseAuthToken(''), undefined);
});

test('jwt with its keys, method and time to live', () => {
  assert.deepEqual(parseAuthToken('jwt,pub-key=app.rsa.pub,priv-key=app.rsa,sign-method=RS512,ttl=10m'), {
    method: 'RS512',
    privateKeyFile: 'app.rsa',
    publicKeyFile: 'app.rsa.pub',
    ttlMs: 600_000,
  });
  assert.equal(parseAuthToken('jwt,priv-key=k,sign-method=HS256')!.ttlMs, 300_000);
});

test('anything else is refused', () => {
  for (const text of [
    'basic',
    'jwt',
    'jwt,sign-method=none',
    'jwt,x',
    'jwt,sign-method=HS256,sign-method=HS256',
  ]) {
    assert.throws(() => parseAuthToken(text), /auth: invalid auth options/, text);
  }
  assert.throws(() => parseAuthToken('jwt,sign-method=HS256,ttl=soon'), /invalid ttl/);
});
