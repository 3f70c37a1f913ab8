import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONF_STATE, EntryKind } from '../raft/index.js';
import { AssertionError, Prng } from '../stdx/index.js';
import {
  DeleteRangeRequest,
  Member,
  MemberAttributes,
  PutRequest,
  RequestKind,
  type RequestOp,
  TxnRequest,
} from '../wire/index.js';
import { Reason } from './reason.js';
import {
  accepted,
  CLUSTER_ID,
  compare,
  MEMBER_ID,
  put,
  putOp,
  rangeOp,
  remove,
  removeOp,
  StateMachineFixture,
  shown,
  TERM,
  txnOp,
} from './state-machine-fixture.conformance.js';

const header = (revision: number) => ({
  clusterId: CLUSTER_ID,
  memberId: MEMBER_ID,
  revision,
  raftTerm: TERM,
});

test('a put answers with its revision; equal values count as changes', () => {
  const fixture = new StateMachineFixture();
  assert.deepEqual(fixture.put({ key: 'a', value: '1' }), { header: header(2), prevKv: undefined });
  assert.deepEqual(fixture.put({ key: 'a', value: '1' }), { header: header(3), prevKv: undefined });
  assert.deepEqual(fixture.all(), ['a=1 2/3/2']);
});

test('prev_kv shows the key before, or nothing', () => {
  const fixture = new StateMachineFixture();
  assert.equal(accepted(fixture.put({ key: 'a', value: '1', prevKv: true })).prevKv, undefined);
  const { prevKv } = accepted(fixture.put({ key: 'a', value: '2', prevKv: true }));
  assert.equal(shown(prevKv!), 'a=1 2/2/1');
  accepted(fixture.remove({ key: 'a' }));
  assert.equal(accepted(fixture.put({ key: 'a', value: '3', prevKv: true })).prevKv, undefined);
  assert.deepEqual(fixture.all(), ['a=3 5/5/1']);
});

test('ignore_value keeps the value, whatever its length; ignore_lease is a put like any other', () => {
  const fixture = new StateMachineFixture();
  const long = 'v'.repeat(100_000);
  for (const value of ['', 'short', long]) {
    accepted(fixture.put({ key: 'a', value }));
    accepted(fixture.put({ key: 'a', ignoreValue: true, prevKv: true }));
    assert.ok(fixture.all()[0]!.startsWith(`a=${value} `));
  }
  accepted(fixture.put({ key: 'a', value: 'new', ignoreLease: true }));
  accepted(fixture.put({ key: 'a', ignoreValue: true, ignoreLease: true }));
  assert.deepEqual(fixture.all(), ['a=new 2/9/8']);
});

test('a put that keeps something of an absent key, or names a lease, is refused and changes nothing', () => {
  const fixture = new StateMachineFixture();
  assert.equal(fixture.put({ key: 'a', ignoreValue: true }), Reason.KEY_NOT_FOUND.message);
  assert.equal(fixture.put({ key: 'a', value: '1', ignoreLease: true }), Reason.KEY_NOT_FOUND.message);
  assert.equal(fixture.put({ key: 'a', value: '1', lease: 5n }), Reason.LEASE_NOT_FOUND.message);
  assert.equal(fixture.put({ key: 'a', lease: 5n, ignoreValue: true }), Reason.LEASE_NOT_FOUND.message);
  assert.deepEqual([fixture.store.revision, fixture.all(), fixture.machine.appliedIndex], [1, [], 4]);
});

test('a deletion counts, shows what was there in key order, and adds a revision only if it did something', () => {
  const fixture = new StateMachineFixture();
  for (const key of ['c', 'a', 'b', 'd']) accepted(fixture.put({ key, value: key }));
  const answer = accepted(fixture.remove({ key: 'a', rangeEnd: 'd', prevKv: true }));
  assert.deepEqual([answer.header, answer.deleted], [header(6), 3]);
  assert.deepEqual(answer.prevKvs.map(shown), ['a=a 3/3/1', 'b=b 4/4/1', 'c=c 2/2/1']);
  const none = accepted(fixture.remove({ key: 'a', rangeEnd: 'd', prevKv: true }));
  assert.deepEqual(none, { header: header(6), deleted: 0, prevKvs: [] });
  assert.equal(accepted(fixture.remove({ key: 'd' })).deleted, 1);
  assert.equal(accepted(fixture.remove({ key: '\0', rangeEnd: '\0' })).deleted, 0);
});

test('range ends of a deletion: open, empty, reversed', () => {
  const fixture = new StateMachineFixture();
  for (const key of ['a', 'b', 'c']) accepted(fixture.put({ key, value: '' }));
  assert.equal(accepted(fixture.remove({ key: 'c', rangeEnd: 'a' })).deleted, 0);
  assert.equal(accepted(fixture.remove({ key: 'b', rangeEnd: 'b' })).deleted, 0);
  assert.equal(accepted(fixture.remove({ key: 'b', rangeEnd: '\0' })).deleted, 2);
  assert.deepEqual(fixture.all(), ['a= 2/2/1']);
});

test('a compaction answers with the current revision; etcd lets 0 pass once', () => {
  const fixture = new StateMachineFixture();
  assert.equal(fixture.compact(-1), Reason.COMPACTED.message);
  assert.deepEqual(fixture.compact(0), { header: header(1) });
  assert.equal(fixture.compact(0), Reason.COMPACTED.message);
  for (let i = 0; i < 3; i++) accepted(fixture.put({ key: 'a', value: String(i) }));
  assert.deepEqual(fixture.compact(3), { header: header(4) });
  assert.equal(fixture.compact(3), Reason.COMPACTED.message);
  assert.equal(fixture.compact(5), Reason.FUTURE_REVISION.message);
});

