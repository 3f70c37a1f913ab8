import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason } from '../../state-machine/index.js';
import { decodeLatin1, encodeUtf8 } from '../../stdx/index.js';
import {
  CampaignRequest,
  LeaderRequest,
  LeaderResponse,
  LeaseRevokeRequest,
  LockRequest,
  LockResponse,
  RequestKind,
  UnlockRequest,
} from '../../wire/index.js';
import { cancel, NAME, QueueFixture } from './queue-fixture.conformance.js';
import { FakeCall } from './service-fixture.conformance.js';

const LOCK = '/v3lockpb.Lock/Lock';
const UNLOCK = '/v3lockpb.Lock/Unlock';
const CAMPAIGN = '/v3electionpb.Election/Campaign';
const OBSERVE = '/v3electionpb.Election/Observe';

const lock = (fixture: QueueFixture, lease: bigint): FakeCall =>
  fixture.call(LOCK, LockRequest, { name: NAME, lease });
const unlock = (fixture: QueueFixture, key: string): FakeCall =>
  fixture.call(UNLOCK, UnlockRequest, { key: encodeUtf8(key) });
const revoke = (fixture: QueueFixture, id: bigint): void => {
  fixture.apply(RequestKind.LEASE_REVOKE, LeaseRevokeRequest.toBytes({ id }));
  fixture.settle();
};

test('one deletion wakes one waiter, in the order of arrival, and no watcher stays', () => {
  const fixture = new QueueFixture();
  const [first, second, third] = [lock(fixture, 3n), lock(fixture, 1n), lock(fixture, 2n)];
  assert.deepEqual([first.status, second.status, third.status], ['0', undefined, undefined]);
  assert.equal(fixture.watchable.watcherCount, 2);
  const readsBefore = fixture.member.readCount;
  unlock(fixture, 'n/3');
  assert.equal(fixture.member.readCount, readsBefore + 1);
  assert.equal(decodeLatin1(second.answer(LockResponse).key), 'n/1');
  assert.deepEqual([third.status, fixture.watchable.watcherCount], [undefined, 1]);
  unlock(fixture, 'n/1');
  assert.equal(decodeLatin1(third.answer(LockResponse).key), 'n/2');
  assert.equal(fixture.watchable.watcherCount, 0);
});

test('a place is given up with its call, whenever that ends', () => {
  const fixture = new QueueFixture();
  lock(fixture, 1n);
  const waiting = lock(fixture, 2n);
  cancel(waiting);
  fixture.settle();
  assert.deepEqual([fixture.keys(), fixture.watchable.watcherCount], [['n/1'], 0]);
  // Before its key is made.
  const early = fixture.begin(LOCK, LockRequest, { name: NAME, lease: 2n });
  cancel(early);
  fixture.settle();
  assert.deepEqual(fixture.keys(), ['n/1']);
  // What was there already is another call's.
  const again = fixture.begin(LOCK, LockRequest, { name: NAME, lease: 1n });
  cancel(again);
  fixture.settle();
  assert.deepEqual(fixture.keys(), ['n/1']);
});

test('a place that is given up late does not take a newer one of the same lease with it', () => {
  const fixture = new QueueFixture();
  lock(fixture, 1n);
  const waiting = lock(fixture, 2n);
  fixture.begin(UNLOCK, UnlockRequest, { key: encodeUtf8('n/2') });
  fixture.begin(LOCK, LockRequest, { name: NAME, lease: 2n });
  cancel(waiting);
  fixture.settle();
  assert.deepEqual(fixture.keys(), ['n/1', 'n/2']);
});

test('a waiter whose lease has ended, and one that has to begin anew with it, are refused when their turn comes', () => {
  const fixture = new QueueFixture();
  lock(fixture, 1n);
  const ended = lock(fixture, 2n);
  const replaced = lock(fixture, 3n);
  revoke(fixture, 2n);
  unlock(fixture, 'n/3');
  lock(fixture, 3n);
  unlock(fixture, 'n/1');
  const expired = '2 mutex: session is expired';
  assert.deepEqual([ended.status, replaced.status], [expired, expired]);
});

test('a waiter that cannot read leaves, a candidate stays', () => {
  const fixture = new QueueFixture();
  lock(fixture, 1n);
  const waiting = lock(fixture, 2n);
  const candidate = fixture.call(CAMPAIGN, CampaignRequest, { name: NAME, lease: 3n });
  fixture.member.unreadable = Reason.TIMEOUT;
  unlock(fixture, 'n/1');
  fixture.settle();
  assert.equal(waiting.status, '2 etcdserver: request timed out');
  assert.equal(candidate.status, '2 etcdserver: request timed out');
  assert.deepEqual(fixture.keys(), ['n/3']);
});

test('without a lease a lock gets one of its own', () => {
  const fixture = new QueueFixture();
  const call = fixture.call(LOCK, LockRequest, { name: NAME });
  assert.equal(decodeLatin1(call.answer(LockResponse).key), 'n/abc');
  revoke(fixture, 0xabcn);
  assert.deepEqual(fixture.keys(), []);
});

/** Reads when the test wants it to. */
class SlowCall extends FakeCall {
  room = true;

  override send(message: Uint8Array, start: number, end: number): boolean {
    super.send(message, start, end);
    return this.room;
  }
}

test('an observer that does not read is told the latest word once it does, compacted or not', () => {
  for (const isCompacted of [false, true]) {
    const fixture = new QueueFixture();
    const call = new SlowCall();
    fixture.call(OBSERVE, LeaderRequest, { name: NAME }, call);
    const say = (value: string): FakeCall =>
      fixture.call(CAMPAIGN, CampaignRequest, { name: NAME, lease: 1n, value: encodeUtf8(value) });
    say('first');
    call.room = false;
    for (let i = 0; i < 10; i++) say(`word ${i}`);
    const before = call.messages.length;
    assert.ok(before <= 2, `${before} messages went into a full stream`);
    if (isCompacted) fixture.compact(fixture.store.revision);
    call.room = true;
    call.onDrain?.();
    fixture.settle();
    const words = call.messages.map((message) => decodeLatin1(LeaderResponse.decode(message).kv!.value));
    assert.deepEqual([words[0], words.at(-1)], ['first', 'word 9']);
    if (!isCompacted) assert.equal(words.length, 11);
    cancel(call);
    assert.equal(fixture.watchable.watcherCount, 0);
  }
});
