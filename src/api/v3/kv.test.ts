import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Reason, type Refusal } from '../../state-machine/index.js';
import {
  accepted,
  bytes,
  put,
  putOp,
  range,
  rangeOp,
  shown,
  txnOp,
} from '../../state-machine/state-machine-fixture.conformance.js';
import {
  CompactionRequest,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RangeResponse,
  RequestKind,
  TxnRequest,
  TxnResponse,
} from '../../wire/index.js';
import { kvService } from './kv.js';
import { type FakeCall, ServiceFixture } from './service-fixture.conformance.js';

const RANGE = '/etcdserverpb.KV/Range';
const PUT = '/etcdserverpb.KV/Put';
const DELETE = '/etcdserverpb.KV/DeleteRange';
const TXN = '/etcdserverpb.KV/Txn';
const COMPACT = '/etcdserverpb.KV/Compact';

/** Holds a=1 and b=2, revision 3. */
function setUp(): ServiceFixture {
  const fixture = new ServiceFixture(kvService);
  accepted(fixture.state.put({ key: 'a', value: '1' }));
  accepted(fixture.state.put({ key: 'b', value: '2' }));
  return fixture;
}

const told = (refusal: Refusal): string => `${refusal.code} ${refusal.message}`;
const kvsOf = (call: FakeCall): string[] => call.answer(RangeResponse).kvs.map(shown);

describe('ranges', () => {
  test('a serializable one is answered in place, byte by byte as the codec would', () => {
    const fixture = setUp();
    fixture.member.hasLeader = false;
    const request = range({ key: 'a', rangeEnd: '\0', limit: 1, serializable: true });
    const call = fixture.call(RANGE, RangeRequest, request);
    const answer = call.answer(RangeResponse);
    assert.deepEqual([answer.kvs.map(shown), answer.more, answer.count], [['a=1 2/2/1'], true, 2]);
    assert.equal(answer.header!.revision, 3);
    assert.deepEqual(call.messages[0], RangeResponse.toBytes(answer));
    assert.equal(fixture.member.reads.length, 0);
  });

  test('so is a linearizable one on a member that may', () => {
    const fixture = setUp();
    fixture.member.readsAreLocal = true;
    assert.deepEqual(kvsOf(fixture.call(RANGE, RangeRequest, range({ key: 'b' }))), ['b=2 3/3/1']);
  });

  test('otherwise it waits for the barrier, with its own request, and sees what was written meanwhile', () => {
    const fixture = setUp();
    const first = fixture.call(RANGE, RangeRequest, range({ key: 'a' }));
    const second = fixture.call(RANGE, RangeRequest, range({ key: 'b', countOnly: true }));
    fixture.call(RANGE, RangeRequest, range({ key: 'x', serializable: true }));
    assert.deepEqual([first.status, second.status], [undefined, undefined]);
    accepted(fixture.state.put({ key: 'a', value: 'new' }));
    for (const read of fixture.member.reads) read(undefined);
    assert.deepEqual(kvsOf(first), ['a=new 2/4/2']);
    const { kvs, count } = second.answer(RangeResponse);
    assert.deepEqual([kvs.length, count], [0, 1]);
  });

  test('a barrier that fails refuses, and a caller who has left is not answered', () => {
    const fixture = setUp();
    const refused = fixture.call(RANGE, RangeRequest, range({ key: 'a' }));
    const left = fixture.call(RANGE, RangeRequest, range({ key: 'a' }));
    left.finished = true;
    fixture.member.reads[0]!(Reason.TIMEOUT);
    fixture.member.reads[1]!(undefined);
    assert.deepEqual([refused.status, left.messages], [told(Reason.TIMEOUT), []]);
  });

  test('what cannot be answered is refused', () => {
    const fixture = setUp();
    const status = (fields: Partial<RangeRequest>): string | undefined =>
      fixture.call(RANGE, RangeRequest, { ...fields, serializable: true }).status;
    accepted(fixture.state.compact(2));
    assert.equal(status(range({})), told(Reason.EMPTY_KEY));
    assert.equal(status(range({ key: 'a', sortOrder: 7 })), told(Reason.INVALID_SORT));
    assert.equal(status(range({ key: 'a', sortTarget: 7 })), told(Reason.INVALID_SORT));
    assert.equal(status(range({ key: 'a', revision: 9 })), told(Reason.FUTURE_REVISION));
    assert.equal(status(range({ key: 'a', revision: 1 })), told(Reason.COMPACTED));
    assert.equal(status(range({ key: 'a', revision: -1 })), '0');
  });
});

