import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason, type Refusal } from '../state-machine/index.js';
import { StateMachineFixture } from '../state-machine/state-machine-fixture.conformance.js';
import { encodeUtf8, Prng } from '../stdx/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { LeaseExpiry, LeaseGrantRequest, LeaseTimes, PutRequest, RequestKind } from '../wire/index.js';
import type { LeaseForwarder, LeaseTimeToLive } from './lease-forwarder.js';
import { LeaseKeeper } from './lease-keeper.js';
import { MemberFixture } from './member-fixture.conformance.js';
import type { ReadContinuation } from './read-barrier.js';
import type { Waiter } from './waiter.js';

const SELF = 0xf000_0000_0000_0001n;
const OTHER = 2n;
const OPTIONS = { memberId: SELF, heartbeatMs: 100, electionMs: 1000 };

interface Proposed {
  readonly kind: RequestKind;
  readonly body: Uint8Array;
  readonly waiter: Waiter | undefined;
}

interface Forwarded {
  readonly leader: bigint;
  readonly ids: readonly bigint[];
  readonly done: (ttls: readonly number[] | undefined) => void;
}

/** A keeper with a state machine of its own, around which the test is the member, the log and the others. */
class KeeperFixture {
  readonly clock = new ManualClock();
  readonly state = new StateMachineFixture();
  readonly proposed: Proposed[] = [];
  readonly reads: ReadContinuation[] = [];
  readonly forwarded: Forwarded[] = [];
  readonly questions: ((answer: LeaseTimeToLive | undefined) => void)[] = [];
  readonly keeper: LeaseKeeper;

  constructor() {
    const leases: LeaseForwarder = {
      renew: (leader, ids, done) => void this.forwarded.push({ leader, ids, done }),
      timeToLive: (_leader, _id, _keys, done) => void this.questions.push(done),
    };
    this.keeper = new LeaseKeeper(OPTIONS, {
      machine: this.state.machine,
      clock: this.clock,
      proposals: {
        add: (kind, body, start, end, waiter) =>
          void this.proposed.push({ kind, body: body.slice(start, end), waiter }),
      },
      schedule: () => {},
      readBarrier: (read) => void this.reads.push(read),
      network: { leases },
    });
  }

  /** Time passes, with ticks. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      this.keeper.tick();
      while (this.clock.runDeferred());
    }
  }

  lead(term = 3): void {
    this.keeper.update(term, SELF);
  }

  follow(leader = OTHER): void {
    this.keeper.update(0, leader);
  }

  confirmReads(refusal?: Refusal): void {
    for (const read of this.reads.splice(0)) read(refusal);
    while (this.clock.runDeferred());
  }

  /** Applies what was proposed, and what that leads to. */
  applyAll(primaryTerm = 3): void {
    for (let next = this.proposed.shift(); next !== undefined; next = this.proposed.shift()) {
      const answer = this.state.applyBytes(next.kind, next.body);
      if (typeof answer === 'string') next.waiter?.finish(9, answer);
      else next.waiter?.reply(answer, 0, answer.length);
      this.keeper.update(primaryTerm, SELF);
      while (this.clock.runDeferred());
    }
  }

  grant(id: bigint, ttl: number): void {
    this.state.applyBytes(RequestKind.LEASE_GRANT, LeaseGrantRequest.toBytes({ id, ttl }));
  }

  renew(...ids: bigint[]): unknown[] {
    const answers: unknown[] = [];
    this.keeper.renew(ids, (answer) => {
      if ('message' in answer) answers.push(answer.message);
      else answers.push(...answer);
    });
    return answers;
  }

  timeToLive(id: bigint): unknown[] {
    const answers: unknown[] = [];
    this.keeper.timeToLive(id, true, (answer) =>
      answers.push('message' in answer ? answer.message : [answer.ttl, answer.grantedTtl]),
    );
    return answers;
  }
}

test('a grant gets an id if it has none, and no less than the shortest time', () => {
  const { keeper } = new KeeperFixture();
  const first = keeper.prepareGrant({ id: 0n, ttl: 1 });
  assert.deepEqual([first.ttl, first.id > 0n], [2, true]);
  assert.notEqual(keeper.prepareGrant({ id: 0n, ttl: 1 }).id, first.id);
  assert.deepEqual(keeper.prepareGrant({ id: -5n, ttl: -1 }), { id: -5n, ttl: 2 });
  assert.deepEqual(keeper.prepareGrant({ id: 5n, ttl: 60 }), { id: 5n, ttl: 60 });
});

