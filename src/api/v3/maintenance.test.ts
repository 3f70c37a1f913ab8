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
  DefragmentRequest,
  DefragmentResponse,
  DowngradeAction,
  DowngradeRequest,
  DowngradeResponse,
  HashKVRequest,
  HashKVResponse,
  HashRequest,
  HashResponse,
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
import { BackendHash } from './backend-hash.js';
import { healthService } from './health.js';
import { maintenanceService } from './maintenance.js';
import { type FakeCall, ServiceFixture } from './service-fixture.conformance.js';

const SELF = { id: MEMBER_ID, name: 'm', peerUrls: ['http://p'], clientUrls: ['http://c'], isLearner: false };

function maintenance(defragmented: Promise<unknown> = Promise.resolve()): ServiceFixture {
  const fixture = new ServiceFixture((context) =>
    maintenanceService(context, {
      size: () => ({ allocatedBytes: 4096, inUseBytes: 1000 }),
      snapshot: () => fixture.state.backend.snapshot(),
      defragment: () => defragmented,
    }),
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

test('Defragment answers without a header when it is done, or says why it was not', async () => {
  const call = (fixture: ServiceFixture): FakeCall =>
    fixture.call('/etcdserverpb.Maintenance/Defragment', DefragmentRequest, {});
  const done = call(maintenance());
  assert.equal(done.finished, false);
  await Promise.resolve();
  assert.deepEqual(done.answer(DefragmentResponse), { header: undefined });
  const failed = call(maintenance(Promise.reject(new Error('more was written'))));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(failed.status, '2 more was written');
});

test('Hash covers all that members share, wherever it is cut', async () => {
  const fixture = maintenance();
  const { machine, store, backend } = fixture.state;
  const flush = (): Promise<void> => store.flush((tx) => machine.persist(tx));
  const hash = (): number =>
    fixture.call('/etcdserverpb.Maintenance/Hash', HashRequest, {}).answer(HashResponse).hash;
  const hashes = [hash()];
  await flush();
  hashes.push(hash());
  machine.alarms.apply({ action: AlarmAction.ACTIVATE, memberId: 7n, alarm: AlarmType.NOSPACE });
  await flush();
  hashes.push(hash());
  assert.equal(new Set(hashes).size, 3);
  const before = hash();
  machine.claim({ clusterId: 1n, memberId: 99n });
  await flush();
  assert.equal(hash(), before, 'whose backend it is does not count');
  const slow = new BackendHash(backend.snapshot());
  while (!slow.step(1)) assert.notEqual(slow.hash, 0);
  assert.equal(slow.hash, before);
});

test('a downgrade by one minor version is taken down, and can be cancelled', () => {
  const fixture = maintenance();
  const { machine } = fixture.state;
  fixture.member.readBarrier = (read) => read(undefined);
  const downgrade = (action: number, version: string): FakeCall =>
    fixture.call('/etcdserverpb.Maintenance/Downgrade', DowngradeRequest, { action, version });
  const badFormat = '3 etcdserver: wrong downgrade target version format';
  const badTarget = '3 etcdserver: invalid downgrade target version';
  for (const version of ['', '3', 'x', '3.x', '3.5.0.0', '03.5']) {
    assert.equal(downgrade(DowngradeAction.VALIDATE, version).status, badFormat, version);
  }
  for (const version of ['3.6', '3.4.0', '2.5', '3.7.0']) {
    assert.equal(downgrade(DowngradeAction.ENABLE, version).status, badTarget, version);
  }
  assert.equal(downgrade(9, '3.5').status, '2 etcdserver: unknown method');
  for (const version of ['3.5', '3.5.17', '3.5.0-rc.1']) {
    assert.equal(downgrade(DowngradeAction.VALIDATE, version).answer(DowngradeResponse).version, '3.6');
  }
  const settle = (call: FakeCall): void => {
    const { kind, body, waiter } = fixture.member.proposed.pop()!;
    assert.deepEqual([kind, call.finished], [RequestKind.DOWNGRADE_TARGET, false]);
    accepted(fixture.state.applyBytes(kind, body));
    waiter.reply(new Uint8Array(0), 0, 0);
    assert.equal(call.answer(DowngradeResponse).header!.revision, 2);
  };
  settle(downgrade(DowngradeAction.ENABLE, '3.5.17'));
  assert.deepEqual(machine.downgrade.target, { enabled: true, version: '3.5.0' });
  const { downgradeInfo } = fixture
    .call('/etcdserverpb.Maintenance/Status', StatusRequest, {})
    .answer(StatusResponse);
  assert.deepEqual(downgradeInfo, { enabled: true, targetVersion: '3.5.0' });
  const running = '9 etcdserver: cluster has a downgrade job in progress';
  assert.equal(downgrade(DowngradeAction.ENABLE, '3.5').status, running);
  settle(downgrade(DowngradeAction.CANCEL, ''));
  assert.deepEqual(machine.downgrade.target, { enabled: false, version: '' });
  assert.equal(downgrade(DowngradeAction.CANCEL, '').status, '0');
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
