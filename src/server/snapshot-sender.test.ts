import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotMessage } from '../raft/index.js';
import { EMPTY_BYTES, Prng } from '../stdx/index.js';
import { FollowerFixture, KeptNetwork } from './follower-fixture.conformance.js';
import { SNAPSHOT_RETRY_MS, SNAPSHOT_SENDS_MAX } from './limits.js';
import { SnapshotSender } from './snapshot-sender.js';

async function setUp() {
  const fixture = new FollowerFixture(new Prng(3), 'm1', { snapshotCount: 1000 });
  await fixture.run();
  await fixture.feed(50);
  await fixture.flushed();
  const network = new KeptNetwork();
  const reports: [bigint, boolean][] = [];
  const sender = new SnapshotSender({
    clusterId: fixture.member.options.clusterId,
    machine: fixture.member.machine,
    backend: fixture.backend,
    network,
    clock: fixture.clock,
    sink: { log() {} },
    pendingProposals: () => 0,
    keptLogBytes: () => 0,
    report: (peer, ok) => reports.push([peer, ok]),
  });
  const message = (to: bigint): SnapshotMessage => {
    const snapshot = sender.offer();
    assert.ok(snapshot !== null);
    return { kind: 'snapshot', from: 1n, to, term: 2, snapshot };
  };
  return { fixture, network, reports, sender, message };
}

test('what is offered goes out as a view of the backend, and what becomes of it is told', async () => {
  const { fixture, network, reports, sender, message } = await setUp();
  assert.equal(sender.offer()!.index, 50);
  assert.equal(sender.offer()!.data.length, 0);
  sender.send(message(7n));
  assert.equal(network.snapshots.length, 1);
  const [{ message: sent, body, done }] = network.snapshots as [(typeof network.snapshots)[0]];
  assert.deepEqual([sent.to, sent.snapshot.index, sent.snapshot.term], [7n, 50, 2]);
  // The view stays while the backend goes on.
  await fixture.feed(80);
  await fixture.flushed();
  while ((await fixture.finish(body.next())) !== undefined);
  done(true);
  assert.deepEqual(reports, [[7n, true]]);
  assert.deepEqual([sender.sentCount, sender.failedCount, sender.sendingCount], [1, 0, 0]);
  await fixture.close();
});

test('it waits until the backend has what was promised, and sends what it has by then', async () => {
  const { fixture, network, sender, message } = await setUp();
  await fixture.feed(60);
  const promised = message(7n);
  assert.equal(promised.snapshot.index, 60);
  sender.send(promised);
  assert.equal(network.snapshots.length, 0);
  sender.noteDurable(59);
  assert.equal(network.snapshots.length, 0);
  await fixture.feed(90);
  await fixture.flushed();
  sender.noteDurable(90);
  assert.equal(network.snapshots[0]!.message.snapshot.index, 90);
  sender.stop();
  await fixture.close();
});

test('one at a time to each, and few at a time; the others come again', async () => {
  const { fixture, network, reports, sender, message } = await setUp();
  sender.send(message(1n));
  sender.send(message(1n));
  assert.deepEqual(reports, [[1n, false]]);
  for (let to = 2n; to <= BigInt(SNAPSHOT_SENDS_MAX) + 1n; to++) sender.send(message(to));
  assert.deepEqual(reports.at(-1), [BigInt(SNAPSHOT_SENDS_MAX) + 1n, false]);
  assert.equal(network.snapshots.length, SNAPSHOT_SENDS_MAX);
  network.snapshots[0]!.done(false);
  assert.deepEqual(reports.splice(0).at(-1), [1n, false]);
  sender.send(message(1n));
  assert.deepEqual(reports, [[1n, false]], 'not at once');
  fixture.clock.advance(SNAPSHOT_RETRY_MS);
  sender.send(message(1n));
  assert.equal(network.snapshots.length, SNAPSHOT_SENDS_MAX + 1);
  sender.stop();
  for (const { done } of network.snapshots.slice(1)) done(false);
  assert.equal(sender.offer(), null);
  await fixture.close();
});

test('a stop lets go of all views and reports nothing any more', async () => {
  const { fixture, network, reports, sender, message } = await setUp();
  sender.send(message(1n));
  await fixture.feed(70);
  sender.send({ ...message(2n), snapshot: { ...message(2n).snapshot, data: EMPTY_BYTES } });
  sender.stop();
  const next = network.snapshots[0]!.body.next();
  await assert.rejects(fixture.finish(next), /closed/);
  network.snapshots[0]!.done(false);
  sender.noteDurable(70);
  assert.equal(network.snapshots.length, 1);
  assert.deepEqual(reports, []);
  await fixture.close();
});
