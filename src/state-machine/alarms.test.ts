import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AlarmAction,
  type AlarmMember,
  AlarmRequest,
  AlarmResponse,
  AlarmType,
  LeaseGrantRequest,
  LeaseRevokeRequest,
  PutRequest,
  RequestKind,
} from '../wire/index.js';
import { Alarms } from './alarms.js';
import { Reason } from './reason.js';
import { costOfTxn } from './request-cost.js';
import {
  accepted,
  MEMBER_ID,
  put,
  putOp,
  rangeOp,
  removeOp,
  StateMachineFixture,
  TERM,
  txnOp,
} from './state-machine-fixture.conformance.js';

const { GET, ACTIVATE, DEACTIVATE } = AlarmAction;
const { NONE, NOSPACE, CORRUPT } = AlarmType;

function alarm(
  fixture: StateMachineFixture,
  action: number,
  type: number,
  memberId = 5n,
): readonly AlarmMember[] | string {
  const body = AlarmRequest.toBytes({ action, memberId, alarm: type });
  const answer = fixture.applyBytes(RequestKind.ALARM, body);
  if (typeof answer === 'string') return answer;
  const decoded = AlarmResponse.decode(answer);
  assert.deepEqual([decoded.header!.memberId, decoded.header!.raftTerm], [MEMBER_ID, TERM]);
  return decoded.alarms;
}

const grant = (fixture: StateMachineFixture, id: bigint): Uint8Array | string =>
  fixture.applyBytes(RequestKind.LEASE_GRANT, LeaseGrantRequest.toBytes({ id, ttl: 10 }));

test('alarms are raised and ended one by one; neither twice', () => {
  const fixture = new StateMachineFixture();
  const one = [{ memberId: 5n, alarm: NOSPACE }];
  assert.deepEqual(alarm(fixture, GET, NONE), []);
  assert.deepEqual(alarm(fixture, ACTIVATE, NONE), [], 'no kind: nothing happens');
  assert.deepEqual(alarm(fixture, ACTIVATE, NOSPACE), one);
  assert.deepEqual(alarm(fixture, ACTIVATE, NOSPACE), one);
  assert.deepEqual(alarm(fixture, ACTIVATE, CORRUPT, 2n ** 63n + 1n).length, 1);
  assert.deepEqual(alarm(fixture, ACTIVATE, NOSPACE, 0n), [{ memberId: 0n, alarm: NOSPACE }]);
  assert.deepEqual(alarm(fixture, GET, NOSPACE), [{ memberId: 0n, alarm: NOSPACE }, ...one]);
  assert.deepEqual(
    (alarm(fixture, GET, NONE) as AlarmMember[]).map(({ memberId }) => memberId),
    [0n, 5n, 2n ** 63n + 1n],
  );
  assert.deepEqual(alarm(fixture, DEACTIVATE, NOSPACE, 6n), [], 'there is none of that member');
  assert.deepEqual(alarm(fixture, DEACTIVATE, NONE, 5n), [], 'no kind is not every kind');
  assert.deepEqual(alarm(fixture, DEACTIVATE, NOSPACE), one);
  assert.deepEqual(alarm(fixture, DEACTIVATE, NOSPACE), []);
  assert.equal(alarm(fixture, 3, NOSPACE), Reason.UNKNOWN_METHOD.message);
  assert.equal(alarm(fixture, ACTIVATE, 9), Reason.UNKNOWN_METHOD.message);
});

