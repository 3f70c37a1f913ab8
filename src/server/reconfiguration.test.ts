import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Member as ClusterMember, computeMemberId, HEALTHY_AFTER_MS } from '../membership/index.js';
import {
  type ConfChange,
  decodeConfChange,
  EntryKind,
  encodeConfChange,
  type Message,
  NOBODY,
  type ProposedEntry,
  type RaftEvent,
  type RaftNode,
} from '../raft/index.js';
import { Reason, type Refusal } from '../state-machine/index.js';
import { StateMachineFixture } from '../state-machine/state-machine-fixture.conformance.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { MemberChange, MemberChangeVerdict } from '../wire/index.js';
import {
  HAND_OVER_MS_MAX,
  HAND_OVER_POLL_MS,
  RECONFIGURATION_RETRY_MS,
  RECONFIGURATIONS_MAX,
} from './limits.js';
import { MemberCounters } from './member-counters.js';
import { NO_NETWORK } from './peer-network.js';
import { Proposals } from './proposals.js';
import { Reconfiguration, type ReconfigurationOptions } from './reconfiguration.js';

const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

const OPTIONS: ReconfigurationOptions = {
  clusterId: 77n,
  memberId: 1n,
  strictReconfigCheck: true,
  maxLearners: 1,
};

interface Progress {
  readonly id: bigint;
  readonly match: number;
}

/** Member 1 of three started voters, all connected for long, with its log in the hands of the test. */
class Setting {
  readonly clock = new ManualClock();
  readonly proposals = new Proposals(1000);
  readonly state = new StateMachineFixture();
  readonly connectedAt = new Map<bigint, number>();
  readonly lines: string[] = [];
  readonly outcomes: string[] = [];
  role: 'leader' | 'follower' = 'leader';
  progress: Progress[] = [];
  scheduled = 0;
  leader = 1n;
  successor = NOBODY;
  readonly transfers: bigint[] = [];
  readonly reconfiguration: Reconfiguration;

  constructor(options: Partial<ReconfigurationOptions> = {}) {
    for (const id of [1n, 2n, 3n]) {
      this.addMember(id, `m${id}`);
      this.connectedAt.set(id, this.clock.now());
    }
    this.clock.advance(HEALTHY_AFTER_MS);
    const role = (): string => this.role;
    const progress = (): readonly Progress[] => (this.role === 'leader' ? this.progress : []);
    const leader = (): bigint => this.leader;
    const node = {
      id: 1n,
      get role() {
        return role();
      },
      get leader() {
        return leader();
      },
      step: (event: RaftEvent) => void (event.kind === 'transfer-leader' && this.transfers.push(event.to)),
      status: () => ({ progress: progress() }),
    };
    this.reconfiguration = new Reconfiguration(
      { ...OPTIONS, ...options },
      {
        node: node as unknown as RaftNode,
        machine: this.state.machine,
        network: { ...NO_NETWORK, connectedSince: (id) => this.connectedAt.get(id) },
        proposals: this.proposals,
        clock: this.clock,
        sha1,
        counters: new MemberCounters(),
        sink: { log: (level, message) => void this.lines.push(`${level}: ${message}`) },
        schedule: () => void this.scheduled++,
        successor: () => this.successor,
      },
    );
  }

  addMember(id: bigint, name: string, isLearner = false): void {
    const member: ClusterMember = { id, name, peerUrls: [`http://m${id}:1`], clientUrls: [], isLearner };
    this.state.cluster.add(member);
  }

  /** Notes what came of a request, under a name. */
  note(name: string): (refusal: Refusal | undefined) => void {
    return (refusal) => void this.outcomes.push(`${name}: ${refusal?.message ?? 'done'}`);
  }

  /** What is proposed now, as the leader takes it. */
  taken(): readonly ProposedEntry[] {
    return this.reconfiguration.judge(this.proposals.takeBatch());
  }

  change(): { change: ConfChange; context: MemberChange } {
    const taken = this.taken();
    assert.equal(taken.length, 1);
    return read(taken[0]!);
  }

  /** Applies an entry here, as it would be on any member. */
  apply(entry: ProposedEntry): void {
    const { change } = read(entry);
    const { machine } = this.state;
    const outcome = machine.applyConfChange(
      this.state.entry(new Uint8Array(0)),
      change,
      () => machine.confState,
    );
    this.reconfiguration.applied(change, outcome);
  }
}

