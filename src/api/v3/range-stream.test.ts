import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accepted, bytes, range, shown } from '../../state-machine/state-machine-fixture.conformance.js';
import { Prng } from '../../stdx/index.js';
import { RangeRequest, RangeResponse, RangeStreamResponse, SortOrder, SortTarget } from '../../wire/index.js';
import { kvService } from './kv.js';
import { RANGE_STREAM_PIECE_BYTES } from './limits.js';
import { FakeCall, ServiceFixture } from './service-fixture.conformance.js';

const STREAM = '/etcdserverpb.KV/RangeStream';
const RANGE = '/etcdserverpb.KV/Range';
const VALUE_BYTES = 1000;

/** Holds `count` keys of a kilobyte, k0000 and so on. */
function setUp(count: number): ServiceFixture {
  const fixture = new ServiceFixture(kvService);
  fixture.member.readsAreLocal = true;
  for (let i = 0; i < count; i++) {
    accepted(fixture.state.put({ key: `k${String(i).padStart(4, '0')}`, value: 'v'.repeat(VALUE_BYTES) }));
  }
  return fixture;
}

const everything = { key: 'k', rangeEnd: 'l', serializable: true };

function piecesOf(call: FakeCall): RangeResponse[] {
  return call.messages.map((message) => RangeStreamResponse.decode(message).rangeResponse!);
}

/** What protobuf's merging makes of the pieces: lists are joined, of the rest the last one that is set counts. */
function merged(call: FakeCall): RangeResponse {
  assert.equal(call.status, '0');
  return piecesOf(call).reduce((sum, piece) => ({
    header: piece.header ?? sum.header,
    kvs: [...sum.kvs, ...piece.kvs],
    more: piece.more || sum.more,
    count: piece.count || sum.count,
  }));
}

/** A caller that has room for so many messages, until it drains. */
class SlowCall extends FakeCall {
  room: number;

  constructor(room: number, metadata: Readonly<Record<string, string>> = {}) {
    super(metadata);
    this.room = room;
  }

  override send(message: Uint8Array, start: number, end: number): boolean {
    super.send(message, start, end);
    return --this.room > 0;
  }

  drain(room: number): void {
    this.room = room;
    this.onDrain?.();
  }
}

test('the pieces merge into the answer of Range', () => {
  const seed = Number(process.env['SEED'] ?? 7);
  console.log(`SEED=${seed}`);
  const rng = new Prng(seed);
  const fixture = setUp(300);
  for (let i = 0; i < 60; i++) accepted(fixture.state.put({ key: `k0${rng.below(400)}`, value: 'new' }));
  for (let round = 0; round < 200; round++) {
    const request = range({
      key: rng.pick(['k', 'k0100', 'zz', '\0', 'k0007']),
      rangeEnd: rng.pick(['', '\0', 'l', 'k0200', 'a']),
      limit: rng.pick([0, 0, -1, 1, 70, 1000]),
      revision: rng.pick([0, 0, 40, 301, -2]),
      keysOnly: rng.chance(0.2),
      countOnly: rng.chance(0.1),
      sortOrder: rng.pick([SortOrder.NONE, SortOrder.ASCEND]),
      serializable: true,
    });
    const plain = fixture.call(RANGE, RangeRequest, request).answer(RangeResponse);
    assert.deepEqual(merged(fixture.call(STREAM, RangeRequest, request)), plain, JSON.stringify(request));
  }
});

test('header, count and more come with the last piece, and a piece is small', () => {
  const fixture = setUp(300);
  const call = fixture.call(STREAM, RangeRequest, range({ ...everything, limit: 200 }));
  const pieces = piecesOf(call);
  assert.ok(pieces.length >= 3, `${pieces.length} pieces`);
  for (const message of call.messages) {
    assert.ok(message.length < RANGE_STREAM_PIECE_BYTES + 2 * VALUE_BYTES, `${message.length} bytes`);
  }
  for (const { header, count, more } of pieces.slice(0, -1)) {
    assert.deepEqual([header, count, more], [undefined, 0, false]);
  }
  const last = pieces.at(-1)!;
  assert.deepEqual([last.header!.revision, last.count, last.more], [301, 300, true]);
});