test('without space nothing is added, whatever branch is taken; all else goes on', () => {
  const fixture = new StateMachineFixture();
  accepted(fixture.put({ key: 'a', value: '1' }));
  accepted(grant(fixture, 3n));
  alarm(fixture, ACTIVATE, NOSPACE);
  const refused = Reason.NO_SPACE.message;
  const revision = fixture.store.revision;
  assert.equal(fixture.put({ key: 'a', value: '2' }), refused);
  assert.equal(fixture.txn({ success: [removeOp({ key: 'a' })], failure: [putOp({ key: 'b' })] }), refused);
  assert.equal(fixture.txn({ success: [txnOp({ success: [putOp({ key: 'b' })] })] }), refused);
  assert.equal(grant(fixture, 4n), refused);
  assert.equal(fixture.store.revision, revision);
  accepted(fixture.txn({ success: [rangeOp({ key: 'a' }), removeOp({ key: 'a' })] }));
  accepted(fixture.remove({ key: 'x' }));
  accepted(fixture.compact(fixture.store.revision));
  accepted(fixture.applyBytes(RequestKind.LEASE_REVOKE, LeaseRevokeRequest.toBytes({ id: 3n })));
  alarm(fixture, DEACTIVATE, NOSPACE);
  accepted(fixture.put({ key: 'a', value: '3' }));
});

test('once states differ nothing is changed, and that wins over a lack of space', () => {
  const fixture = new StateMachineFixture();
  accepted(fixture.put({ key: 'a', value: '1' }));
  alarm(fixture, ACTIVATE, NOSPACE);
  alarm(fixture, ACTIVATE, CORRUPT, 7n);
  const before = fixture.all();
  const refused = Reason.CORRUPT.message;
  for (const answer of [
    fixture.put({ key: 'a' }),
    fixture.remove({ key: 'a' }),
    fixture.txn({ success: [removeOp({ key: 'a' })] }),
    fixture.compact(2),
    grant(fixture, 4n),
    fixture.applyBytes(RequestKind.LEASE_REVOKE, LeaseRevokeRequest.toBytes({ id: 4n })),
  ]) {
    assert.equal(answer, refused);
  }
  assert.deepEqual(fixture.all(), before);
});

test('alarms win over permissions and leases', () => {
  const fixture = new StateMachineFixture();
  fixture.machine.auth.restore(true, 1, [], []);
  const body = PutRequest.toBytes(put({ key: 'a', lease: 99n }));
  assert.notEqual(fixture.applyBytes(RequestKind.PUT, body), Reason.NO_SPACE.message);
  alarm(fixture, ACTIVATE, NOSPACE);
  assert.equal(fixture.applyBytes(RequestKind.PUT, body), Reason.NO_SPACE.message);
});

test('alarms are in the backend as etcd has them, and come back', async () => {
  const fixture = new StateMachineFixture();
  alarm(fixture, ACTIVATE, NOSPACE);
  alarm(fixture, ACTIVATE, CORRUPT, 1n);
  const flush = (): Promise<void> => fixture.store.flush((tx) => fixture.machine.persist(tx));
  await flush();
  assert.equal(fixture.backend.get('alarm', Uint8Array.of(8, 5, 16, 1))?.length, 0);
  alarm(fixture, DEACTIVATE, CORRUPT, 1n);
  alarm(fixture, ACTIVATE, NOSPACE, 6n);
  await flush();
  const again = new StateMachineFixture(fixture.backend);
  const expected = [5n, 6n].map((memberId) => ({ memberId, alarm: NOSPACE }));
  assert.deepEqual(again.machine.alarms.list(), expected);
  assert.equal(again.put({ key: 'a' }), Reason.NO_SPACE.message);
  // Another content of the backend takes the place of what was known.
  again.machine.alarms.restore(new StateMachineFixture().backend);
  assert.deepEqual([again.machine.alarms.list(), again.machine.alarms.isAnyRaised], [[], false]);
  accepted(again.put({ key: 'a' }));
});

test('a list of nothing has no alarms, and a transaction costs its dearer branch', () => {
  assert.deepEqual(new Alarms().list(NOSPACE), []);
  const one = putOp({ key: 'abc', value: 'de' });
  const two = txnOp({ success: [one], failure: [one, one] }).requestTxn!;
  assert.equal(costOfTxn(two), 2 * (256 + 5));
  const request = { compare: [], success: [txnOp(two), one], failure: [one, one] };
  assert.equal(costOfTxn(request), 3 * (256 + 5));
  assert.equal(costOfTxn({ ...request, success: [removeOp({ key: 'a' })], failure: [rangeOp({})] }), 0);
});
