import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member as ClusterMember } from '../membership/index.js';
import { Reason, type Refusal } from '../state-machine/index.js';
import { Prng } from '../stdx/index.js';
import { MemberFixture } from './member-fixture.conformance.js';

/** A sole voter, asked for changes of the members as its API would. */
class Changes {
  readonly fixture = new MemberFixture(new Prng(11));
  added: ClusterMember | undefined;

  async outcome(ask: (done: (refusal: Refusal | undefined) => void) => void): Promise<string> {
    let outcome: string | undefined;
    ask((refusal) => {
      outcome = refusal?.message ?? 'done';
    });
    await this.fixture.until(() => outcome !== undefined);
    return outcome!;
  }

  add(url: string, isLearner: boolean): Promise<string> {
    return this.outcome((done) =>
      this.fixture.member.reconfiguration.add([url], isLearner, (refusal, member) => {
        this.added = member;
        done(refusal);
      }),
    );
  }

  promote = (id: bigint): Promise<string> =>
    this.outcome((done) => this.fixture.member.reconfiguration.promote(id, done));
  remove = (id: bigint): Promise<string> =>
    this.outcome((done) => this.fixture.member.reconfiguration.remove(id, done));

  list(): string[] {
    const { machine } = this.fixture.member;
    const { voters, learners } = machine.confState;
    const members = machine.cluster.list();
    assert.deepEqual(new Set([...voters, ...learners]), new Set(members.map(({ id }) => id)));
    return members.map(({ peerUrls, isLearner }) => `${peerUrls.join()}${isLearner ? ' learns' : ''}`).sort();
  }
}

test('a sole voter goes on while a learner comes and goes, and remembers who was there', async () => {
  const changes = new Changes();
  const { fixture } = changes;
  await fixture.start();
  const self = 'http://127.0.0.1:2380';
  assert.equal(await changes.add('http://a:1', true), 'done');
  const learner = changes.added!.id;
  assert.deepEqual(changes.list(), [self, 'http://a:1 learns']);
  assert.equal(await changes.add('http://b:1', true), Reason.TOO_MANY_LEARNERS.message);
  assert.equal(await changes.add('http://a:1', false), Reason.MEMBER_EXISTS.message);
  assert.equal(await changes.promote(learner), Reason.LEARNER_NOT_READY.message);
  assert.equal(await changes.promote(fixture.member.options.memberId), Reason.MEMBER_NOT_LEARNER.message);
  assert.equal(await changes.remove(fixture.member.options.memberId), Reason.NOT_ENOUGH_STARTED.message);
  await fixture.settle(fixture.put('k', '1'));
  assert.equal(fixture.member.readsAreLocal, true, 'a learner is no part of the quorum');
  assert.deepEqual(changes.list(), [self, 'http://a:1 learns']);

  await fixture.close();
  fixture.reopen();
  await fixture.start();
  assert.deepEqual(changes.list(), [self, 'http://a:1 learns']);
  assert.equal(await changes.remove(learner), 'done');
  assert.equal(await changes.remove(learner), Reason.MEMBER_NOT_FOUND.message);
  assert.deepEqual(changes.list(), [self]);
  fixture.crash();
  await fixture.start();
  assert.deepEqual(changes.list(), [self]);
  assert.equal(await changes.remove(learner), Reason.MEMBER_NOT_FOUND.message, 'known after the crash, too');
  assert.deepEqual(fixture.fatal, []);
});

test('with a second voter that never comes nothing is agreed on, and who asks is told in time', async () => {
  const changes = new Changes();
  const { fixture } = changes;
  await fixture.start();
  assert.equal(await changes.add('http://a:1', false), 'done');
  assert.equal(fixture.member.readsAreLocal, false);
  assert.match(
    await changes.remove(changes.added!.id),
    /^etcdserver: request timed out|^context deadline exceeded/,
  );
  assert.equal(changes.list().length, 2);
  let outcome = '';
  fixture.member.reconfiguration.update(changes.added!.id, ['http://b:1'], (refusal) => {
    outcome = refusal?.message ?? 'done';
  });
  await fixture.close();
  assert.equal(outcome, Reason.STOPPED.message);
});