test('the leader renews once it is shown to lead, and the first time once the others know', () => {
  const f = new KeeperFixture();
  f.lead();
  f.grant(1n, 10);
  const first = f.renew(1n, 99n);
  assert.deepEqual(first, []);
  f.confirmReads();
  assert.deepEqual(first, []);
  assert.deepEqual(LeaseTimes.decode(f.proposed[0]!.body), {
    term: 3,
    checkpoints: [{ id: 1n, remainingTtl: 0 }],
  });
  f.applyAll();
  assert.deepEqual(first, [10, 0]);
  const second = f.renew(1n);
  f.confirmReads();
  assert.deepEqual([second, f.proposed], [[10], []]);
});

test('what many streams want told in a turn goes in one entry', () => {
  const f = new KeeperFixture();
  f.lead();
  for (let id = 1n; id <= 5n; id++) f.grant(id, 10);
  const answers = [1n, 2n, 3n, 1n].map((id) => f.renew(id));
  f.confirmReads();
  assert.equal(f.proposed.length, 1);
  f.applyAll();
  assert.deepEqual(answers, [[10], [10], [10], [10]]);
});

test('who renews a lease that has ended waits for its revocation', () => {
  const f = new KeeperFixture();
  f.lead();
  f.grant(1n, 5);
  f.pass(4900);
  f.clock.advance(100);
  const answers = f.renew(1n);
  f.confirmReads();
  assert.deepEqual(LeaseExpiry.decode(f.proposed[0]!.body), { term: 3, ids: [1n] });
  assert.deepEqual(answers, []);
  f.applyAll();
  assert.deepEqual(answers, [0]);
});

test('a lost revocation is tried again', () => {
  const f = new KeeperFixture();
  f.lead();
  f.grant(1n, 5);
  f.pass(5000);
  assert.equal(f.proposed.length, 1);
  f.proposed.shift()!.waiter!.finish(14, 'lost');
  f.pass(2900);
  assert.equal(f.proposed.length, 0);
  f.pass(200);
  assert.equal(f.proposed.length, 1);
});

test('thousands of leases end in a few entries, one after the other', () => {
  const f = new KeeperFixture();
  f.lead();
  for (let id = 1n; id <= 5000n; id++) f.grant(id, 5);
  f.pass(5000);
  assert.equal(f.proposed.length, 2);
  f.applyAll();
  assert.deepEqual([f.state.machine.lessor.count, f.proposed.length], [0, 0]);
});

test('a follower asks the leader, again if need be, and the next one if it changes', () => {
  const f = new KeeperFixture();
  f.follow();
  const answers = f.renew(1n, 2n);
  assert.deepEqual([f.forwarded.map(({ leader, ids }) => [leader, ids])], [[[OTHER, [1n, 2n]]]]);
  f.forwarded.shift()!.done(undefined);
  f.pass(100);
  assert.equal(f.forwarded.length, 1);
  f.follow(3n);
  f.forwarded.shift()!.done(undefined);
  f.pass(100);
  assert.equal(f.forwarded[0]!.leader, 3n);
  f.forwarded.shift()!.done([10, 0]);
  assert.deepEqual(answers, [10, 0]);
  const asked = f.timeToLive(1n);
  f.questions.shift()!({ ttl: 7, grantedTtl: 10, keys: [] });
  assert.deepEqual(asked, [[7, 10]]);
});

test('without a leader a question waits as long as a request, then hears of it', () => {
  const f = new KeeperFixture();
  const asked = [f.renew(1n), f.timeToLive(1n)];
  f.pass(6900);
  assert.deepEqual(asked, [[], []]);
  f.pass(200);
  assert.deepEqual(asked, [['etcdserver: no leader'], ['etcdserver: no leader']]);
});

test('a leader that does not answer is a time-out', () => {
  const f = new KeeperFixture();
  f.follow();
  const asked = f.renew(1n);
  f.pass(7100);
  assert.deepEqual(asked, ['etcdserver: request timed out']);
  // Too late.
  f.forwarded.shift()!.done([10]);
  assert.equal(asked.length, 1);
});

