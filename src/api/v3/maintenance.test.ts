import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason } from '../../state-machine/index.js';
import {
  accepted,
  CLUSTER_ID,
  MEMBER_ID,
  TERM,
} from '../../state-machine/state-machine-fixture.conformance.js';
import {
  AlarmAction,
  AlarmRequest,
  AlarmResponse,
  AlarmType,
  HashKVRequest,
  HashKVResponse,
  HealthCheckRequest,
  HealthCheckResponse,
  HealthListRequest,
  HealthListResponse,
  MoveLeaderRequest,
  MoveLeaderResponse,
  RequestKind,
  ServingStatus,
  StatusRequest,
  StatusResponse,
} from '../../wire/index.js';
import { healthService } from './health.js';
import { maintenanceService } from './maintenance.js';
import { ServiceFixture } from './service-fixture.conformance.js';

const SELF = { id: MEMBER_ID, name: 'm', peerUrls: ['http://p'], clientUrls: ['http://c'], isLearner: false };

function maintenance(): ServiceFixture {
  const fixture = new ServiceFixture((context) =>
    maintenanceService(context, () => ({ allocatedBytes: 4096, inUseBytes: 1000 })),
  );
  fixture.state.cluster.add(SELF);
  accepted(fixture.state.put({ key: 'a', value: '1' }));
  return fixture;
}

test('Status tells what this member knows, leader or not', () => {
  const fixture = maintenance();
  const status = () =>
    fixture.call('/etcdserverpb.Maintenance/Status', StatusRequest, {}).answer(StatusResponse);
  const answer = status();
  assert.deepEqual(answer.header, {
    clusterId: CLUSTER_ID,
    memberId: MEMBER_ID,
    revision: 2,
    raftTerm: TERM,
  });
  assert.deepEqual([answer.version, answer.storageVersion], ['3.6.0', '3.6.0']);
  assert.deepEqual([answer.dbSize, answer.dbSizeInUse], [4096, 1000]);
  assert.deepEqual([answer.leader, answer.raftTerm, answer.errors], [MEMBER_ID, 4, []]);
  assert.deepEqual([answer.raftIndex, answer.raftAppliedIndex, answer.isLearner], [17, 1, false]);
  fixture.member.hasLeader = false;
  fixture.member.leader = 0n;
  fixture.member.isLearner = true;
  const alone = status();
  assert.deepEqual([alone.leader, alone.errors, alone.isLearner], [0n, [Reason.NO_LEADER.message], true]);
});

test('alarms are told by a linearizable read, and changed through the log', () => {
  const fixture = maintenance();
  const { machine } = fixture.state;
  machine.alarms.apply({ action: AlarmAction.ACTIVATE, memberId: 7n, alarm: AlarmType.NOSPACE });
  machine.alarms.apply({ action: AlarmAction.ACTIVATE, memberId: 8n, alarm: AlarmType.CORRUPT });
  const alarm = (action: number, type: number) =>
    fixture.call('/etcdserverpb.Maintenance/Alarm', AlarmRequest, { action, alarm: type, memberId: 7n });
  const [all, one, none] = [alarm(0, 0), alarm(0, AlarmType.CORRUPT), alarm(0, 0)];
  assert.equal(all.finished, false);
  fixture.member.reads[0]!(undefined);
  fixture.member.reads[1]!(undefined);
  fixture.member.reads[2]!(Reason.TIMEOUT);
  const corrupt = { memberId: 8n, alarm: AlarmType.CORRUPT };
  assert.deepEqual(all.answer(AlarmResponse).alarms, [{ memberId: 7n, alarm: AlarmType.NOSPACE }, corrupt]);
  assert.deepEqual(one.answer(AlarmResponse).alarms, [corrupt]);
  assert.equal(none.status, `14 ${Reason.TIMEOUT.message}`);
  const changed = alarm(AlarmAction.DEACTIVATE, AlarmType.NOSPACE);
  const { kind, body } = fixture.member.proposed[0]!;
  assert.deepEqual([kind, changed.finished], [RequestKind.ALARM, false]);
  assert.deepEqual(AlarmRequest.decode(body), { action: 2, memberId: 7n, alarm: AlarmType.NOSPACE });
  const { errors } = fixture
    .call('/etcdserverpb.Maintenance/Status', StatusRequest, {})
    .answer(StatusResponse);
  assert.deepEqual(errors, ['memberID:7 alarm:NOSPACE ', 'memberID:8 alarm:CORRUPT ']);
});

