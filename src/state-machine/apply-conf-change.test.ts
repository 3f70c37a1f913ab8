import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../membership/index.js';
import type { ConfChange, ConfChangeType } from '../raft/index.js';
import { AssertionError } from '../stdx/index.js';
import { Member, MemberChange, MemberChangeVerdict } from '../wire/index.js';
import { changeMembers, NO_CHANGE } from './apply-conf-change.js';
import { Reason } from './reason.js';
import { StateMachineFixture } from './state-machine-fixture.conformance.js';

const URLS = { 1: ['http://one:2380'], 2: ['http://two:2380'], 3: ['http://three:2380'] };

function change(type: ConfChangeType, id: bigint, context: Partial<MemberChange> = {}): ConfChange {
  const bytes = MemberChange.toBytes(MemberChange.create({ id, requestId: 70 + Number(id), ...context }));
  return { transition: 'auto', changes: [{ type, nodeId: id }], context: bytes };
}

function three(): Cluster {
  const cluster = new Cluster();
  for (const id of [1, 2, 3] as const) {
    const member = { id: BigInt(id), name: `m${id}`, peerUrls: URLS[id], clientUrls: ['http://c'] };
    cluster.add({ ...member, isLearner: false });
  }
  return cluster;
}

test('first entries, whose context is a bare member, add it', () => {
  const cluster = new Cluster();
  const member = { id: 5n, name: 'five', peerUrls: ['http://five'], clientUrls: [], isLearner: false };
  const context = Member.toBytes(member);
  const outcome = changeMembers(cluster, { ...change('add-voter', 5n), context });
  assert.deepEqual(outcome, { requestId: 0, refusal: undefined });
  assert.deepEqual(cluster.get(5n), member);
});

test('a learner is added, promoted, told a new address, and removed', () => {
  const cluster = three();
  const done = { requestId: 79, refusal: undefined };
  const addition = change('add-learner', 9n, { peerUrls: ['http://nine'], learnersMax: 1 });
  assert.deepEqual(changeMembers(cluster, addition), done);
  assert.equal(cluster.get(9n)!.isLearner, true);
  assert.deepEqual(changeMembers(cluster, change('add-voter', 9n, { isPromotion: true })), done);
  assert.equal(cluster.get(9n)!.isLearner, false);
  assert.deepEqual(cluster.get(9n)!.peerUrls, ['http://nine']);
  assert.deepEqual(changeMembers(cluster, change('update', 9n, { peerUrls: ['http://new'] })), done);
  assert.deepEqual(cluster.get(9n)!.peerUrls, ['http://new']);
  assert.deepEqual(changeMembers(cluster, change('remove', 9n)), done);
  assert.equal(cluster.get(9n), undefined);
  assert.deepEqual(changeMembers(cluster, change('remove', 9n)).refusal, Reason.MEMBER_NOT_FOUND);
});

test('what cannot be is refused and leaves the members alone', () => {
  const cases: readonly [ConfChange, { readonly message: string }][] = [
    [change('add-voter', 1n, { peerUrls: ['http://x'] }), Reason.MEMBER_EXISTS],
    [change('add-voter', 9n, { peerUrls: ['http://x', URLS[2][0]!] }), Reason.PEER_URL_EXISTS],
    [change('add-learner', 9n, { peerUrls: ['http://x'], learnersMax: 0 }), Reason.TOO_MANY_LEARNERS],
    [change('add-voter', 9n, { isPromotion: true }), Reason.MEMBER_NOT_FOUND],
    [change('add-voter', 1n, { isPromotion: true }), Reason.MEMBER_NOT_LEARNER],
    [change('update', 9n, { peerUrls: ['http://x'] }), Reason.MEMBER_NOT_FOUND],
    [change('update', 1n, { peerUrls: URLS[2] }), Reason.PEER_URL_EXISTS],
    [change('remove', 9n), Reason.MEMBER_NOT_FOUND],
    [change('remove', 0n), Reason.MEMBER_NOT_FOUND],
    [
      change('add-voter', 1n, { isPromotion: true, verdict: MemberChangeVerdict.LEARNER_NOT_READY }),
      Reason.LEARNER_NOT_READY,
    ],
    [
      change('add-voter', 1n, { isPromotion: true, verdict: MemberChangeVerdict.NOT_ENOUGH_STARTED }),
      Reason.NOT_ENOUGH_STARTED,
    ],
  ];
  for (const [bad, reason] of cases) {
    const cluster = three();
    const before = cluster.list();
    const { requestId, refusal } = changeMembers(cluster, bad);
    assert.equal(requestId, 70 + Number(bad.changes[0]!.nodeId));
    assert.deepEqual(refusal, reason);
    assert.deepEqual(cluster.list(), before);
  }
});

test('the last voter stays, whatever learners there are', () => {
  const cluster = new Cluster();
  changeMembers(cluster, change('add-voter', 1n, { peerUrls: ['http://one'] }));
  changeMembers(cluster, change('add-learner', 2n, { peerUrls: ['http://two'], learnersMax: 1 }));
  assert.deepEqual(changeMembers(cluster, change('remove', 1n)).refusal, Reason.NOT_ENOUGH_STARTED);
  assert.equal(changeMembers(cluster, change('remove', 2n)).refusal, undefined);
});

test('what changes several members at once is a bug', () => {
  const [step] = change('remove', 1n).changes;
  const both: ConfChange = { ...change('remove', 1n), changes: [step!, step!] };
  assert.throws(() => changeMembers(three(), both), AssertionError);
});

test('raft is shown each change, and a refused one as a change of nothing', () => {
  const fixture = new StateMachineFixture();
  const confState = fixture.machine.confState;
  const seen: ConfChange[] = [];
  const apply = (it: ConfChange): string | undefined =>
    fixture.machine.applyConfChange(fixture.entry(new Uint8Array(0)), it, (allowed) => {
      seen.push(allowed);
      return { ...confState, voters: [BigInt(seen.length)] };
    }).refusal?.message;
  const good = change('add-voter', 1n, { peerUrls: ['http://one'] });
  assert.deepEqual([apply(good), apply(good)], [undefined, Reason.MEMBER_EXISTS.message]);
  assert.deepEqual(seen, [good, NO_CHANGE]);
  assert.deepEqual(fixture.machine.confState.voters, [2n]);
});
