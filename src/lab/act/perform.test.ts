/** Every action does to the cluster what it says, seen in the views. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LabRun } from '../run/lab-run.js';
import type { LabAction } from '../script/action.js';
import { type LabOptions, labScript } from '../script/script.js';
import type { MemberView } from '../view/member-view.js';
import type { LabView } from '../view/view.js';

const WAIT_MS = 60_000;

/** A cluster whose member 1 leads. */
async function led(size = 3, options: Partial<LabOptions> = {}): Promise<LabRun> {
  const actions = [{ atMs: 600, action: { kind: 'campaign', member: 1 } as const }];
  const run = await LabRun.create({ ...labScript(11, size, options), actions });
  await until(run, ({ members }) => members.every(({ state }) => state === 'up'), 'all are up');
  assert.equal(member(run, 1).role, 'leader');
  return run;
}

function member(run: LabRun, id: number): MemberView {
  return run.view().members[id - 1]!;
}

async function until(run: LabRun, holds: (view: LabView) => boolean, what: string): Promise<void> {
  if (holds(run.view())) return;
  const stop = await run.runUntil({ ms: run.timeMs + WAIT_MS, pauseWhen: holds });
  assert.equal(stop, 'paused', what);
}

async function put(run: LabRun, via: number, key: string, value: string): Promise<void> {
  await run.act({ kind: 'put', via, key, value });
  const id = run.view().operations.length;
  await until(run, ({ operations }) => operations[id - 1]!.status !== 'open', `put ${key}`);
  assert.equal(run.view().operations[id - 1]!.status, 'answered');
}

function sound(run: LabRun): void {
  assert.deepEqual(run.view().violations, []);
}

describe('machines', () => {
  test('crash and restart', async () => {
    const run = await led();
    await put(run, 1, 'x', '1');
    await until(run, ({ members }) => members[2]!.revision === 2, 'it has the change');
    const { lastIndex, term } = member(run, 3);
    await run.act({ kind: 'crash', member: 3, losesUnsynced: true });
    const down = member(run, 3);
    assert.equal(down.state, 'down');
    assert.deepEqual([down.lastIndex, down.term, down.kv.length], [lastIndex, term, 0]);
    await run.act({ kind: 'crash', member: 3, losesUnsynced: true });
    await run.act({ kind: 'restart', member: 3 });
    await until(run, ({ members }) => members[2]!.state === 'up', 'it is up again');
    assert.equal(member(run, 3).lives, 2);
    assert.equal(member(run, 3).kv[0]!.value, '1');
    sound(run);
  });

  test('a paused member gets no time; what came meanwhile comes when it goes on', async () => {
    const run = await led();
    await run.act({ kind: 'pause', member: 3 });
    assert.equal(member(run, 3).state, 'paused');
    await put(run, 1, 'x', '1');
    await run.runUntil({ ms: run.timeMs + 5000 });
    assert.equal(member(run, 3).revision, 1);
    assert.equal(member(run, 3).state, 'paused');
    await run.act({ kind: 'resume', member: 3 });
    await until(run, ({ members }) => members[2]!.revision === 2, 'it catches up');
    assert.equal(member(run, 3).state, 'up');
    assert.equal(member(run, 1).role, 'leader');
    sound(run);
  });

  test('a slow disk is seen in what is durable', async () => {
    const run = await led();
    await run.act({ kind: 'slow-disk', member: 2, writeMs: 3000 });
    assert.ok(member(run, 2).diskSlow);
    await put(run, 1, 'x', '1');
    await until(run, ({ members }) => members[1]!.lastIndex === members[0]!.lastIndex, 'it has the entry');
    const { lastIndex, durableIndex, applied, writing } = member(run, 2);
    assert.ok(durableIndex < lastIndex && applied < lastIndex && writing > 0);
    await run.act({ kind: 'normal-disk', member: 2 });
    assert.ok(!member(run, 2).diskSlow);
    await until(run, ({ members }) => members[1]!.durableIndex === lastIndex, 'it is durable at last');
    sound(run);
  });

  test('a fast clock campaigns first', async () => {
    const run = await led(3, { preVote: false, checkQuorum: false });
    await run.act({ kind: 'clock-rate', member: 3, rate: 20 });
    assert.equal(member(run, 3).clockRate, 20);
    await until(
      run,
      ({ members }) => members[2]!.role === 'candidate',
      'it campaigns though there is a leader',
    );
  });
});