function read(entry: ProposedEntry): { change: ConfChange; context: MemberChange } {
  assert.equal(entry.kind, EntryKind.CONF_CHANGE);
  const change = decodeConfChange(entry.kind, entry.data);
  return { change, context: MemberChange.decode(change.context) };
}

test('an addition carries the new member, and who asked is told once it is applied', () => {
  const setting = new Setting();
  const added: (ClusterMember | undefined)[] = [];
  setting.reconfiguration.add(['http://b:2', 'http://a:2'], true, (refusal, member) => {
    setting.note('add')(refusal);
    added.push(member);
  });
  assert.equal(setting.scheduled, 1);
  const [entry] = setting.taken();
  const { change, context } = read(entry!);
  const peerUrls = ['http://a:2', 'http://b:2'];
  const id = computeMemberId(sha1, peerUrls, '', Math.floor(setting.clock.wallTime() / 1000));
  assert.deepEqual(change.changes, [{ type: 'add-learner', nodeId: id }]);
  assert.deepEqual([context.peerUrls, context.learnersMax], [peerUrls, 1]);
  assert.deepEqual(setting.outcomes, []);
  setting.apply(entry!);
  assert.deepEqual(setting.outcomes, ['add: done']);
  assert.deepEqual(added, [{ id, name: '', peerUrls, clientUrls: [], isLearner: true }]);
  assert.deepEqual(added[0], setting.state.cluster.get(id));
  assert.deepEqual(setting.lines, ['info: added member']);
});

test('what is refused when it is applied is refused to who asked', () => {
  const setting = new Setting();
  setting.reconfiguration.update(2n, ['http://m3:1'], setting.note('update'));
  setting.apply(setting.taken()[0]!);
  setting.reconfiguration.remove(9n, setting.note('remove'));
  setting.apply(setting.taken()[0]!);
  assert.deepEqual(setting.outcomes, [
    `update: ${Reason.PEER_URL_EXISTS.message}`,
    `remove: ${Reason.MEMBER_NOT_FOUND.message}`,
  ]);
  assert.deepEqual(setting.lines, []);
});

test('URLs of no use and changes that would cost the quorum are refused before anything is proposed', () => {
  const setting = new Setting();
  setting.reconfiguration.add(['nonsense'], false, setting.note('bad urls'));
  setting.connectedAt.set(3n, setting.clock.now() - HEALTHY_AFTER_MS + 1);
  setting.reconfiguration.add(['http://n:1'], false, setting.note('too young'));
  setting.connectedAt.delete(3n);
  setting.reconfiguration.remove(2n, setting.note('of two'));
  assert.deepEqual(setting.outcomes, [
    `bad urls: ${Reason.MEMBER_BAD_URLS.message}`,
    `too young: ${Reason.UNHEALTHY.message}`,
    `of two: ${Reason.UNHEALTHY.message}`,
  ]);
  assert.equal(setting.proposals.queuedCount, 0);
  assert.equal(setting.lines.length, 2);
  assert.match(setting.lines[0]!, /^warn: rejecting member add request; /);
  setting.reconfiguration.remove(3n, setting.note('the dead one'));
  assert.equal(setting.change().change.changes[0]!.nodeId, 3n);
});

test('a leader that is to be removed hands over first, to the best or to who asks', () => {
  const setting = new Setting();
  setting.successor = 3n;
  setting.reconfiguration.remove(1n, setting.note('itself'));
  assert.deepEqual(setting.transfers, [3n]);
  setting.leader = NOBODY;
  setting.clock.advance(100);
  assert.equal(setting.proposals.queuedCount, 0);
  setting.leader = 3n;
  setting.clock.advance(HAND_OVER_POLL_MS);
  assert.deepEqual(setting.change().change.changes, [{ type: 'remove', nodeId: 1n }]);

  const follower = new Setting();
  follower.role = 'follower';
  follower.leader = 2n;
  follower.reconfiguration.remove(2n, follower.note('the leader'));
  assert.deepEqual([follower.transfers, follower.proposals.queuedCount], [[1n], 0]);
  follower.clock.advance(HAND_OVER_MS_MAX);
  assert.equal(follower.proposals.queuedCount, 1, 'it is removed all the same');
  follower.reconfiguration.stop(Reason.STOPPED);
});

