/** A reader opens every scenario of the gallery by clicks alone, in both languages, and breaks the rules that can be. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SCENARIOS } from '../../web/lab/gallery/scenarios.js';
import { galleryTexts as english } from '../../web/lab/i18n/en/gallery.js';
import { galleryTexts as chinese } from '../../web/lab/i18n/zh-cn/gallery.js';
import { skipUnless, sleep } from '../harness/index.js';
import { LabBrowser, type LabPage, type Language, labObstacle } from './page.js';

const obstacle = labObstacle();
const skip = skipUnless(obstacle === undefined, obstacle ?? '');
const TEXTS: Readonly<Record<Language, Record<string, string>>> = { en: english, 'zh-CN': chinese };

/** Where the scenario of the last test would long have stopped. */
const BEYOND_MS = 4000;

let browser: LabBrowser;
before(async () => {
  if (skip === false) browser = await LabBrowser.start();
});
after(() => browser?.stop());

async function playToTheEnd(lab: LabPage, pauses: number, name: string): Promise<void> {
  await lab.fast();
  for (let pause = 1; pause <= pauses; pause++) {
    await lab.until('scenario', 'data-paused', 'true');
    await lab.screenshot(`gallery-${name}-pause-${pause}`);
    await lab.click('scenario-go-on');
  }
  await lab.until('scenario', 'data-ended', 'true');
}

for (const language of ['en', 'zh-CN'] as const) {
  test(`all scenarios in ${language}: opened, played, broken`, { skip, timeout: 600_000 }, async () => {
    const lab = await browser.open({ language });
    const texts = TEXTS[language];
    for (const { id, broken, fails, script, pausesMs = [] } of SCENARIOS) {
      await lab.click('open-gallery');
      await lab.click(`gallery-${id}`);
      await lab.until('scenario', 'data-scenario', id);
      assert.ok((await lab.text('scenario')).includes(texts[`gallery.${id}.title`]!), id);
      await playToTheEnd(lab, pausesMs.length, `${language}-${id}`);
      const members = await lab.members();
      assert.ok(members.length >= script.size, id);
      assert.ok(
        members.some(({ role }) => role === 'leader'),
        `${id}: somebody leads in the end`,
      );
      const failed = await lab.violations();
      if (fails === undefined) assert.deepEqual(failed, [], id);
      else
        assert.ok(
          failed.some((name) => fails.some((known) => known === name)),
          `${id}: ${failed}`,
        );
      await lab.screenshot(`gallery-${language}-${id}`);
      if (broken === undefined) continue;
      await lab.click('scenario-break');
      await lab.until('scenario', 'data-broken', 'true');
      await playToTheEnd(lab, pausesMs.length, `${language}-${id}-broken`);
      const seen = await lab.violations();
      assert.ok(
        seen.some((name) => broken.invariants.some((known) => known === name)),
        `${id}: ${seen}`,
      );
      await lab.screenshot(`gallery-${language}-${id}-broken`);
    }
    await lab.close();
  });
}

test('a new cluster ends the scenario', { skip, timeout: 180_000 }, async () => {
  const lab = await browser.open({ hash: '#gallery=transfer' });
  await lab.until('scenario', 'data-scenario', 'transfer');
  await lab.click('open-new');
  await lab.click('start');
  await lab.page.getByTestId('scenario').waitFor({ state: 'detached' });
  await lab.fast();
  const timeMs = async (): Promise<number> =>
    Number(await lab.page.evaluate('window.__lab.session.view().timeMs'));
  for (let look = 0; look < 600 && (await timeMs()) < BEYOND_MS; look++) await sleep(100);
  assert.ok((await timeMs()) >= BEYOND_MS);
  await lab.close();
});

test('no page asked elsewhere for anything, and none failed', { skip }, () => {
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.errors, []);
});
