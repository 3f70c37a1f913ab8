import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateMachineFixture } from '../state-machine/state-machine-fixture.conformance.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { AlarmRequest, AlarmType, RequestKind } from '../wire/index.js';
import { QUOTA_BYTES_DEFAULT } from './limits.js';
import { Quota } from './quota.js';
import { StorageGuard } from './storage-guard.js';
import type { Waiter } from './waiter.js';

class FakeBackend {
  inUseBytes = 0;
  asked = 0;

  size(): { allocatedBytes: number; inUseBytes: number } {
    this.asked++;
    return { allocatedBytes: 1e12, inUseBytes: this.inUseBytes };
  }
}

const lines: string[] = [];
const sink = { log: (_level: string, message: string): void => void lines.push(message) };

test('a quota counts the bytes in use as of the last commit, and what costs nothing passes', () => {
  const backend = new FakeBackend();
  const quota = new Quota(1000, backend, sink);
  assert.deepEqual([quota.hasRoomFor(999), quota.hasRoomFor(1000)], [true, false]);
  backend.inUseBytes = 2000;
  assert.equal(quota.hasRoomFor(1), true, 'it is not asked for each request');
  quota.noteCommitted();
  assert.deepEqual([quota.hasRoomFor(1), quota.hasRoomFor(0)], [false, true]);
  assert.equal(backend.asked, 2);
});

test('0 is the default, and a negative quota is none', () => {
  const backend = new FakeBackend();
  backend.inUseBytes = QUOTA_BYTES_DEFAULT - 10;
  for (const bytes of [0, undefined]) {
    const quota = new Quota(bytes, backend, sink);
    assert.deepEqual(
      [quota.bytes, quota.hasRoomFor(9), quota.hasRoomFor(10)],
      [QUOTA_BYTES_DEFAULT, true, false],
    );
  }
  const none = new Quota(-1, backend, sink);
  assert.deepEqual([none.bytes, none.hasRoomFor(1e15)], [-1, true]);
  lines.length = 0;
  void new Quota(9 * 2 ** 30, backend, sink);
  assert.deepEqual(lines, ['quota exceeds the maximum value']);
});

test('one alarm is raised for all who wait for it, and none if there is one', () => {
  const { machine } = new StateMachineFixture();
  const proposed: { kind: number; body: Uint8Array; waiter: Waiter | undefined }[] = [];
  const guard = new StorageGuard(
    { memberId: 9n },
    {
      machine,
      backend: new FakeBackend(),
      sink,
      proposals: { add: (kind, body, _start, _end, waiter) => void proposed.push({ kind, body, waiter }) },
      schedule: () => {},
      clock: new ManualClock(),
    },
  );
  const told: number[] = [];
  guard.raiseNoSpace(() => told.push(1));
  guard.raiseNoSpace(() => told.push(2));
  assert.equal(proposed.length, 1);
  assert.equal(proposed[0]!.kind, RequestKind.ALARM);
  const request = AlarmRequest.decode(proposed[0]!.body);
  assert.deepEqual(request, { action: 1, memberId: 9n, alarm: AlarmType.NOSPACE });
  assert.equal(told.length, 0);
  proposed[0]!.waiter!.finish(14, 'etcdserver: request timed out');
  assert.deepEqual(told, [1, 2], 'nobody waits for an alarm that did not come about');
  guard.raiseNoSpace(() => told.push(3));
  assert.equal(proposed.length, 2);
  machine.alarms.apply(request);
  proposed[1]!.waiter!.reply(new Uint8Array(0), 0, 0);
  guard.raiseNoSpace(() => told.push(4));
  assert.deepEqual([told, proposed.length], [[1, 2, 3, 4], 2]);
});
