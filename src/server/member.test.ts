import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason, type Refusal } from '../state-machine/index.js';
import { Prng } from '../stdx/index.js';
import { RequestKind } from '../wire/index.js';
import { MEMBER_OPTIONS, MemberFixture, Outcome } from './member-fixture.conformance.js';

async function started(options = {}): Promise<MemberFixture> {
  const fixture = new MemberFixture(new Prng(1));
  await fixture.start(options);
  return fixture;
}

test('a sole member leads at once, publishes itself and serves', async () => {
  const fixture = await started();
  const { member } = fixture;
  assert.ok(member.isReady && member.hasLeader && member.readsAreLocal);
  assert.equal(member.leader, member.options.memberId);
  assert.ok(fixture.clock.now() < MEMBER_OPTIONS.electionMs, 'it waits for no election time-out');
  const [self, ...others] = member.machine.cluster.list();
  assert.deepEqual(others, []);
  assert.deepEqual(self, {
    id: member.options.memberId,
    name: 'm1',
    peerUrls: ['http://127.0.0.1:2380'],
    clientUrls: ['http://127.0.0.1:2379'],
    isLearner: false,
  });
  await fixture.close();
});

test('a put is answered once its log entry is on the disk, not before', async () => {
  const fixture = await started();
  const outcome = fixture.put('a', '1');
  fixture.clock.runDeferred();
  await Promise.resolve();
  assert.ok(outcome.isPending, 'the write is ordered, not done');
  assert.equal(fixture.get('a'), undefined, 'and not applied');
  await fixture.settle(outcome);
  assert.equal(outcome.revision, 2);
  assert.deepEqual(fixture.get('a'), { value: '1', modRevision: 2 });
  await fixture.close();
});

test('requests of one turn share a write, in order', async () => {
  const fixture = await started();
  const before = fixture.member.commitIndex;
  const outcomes = Array.from({ length: 50 }, (_, i) => fixture.put('key', String(i)));
  let steps = 0;
  while (outcomes.some((outcome) => outcome.isPending)) {
    await fixture.step();
    steps++;
  }
  assert.ok(steps <= 3, 'one turn, one write');
  assert.deepEqual(
    outcomes.map((outcome) => outcome.revision),
    outcomes.map((_, i) => 2 + i),
  );
  assert.equal(fixture.member.commitIndex, before + 50);
  assert.equal(fixture.get('key')?.value, '49');
  await fixture.close();
});

test('an answer to a refused request is its reason, and the member goes on', async () => {
  const fixture = await started();
  const refused = fixture.compact(99);
  const put = fixture.put('a', '1');
  await fixture.settle(refused, put);
  assert.deepEqual(refused.refusals, [Reason.FUTURE_REVISION.message]);
  assert.equal(put.revision, 2);
  await fixture.close();
});

test('a request that is too large is refused; the limit does not keep the member from serving', async () => {
  const fixture = await started({ maxRequestBytes: 40 });
  assert.deepEqual(fixture.put('a', 'x'.repeat(40)).refusals, [Reason.TOO_LARGE.message]);
  const small = fixture.put('a', 'x');
  await fixture.settle(small);
  assert.equal(small.revision, 2);
  await fixture.close();
});

test('a request on a disk that hangs times out, and may still happen', async () => {
  const fixture = await started();
  const outcome = fixture.put('a', '1');
  const queued = new Outcome();
  fixture.clock.runDeferred();
  for (let now = 0; now < fixture.member.requestTimeoutMs; now += 100) {
    assert.ok(outcome.isPending);
    fixture.clock.advance(100);
  }
  fixture.clock.advance(200);
  assert.deepEqual(outcome.refusals, [Reason.TIMEOUT.message]);
  await fixture.until(() => fixture.get('a') !== undefined);
  assert.deepEqual([outcome.answers, queued.isPending], [[], true]);
  await fixture.close();
});

