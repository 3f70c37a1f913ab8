import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONF_STATE, EntryKind } from '../raft/index.js';
import { AssertionError } from '../stdx/index.js';
import { Member, MemberAttributes, PutRequest, RequestKind } from '../wire/index.js';
import { Reason } from './reason.js';
import {
  accepted,
  CLUSTER_ID,
  MEMBER_ID,
  put,
  StateMachineFixture,
  shown,
  TERM,
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

test('whether somebody waits for the answer makes no difference to the state', () => {
  const waited = new StateMachineFixture();
  const unwaited = new StateMachineFixture();
  const body = PutRequest.toBytes(put({ key: 'a', value: '1', prevKv: true }));
  for (let i = 0; i < 2; i++) {
    waited.applyBytes(RequestKind.PUT, body);
    assert.deepEqual(unwaited.applyBytes(RequestKind.PUT, body, false), new Uint8Array(0));
  }
  assert.deepEqual(unwaited.all(), waited.all());
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
    machine.applyConfChange(fixture.entry(new Uint8Array(0)), change, confState);
  }
  const removal = { transition: 'auto', changes: [{ type: 'remove', nodeId: 8n }] } as const;
  machine.applyConfChange(
    fixture.entry(new Uint8Array(0)),
    { ...removal, context: new Uint8Array(0) },
    confState,
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
