import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeaseTimeToLive } from '../../server/index.js';
import { Reason, type Refusal } from '../../state-machine/index.js';
import { encodeUtf8 } from '../../stdx/index.js';
import { ManualClock } from '../../transport/testing/manual-clock.js';
import {
  LeaseGrantRequest,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesRequest,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
  RequestKind,
} from '../../wire/index.js';
import type { ApiContext } from './context.js';
import { leaseService } from './lease.js';
import { FakeCall, ServiceFixture } from './service-fixture.conformance.js';

interface Asked {
  readonly ids: readonly bigint[];
  readonly done: (answer: readonly number[] | Refusal) => void;
}

/** The keeper of leases, as the service sees it. */
class FakeLeases {
  readonly renewals: Asked[] = [];
  readonly questions: ((answer: LeaseTimeToLive | Refusal) => void)[] = [];

  prepareGrant(request: LeaseGrantRequest): LeaseGrantRequest {
    return { id: request.id === 0n ? 77n : request.id, ttl: Math.max(request.ttl, 2) };
  }

  renew(ids: readonly bigint[], done: Asked['done']): void {
    this.renewals.push({ ids, done });
  }

  timeToLive(_id: bigint, _keys: boolean, done: (answer: LeaseTimeToLive | Refusal) => void): void {
    this.questions.push(done);
  }

  leases(): bigint[] {
    return [3n, -1n];
  }
}

/** A stream whose other end may be slow. */
class FakeStream extends FakeCall {
  hasRoom = true;
  readonly flow: string[] = [];

  override send(message: Uint8Array, start: number, end: number): boolean {
    super.send(message, start, end);
    return this.hasRoom;
  }

  override pause(): void {
    this.flow.push('pause');
  }

  override resume(): void {
    this.flow.push('resume');
  }

  request(id: bigint): void {
    const message = LeaseKeepAliveRequest.toBytes({ id });
    this.onMessage?.(message, 0, message.length);
  }

  /** Revision, id and time of each answer. */
  answers(): unknown[] {
    return this.messages.map((message) => {
      const { header, id, ttl } = LeaseKeepAliveResponse.decode(message);
      return [header?.revision, id, ttl];
    });
  }
}

class LeaseFixture extends ServiceFixture {
  readonly leases: FakeLeases;
  readonly clock: ManualClock;
  readonly #open: (call: FakeStream) => void;

  constructor() {
    const leases = new FakeLeases();
    const clock = new ManualClock();
    let open: ((call: FakeStream) => void) | undefined;
    super((context: ApiContext) => {
      Object.assign(context.member, { leases, clock });
      Object.assign(context.member.options, { electionMs: 1000 });
      const methods = leaseService(context);
      const keepAlive = new Map(methods).get('/etcdserverpb.Lease/LeaseKeepAlive');
      assert.ok(keepAlive?.kind === 'stream');
      open = keepAlive.handle;
      return methods;
    });
    this.leases = leases;
    this.clock = clock;
    this.#open = open!;
  }

  stream(metadata: Readonly<Record<string, string>> = {}): FakeStream {
    const call = new FakeStream(metadata);
    this.#open(call);
    return call;
  }

  turn(): void {
    while (this.clock.runDeferred());
  }
}

test('a grant is replicated with the id and time that the member chose, a revocation as it came', () => {
  const f = new LeaseFixture();
  f.call('/etcdserverpb.Lease/LeaseGrant', LeaseGrantRequest, { ttl: 1 });
  f.call('/etcdserverpb.Lease/LeaseRevoke', LeaseRevokeRequest, { id: -9n });
  const [grant, revoke] = f.member.proposed;
  assert.equal(grant!.kind, RequestKind.LEASE_GRANT);
  assert.deepEqual(LeaseGrantRequest.decode(grant!.body), { id: 77n, ttl: 2 });
  assert.equal(revoke!.kind, RequestKind.LEASE_REVOKE);
  assert.deepEqual(LeaseRevokeRequest.decode(revoke!.body), { id: -9n });
});

