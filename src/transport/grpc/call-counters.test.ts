import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcMessage } from '../testing/raw-peer.js';
import { ServerFixture } from '../testing/server-fixture.js';
import { CallCounters, type MethodCounters } from './call-counters.js';
import { CLIENT_VERSIONS_MAX } from './limits.js';
import { Status } from './status.js';

const HELLO = Uint8Array.of(104, 105);

/** Ended calls as `code: count`. */
function handled({ handled }: MethodCounters): string[] {
  return [...handled].flatMap((count, code) => (count === 0 ? [] : [`${code}: ${count}`]));
}

test('answers, refusals and calls that were given up are counted by their status', () => {
  const counters = new CallCounters();
  const f = new ServerFixture({ counters }).open();
  f.send(f.peer.call(1, HELLO), f.peer.call(3, HELLO));
  const unary = counters.of('/test.Echo/Unary');
  assert.deepEqual([unary.started, unary.received, unary.sent], [2, 2, 2]);
  assert.deepEqual([unary.receivedBytes, unary.sentBytes], [4, 4], 'messages without their frames');
  assert.deepEqual(handled(unary), [`${Status.OK}: 2`]);

  f.send(f.peer.call(5, HELLO, '/test.Echo/Fail'));
  const fail = counters.of('/test.Echo/Fail');
  assert.deepEqual([fail.started, fail.received, fail.sent], [1, 1, 0]);
  assert.deepEqual(handled(fail), [`${Status.NOT_FOUND}: 1`]);

  f.send(f.peer.call(7, HELLO, '/test.Echo/Nope'));
  assert.equal(counters.of('/test.Echo/Nope').started, 0, 'nobody serves it');
  assert.deepEqual(handled(counters.unserved), [`${Status.UNIMPLEMENTED}: 1`]);

  f.send(f.peer.call(9, HELLO, '/test.Echo/Later'));
  const later = counters.of('/test.Echo/Later');
  assert.deepEqual([later.started, handled(later).length], [1, 0], 'it is open');
  f.breakConnection();
  assert.deepEqual(handled(later), [`${Status.CANCELLED}: 1`]);
});

test('messages of a stream are counted one by one, and its end once', () => {
  const counters = new CallCounters();
  const f = new ServerFixture({ counters }).open();
  f.send(f.peer.request(1, '/test.Echo/Bidi'));
  f.send(f.peer.data(1, grpcMessage(HELLO), false), f.peer.data(1, grpcMessage(HELLO), false));
  f.send(f.peer.data(1, grpcMessage(HELLO), true));
  const bidi = counters.of('/test.Echo/Bidi');
  assert.deepEqual([bidi.started, bidi.received, bidi.sent], [1, 3, 3]);
  assert.deepEqual(handled(bidi), [`${Status.OK}: 1`]);
});

test('calls are timed if that is wanted', () => {
  const counters = new CallCounters(true);
  const f = new ServerFixture({ counters }).open();
  f.send(f.peer.call(1, HELLO, '/test.Echo/Later'));
  f.clock.advance(400);
  f.log.later[0]!.reply(HELLO, 0, 2);
  const { handlingSeconds } = counters.of('/test.Echo/Later');
  assert.deepEqual([handlingSeconds!.count, handlingSeconds!.sum], [1, 0.4]);
  assert.equal(new CallCounters().of('/test.Echo/Later').handlingSeconds, undefined);
});

test('names that clients give themselves are bounded', () => {
  const counters = new CallCounters();
  counters.client('unary', undefined).count++;
  for (let i = 0; i < 10 * CLIENT_VERSIONS_MAX; i++) counters.client('unary', `3.${i}`).count++;
  counters.client('stream', '3.5').count++;
  const all = [...counters.clients()];
  assert.ok(all.length <= CLIENT_VERSIONS_MAX + 1);
  assert.equal(
    all.reduce((sum, { count }) => sum + count, 0),
    10 * CLIENT_VERSIONS_MAX + 2,
    'none is lost',
  );
  assert.ok(counters.client('unary', undefined).count > 1, 'those beyond count as unknown');
});
