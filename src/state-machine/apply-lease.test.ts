import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeLatin1 } from '../stdx/index.js';
import {
  LeaseCheckpoint,
  LeaseExpiry,
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseTimes,
  type MessageType,
  RequestKind,
} from '../wire/index.js';
import { keysOfLease } from './apply-lease.js';
import { accepted, putOp, removeOp, StateMachineFixture, TERM } from './state-machine-fixture.conformance.js';

class LeaseFixture extends StateMachineFixture {
  #apply<T>(kind: RequestKind, body: Uint8Array, type: MessageType<T>): T | string {
    const answer = this.applyBytes(kind, body);
    if (typeof answer === 'string') return answer;
    const decoded = type.decode(answer);
    assert.deepEqual(answer, type.toBytes(decoded));
    return decoded;
  }

  grant(id: bigint, ttl = 10): LeaseGrantResponse | string {
    return this.#apply(RequestKind.LEASE_GRANT, LeaseGrantRequest.toBytes({ id, ttl }), LeaseGrantResponse);
  }

  revoke(id: bigint): LeaseRevokeResponse | string {
    return this.#apply(RequestKind.LEASE_REVOKE, LeaseRevokeRequest.toBytes({ id }), LeaseRevokeResponse);
  }

  expire(term: number, ...ids: bigint[]): void {
    this.applyBytes(RequestKind.LEASE_EXPIRE, LeaseExpiry.toBytes({ term, ids }));
  }

  checkpoint(term: number, id: bigint, remainingTtl: number): void {
    const checkpoints = [LeaseCheckpoint.create({ id, remainingTtl })];
    this.applyBytes(RequestKind.LEASE_CHECKPOINT, LeaseTimes.toBytes({ term, checkpoints }));
  }

  /** The keys of a lease, or undefined if there is no such lease. */
  keys(id: bigint): string[] | undefined {
    const lease = this.machine.lessor.get(id);
    return lease === undefined ? undefined : keysOfLease(this.store, lease).map(decodeLatin1);
  }

  /** All leases as they would be stored, with their keys. */
  leases(): unknown[] {
    return [...this.machine.lessor.all()].map(({ id, ttl, remainingTtl, keptAlive }) => {
      return { id, ttl, remainingTtl, keptAlive, keys: this.keys(id) };
    });
  }

  async restarted(): Promise<LeaseFixture> {
    await this.store.flush((tx) => this.machine.persist(tx));
    return new LeaseFixture(this.backend);
  }
}

test('a lease is granted once, with the id and the time that were asked for', () => {
  const state = new LeaseFixture();
  const granted = accepted(state.grant(7n, 60));
  assert.deepEqual([granted.id, granted.ttl, granted.header?.revision], [7n, 60, 1]);
  assert.equal(state.grant(7n), 'etcdserver: lease already exists');
  assert.equal(state.grant(8n, 9_000_000_001), 'etcdserver: too large lease TTL');
  assert.equal(state.grant(7n, 9_000_000_001), 'etcdserver: too large lease TTL');
  accepted(state.grant(-8n, 9_000_000_000));
  assert.deepEqual([state.keys(7n), state.keys(-8n), state.keys(8n)], [[], [], undefined]);
});

test('a put needs a lease that exists, alone and in a transaction', () => {
  const state = new LeaseFixture();
  assert.equal(state.put({ key: 'a', lease: 7n }), 'etcdserver: requested lease not found');
  const txn = { success: [putOp({ key: 'a', lease: 7n })] };
  assert.equal(state.txn(txn), 'etcdserver: requested lease not found');
  accepted(state.grant(7n));
  accepted(state.put({ key: 'b', lease: 7n }));
  accepted(state.txn(txn));
  assert.deepEqual(state.keys(7n), ['a', 'b']);
});

