import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedError } from '../../stdx/index.js';
import type { ServerCall } from '../../transport/index.js';
import { refuseMalformed, refuseMalformedMessage } from './context.js';

function statusOf(refusing: (call: ServerCall, error: unknown) => void, error: unknown): [number, string] {
  let status: [number, string] | undefined;
  const call = { finish: (code: number, message: string) => (status = [code, message]) };
  refusing(call as unknown as ServerCall, error);
  assert.ok(status !== undefined, 'the call was answered');
  return status;
}

test('what cannot be read is the client’s fault, and worded by kind of call', () => {
  const error = new MalformedError('unexpected EOF');
  assert.deepEqual(statusOf(refuseMalformed, error), [
    13,
    'grpc: error unmarshalling request: unexpected EOF',
  ]);
  assert.deepEqual(statusOf(refuseMalformedMessage, error), [
    13,
    'grpc: failed to unmarshal the received message: unexpected EOF',
  ]);
});

test('an answer that no buffer can hold is refused; the member goes on', () => {
  let error: unknown;
  try {
    new Uint8Array(2 ** 52);
  } catch (thrown) {
    error = thrown;
  }
  assert.equal(statusOf(refuseMalformed, error)[0], 8);
});

test('anything else is a bug and is not swallowed', () => {
  for (const bug of [new TypeError('x'), new RangeError('Maximum call stack size exceeded')]) {
    assert.throws(() => statusOf(refuseMalformed, bug), bug);
    assert.throws(() => statusOf(refuseMalformedMessage, bug), bug);
  }
});