test('the time to live, of a lease and of none, or why it cannot be told', () => {
  const f = new LeaseFixture();
  const ask = () => f.call('/etcdserverpb.Lease/LeaseTimeToLive', LeaseTimeToLiveRequest, { id: 5n });
  const calls = [ask(), ask(), ask()];
  f.leases.questions[0]!({ ttl: 7, grantedTtl: 10, keys: [encodeUtf8('a')] });
  f.leases.questions[1]!({ ttl: -1, grantedTtl: 0, keys: [] });
  f.leases.questions[2]!(Reason.NO_LEADER);
  const { header, ...known } = calls[0]!.answer(LeaseTimeToLiveResponse);
  assert.deepEqual(known, { id: 5n, ttl: 7, grantedTtl: 10, keys: [encodeUtf8('a')] });
  assert.equal(header?.revision, 1);
  const unknown = calls[1]!.answer(LeaseTimeToLiveResponse);
  assert.deepEqual([unknown.id, unknown.ttl, unknown.grantedTtl], [5n, -1, 0]);
  assert.equal(calls[2]!.status, '14 etcdserver: no leader');
});

test('leases are listed in the order that the member gives', () => {
  const f = new LeaseFixture();
  const answer = f
    .call('/etcdserverpb.Lease/LeaseLeases', LeaseLeasesRequest, {})
    .answer(LeaseLeasesResponse);
  assert.deepEqual(answer.leases, [{ id: 3n }, { id: -1n }]);
});

test('keep-alives of a turn are renewed together and answered in order, at the revisions at which they came', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  stream.request(1n);
  f.state.put({ key: 'k' });
  stream.request(2n);
  stream.request(1n);
  assert.equal(f.leases.renewals.length, 0);
  f.turn();
  assert.deepEqual(f.leases.renewals[0]!.ids, [1n, 2n, 1n]);
  stream.request(3n);
  f.turn();
  assert.equal(f.leases.renewals.length, 1);
  f.leases.renewals[0]!.done([10, 0, 10]);
  f.turn();
  assert.deepEqual(stream.answers(), [
    [1, 1n, 10],
    [2, 2n, 0],
    [2, 1n, 10],
  ]);
  f.leases.renewals[1]!.done([20]);
  assert.deepEqual(stream.answers().at(-1), [2, 3n, 20]);
});

test('a half-closed stream ends once all is answered', () => {
  const f = new LeaseFixture();
  const idle = f.stream();
  idle.onHalfClose?.();
  assert.equal(idle.status, '0');
  const stream = f.stream();
  stream.request(1n);
  stream.onHalfClose?.();
  f.turn();
  assert.equal(stream.status, undefined);
  f.leases.renewals[0]!.done([10]);
  f.turn();
  assert.deepEqual([stream.status, stream.answers().length], ['0', 1]);
});

test('a refusal ends the stream, and what comes afterwards is not looked at', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  stream.request(1n);
  f.turn();
  f.leases.renewals[0]!.done(Reason.NO_LEADER);
  stream.request(2n);
  f.turn();
  assert.deepEqual([stream.status, f.leases.renewals.length], ['14 etcdserver: no leader', 1]);
});

test('malformed bytes end the stream', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  stream.onMessage?.(Uint8Array.of(0x08), 0, 1);
  assert.match(stream.status!, /^13 grpc: failed to unmarshal the received message/);
});

test('a client that goes away is not answered', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  stream.request(1n);
  f.turn();
  stream.onCancel?.();
  f.leases.renewals[0]!.done([10]);
  assert.deepEqual(stream.messages, []);
});

test('a client that reads too slowly is renewed no further until it has read', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  stream.hasRoom = false;
  stream.request(1n);
  f.turn();
  stream.request(2n);
  f.leases.renewals[0]!.done([10]);
  f.turn();
  assert.equal(f.leases.renewals.length, 1);
  stream.onDrain?.();
  assert.deepEqual(f.leases.renewals[1]!.ids, [2n]);
});

test('a client that sends too fast is held back', () => {
  const f = new LeaseFixture();
  const stream = f.stream();
  for (let id = 1n; id <= 4096n; id++) stream.request(id);
  assert.deepEqual(stream.flow, ['pause']);
  f.turn();
  assert.deepEqual([stream.flow, f.leases.renewals[0]!.ids.length], [['pause', 'resume'], 4096]);
});

test('a stream that needs a leader ends when none is known for three looks', () => {
  const f = new LeaseFixture();
  const stream = f.stream({ hasleader: 'true' });
  const patient = f.stream();
  f.member.hasLeader = false;
  f.clock.advance(3000);
  assert.deepEqual([stream.status, patient.status], ['14 etcdserver: no leader', undefined]);
});