test('a leader that could not show that it leads says whether there is one', () => {
  for (const [leader, message] of [
    [0n, 'etcdserver: no leader'],
    [OTHER, 'etcdserver: request timed out'],
  ] as const) {
    const f = new KeeperFixture();
    f.grant(1n, 10);
    f.lead();
    const asked = [f.renew(1n), f.timeToLive(1n)];
    f.keeper.update(0, leader);
    f.confirmReads(Reason.TIMEOUT);
    assert.deepEqual(asked, [[message], [message]]);
  }
});

test('a leader that is one no more sends on what its own clients wait for', () => {
  const f = new KeeperFixture();
  f.lead();
  f.grant(1n, 5);
  f.pass(5000);
  const own = f.renew(1n);
  const forPeer: unknown[] = [];
  f.keeper.renewForPeer([1n], (ttls) => forPeer.push(ttls));
  f.confirmReads();
  f.follow();
  assert.deepEqual([own, forPeer], [[], [undefined]]);
  assert.deepEqual(
    f.forwarded.map(({ ids }) => ids),
    [[1n]],
  );
  f.forwarded[0]!.done([5]);
  assert.deepEqual(own, [5]);
});

test('another member is answered by the leader alone', () => {
  const f = new KeeperFixture();
  f.follow();
  const answers: unknown[] = [];
  f.keeper.renewForPeer([1n], (ttls) => answers.push(ttls));
  f.keeper.timeToLiveForPeer(1n, false, (answer) => answers.push(answer));
  assert.deepEqual(answers.splice(0), [undefined, undefined]);
  f.lead();
  f.grant(1n, 10);
  f.pass(1500);
  f.keeper.timeToLiveForPeer(1n, false, (answer) => answers.push(answer));
  f.confirmReads();
  assert.deepEqual(answers, [{ ttl: 8, grantedTtl: 10, keys: [] }]);
});

test('a stop answers everybody', () => {
  const f = new KeeperFixture();
  const asked = f.renew(1n);
  f.keeper.stop();
  assert.deepEqual([asked, f.renew(1n)], [['etcdserver: server stopped'], ['etcdserver: server stopped']]);
});

test('time without a leader, and time the process stood still, is nobody’s fault', () => {
  const f = new KeeperFixture();
  f.follow();
  f.grant(1n, 10);
  f.pass(2000);
  f.keeper.update(0, 0n);
  f.pass(30_000);
  f.follow();
  f.clock.advance(30_000);
  f.pass(3000);
  f.lead();
  const asked = f.timeToLive(1n);
  f.confirmReads();
  // Five seconds counted, and one election time-out given.
  assert.deepEqual(asked, [[6, 10]]);
});

/** Time passes for a whole member. */
async function passFor(fixture: MemberFixture, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    fixture.clock.advance(100);
    while (await fixture.step());
  }
}

test('a whole member ends leases, in one revision each, also after its power failed', async () => {
  const fixture = new MemberFixture(new Prng(7));
  await fixture.start();
  const putLeased = (key: string, lease: bigint) =>
    fixture.propose(
      RequestKind.PUT,
      PutRequest.toBytes(PutRequest.create({ key: encodeUtf8(key), value: encodeUtf8('v'), lease })),
    );
  const grants = [1n, 2n].map((id) =>
    fixture.propose(RequestKind.LEASE_GRANT, LeaseGrantRequest.toBytes({ id, ttl: id === 1n ? 5 : 20 })),
  );
  await fixture.settle(...grants);
  await fixture.settle(putLeased('a', 1n), putLeased('b', 1n), putLeased('c', 2n));
  const before = fixture.store.revision;
  await passFor(fixture, 4500);
  assert.equal(fixture.store.revision, before);
  await passFor(fixture, 800);
  assert.equal(fixture.store.revision, before + 1);
  assert.deepEqual(
    [fixture.get('a'), fixture.get('b'), fixture.get('c')?.value],
    [undefined, undefined, 'v'],
  );
  await passFor(fixture, 6000);
  fixture.crash();
  await fixture.start();
  // Ten of its twenty seconds were told when they were gone; they count anew, with an election time-out on top.
  await passFor(fixture, 10_500);
  assert.equal(fixture.get('c')?.value, 'v');
  await passFor(fixture, 1500);
  assert.deepEqual([fixture.get('c'), fixture.member.leases.leases()], [undefined, []]);
  assert.deepEqual(fixture.fatal, []);
  await fixture.close();
});
