import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labScript } from '../script/script.js';
import type { LabView } from '../view/view.js';
import { LabRun } from './lab-run.js';

function leaderOf(view: LabView): number {
  return view.members.find(({ role, state }) => role === 'leader' && state === 'up')?.id ?? 0;
}

/** A run in which somebody leads and serves. */
async function ledRun(seed: number, size = 3): Promise<{ run: LabRun; leader: number }> {
  const run = await LabRun.create(labScript(seed, size));
  const isReady = (view: LabView): boolean => view.members.every(({ state }) => state === 'up');
  assert.equal(await run.runUntil({ ms: 60_000, pauseWhen: isReady }), 'paused', 'a cluster comes up');
  return { run, leader: leaderOf(run.view()) };
}

test('a cluster elects a leader, and a put goes its way step by step', async () => {
  const { run, leader } = await ledRun(1, 5);
  assert.ok(leader > 0);
  const via = (leader % 5) + 1;
  await run.act({ kind: 'put', via, key: 'x', value: '1' });
  await run.runUntil({ ms: run.timeMs + 2000 });
  const [operation] = run.view().operations;
  assert.equal(operation!.status, 'answered');
  assert.deepEqual(
    operation!.steps.map(({ step }) => step),
    ['received', 'forwarded', 'appended', 'replicated', 'committed', 'applied', 'answered'],
  );
  const times = operation!.steps.map(({ ms }) => ms!);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
    'the steps are taken in their order',
  );
  for (const member of run.view().members) {
    assert.deepEqual(
      member.kv.map(({ key, value }) => `${key}=${value}`),
      ['x=1'],
    );
    assert.equal(member.commit, member.lastIndex);
    assert.equal(member.log[operation!.index - member.log[0]!.index]!.operation, operation!.id);
  }
  assert.deepEqual(run.view().violations, []);
});

test('a linearizable read at a follower asks the leader; a serializable one does not', async () => {
  const { run, leader } = await ledRun(2, 3);
  const via = (leader % 3) + 1;
  await run.act({ kind: 'put', via, key: 'x', value: '1' });
  await run.runUntil({ ms: run.timeMs + 1000 });
  await run.act({ kind: 'read', via, key: 'x', serializable: false });
  await run.act({ kind: 'read', via, key: 'x', serializable: true });
  await run.runUntil({ ms: run.timeMs + 1000 });
  const [, linearizable, serializable] = run.view().operations;
  assert.equal(linearizable!.result, '1');
  assert.equal(serializable!.result, '1');
  assert.ok(linearizable!.readIndex > 0);
  assert.deepEqual(
    linearizable!.steps.filter(({ ms }) => ms === undefined),
    [],
  );
  assert.deepEqual(
    linearizable!.steps.map(({ step }) => step),
    ['received', 'asked-leader', 'heartbeat-round', 'read-index', 'applied', 'answered'],
  );
  assert.ok(linearizable!.answeredMs! - linearizable!.calledMs > 40, 'two ways to the leader and a round');
  assert.ok(serializable!.answeredMs! - serializable!.calledMs < 1);
});

test('views share what did not change, and every event changes something', async () => {
  const { run } = await ledRun(3, 5);
  for (let event = 1; event <= run.eventCount; event++) {
    const before = run.viewAt(event - 1);
    const view = run.viewAt(event);
    assert.equal(view.event, event);
    assert.ok(view.timeMs >= before.timeMs);
    const isChanged =
      view.members !== before.members ||
      view.messages !== before.messages ||
      view.operations !== before.operations;
    assert.ok(isChanged, `event ${event} shows nothing new`);
    if (view.members !== before.members) {
      const moved = view.members.filter((member, i) => member !== before.members[i]);
      assert.ok(moved.length > 0 && moved.length < 5, 'members that did not move are the same objects');
    }
  }
});

test('a script replays to the same hash, a fork too, and forks leave their origin alone', async () => {
  const { run, leader } = await ledRun(4, 5);
  await run.act({ kind: 'put', via: leader, key: 'x', value: '1' });
  await run.runUntil({ events: 7 });
  await run.act({ kind: 'crash', member: leader, losesUnsynced: true });
  await run.runUntil({ ms: run.timeMs + 777.25 });
  await run.act({ kind: 'restart', member: leader });
  await run.runUntil({ events: 300 });
  const end = { event: run.eventCount, hash: run.hash };
  const replayed = await LabRun.create(run.script());
  await replayed.runUntil({ event: end.event });
  assert.equal(replayed.hash, end.hash);
  const middle = end.event - 250;
  const fork = await run.fork(middle);
  assert.equal(fork.hash, run.viewAt(middle).hash);
  await fork.act({ kind: 'pause', member: 1 });
  await fork.runUntil({ events: 100 });
  assert.notEqual(fork.viewAt(end.event).hash, end.hash);
  assert.equal(run.hash, end.hash);
});

test('a crash of the leader ends in another election, and time travel shows both', async () => {
  const { run, leader } = await ledRun(5, 3);
  const { term } = run.view().members[leader - 1]!;
  await run.act({ kind: 'crash', member: leader, losesUnsynced: false });
  const crash = run.eventCount;
  await run.runUntil({ ms: run.timeMs + 30_000, pauseWhen: (view) => leaderOf(view) > 0 });
  const next = leaderOf(run.view());
  assert.ok(next > 0 && next !== leader);
  assert.ok(run.view().members[next - 1]!.term > term);
  assert.equal(run.viewAt(crash).members[leader - 1]!.state, 'down');
  assert.equal(run.viewAt(crash - 1).members[leader - 1]!.role, 'leader');
  assert.equal(run.event(crash).cause, 'action');
  assert.ok(run.history().marks.some(({ kind, member }) => kind === 'crash' && member === leader));
  assert.ok(run.history().marks.some(({ kind, member }) => kind === 'leader' && member === next));
});