test('HashKV covers what a revision shows, and refuses revisions that cannot be read', () => {
  const fixture = maintenance();
  accepted(fixture.state.put({ key: 'a', value: '2' }));
  accepted(fixture.state.put({ key: 'b', value: '3' }));
  const call = (revision: number) =>
    fixture.call('/etcdserverpb.Maintenance/HashKV', HashKVRequest, { revision });
  const hash = (revision: number) => call(revision).answer(HashKVResponse);
  assert.deepEqual([hash(0).hashRevision, hash(0).compactRevision, hash(0).header?.revision], [4, -1, 4]);
  assert.equal(hash(0).hash, hash(4).hash);
  assert.notEqual(hash(0).hash, hash(3).hash);
  assert.equal(call(5).status, `11 ${Reason.FUTURE_REVISION.message}`);
  accepted(fixture.state.compact(3));
  assert.equal(hash(0).compactRevision, 3);
  assert.equal(call(2).status, `11 ${Reason.COMPACTED.message}`);
});

test('MoveLeader answers when the other leads, without a header, or with the reason why not', () => {
  const fixture = maintenance();
  const move = (targetId: bigint) =>
    fixture.call('/etcdserverpb.Maintenance/MoveLeader', MoveLeaderRequest, { targetId });
  const calls = [move(7n), move(8n)];
  const { transfers } = fixture.member;
  assert.deepEqual(
    transfers.map(({ to }) => to),
    [7n, 8n],
  );
  assert.equal(calls[0]!.finished, false);
  transfers[0]!.done(undefined);
  transfers[1]!.done(Reason.BAD_TRANSFEREE);
  assert.deepEqual(calls[0]!.answer(MoveLeaderResponse), { header: undefined });
  assert.equal(calls[1]!.status, '9 etcdserver: bad leader transferee');
});

test('a learner tells its status and nothing else of it', () => {
  const fixture = maintenance();
  fixture.member.isLearner = true;
  const refused = '9 etcdserver: rpc not supported for learner';
  assert.equal(fixture.call('/etcdserverpb.Maintenance/Status', StatusRequest, {}).status, '0');
  assert.equal(fixture.call('/etcdserverpb.Maintenance/Alarm', AlarmRequest, {}).status, refused);
  assert.equal(fixture.call('/etcdserverpb.Maintenance/HashKV', HashKVRequest, {}).status, refused);
  const hasLeader = { hasleader: 'true' };
  fixture.member.hasLeader = false;
  assert.equal(
    fixture.call('/etcdserverpb.Maintenance/Alarm', AlarmRequest, {}, hasLeader).status,
    refused,
    'that comes before the question for a leader',
  );
});

test('the health service knows the whole server only', () => {
  const fixture = new ServiceFixture(healthService);
  const check = (service: string) =>
    fixture.call('/grpc.health.v1.Health/Check', HealthCheckRequest, { service });
  assert.equal(check('').answer(HealthCheckResponse).status, ServingStatus.SERVING);
  assert.equal(check('etcdserverpb.KV').status, '5 unknown service');
  const list = fixture.call('/grpc.health.v1.Health/List', HealthListRequest, {}).answer(HealthListResponse);
  assert.deepEqual(
    list.statuses.map(({ key, value }) => [key, value!.status]),
    [['', ServingStatus.SERVING]],
  );
});

test('a health watch tells the present status and stays open', () => {
  const fixture = new ServiceFixture(healthService);
  const watch = (service: string) =>
    fixture.call('/grpc.health.v1.Health/Watch', HealthCheckRequest, { service });
  for (const [service, status] of [
    ['', ServingStatus.SERVING],
    ['nope', ServingStatus.SERVICE_UNKNOWN],
  ] as const) {
    const call = watch(service);
    assert.deepEqual([call.finished, call.messages.length], [false, 1]);
    assert.equal(HealthCheckResponse.decode(call.messages[0]!).status, status);
  }
  const malformed = fixture.callBytes('/grpc.health.v1.Health/Watch', Uint8Array.of(0x0a, 0x7f));
  assert.match(malformed.status!, /^13 grpc: failed to unmarshal the received message: /);
});
