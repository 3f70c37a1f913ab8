import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labScript } from '../../../src/lab/index.js';
import { Session } from './session.js';

const SEED = 11;

/** Frames of a browser, as quickly as they come. */
function giveFrames(): void {
  const frames = (draw: (time: number) => void): number => {
    setImmediate(() => draw(performance.now()));
    return 0;
  };
  Object.assign(globalThis, { requestAnimationFrame: frames });
}

async function withLeader(): Promise<Session> {
  const session = await Session.create(labScript(SEED, 3));
  await session.load(labScript(SEED, 3), { untilMs: 5_000 });
  assert.equal(session.view().members.filter((member) => member.role === 'leader').length, 1, `seed ${SEED}`);
  return session;
}

test('events are gone on and back, and what was seen is seen again', async () => {
  const session = await withLeader();
  const { event, hash } = session.view();
  await session.stepEvents(30);
  assert.equal(session.view().event, event + 30);
  const later = session.view().hash;
  await session.stepEvents(-30);
  assert.deepEqual([session.view().event, session.view().hash], [event, hash]);
  assert.equal(session.isLive(), false);
  session.seek(Number.MAX_SAFE_INTEGER);
  assert.equal(session.view().hash, later);
  session.seek(-5);
  assert.equal(session.view().event, 0);
  session.seekMs(2_500);
  assert.ok(session.view().timeMs <= 2_500 && session.now() === 2_500);
});

test('acting in the past begins a branch, and the old one stays as it was', async () => {
  const session = await withLeader();
  const end = session.view();
  await session.stepEvents(-20);
  const { event } = session.view();
  await session.act({ kind: 'crash', member: 2, losesUnsynced: false });
  assert.equal(session.error(), '');
  assert.deepEqual(
    session.branches().map((branch) => [branch.number, branch.fromEvent]),
    [
      [1, 0],
      [2, event],
    ],
  );
  assert.equal(session.view().members[1]!.state, 'down');
  session.showBranch(1);
  assert.deepEqual([session.view().event, session.view().hash], [end.event, end.hash]);
  session.showBranch(2);
  assert.equal(session.view().members[1]!.state, 'down');
  assert.equal(session.script().actions.length, 1);
});

test('an action that cannot be done is told, and the next one is done', async () => {
  const session = await withLeader();
  await session.act({ kind: 'crash', member: 99, losesUnsynced: false });
  assert.notEqual(session.error(), '');
  await session.act({ kind: 'crash', member: 1, losesUnsynced: false });
  assert.equal(session.error(), '');
  assert.equal(session.view().members[0]!.state, 'down');
});

test('marks are found behind, ahead, and in what has not happened yet', async () => {
  const session = await withLeader();
  const end = session.view().event;
  await session.seekMark(-1);
  const mark = session.view().event;
  assert.ok(mark < end);
  await session.seekMark(-1);
  await session.seekMark(1);
  assert.equal(session.view().event, mark);
  session.seek(end);
  const marks = session.run().history().marks.length;
  await session.act({ kind: 'crash', member: 1, losesUnsynced: false });
  await session.act({ kind: 'restart', member: 1 });
  assert.equal(session.run().history().marks.length, marks + 2);
});

test(
  'playing stops at the very event that was waited for, in the present and in the past',
  { timeout: 60_000 },
  async () => {
    giveFrames();
    const session = await withLeader();
    const end = session.view().event;
    session.setSpeed(20);
    session.setPauseWhen((view) => view.event === end + 37);
    const stopped = async (): Promise<void> => {
      session.play();
      while (session.playing()) await new Promise((frame) => setImmediate(frame));
    };
    await stopped();
    assert.equal(session.view().event, end + 37);
    session.seek(end - 20);
    session.setPauseWhen((view) => view.event === end + 3);
    await stopped();
    assert.equal(session.view().event, end + 3);
    assert.equal(session.run().eventCount, end + 37);
  },
);

test('a simulation is replayed, and takes no actions', async () => {
  const session = await withLeader();
  await session.loadSimulation({ seed: 3, minutes: 0.02 });
  assert.equal(session.error(), '');
  assert.ok(session.view().event > 10);
  assert.deepEqual(session.origin(), { seed: 3, mutants: [] });
  await session.act({ kind: 'heal-all' });
  assert.notEqual(session.error(), '');
});