/** A transaction of all kinds of operations on a handful of keys. */
function randomTxn(prng: Prng, depth: number): TxnRequest {
  const key = (): string => prng.pick(['a', 'b', 'c', 'd']);
  const end = (): string => prng.pick(['', '', 'c', 'e', '\0']);
  const op = (): RequestOp => {
    switch (prng.below(depth > 0 ? 5 : 4)) {
      case 0:
        return rangeOp({ key: key(), rangeEnd: end() });
      case 1:
        return removeOp({ key: key(), rangeEnd: end(), prevKv: prng.chance(0.5) });
      case 2:
        return putOp({ key: key(), ignoreValue: true, prevKv: prng.chance(0.5) });
      case 3:
        return putOp({ key: key(), value: String(prng.below(100)), prevKv: prng.chance(0.5) });
      default:
        return txnOp(randomTxn(prng, depth - 1));
    }
  };
  const ops = (): RequestOp[] => Array.from({ length: prng.below(4) }, op);
  const condition = compare({ key: key(), rangeEnd: end(), result: prng.below(4), version: prng.below(3) });
  return TxnRequest.create({ compare: prng.chance(0.5) ? [condition] : [], success: ops(), failure: ops() });
}

test('whether somebody waits for the answer makes no difference to the state', () => {
  const seed = Number(process.env['QUOIN_SEED'] ?? 21);
  const prng = new Prng(seed);
  const waited = new StateMachineFixture();
  const unwaited = new StateMachineFixture();
  let applied = 0;
  for (let i = 0; i < 400; i++) {
    const [kind, body] = prng.pick([
      [RequestKind.PUT, PutRequest.toBytes(put({ key: 'a', value: String(i), prevKv: true }))],
      [
        RequestKind.DELETE_RANGE,
        DeleteRangeRequest.toBytes(remove({ key: 'b', rangeEnd: 'd', prevKv: true })),
      ],
      [RequestKind.TXN, TxnRequest.toBytes(randomTxn(prng, 2))],
      [RequestKind.TXN, TxnRequest.toBytes(randomTxn(prng, 2))],
    ] as const);
    const answer = waited.applyBytes(kind, body);
    const silent = unwaited.applyBytes(kind, body, false);
    if (typeof answer === 'string') assert.equal(silent, answer);
    else assert.equal(silent.length, 0);
    applied += typeof answer === 'string' ? 0 : 1;
    assert.deepEqual(
      [unwaited.store.revision, unwaited.all()],
      [waited.store.revision, waited.all()],
      `seed ${seed}, request ${i}`,
    );
  }
  assert.ok(applied > 200, 'most requests do something');
});

test('entries are applied in order, each once', () => {
  const { machine } = new StateMachineFixture();
  const entry = (index: number) => ({ index, term: 1, kind: EntryKind.NORMAL, data: new Uint8Array(0) });
  machine.applyEmpty(entry(1));
  assert.throws(() => machine.applyEmpty(entry(1)), AssertionError);
  assert.throws(() => machine.applyEmpty(entry(3)), AssertionError);
  machine.applyEmpty(entry(2));
  assert.deepEqual([machine.appliedIndex, machine.appliedTerm], [2, 1]);
});

test('a request of an unknown kind stops the member rather than letting members diverge', () => {
  const fixture = new StateMachineFixture();
  assert.throws(() => fixture.applyBytes(RequestKind.LEASE_GRANT, new Uint8Array(0)), AssertionError);
});

test('what belongs to the store besides keys comes back with it', async () => {
  const fixture = new StateMachineFixture();
  const { machine, cluster } = fixture;
  machine.claim({ clusterId: CLUSTER_ID, memberId: MEMBER_ID });
  const voters = [MEMBER_ID, 7n];
  const confState = { ...EMPTY_CONF_STATE, voters, learners: [9n], votersOutgoing: [2n], autoLeave: true };
  for (const id of [MEMBER_ID, 7n, 8n]) {
    const context = Member.toBytes({
      id,
      name: '',
      peerUrls: [`http://${id}`],
      clientUrls: [],
      isLearner: false,
    });
    const change = { transition: 'auto', changes: [{ type: 'add-voter', nodeId: id }], context } as const;
    machine.applyConfChange(fixture.entry(new Uint8Array(0)), change, () => confState);
  }
  const removal = { transition: 'auto', changes: [{ type: 'remove', nodeId: 8n }] } as const;
  machine.applyConfChange(
    fixture.entry(new Uint8Array(0)),
    { ...removal, context: new Uint8Array(0) },
    () => confState,
  );
  const attributes = MemberAttributes.toBytes({ memberId: 7n, name: 'seven', clientUrls: ['http://c'] });
  fixture.applyBytes(RequestKind.MEMBER_ATTRIBUTES, attributes);
  const stranger = MemberAttributes.toBytes({ memberId: 8n, name: 'gone', clientUrls: [] });
  fixture.applyBytes(RequestKind.MEMBER_ATTRIBUTES, stranger);
  accepted(fixture.put({ key: 'a', value: '1' }));
  await fixture.store.flush((tx) => machine.persist(tx));

  const again = new StateMachineFixture(fixture.backend);
  assert.deepEqual(again.machine.identity, { clusterId: CLUSTER_ID, memberId: MEMBER_ID });
  assert.deepEqual([again.machine.appliedIndex, again.machine.appliedTerm], [7, TERM]);
  assert.deepEqual(again.machine.confState, confState);
  assert.deepEqual(again.cluster.list(), cluster.list());
  assert.equal(again.cluster.get(7n)!.name, 'seven');
  assert.ok(again.cluster.isRemoved(8n));
  assert.deepEqual(again.all(), ['a=1 2/2/1']);
});
