import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../testing/manual-clock.js';
import { SLOW_CALL_LINES_EACH, SLOW_CALL_LINES_MAX } from './limits.js';
import { SlowCalls } from './slow-calls.js';

class World {
  readonly clock = new ManualClock();
  readonly lines: [string, Readonly<Record<string, unknown>>][] = [];
  readonly slow = new SlowCalls(
    this.clock,
    { log: (_level, message, fields) => void this.lines.push([message, fields ?? {}]) },
    300,
  );

  begin() {
    return {
      path: '/etcdserverpb.KV/Put',
      remoteAddress: '127.0.0.1:1',
      dispatchedAt: this.slow.begin(),
      requestBytes: 12,
    };
  }

  /** The turn ends, and time passes before the next. */
  rest(ms: number): void {
    this.clock.runDeferred();
    this.clock.advance(ms);
  }
}

test('a call that took longer is told, with what etcd tells', () => {
  const world = new World();
  const call = world.begin();
  world.rest(301);
  world.slow.end(call, 0, 30);
  assert.deepEqual(world.lines, [
    [
      'request stats',
      {
        'time spent': '301.000ms',
        remote: '127.0.0.1:1',
        'response type': '/etcdserverpb.KV/Put',
        'request size': 12,
        'response size': 30,
        code: 0,
      },
    ],
  ]);
});

test('one that took as long as it may is not', () => {
  const world = new World();
  const call = world.begin();
  world.rest(300);
  world.slow.end(call, 0, 30);
  world.rest(0);
  assert.deepEqual(world.lines, []);
});

test('a long turn is told once, whoever was answered in it', () => {
  const world = new World();
  for (let i = 0; i < 3; i++) {
    const call = world.begin();
    world.clock.advance(150);
    world.slow.end(call, 0, 30);
  }
  world.rest(0);
  assert.deepEqual(world.lines, [
    ['requests were held up', { took: '450.000ms', 'expected-duration': '300ms', 'request count': 3 }],
  ]);
  world.begin();
  world.rest(0);
  assert.equal(world.lines.length, 1, 'the next turn is another');
});

test('an overload does not fill the log', () => {
  const world = new World();
  const calls = Array.from({ length: 1000 }, () => world.begin());
  world.rest(500);
  for (const call of calls) world.slow.end(call, 0, 0);
  const first = world.lines.length;
  assert.ok(
    first >= SLOW_CALL_LINES_MAX && first <= SLOW_CALL_LINES_MAX + 1000 / SLOW_CALL_LINES_EACH,
    `${first}`,
  );
  world.rest(1001);
  world.slow.end(calls[0]!, 0, 0);
  assert.equal(world.lines.length, first + 1, 'a new second');
});
