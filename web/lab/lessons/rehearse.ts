/** Plays cards without anybody watching: to begin a course in its middle, and to test that what they wait for comes. */
import { LabRun } from '../../../src/lab/index.js';
import type { Card, Course, Notes } from './card.js';
import type { Bookmark } from './lesson-machine.js';

export class CardOverdueError extends Error {
  constructor(lesson: string, card: string, limitMs: number) {
    super(`card ${card} of lesson ${lesson} did not happen within ${limitMs} ms`);
  }
}

/** Uses the control of one card and waits for it; the notes behind it, or null if it did not happen in time. */
export async function rehearseCard(run: LabRun, card: Card, notes: Notes): Promise<Notes | null> {
  const entered = { ...notes, ...card.enter(run.view(), notes) };
  const startedMs = run.view().timeMs;
  for (const action of card.actions(run.view(), entered)) await run.act(action);
  let reached = card.reached(run.view(), entered);
  if (reached === null) {
    await run.runUntil({
      ms: startedMs + card.limitMs,
      pauseWhen: (view) => (reached = card.reached(view, entered)) !== null,
    });
  }
  return reached === null ? null : { ...entered, ...(reached as Notes) };
}

/** The run of a course at the beginning of its lesson number `index`, and what the lessons before noted. */
export async function rehearse(
  course: Course,
  index: number,
): Promise<{ readonly bookmark: Bookmark; readonly notes: Notes }> {
  const run = await LabRun.create(course.script);
  let notes: Notes = {};
  for (const lesson of course.lessons.slice(0, index)) {
    for (const card of lesson.cards) {
      const behind = await rehearseCard(run, card, notes);
      if (behind === null) throw new CardOverdueError(lesson.id, card.id, card.limitMs);
      notes = behind;
    }
  }
  return { bookmark: { script: run.script(), event: run.eventCount }, notes };
}