describe('the network', () => {
  test('a link that is cut one way lets the other direction through', async () => {
    const run = await led();
    await run.act({ kind: 'cut-link', from: 1, to: 2, oneWay: true });
    assert.deepEqual(run.view().cuts, [{ from: 1, to: 2 }]);
    await run.runUntil({ ms: run.timeMs + 300 });
    const later = run.history().messages.filter(({ sentEvent }) => sentEvent > run.eventCount - 20);
    for (const { from, to, fate } of later) if (from === 1 && to === 2) assert.notEqual(fate, 'delivered');
    await run.act({ kind: 'cut-link', from: 1, to: 2, oneWay: false });
    assert.equal(run.view().cuts.length, 2);
    await run.act({ kind: 'heal-link', from: 2, to: 1, oneWay: false });
    assert.deepEqual(run.view().cuts, []);
  });

  test('a bridge between two groups belongs to both', async () => {
    const run = await led(5);
    await run.act({
      kind: 'partition',
      groups: [
        [1, 2, 3],
        [3, 4, 5],
      ],
    });
    const cut = new Set(run.view().cuts.map(({ from, to }) => `${from}${to}`));
    assert.deepEqual([...cut].sort(), ['14', '15', '24', '25', '41', '42', '51', '52']);
    await put(run, 1, 'x', '1');
    await run.act({ kind: 'heal-all' });
    assert.deepEqual(run.view().cuts, []);
    await until(run, ({ members }) => members.every(({ revision }) => revision === 2), 'all have it');
    sound(run);
  });

  test('the smaller side makes no progress, two leaders of different terms are seen, and one gives way', async () => {
    const run = await led(5, { checkQuorum: false });
    await run.act({
      kind: 'partition',
      groups: [
        [1, 2],
        [3, 4, 5],
      ],
    });
    await run.act({ kind: 'put', via: 1, key: 'x', value: 'lost' });
    const leaders = ({ members }: LabView): MemberView[] =>
      members.filter(({ role, state }) => role === 'leader' && state === 'up');
    await until(run, (view) => leaders(view).length === 2, 'two leaders');
    const [old, young] = leaders(run.view()).sort((a, b) => a.term - b.term);
    assert.ok(old!.id === 1 && young!.id > 2 && young!.term > old!.term);
    await put(run, young!.id, 'x', 'kept');
    assert.equal(member(run, 1).revision, 1);
    assert.equal(run.view().operations[0]!.status, 'open');
    await run.act({ kind: 'heal-all' });
    await until(run, ({ members }) => members.every(({ kv }) => kv[0]?.value === 'kept'), 'all agree');
    assert.equal(leaders(run.view()).length, 1);
    sound(run);
  });

  test('a message is dropped or held up', async () => {
    const run = await led();
    await run.act({ kind: 'put', via: 1, key: 'x', value: '1' });
    const appends = ({ messages }: LabView) => messages.filter(({ kind }) => kind === 'append');
    await until(run, (view) => appends(view).length === 2, 'appends leave');
    const [first, second] = appends(run.view());
    await run.act({ kind: 'drop-message', message: first!.id });
    await run.act({ kind: 'delay-message', message: second!.id, ms: 400 });
    const seen = new Map(appends(run.view()).map((message) => [message.id, message]));
    assert.equal(seen.get(first!.id)!.lost, true);
    assert.equal(seen.get(second!.id)!.arrivesMs, second!.arrivesMs + 400);
    assert.ok(second!.fields.some(({ name, value }) => name === 'count' && typeof value === 'number'));
    await run.runUntil({ ms: run.timeMs + 1000 });
    const tracks = run.history().messages;
    assert.equal(tracks[first!.id - 1]!.fate, 'lost');
    assert.equal(tracks[second!.id - 1]!.fate, 'delivered');
    assert.equal(run.view().operations[0]!.status, 'answered');
  });
});