test('reads that come before there is a leader are answered once there is one', async () => {
  const fixture = new MemberFixture(new Prng(2));
  await fixture.open();
  const answers: (Refusal | undefined)[] = [];
  fixture.member.readBarrier((refusal) => answers.push(refusal));
  fixture.clock.runDeferred();
  assert.equal(answers.length, 0);
  await fixture.finish(fixture.member.start());
  await fixture.until(() => answers.length === 1);
  assert.equal(answers[0], undefined);
  fixture.member.readBarrier((refusal) => answers.push(refusal));
  assert.equal(answers.length, 2, 'a sole leader answers in place');
  await fixture.close();
});

test('a clean stop leaves a backend that needs no replay', async () => {
  const fixture = await started();
  const outcomes = Array.from({ length: 120 }, (_, i) => fixture.put(`k${i}`, 'v'));
  await fixture.settle(...outcomes);
  await fixture.close();
  const { appliedIndex } = fixture.member.machine;
  const { revision } = fixture.store;
  fixture.reopen();
  await fixture.open();
  assert.equal(fixture.member.machine.appliedIndex, appliedIndex);
  assert.equal(fixture.store.revision, revision);
  await fixture.finish(fixture.member.start());
  assert.ok(fixture.lines.includes('info: restarting local member'));
  assert.equal(fixture.get('k119')?.value, 'v');
  await fixture.close();
});

test('a stop waits for commits under way, also when nothing else is left to commit', async () => {
  const fixture = await started();
  const outcome = fixture.put('a', '1');
  await fixture.settle(outcome);
  // The backend's timer fires: all changes are in a transaction that is not done yet.
  fixture.clock.advance(MEMBER_OPTIONS.backendBatchMs);
  let stopped = false;
  void fixture.member.stop().then(() => {
    stopped = true;
  });
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stopped, false);
  await fixture.until(() => stopped);
  await fixture.close();
  assert.deepEqual(fixture.fatal, []);
});

test('after a stop everything is refused, also what still waits', async () => {
  const fixture = await started();
  const put = fixture.put('a', '1');
  const physical: (string | undefined)[] = [];
  fixture.member.whenCompacted(1, (refusal) => physical.push(refusal?.message));
  const stopped = fixture.finish(fixture.member.stop());
  assert.deepEqual(physical, [Reason.STOPPED.message]);
  await stopped;
  assert.deepEqual(put.refusals, [Reason.STOPPED.message], 'it was not proposed yet');
  assert.deepEqual(fixture.put('b', '1').refusals, [Reason.STOPPED.message]);
  const reads: (string | undefined)[] = [];
  fixture.member.readBarrier((refusal) => reads.push(refusal?.message));
  fixture.member.whenCompacted(1, (refusal) => reads.push(refusal?.message));
  assert.deepEqual(reads, [Reason.STOPPED.message, Reason.STOPPED.message]);
  await fixture.close();
});

test('a request whose write is under way at a stop is answered', async () => {
  const fixture = await started();
  const put = fixture.put('a', '1');
  fixture.clock.runDeferred();
  await fixture.finish(fixture.member.stop());
  assert.equal(put.revision, 2);
  await fixture.close();
});

test('a broken log stops the member: nothing is acknowledged, nothing is applied any more', async () => {
  const fixture = await started();
  fixture.disk.inject({ operation: 'write', code: 'EIO' });
  const put = fixture.put('a', '1');
  await fixture.settle(put);
  assert.deepEqual(put.refusals, [Reason.STOPPED.message]);
  assert.equal(fixture.fatal.length, 1);
  assert.equal(fixture.get('a'), undefined);
  assert.deepEqual(fixture.put('b', '1').refusals, [Reason.STOPPED.message]);
  assert.equal(fixture.member.readsAreLocal, false);
  await fixture.finish(fixture.member.stop());
  assert.equal(fixture.fatal.length, 1);
});