test('a key goes from lease to lease with each put, and away with its deletion', () => {
  const state = new LeaseFixture();
  for (const id of [7n, 8n]) accepted(state.grant(id));
  for (const key of ['a', 'b', 'c', 'd', 'e']) accepted(state.put({ key, value: 'v', lease: 7n }));
  accepted(state.put({ key: 'a', lease: 8n }));
  accepted(state.put({ key: 'b' }));
  accepted(state.put({ key: 'c', ignoreLease: true, value: 'w' }));
  accepted(state.put({ key: 'd', ignoreValue: true }));
  assert.deepEqual([state.keys(7n), state.keys(8n)], [['c', 'e'], ['a']]);
  accepted(state.remove({ key: 'c' }));
  accepted(state.txn({ success: [removeOp({ key: 'a' })] }));
  assert.deepEqual([state.keys(7n), state.keys(8n)], [['e'], []]);
});

test('a revocation deletes all keys of the lease in one revision', () => {
  const state = new LeaseFixture();
  accepted(state.grant(7n));
  for (const key of ['c', 'a', 'b']) accepted(state.put({ key, lease: 7n }));
  accepted(state.put({ key: 'd' }));
  const revoked = accepted(state.revoke(7n));
  assert.equal(revoked.header?.revision, 6);
  assert.deepEqual(state.all(), ['d= 5/5/1']);
  const deleted: string[] = [];
  state.store.scanRevisions(6, 6, 100, 1000, (record) => {
    deleted.push(`${decodeLatin1(record.buf.subarray(record.keyStart, record.keyEnd))} ${record.isDelete}`);
  });
  assert.deepEqual(deleted, ['a true', 'b true', 'c true']);
  assert.equal(state.revoke(7n), 'etcdserver: requested lease not found');
});

test('a revocation without keys makes no revision', () => {
  const state = new LeaseFixture();
  accepted(state.grant(7n));
  assert.equal(accepted(state.revoke(7n)).header?.revision, 1);
});

test('leases that ended go in one entry, each with a revision of its own', () => {
  const state = new LeaseFixture();
  for (const id of [7n, 8n, 9n]) accepted(state.grant(id));
  for (const [key, lease] of [
    ['a', 7n],
    ['b', 8n],
    ['c', 7n],
  ] as const)
    accepted(state.put({ key, lease }));
  state.expire(TERM, 7n, 100n, 8n);
  assert.deepEqual([state.store.revision, state.all(), state.machine.lessor.count], [6, [], 1]);
});

test('what a leader of another term says is void', () => {
  const state = new LeaseFixture();
  accepted(state.grant(7n, 60));
  state.expire(TERM - 1, 7n);
  state.checkpoint(TERM - 1, 7n, 5);
  assert.deepEqual(state.leases(), [{ id: 7n, ttl: 60, remainingTtl: 0, keptAlive: false, keys: [] }]);
  state.checkpoint(TERM, 7n, 5);
  assert.deepEqual(state.leases(), [{ id: 7n, ttl: 60, remainingTtl: 5, keptAlive: false, keys: [] }]);
  state.checkpoint(TERM, 7n, 0);
  assert.deepEqual(state.leases(), [{ id: 7n, ttl: 60, remainingTtl: 0, keptAlive: true, keys: [] }]);
  state.checkpoint(TERM, 8n, 5);
});

test('leases and their keys are as before after a restart', async () => {
  let state = new LeaseFixture();
  for (const id of [7n, -8n, 9n, 10n]) accepted(state.grant(id, 60));
  for (const key of ['a', 'b', 'c']) accepted(state.put({ key, lease: 7n }));
  accepted(state.put({ key: 'd', lease: -8n }));
  state = await state.restarted();
  accepted(state.remove({ key: 'b' }));
  accepted(state.put({ key: 'c', lease: -8n }));
  accepted(state.put({ key: 'd' }));
  state.checkpoint(TERM, 7n, 20);
  state.checkpoint(TERM, -8n, 0);
  accepted(state.revoke(9n));
  state = await state.restarted();
  assert.deepEqual(
    state.leases().sort((a, b) => Number((a as { id: bigint }).id - (b as { id: bigint }).id)),
    [
      { id: -8n, ttl: 60, remainingTtl: 0, keptAlive: true, keys: ['c'] },
      { id: 7n, ttl: 60, remainingTtl: 20, keptAlive: false, keys: ['a'] },
      { id: 10n, ttl: 60, remainingTtl: 0, keptAlive: false, keys: [] },
    ],
  );
  accepted(state.revoke(-8n));
  assert.deepEqual(state.all(), ['a= 2/2/1', 'd= 5/8/2']);
});
