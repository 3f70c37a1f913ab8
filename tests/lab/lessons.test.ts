/** A reader walks through all guided steps by clicks alone, in both languages, and sees what the cards say. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lessonTexts as english } from '../../web/lab/i18n/en/lessons.js';
import { lessonTexts as chinese } from '../../web/lab/i18n/zh-cn/lessons.js';
import { COURSES } from '../../web/lab/lessons/courses.js';
import { skipUnless } from '../harness/index.js';
import { EXPECTATIONS, type Memory } from './expectations.js';
import { LabBrowser, type Language, labObstacle } from './page.js';

const obstacle = labObstacle();
const skip = skipUnless(obstacle === undefined, obstacle ?? '');
const TEXTS: Readonly<Record<Language, Record<string, string>>> = { en: english, 'zh-CN': chinese };

let browser: LabBrowser;
before(async () => {
  if (skip === false) browser = await LabBrowser.start();
});
after(() => browser?.stop());

/** Whether a text with placeholders may have become this one. */
function isTold(shown: string, text: string): boolean {
  const pattern = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '\\S+');
  return new RegExp(`^${pattern}$`, 'su').test(shown.trim());
}

for (const language of ['en', 'zh-CN'] as const) {
  for (const course of COURSES) {
    test(`the ${course.id} in ${language}: every card by clicks`, { skip, timeout: 600_000 }, async () => {
      const lab = await browser.open({ language });
      const memory: Memory = {
        leader: 0,
        term: 0,
        index: 0,
        crashed: 0,
        lost: 0,
        formerLeader: 0,
        companion: 0,
      };
      const texts = TEXTS[language];
      await lab.click(`begin-${course.lessons[0]!.id}`);
      for (const lesson of course.lessons) {
        for (const card of lesson.cards) {
          const name = `${lesson.id}.${card.id}`;
          await lab.until('lesson-card', 'data-card', card.id);
          await lab.until('lesson-card', 'data-phase', 'ready');
          await lab.click('lesson-control');
          await lab.fast();
          await lab.until('lesson-card', 'data-phase', 'explained');
          const because = await lab.text('lesson-because');
          assert.ok(isTold(because, texts[`lesson.${name}.why`]!), `${name} says: ${because}`);
          const seen = { members: await lab.members(), boxes: await lab.boxes(), page: lab };
          await EXPECTATIONS[name]?.(seen, memory);
          assert.deepEqual(await lab.violations(), []);
          await lab.screenshot(`lesson-${language}-${name}`);
          const isLast = lesson === course.lessons.at(-1) && card === lesson.cards.at(-1);
          if (!isLast) await lab.click('lesson-next');
        }
      }
      await lab.close();
    });
  }
}

test('free play leaves a card and comes back to it', { skip, timeout: 180_000 }, async () => {
  const lab = await browser.open();
  await lab.click('begin-write');
  await lab.until('lesson-card', 'data-phase', 'ready');
  await lab.click('lesson-why');
  assert.equal(await lab.text('lesson-panel'), english['lesson.write.panel']);
  await lab.click('lesson-why');
  const before = await lab.foot();
  await lab.click('lesson-free-play');
  await lab.click('play');
  await lab.fast();
  await lab.page.waitForTimeout(300);
  await lab.click('play');
  assert.notEqual((await lab.foot()).event, before.event);
  await lab.click('lesson-return');
  await lab.until('lesson-card', 'data-phase', 'ready');
  assert.deepEqual(await lab.foot(), before);
  await lab.close();
});

test('no page asked elsewhere for anything, and none failed', { skip }, () => {
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.errors, []);
});