test('a broken backend stops the member; the log still has everything', async () => {
  const fixture = await started();
  fixture.backend.failCommits(new Error('broken'));
  const put = fixture.put('a', '1');
  await fixture.settle(put);
  await fixture.until(() => fixture.fatal.length > 0);
  assert.equal(fixture.fatal[0]!.message, 'broken');
  await fixture.finish(fixture.member.stop());
  fixture.crash();
  await fixture.start();
  assert.deepEqual(fixture.get('a'), { value: '1', modRevision: 2 });
  await fixture.close();
});

test('an entry that cannot be applied stops the member before the backend has a part of it', async () => {
  const fixture = await started();
  // A kind of request that no service proposes as yet: the state machine refuses to guess.
  fixture.propose(RequestKind.LEASE_GRANT, new Uint8Array(0));
  const behind = fixture.put('a', '1');
  await fixture.settle(behind);
  assert.deepEqual(behind.refusals, [Reason.STOPPED.message]);
  assert.equal(fixture.get('a'), undefined);
  assert.equal(fixture.fatal.length, 1);
  const { inUseBytes } = fixture.backend.size();
  fixture.clock.advance(10_000);
  await fixture.finish(fixture.member.stop());
  while (await fixture.step());
  assert.equal(fixture.backend.size().inUseBytes, inUseBytes);
});

test('a physical compaction is told of when its removals are durable', async () => {
  const fixture = await started();
  for (let i = 0; i < 60; i++) await fixture.settle(fixture.put('key', String(i)));
  const compaction = fixture.compact(50);
  await fixture.settle(compaction);
  const done: (Refusal | undefined)[] = [];
  fixture.member.whenCompacted(50, (refusal) => done.push(refusal));
  assert.equal(done.length, 0);
  await fixture.until(() => done.length > 0);
  assert.deepEqual([done, fixture.store.finishedCompactRevision], [[undefined], 50]);
  fixture.member.whenCompacted(50, (refusal) => done.push(refusal));
  assert.equal(done.length, 2, 'what is finished is told of at once');
  await fixture.close();
});

test('a compaction that a crash cut short is finished after the restart', async () => {
  const fixture = await started({ compactionBatchLimit: 1, compactionSleepMs: 1000 });
  for (let i = 0; i < 60; i++) await fixture.settle(fixture.put('key', String(i)));
  await fixture.settle(fixture.compact(50));
  assert.equal(fixture.store.finishedCompactRevision, -1);
  fixture.crash();
  await fixture.start();
  assert.equal(fixture.store.compactedRevision, 50);
  await fixture.until(() => fixture.store.finishedCompactRevision === 50);
  await fixture.close();
});

test('a full disk holds requests up; once there is room again they are written, and nothing is lost', async () => {
  const fixture = await started();
  fixture.disk.capacityBytes = 0;
  const value = 'v'.repeat(60_000);
  const outcomes: Outcome[] = [];
  // The segments that are there have room for some; then no other one can be made.
  while (!fixture.lines.some((line) => line.startsWith('warn: the disk is full'))) {
    assert.ok(outcomes.length < 200);
    const outcome = fixture.put(`k${outcomes.length}`, value);
    outcomes.push(outcome);
    await fixture.until(
      () => !outcome.isPending || fixture.lines.some((line) => line.startsWith('warn: the disk is full')),
    );
  }
  const stuck = outcomes[outcomes.length - 1]!;
  assert.ok(stuck.isPending && fixture.member.readsAreLocal, 'reads go on');
  fixture.disk.capacityBytes = Number.POSITIVE_INFINITY;
  await fixture.settle(stuck);
  assert.deepEqual(fixture.fatal, []);
  fixture.crash();
  await fixture.start();
  for (let i = 0; i < outcomes.length; i++) {
    assert.equal(fixture.get(`k${i}`)?.modRevision, outcomes[i]!.revision);
  }
  await fixture.close();
});