test('a leader without a successor does not try', () => {
  const setting = new Setting();
  setting.reconfiguration.remove(1n, setting.note('itself'));
  assert.deepEqual([setting.transfers, setting.proposals.queuedCount], [[], 1]);
});

test('without the strict check all of them are proposed', () => {
  const setting = new Setting({ strictReconfigCheck: false });
  setting.connectedAt.clear();
  setting.reconfiguration.remove(2n, setting.note('remove'));
  assert.deepEqual([setting.outcomes, setting.proposals.queuedCount], [[], 1]);
});

test('one change at a time: the next is judged by what the one before has left', () => {
  const setting = new Setting();
  for (const name of ['first', 'second', 'third'])
    setting.reconfiguration.add([`http://${name}:1`], false, setting.note(name));
  for (let proposed = 1; proposed <= 2; proposed++) {
    const batch = setting.taken();
    assert.equal(batch.length, 1);
    setting.apply(batch[0]!);
  }
  // Three started of five are a quorum; of six they would not be.
  const outcomes = ['first: done', 'second: done', `third: ${Reason.NOT_ENOUGH_STARTED.message}`];
  assert.deepEqual(setting.outcomes, outcomes);
  assert.equal(setting.proposals.queuedCount, 0);
});

test('a change that nothing comes of is proposed again, and answered once', () => {
  const setting = new Setting();
  setting.reconfiguration.remove(3n, setting.note('remove'));
  const [first] = setting.taken();
  setting.clock.advance(RECONFIGURATION_RETRY_MS);
  const [second] = setting.taken();
  assert.notEqual(read(first!).context.requestId, read(second!).context.requestId);
  setting.apply(second!);
  setting.apply(first!);
  assert.deepEqual(setting.outcomes, ['remove: done']);
  setting.clock.advance(10 * RECONFIGURATION_RETRY_MS);
  assert.equal(setting.proposals.queuedCount, 0);
});

test('new addresses are proposed once only: a second time could undo what came in between', () => {
  const setting = new Setting();
  setting.reconfiguration.update(3n, ['http://x:1'], setting.note('update'));
  assert.equal(setting.taken().length, 1);
  setting.clock.advance(10 * RECONFIGURATION_RETRY_MS);
  assert.equal(setting.proposals.queuedCount, 0);
  setting.proposals.expire(0, 1, () => Reason.TIMEOUT);
  setting.proposals.expire(10, 1, () => Reason.TIMEOUT);
  assert.deepEqual(setting.outcomes, [`update: ${Reason.TIMEOUT.message}`]);
});

test('the leader’s verdict on a promotion travels with it, whoever proposed it', () => {
  const setting = new Setting();
  setting.addMember(9n, 'm9', true);
  const verdict = (matches: readonly [bigint, number][]): number => {
    setting.progress = matches.map(([id, match]) => ({ id, match }));
    setting.reconfiguration.promote(9n, setting.note('promote'));
    const [entry] = setting.taken();
    setting.apply(entry!);
    return read(entry!).context.verdict;
  };
  const { NONE, LEARNER_NOT_READY } = MemberChangeVerdict;
  assert.equal(
    verdict([
      [1n, 1000],
      [9n, 899],
    ]),
    LEARNER_NOT_READY,
  );
  assert.equal(
    verdict([
      [1n, 1000],
      [9n, 900],
    ]),
    NONE,
  );
  assert.equal(verdict([[1n, 1000]]), NONE);
  assert.deepEqual(setting.outcomes, [
    `promote: ${Reason.LEARNER_NOT_READY.message}`,
    'promote: done',
    `promote: ${Reason.MEMBER_NOT_LEARNER.message}`,
  ]);
});