describe('clients', () => {
  test('put, compare-and-put, delete, compact', async () => {
    const run = await led();
    const ask = async (action: LabAction): Promise<string> => {
      await run.act(action);
      const id = run.view().operations.length;
      await until(run, ({ operations }) => operations[id - 1]!.status !== 'open', action.kind);
      return run.view().operations[id - 1]!.result;
    };
    const compare = (expected: string, value: string): LabAction => ({
      kind: 'compare-and-put',
      via: 2,
      key: 'x',
      expected,
      value,
    });
    const read = (serializable: boolean): LabAction => ({ kind: 'read', via: 3, key: 'x', serializable });
    assert.equal(await ask(compare('', '1')), 'ok');
    assert.equal(await ask(compare('', '2')), 'differs');
    assert.equal(await ask(compare('1', '2')), 'ok');
    assert.equal(await ask(read(false)), '2');
    assert.equal(await ask({ kind: 'delete', via: 1, key: 'x' }), '1');
    assert.equal(await ask(read(false)), '(none)');
    assert.equal(await ask({ kind: 'compact', via: 1 }), 'ok');
    await until(run, ({ members }) => members.every((each) => each.compactedRevision === 4), 'compacted');
    sound(run);
  });

  test('a member that lags answers a serializable read from the past, and a linearizable one when it is there', async () => {
    const run = await led();
    await put(run, 1, 'x', 'old');
    await until(run, ({ members }) => members[2]!.revision === 2, 'it has the old value');
    await run.act({ kind: 'slow-disk', member: 3, writeMs: 2000 });
    await put(run, 1, 'x', 'new');
    await run.act({ kind: 'read', via: 3, key: 'x', serializable: true });
    await run.act({ kind: 'read', via: 3, key: 'x', serializable: false });
    await until(run, ({ operations }) => operations[3]!.status === 'answered', 'the read ends');
    const [, , stale, fresh] = run.view().operations;
    assert.deepEqual([stale!.result, stale!.stale], ['old', true]);
    assert.deepEqual([fresh!.result, fresh!.stale], ['new', false]);
    assert.ok(fresh!.steps.every(({ ms }) => ms !== undefined));
    sound(run);
  });
});

describe('members', () => {
  test('a learner joins, is promoted, and a member is removed', async () => {
    const run = await led();
    await put(run, 1, 'x', '1');
    await run.act({ kind: 'add-member', via: 1, learner: true });
    await until(run, ({ members }) => members[3]?.state === 'up', 'the fourth is up');
    assert.ok(member(run, 4).learner);
    assert.deepEqual(member(run, 1).configuration.learners, [4]);
    assert.equal(member(run, 4).kv[0]!.value, '1');
    await run.act({ kind: 'promote', via: 1, member: 4 });
    await until(run, ({ members }) => members[3]!.configuration.voters.length === 4, 'four voters');
    assert.ok(!member(run, 4).learner);
    await run.act({ kind: 'remove', via: 1, member: 2 });
    await until(run, ({ members }) => members[1]!.state === 'removed', 'it ends itself');
    assert.deepEqual(member(run, 1).configuration.voters, [1, 3, 4]);
    assert.ok(run.history().marks.some(({ kind }) => kind === 'membership'));
    sound(run);
  });

  test('a change through a joint configuration stays in it until it is left', async () => {
    const run = await led(5);
    await run.act({ kind: 'joint', change: 'remove', member: 5, stay: true });
    await until(run, ({ members }) => members[0]!.configuration.joint, 'joint');
    assert.deepEqual(member(run, 1).configuration.voters, [1, 2, 3, 4]);
    assert.deepEqual(member(run, 1).configuration.votersOutgoing, [1, 2, 3, 4, 5]);
    await run.runUntil({ ms: run.timeMs + 3000 });
    assert.ok(member(run, 1).configuration.joint);
    await run.act({ kind: 'leave-joint' });
    await until(run, ({ members }) => !members[0]!.configuration.joint, 'left');
    await put(run, 1, 'x', '1');
    sound(run);
  });

  test('the leadership is handed over', async () => {
    const run = await led();
    await run.act({ kind: 'transfer-leader', to: 3 });
    await until(run, ({ members }) => members[2]!.role === 'leader', 'the third leads');
    assert.ok(run.history().messages.some(({ kind, to }) => kind === 'timeout-now' && to === 3));
    sound(run);
  });

  test('who lags behind a log that was cut gets a snapshot', async () => {
    const run = await led();
    await run.act({ kind: 'crash', member: 3, losesUnsynced: false });
    await run.act({ kind: 'cut-log', member: 1 });
    // Whoever was heard from lately is waited for.
    await run.runUntil({ ms: run.timeMs + 3000 });
    for (const value of ['1', '2', '3']) await put(run, 1, 'x', value);
    await until(run, ({ members }) => members[0]!.firstIndex > members[2]!.lastIndex + 1, 'the log is cut');
    await run.act({ kind: 'restart', member: 3 });
    await until(run, ({ members }) => members[2]!.kv[0]?.value === '3', 'it has the state');
    assert.ok(run.history().messages.some(({ kind, fate }) => kind === 'snapshot' && fate === 'delivered'));
    assert.ok(run.history().marks.some(({ kind }) => kind === 'snapshot'));
    sound(run);
  });
});
