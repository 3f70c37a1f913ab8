import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Member } from '../../membership/index.js';
import { Reason, type Refusal } from '../../state-machine/index.js';
import {
  accepted,
  CLUSTER_ID,
  MEMBER_ID,
  TERM,
} from '../../state-machine/state-machine-fixture.conformance.js';
import {
  MemberAddRequest,
  MemberAddResponse,
  MemberListRequest,
  MemberListResponse,
  MemberPromoteRequest,
  MemberPromoteResponse,
  MemberRemoveRequest,
  MemberRemoveResponse,
  MemberUpdateRequest,
  MemberUpdateResponse,
} from '../../wire/index.js';
import { clusterService } from './cluster.js';
import { ServiceFixture } from './service-fixture.conformance.js';

const SELF: Member = {
  id: MEMBER_ID,
  name: 'm',
  peerUrls: ['http://p'],
  clientUrls: ['http://c'],
  isLearner: false,
};
const ADDED: Member = { id: 5n, name: '', peerUrls: ['http://n:1'], clientUrls: [], isLearner: true };
/** Answers about the cluster carry no revision. */
const HEADER = { clusterId: CLUSTER_ID, memberId: MEMBER_ID, revision: 0, raftTerm: TERM };

type Done = (refusal: Refusal | undefined, member?: Member) => void;

/** What was asked of the member, and how to answer it. */
const asked: { readonly what: readonly unknown[]; readonly done: Done }[] = [];

let fixture: ServiceFixture;

beforeEach(() => {
  asked.length = 0;
  fixture = new ServiceFixture((context) => {
    const remember = (name: string) => (first: unknown, second: unknown, third?: Done) => {
      const done = third ?? (second as Done);
      asked.push({ what: third === undefined ? [name, first] : [name, first, second], done });
    };
    const reconfiguration = Object.fromEntries(
      ['add', 'remove', 'update', 'promote'].map((name) => [name, remember(name)]),
    );
    return clusterService({ ...context, member: Object.assign(context.member, { reconfiguration }) });
  });
  fixture.state.cluster.add(SELF);
  accepted(fixture.state.put({ key: 'a', value: '1' }));
});

test('a list is answered at once, a linearizable one after the barrier', () => {
  const list = (linearizable: boolean) =>
    fixture.call('/etcdserverpb.Cluster/MemberList', MemberListRequest, { linearizable });
  assert.deepEqual(list(false).answer(MemberListResponse), { header: HEADER, members: [SELF] });
  const waiting = [list(true), list(true)];
  assert.deepEqual(
    waiting.map(({ status }) => status),
    [undefined, undefined],
  );
  fixture.member.reads[0]!(undefined);
  fixture.member.reads[1]!(Reason.TIMEOUT);
  assert.deepEqual(waiting[0]!.answer(MemberListResponse).members, [SELF]);
  assert.equal(waiting[1]!.status, `14 ${Reason.TIMEOUT.message}`);
});

test('an addition is answered with the new member and the list after it', () => {
  const call = fixture.call('/etcdserverpb.Cluster/MemberAdd', MemberAddRequest, {
    peerUrls: ADDED.peerUrls,
    isLearner: true,
  });
  assert.deepEqual(asked[0]!.what, ['add', ADDED.peerUrls, true]);
  assert.equal(call.finished, false);
  fixture.state.cluster.add(ADDED);
  asked[0]!.done(undefined, ADDED);
  const answer = call.answer(MemberAddResponse);
  assert.deepEqual(answer, { header: HEADER, member: ADDED, members: [ADDED, SELF] });
});

test('removal, new addresses and promotion are answered with the list after them', () => {
  fixture.state.cluster.add(ADDED);
  const remove = fixture.call('/etcdserverpb.Cluster/MemberRemove', MemberRemoveRequest, { id: 5n });
  const update = fixture.call('/etcdserverpb.Cluster/MemberUpdate', MemberUpdateRequest, {
    id: 5n,
    peerUrls: ['x'],
  });
  const promote = fixture.call('/etcdserverpb.Cluster/MemberPromote', MemberPromoteRequest, { id: 5n });
  assert.deepEqual(
    asked.map(({ what }) => what),
    [
      ['remove', 5n],
      ['update', 5n, ['x']],
      ['promote', 5n],
    ],
  );
  for (const { done } of asked) done(undefined);
  const answer = { header: HEADER, members: [ADDED, SELF] };
  assert.deepEqual(remove.answer(MemberRemoveResponse), answer);
  assert.deepEqual(update.answer(MemberUpdateResponse), answer);
  assert.deepEqual(promote.answer(MemberPromoteResponse), answer);
});

test('a refusal is passed on; a call that has ended meanwhile is left alone', () => {
  const add = () => fixture.call('/etcdserverpb.Cluster/MemberAdd', MemberAddRequest, {});
  const calls = [add(), add()];
  asked[0]!.done(Reason.PEER_URL_EXISTS);
  assert.equal(calls[0]!.status, '9 etcdserver: Peer URLs already exists');
  calls[1]!.finish(4, 'too late');
  asked[1]!.done(undefined, ADDED);
  assert.deepEqual([calls[1]!.status, calls[1]!.messages.length], ['4 too late', 0]);
});

test('a learner does not even list the members', () => {
  fixture.member.isLearner = true;
  const list = fixture.call('/etcdserverpb.Cluster/MemberList', MemberListRequest, {});
  assert.equal(list.status, '9 etcdserver: rpc not supported for learner');
});