test('a follower passes a promotion on as it is, and the leader judges it anew', () => {
  const follower = new Setting();
  follower.role = 'follower';
  follower.addMember(9n, 'm9', true);
  follower.reconfiguration.promote(9n, follower.note('promote'));
  const entries = follower.taken();
  assert.equal(read(entries[0]!).context.verdict, MemberChangeVerdict.NONE);

  const leader = new Setting();
  leader.addMember(9n, 'm9', true);
  leader.progress = [
    { id: 1n, match: 1000 },
    { id: 9n, match: 1 },
  ];
  const message: Message = { kind: 'propose', from: 2n, to: 1n, entries };
  const judged = leader.reconfiguration.judgeForwarded(message);
  assert.ok(judged.kind === 'propose');
  follower.apply(judged.entries[0]!);
  assert.deepEqual(follower.outcomes, [`promote: ${Reason.LEARNER_NOT_READY.message}`]);

  leader.progress = [
    { id: 1n, match: 1000 },
    { id: 9n, match: 1000 },
  ];
  const again = leader.reconfiguration.judgeForwarded(judged);
  assert.ok(again.kind === 'propose');
  assert.equal(read(again.entries[0]!).context.verdict, MemberChangeVerdict.NONE, 'an old verdict is gone');
});

test('a learner is not promoted where too few voters have started', () => {
  const setting = new Setting();
  for (const id of [4n, 5n, 6n]) setting.addMember(id, '');
  setting.addMember(9n, 'm9', true);
  setting.state.cluster.amend(3n, { name: '' });
  setting.progress = [
    { id: 1n, match: 1 },
    { id: 9n, match: 1 },
  ];
  setting.reconfiguration.promote(9n, setting.note('promote'));
  setting.apply(setting.taken()[0]!);
  assert.deepEqual(setting.outcomes, [`promote: ${Reason.NOT_ENOUGH_STARTED.message}`]);
});

test('all else that is forwarded is left as it is', () => {
  const { reconfiguration } = new Setting();
  const heartbeat = { kind: 'heartbeat-response', from: 2n, to: 1n, term: 1, context: 0n } as const;
  assert.equal(reconfiguration.judgeForwarded(heartbeat as unknown as Message), heartbeat);
  const entries = [{ kind: EntryKind.NORMAL, data: new Uint8Array(3) }];
  const proposal: Message = { kind: 'propose', from: 2n, to: 1n, entries };
  assert.equal(reconfiguration.judgeForwarded(proposal), proposal);
});

test('a change that no member of this version would propose becomes nothing on its way into the log', () => {
  const { reconfiguration } = new Setting();
  const context = MemberChange.toBytes(MemberChange.create({ verdict: 99 }));
  const change: ConfChange = { transition: 'auto', changes: [{ type: 'remove', nodeId: 3n }], context };
  const data = encodeConfChange(change, true);
  const malformed = encodeConfChange({ ...change, context: Uint8Array.of(0xff) }, true);
  const entries = [
    { kind: EntryKind.CONF_CHANGE, data: Uint8Array.of(0xff) },
    { kind: EntryKind.CONF_CHANGE, data: malformed },
    { kind: EntryKind.CONF_CHANGE_V2, data: encodeConfChange(change, false) },
    { kind: EntryKind.CONF_CHANGE, data },
  ];
  const judged = reconfiguration.judgeForwarded({ kind: 'propose', from: 2n, to: 1n, entries });
  assert.ok(judged.kind === 'propose');
  for (const nothing of judged.entries.slice(0, 3))
    assert.deepEqual(nothing, { kind: EntryKind.NORMAL, data: new Uint8Array(0) });
  assert.equal(read(judged.entries[3]!).context.verdict, MemberChangeVerdict.NONE);
});

test('a stop refuses what waits and what comes; too many at once are a mistake', () => {
  const setting = new Setting();
  const waiting = Array.from({ length: RECONFIGURATIONS_MAX }, (_, i) => `w${i}`);
  for (const name of waiting) setting.reconfiguration.remove(3n, setting.note(name));
  setting.reconfiguration.remove(3n, setting.note('one more'));
  assert.deepEqual(setting.outcomes.splice(0), [`one more: ${Reason.TOO_MANY_REQUESTS.message}`]);
  setting.reconfiguration.stop(Reason.STOPPED);
  const stopped = waiting.map((name) => `${name}: ${Reason.STOPPED.message}`);
  assert.deepEqual(setting.outcomes.splice(0), stopped);
  setting.reconfiguration.remove(NOBODY, setting.note('late'));
  setting.proposals.failAll(Reason.STOPPED);
  setting.clock.advance(10 * RECONFIGURATION_RETRY_MS);
  assert.deepEqual(setting.outcomes, [`late: ${Reason.STOPPED.message}`]);
});
