/** The lessons run on the engine itself: what each card waits for comes, and the texts have what they speak of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabRun, type LabView } from '../../../src/lab/index.js';
import { lessonTexts as english } from '../i18n/en/lessons.js';
import { lessonTexts as chinese } from '../i18n/zh-cn/lessons.js';
import type { Notes } from './card.js';
import { COURSES, LESSON_IDS } from './courses.js';
import { entryOf, leaderOf, leadersOf, memberOf, operationOf } from './observe.js';
import { rehearse, rehearseCard } from './rehearse.js';

/** Other seeds elect others, after other times: the lessons must be told of those as well. */
const SEEDS = [1, 2, 3, 4];

function assertTold(lesson: string, card: string, part: string, notes: Notes): void {
  for (const texts of [english, chinese] as readonly Record<string, string>[]) {
    const text = texts[`lesson.${lesson}.${card}.${part}`];
    assert.ok(text !== undefined && text.length > 0, `no text for ${lesson}.${card}.${part}`);
    for (const [, name] of text.matchAll(/\{(\w+)\}/g)) {
      assert.ok(
        notes[name!] !== undefined && notes[name!] !== 0,
        `${lesson}.${card}.${part} speaks of ${name}`,
      );
    }
  }
}

/** A text that says who leads which term says so of the present leader. */
function assertTrue(lesson: string, card: string, notes: Notes, view: LabView): void {
  const text = english[`lesson.${lesson}.${card}.why` as keyof typeof english];
  const leader = leaderOf(view);
  if (text.includes('{leader}'))
    assert.equal(notes['leader'], leader?.id, `${lesson}.${card} names the leader`);
  if (text.includes('{leader}') && text.includes('{term}')) assert.equal(notes['term'], leader?.term);
}

for (const course of COURSES) {
  for (const seed of [course.script.seed, ...SEEDS]) {
    test(`course ${course.id}, seed ${seed}: every card happens, in order, and nothing breaks`, async () => {
      const run = await LabRun.create({ ...course.script, seed });
      let notes: Notes = {};
      for (const lesson of course.lessons) {
        assert.ok(english[`lesson.${lesson.id}.panel` as keyof typeof english] !== undefined);
        for (const card of lesson.cards) {
          const entered = { ...notes, ...card.enter(run.view(), notes) };
          assertTold(lesson.id, card.id, 'before', entered);
          assertTold(lesson.id, card.id, 'control', entered);
          const event = run.eventCount;
          const behind = await rehearseCard(run, card, notes);
          assert.ok(behind !== null, `${lesson.id}.${card.id} is overdue at event ${run.eventCount}`);
          assertTold(lesson.id, card.id, 'why', behind);
          assertTrue(lesson.id, card.id, behind, run.view());
          if (seed === course.script.seed) {
            console.log(
              `${lesson.id}.${card.id}: ${run.eventCount - event} events, at ${run.timeMs.toFixed(0)} ms`,
            );
          }
          notes = behind;
        }
      }
      assert.deepEqual(run.view().violations, []);
    });
  }
}

test('a write is dashed on a majority before it is solid anywhere, and answered before all have applied it', async () => {
  const course = COURSES[0]!;
  const { bookmark } = await rehearse(course, 1);
  const run = await LabRun.create(bookmark.script);
  await run.runUntil({ event: bookmark.event });
  let notes: Notes = {};
  for (const card of course.lessons[1]!.cards) {
    const behind = await rehearseCard(run, card, notes);
    assert.ok(behind !== null);
    notes = behind;
    const index = notes['index'] as number;
    const { members } = run.view();
    const committed = members.filter(({ commit }) => commit >= index).length;
    if (card.id === 'copy') assert.equal(committed, 0);
    if (card.id === 'majority') {
      assert.equal(committed, 1);
      assert.ok(
        members.filter((one) => one.durableIndex >= index && entryOf(one, index) !== undefined).length >= 3,
      );
    }
    if (card.id === 'answer') assert.ok(members.some(({ applied }) => applied < index));
    if (card.id === 'learn') assert.ok(members.every(({ applied }) => applied >= index));
  }
});

test('two leaders of different terms are there at once, and only the newer one commits', async () => {
  const course = COURSES[0]!;
  const { bookmark, notes: before } = await rehearse(course, 5);
  const run = await LabRun.create(bookmark.script);
  await run.runUntil({ event: bookmark.event });
  let notes: Notes = before;
  for (const card of course.lessons[5]!.cards.slice(0, 3)) {
    const behind = await rehearseCard(run, card, notes);
    assert.ok(behind !== null);
    notes = behind;
  }
  const view = run.view();
  const leaders = leadersOf(view);
  assert.equal(leaders.length, 2);
  assert.notEqual(leaders[0]!.term, leaders[1]!.term);
  const former = memberOf(view, notes['oldLeader'] as number)!;
  assert.ok(former.commit < (notes['minorityIndex'] as number));
  assert.equal(operationOf(view, notes['operation'] as number)?.status, 'answered');
});

test('a course begins at any lesson with the event at which the lesson before it ended', async () => {
  for (const course of COURSES) {
    const walked = await LabRun.create(course.script);
    let notes: Notes = {};
    for (const [index, lesson] of course.lessons.entries()) {
      const { bookmark, notes: told } = await rehearse(course, index);
      assert.equal(bookmark.event, walked.eventCount);
      assert.deepEqual(told, notes);
      const opened = await LabRun.create(bookmark.script);
      await opened.runUntil({ event: bookmark.event });
      assert.equal(opened.hash, walked.hash, `${lesson.id} begins elsewhere`);
      for (const card of lesson.cards) notes = (await rehearseCard(walked, card, notes)) ?? {};
    }
  }
  assert.equal(new Set(LESSON_IDS).size, 8);
});