describe('changes', () => {
  const requests = [
    [PUT, RequestKind.PUT, PutRequest.toBytes(put({ key: 'k', value: 'v', prevKv: true }))],
    [
      DELETE,
      RequestKind.DELETE_RANGE,
      DeleteRangeRequest.toBytes(DeleteRangeRequest.create({ key: bytes('k') })),
    ],
    [TXN, RequestKind.TXN, TxnRequest.toBytes(TxnRequest.create({ failure: [putOp({ key: 'k' })] }))],
    [COMPACT, RequestKind.COMPACTION, CompactionRequest.toBytes({ revision: 2, physical: false })],
  ] as const;
  for (const [path, kind, body] of requests) {
    test(`${path} goes through the log as the bytes that came, unknown fields included`, () => {
      const fixture = setUp();
      const unknownField = Uint8Array.of(0xf8, 0x07, 0x01);
      const message = Uint8Array.from([...body, ...unknownField]);
      const call = fixture.callBytes(path, message);
      assert.equal(call.status, undefined);
      const [proposed, ...others] = fixture.member.proposed;
      assert.deepEqual([proposed!.kind, proposed!.body, others.length], [kind, message, 0]);
      proposed!.waiter.finish(14, 'because');
      assert.equal(call.status, '14 because');
    });

    test(`${path} refuses what is malformed`, () => {
      const fixture = setUp();
      const { status } = fixture.callBytes(path, Uint8Array.of(0x0a, 0x7f, 0x01));
      assert.match(status!, /^13 grpc: error unmarshalling request: /);
      assert.equal(fixture.member.proposed.length, 0);
    });
  }

  test('static checks come before the log', () => {
    const fixture = setUp();
    const putStatus = (fields: Parameters<typeof put>[0]): string | undefined =>
      fixture.call(PUT, PutRequest, put(fields)).status;
    assert.equal(putStatus({}), told(Reason.EMPTY_KEY));
    assert.equal(putStatus({ key: 'a', value: '1', ignoreValue: true }), told(Reason.VALUE_PROVIDED));
    assert.equal(putStatus({ key: 'a', lease: 1n, ignoreLease: true }), told(Reason.LEASE_PROVIDED));
    assert.equal(fixture.call(DELETE, DeleteRangeRequest, {}).status, told(Reason.EMPTY_KEY));
    const twice = { success: [putOp({ key: 'a' }), putOp({ key: 'a' })] };
    assert.equal(fixture.call(TXN, TxnRequest, twice).status, told(Reason.DUPLICATE_KEY));
    assert.equal(fixture.member.proposed.length, 0);
  });

  test('a physical compaction is answered when its removals are done, or told why not', () => {
    for (const refusal of [undefined, Reason.STOPPED]) {
      const fixture = setUp();
      const call = fixture.call(COMPACT, CompactionRequest, { revision: 2, physical: true });
      const answer = bytes('<answer>');
      fixture.member.proposed[0]!.waiter.reply(answer, 1, 7);
      answer.fill(0);
      assert.equal(call.status, undefined);
      assert.equal(fixture.member.compactions[0]!.revision, 2);
      fixture.member.compactions[0]!.done(refusal);
      if (refusal === undefined) assert.deepEqual(call.messages, [bytes('answer')]);
      else assert.equal(call.status, told(refusal));
    }
  });

  test('a physical compaction that is refused waits for nothing', () => {
    const fixture = setUp();
    const call = fixture.call(COMPACT, CompactionRequest, { revision: 2, physical: true });
    fixture.member.proposed[0]!.waiter.finish(11, 'compacted');
    assert.deepEqual([call.status, fixture.member.compactions], ['11 compacted', []]);
  });
});

