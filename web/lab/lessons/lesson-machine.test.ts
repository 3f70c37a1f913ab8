/** The machine against the engine, with a port that plays at once instead of frame by frame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabRun, type LabView } from '../../../src/lab/index.js';
import { COURSES, LESSON_IDS, placeOf } from './courses.js';
import { type Bookmark, LessonMachine, type LessonPhase, type LessonPort } from './lesson-machine.js';
import { rehearse } from './rehearse.js';

/** A session without a screen. `settle` plays as long as somebody wants it played. */
class Player implements LessonPort {
  run!: LabRun;
  #playing = false;
  #pauseWhen: ((view: LabView) => boolean) | null = null;
  readonly selected: number[] = [];

  view(): LabView {
    return this.run.view();
  }
  async act(action: Parameters<LabRun['act']>[0]): Promise<void> {
    await this.run.act(action);
  }
  play(): void {
    this.#playing = true;
  }
  pause(): void {
    this.#playing = false;
  }
  setSpeed(speed: number): void {
    assert.ok(speed > 0);
  }
  setPauseWhen(predicate: ((view: LabView) => boolean) | null): void {
    this.#pauseWhen = predicate;
  }
  bookmark(): Bookmark {
    return { script: this.run.script(), event: this.run.eventCount };
  }
  async load({ script, event }: Bookmark): Promise<void> {
    this.run = await LabRun.create(script);
    await this.run.runUntil({ event });
  }
  select(member: number): void {
    this.selected.push(member);
  }
  prepare(lesson: string): ReturnType<LessonPort['prepare']> {
    const { course, index } = placeOf(lesson)!;
    return rehearse(course, index);
  }
  async settle(ms = 30_000): Promise<void> {
    if (!this.#playing) return;
    await this.run.runUntil({
      ms: this.run.timeMs + ms,
      pauseWhen: (view) => this.#pauseWhen?.(view) === true,
    });
  }
}

function machineOf(player: Player): { machine: LessonMachine; phases: LessonPhase[] } {
  const phases: LessonPhase[] = [];
  return { machine: new LessonMachine(player, ({ phase }) => phases.push(phase)), phases };
}

test('all cards of all lessons are walked through by control and next alone', async () => {
  const player = new Player();
  const { machine } = machineOf(player);
  await machine.start(LESSON_IDS[0]!);
  const walked: string[] = [];
  const cards = COURSES.flatMap(({ lessons }) =>
    lessons.flatMap((lesson) => lesson.cards.map(({ id }) => `${lesson.id}.${id}`)),
  );
  for (let step = 0; step < cards.length; step++) {
    assert.equal(machine.state.phase, 'ready');
    walked.push(`${machine.state.lesson}.${machine.card!.id}`);
    await machine.perform();
    await player.settle();
    assert.equal(machine.state.phase, 'explained', walked[walked.length - 1]);
    await machine.next();
  }
  assert.deepEqual(walked, cards);
  assert.equal(machine.state.lesson, '');
});

test('free play leaves a card and comes back to it, with the run as it was', async () => {
  const player = new Player();
  const { machine, phases } = machineOf(player);
  await machine.start('crash');
  await machine.perform();
  await player.settle();
  const { hash, event } = player.view();
  const before = machine.state;
  machine.freePlay();
  await player.act({ kind: 'heal-all' });
  await player.act({ kind: 'crash', member: 2, losesUnsynced: false });
  await player.run.runUntil({ ms: player.run.timeMs + 3000 });
  assert.notEqual(player.view().hash, hash);
  await machine.back();
  assert.deepEqual(machine.state, before);
  assert.equal(player.view().hash, hash);
  assert.equal(player.view().event, event);
  assert.ok(phases.includes('free'));
});

test('a card that does not happen in time says so, and can be waited for', async () => {
  const player = new Player();
  const { machine } = machineOf(player);
  await machine.start('write');
  // Longer than the card waits.
  for (const { id, role } of player.view().members) {
    if (role !== 'leader') await player.act({ kind: 'slow-disk', member: id, writeMs: 6000 });
  }
  while (machine.card!.id !== 'copy') {
    await machine.perform();
    await player.settle();
    await machine.next();
  }
  await machine.perform();
  await player.settle();
  assert.equal(machine.state.phase, 'overdue');
  machine.wait();
  await player.settle();
  assert.equal(machine.state.phase, 'explained');
});

test('a lesson chosen while another one is being prepared is the one that begins', async () => {
  const player = new Player();
  const { machine } = machineOf(player);
  const first = machine.start('partition');
  const second = machine.start('election');
  await Promise.all([first, second]);
  assert.equal(machine.state.lesson, 'election');
  assert.equal(machine.state.phase, 'ready');
  assert.equal(player.view().event, 0);
});