test('who reads slowly makes the server wait, and sees one revision', () => {
  const fixture = setUp(300);
  const call = new SlowCall(1);
  fixture.callWith(call, STREAM, RangeRequest, range(everything));
  assert.equal(call.messages.length, 1, 'no more than there is room for');
  accepted(fixture.state.put({ key: 'k0000', value: 'late' }));
  accepted(fixture.state.put({ key: 'k0299', value: 'late' }));
  accepted(fixture.state.put({ key: 'k0299a', value: 'late' }));
  call.drain(2);
  assert.equal(call.messages.length, 3);
  call.drain(Infinity);
  const answer = merged(call);
  assert.deepEqual([answer.header!.revision, answer.count, answer.kvs.length], [301, 300, 300]);
  assert.ok(answer.kvs.every(({ value }) => value.length === VALUE_BYTES));
});

test('a compaction beyond the revision ends it, after what was sent', () => {
  const fixture = setUp(300);
  const call = new SlowCall(1);
  fixture.callWith(call, STREAM, RangeRequest, range(everything));
  accepted(fixture.state.put({ key: 'k0000', value: 'late' }));
  fixture.state.machine.store.compact(302);
  call.drain(Infinity);
  assert.equal(call.status, '11 etcdserver: mvcc: required revision has been compacted');
  assert.equal(call.messages.length, 1);
});

test('so does a change of users and roles', () => {
  const fixture = setUp(300);
  const { auth } = fixture.state.machine;
  auth.addUser('root', bytes(''), true);
  auth.grantRole('root', 'root');
  auth.enable();
  const who = { user: 'root', revision: auth.revision };
  Object.assign(fixture.context, {
    logins: { identify: (_token: string, next: (who: object) => void) => next(who) },
  });
  const call = new SlowCall(1, { token: 't' });
  fixture.callWith(call, STREAM, RangeRequest, range(everything));
  assert.equal(call.messages.length, 1, call.status);
  auth.addRole('r');
  call.drain(Infinity);
  assert.equal(call.status, '3 etcdserver: revision of auth store is old');
});

test('a caller who leaves is sent nothing more', () => {
  const fixture = setUp(300);
  const call = new SlowCall(1);
  fixture.callWith(call, STREAM, RangeRequest, range(everything));
  call.finished = true;
  call.drain(Infinity);
  assert.equal(call.messages.length, 1);
});

describe('what is refused', () => {
  const cases: [string, Parameters<typeof range>[0], string][] = [
    ['no key', { key: '' }, '3 etcdserver: key is not provided'],
    [
      'descending',
      { key: 'a', sortOrder: SortOrder.DESCEND },
      '12 RangeStream does not support custom sort orders',
    ],
    [
      'by version',
      { key: 'a', sortOrder: SortOrder.ASCEND, sortTarget: SortTarget.VERSION },
      '12 RangeStream does not support custom sort orders',
    ],
    ['an unknown order', { key: 'a', sortOrder: 9 }, '3 etcdserver: invalid sort option'],
    ['a filter', { key: 'a', maxModRevision: 3 }, '12 RangeStream does not support revision filters'],
    [
      'the future',
      { key: 'a', rangeEnd: 'b', revision: 99 },
      '11 etcdserver: mvcc: required revision is a future revision',
    ],
    [
      'the future of one key',
      { key: 'a', revision: 99 },
      '11 etcdserver: mvcc: required revision is a future revision',
    ],
  ];
  for (const [name, request, status] of cases) {
    test(name, () => {
      const call = setUp(1).call(STREAM, RangeRequest, range({ serializable: true, ...request }));
      assert.deepEqual([call.status, call.messages.length], [status, 0]);
    });
  }

  test('a learner, even if stale will do; and what is no request', () => {
    const fixture = setUp(1);
    const broken = fixture.callBytes(STREAM, bytes('\xff\xff'));
    assert.match(broken.status!, /^13 grpc: failed to unmarshal the received message/);
    fixture.member.isLearner = true;
    const call = fixture.call(STREAM, RangeRequest, range(everything));
    assert.equal(call.status, '9 etcdserver: rpc not supported for learner');
  });
});

test('a linearizable one waits for the barrier', () => {
  const fixture = setUp(2);
  const call = fixture.call(STREAM, RangeRequest, range({ key: 'k', rangeEnd: 'l' }));
  assert.equal(call.messages.length, 0);
  accepted(fixture.state.put({ key: 'k0002', value: 'x' }));
  for (const read of fixture.member.reads) read(undefined);
  assert.deepEqual(merged(call).kvs.slice(2).map(shown), ['k0002=x 4/4/1']);
});