describe('transactions that only read', () => {
  test('wait for the barrier unless all their ranges allow a stale answer', () => {
    const fixture = setUp();
    const stale = rangeOp({ key: 'a', serializable: true });
    const inPlace = fixture.call(TXN, TxnRequest, { success: [stale] });
    assert.equal(inPlace.answer(TxnResponse).responses.length, 1);
    assert.equal(fixture.call(TXN, TxnRequest, {}).answer(TxnResponse).succeeded, true);
    const waiting = fixture.call(TXN, TxnRequest, { success: [stale, rangeOp({ key: 'b' })] });
    assert.equal(waiting.status, undefined);
    fixture.member.reads[0]!(undefined);
    assert.equal(waiting.answer(TxnResponse).responses.length, 2);
    assert.equal(fixture.member.proposed.length, 0);
  });

  test('go through the log as soon as one is nested', () => {
    const fixture = setUp();
    fixture.call(TXN, TxnRequest, { success: [txnOp({ success: [rangeOp({ key: 'a' })] })] });
    assert.equal(fixture.member.proposed.length, 1);
  });
});

test('who asks for a leader is refused while there is none', () => {
  const fixture = setUp();
  fixture.member.hasLeader = false;
  const request = range({ key: 'a', serializable: true });
  const status = (value: string): string | undefined =>
    fixture.call(RANGE, RangeRequest, request, { hasleader: value }).status;
  assert.equal(status('true'), told(Reason.NO_LEADER));
  assert.deepEqual([status('false'), status('TRUE')], ['0', '0'], 'only this very value counts');
  fixture.member.hasLeader = true;
  assert.equal(status('true'), '0');
});

test('one large answer does not stay in memory', () => {
  const fixture = setUp();
  const large = 'v'.repeat(1_000_000);
  for (let i = 0; i < 6; i++) accepted(fixture.state.put({ key: `l${i}`, value: large }));
  const all = range({ key: '\0', rangeEnd: '\0', serializable: true });
  assert.equal(fixture.call(RANGE, RangeRequest, all).answer(RangeResponse).count, 8);
  assert.ok(fixture.context.scratch.buf.length > 6_000_000);
  const one = fixture.call(RANGE, RangeRequest, range({ key: 'a', serializable: true }));
  assert.deepEqual(kvsOf(one), ['a=1 2/2/1']);
  assert.ok(fixture.context.scratch.buf.length < 6_000_000);
});

test('a learner answers serializable ranges only', () => {
  const fixture = new ServiceFixture(kvService);
  fixture.member.isLearner = true;
  const key = Uint8Array.of(97);
  const get = (serializable: boolean) =>
    fixture.call('/etcdserverpb.KV/Range', RangeRequest, { key, serializable });
  const refused = '9 etcdserver: rpc not supported for learner';
  assert.equal(get(true).answer(RangeResponse).count, 0);
  assert.equal(get(false).status, refused);
  assert.equal(fixture.call('/etcdserverpb.KV/Put', PutRequest, { key }).status, refused);
  assert.equal(fixture.call('/etcdserverpb.KV/Txn', TxnRequest, {}).status, refused);
  assert.deepEqual([fixture.member.proposed, fixture.member.reads], [[], []]);
});

test('what the quota has no room for is refused before all else, once the alarm is raised', () => {
  const fixture = setUp();
  fixture.member.quotaBytes = 300;
  const big = fixture.call(PUT, PutRequest, put({ value: 'v'.repeat(100) }));
  const txn = fixture.call(TXN, TxnRequest, {
    success: [putOp({ key: 'a' }), putOp({ key: 'a' })],
    failure: [],
  });
  assert.deepEqual([big.finished, txn.finished], [false, false]);
  for (const done of fixture.member.raising) done();
  assert.equal(big.status, told(Reason.NO_SPACE));
  assert.equal(txn.status, told(Reason.NO_SPACE));
  fixture.call(PUT, PutRequest, put({ key: 'a', value: 'v' }));
  assert.equal(fixture.member.proposed.length, 1);
});
