import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_BYTES } from '../stdx/index.js';
import { ClosedLoop, type LoopOptions } from './closed-loop.js';
import { FakeServer } from './fake-server.js';
import { Measurement } from './measurement.js';
import type { LoadConnection } from './rpc.js';

const WORKLOAD = { path: '/test.Echo/Call', nextRequest: () => EMPTY_BYTES };

function loopOptions(
  server: FakeServer,
  connections: readonly LoadConnection[],
  more: Partial<LoopOptions>,
): LoopOptions {
  return {
    connections,
    clients: 1,
    total: 10,
    ratePerSecond: 0,
    metadata: undefined,
    now: server.now,
    measurement: new Measurement(),
    ...more,
  };
}

test('exactly `total` calls are made, `clients` at a time, each timed from its own start', async () => {
  const server = new FakeServer(2, () => [0, '', EMPTY_BYTES]);
  const options = loopOptions(server, [server.connection(), server.connection()], { clients: 7, total: 100 });
  const loop = new ClosedLoop(WORKLOAD, options);
  await loop.run();
  const { measurement } = options;
  assert.equal(server.calls.length, 100);
  assert.equal(server.inFlightMax, 7);
  assert.equal(loop.completed, 100);
  assert.equal(measurement.latencies.count, 100);
  assert.equal(measurement.latencies.fastestMs, 2);
  assert.equal(measurement.latencies.slowestMs, 2);
  assert.equal(measurement.elapsedMs, Math.ceil(100 / 7) * 2);
});

test('more clients than calls, and no calls at all', async () => {
  const server = new FakeServer(1, () => [0, '', EMPTY_BYTES]);
  await new ClosedLoop(WORKLOAD, loopOptions(server, [server.connection()], { clients: 50, total: 3 })).run();
  assert.equal(server.calls.length, 3);
  await new ClosedLoop(WORKLOAD, loopOptions(server, [server.connection()], { total: 0 })).run();
  assert.equal(server.calls.length, 3);
});

test('failed calls are counted by their text and not timed', async () => {
  let n = 0;
  const server = new FakeServer(1, () =>
    ++n % 4 === 0 ? [14, 'etcdserver: no leader'] : [0, '', EMPTY_BYTES],
  );
  const options = loopOptions(server, [server.connection()], { clients: 3, total: 40 });
  await new ClosedLoop(WORKLOAD, options).run();
  assert.equal(options.measurement.latencies.count, 30);
  assert.deepEqual([...options.measurement.errors], [['etcdserver: no leader', 10]]);
});

test('clients of a lost connection stop; the others do the rest', async () => {
  const server = new FakeServer(1, () => [0, '', EMPTY_BYTES]);
  const options = loopOptions(server, [server.connection(5), server.connection()], { clients: 4, total: 60 });
  await new ClosedLoop(WORKLOAD, options).run();
  assert.deepEqual([...options.measurement.errors], [['connection lost', 2]]);
  assert.equal(options.measurement.latencies.count, 58);
});

test('a run ends when every connection is lost', async () => {
  const server = new FakeServer(1, () => [0, '', EMPTY_BYTES]);
  const options = loopOptions(server, [server.connection(5)], { clients: 2, total: 1000 });
  const loop = new ClosedLoop(WORKLOAD, options);
  await loop.run();
  assert.equal(options.measurement.latencies.count, 5);
  assert.equal(loop.completed, 7);
  assert.deepEqual([...options.measurement.errors], [['connection lost', 2]]);
});

test('a rate holds the calls back however fast the answers are', async () => {
  const server = new FakeServer(0, () => [0, '', EMPTY_BYTES]);
  const options = loopOptions(server, [server.connection()], {
    clients: 20,
    total: 120,
    ratePerSecond: 1000,
    now: () => performance.now(),
  });
  const loop = new ClosedLoop(WORKLOAD, options);
  await loop.run();
  assert.equal(loop.completed, 120);
  // 120 tokens at 1,000 a second, of which a burst's worth may come at once.
  assert.ok(options.measurement.elapsedMs >= 105, `${options.measurement.elapsedMs} ms`);
});
