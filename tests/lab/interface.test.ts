/**
 * The Lab's page by what its issue asks of it: size, barriers, width, keys, no request that leaves its origin, frames and
 * jumps. Times depend on what else the machine does: they are printed, and only far outliers fail.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { REPOSITORY_ROOT } from '../harness/index.js';
import { LabBrowser, type LabPage, labObstacle } from './page.js';

const BUNDLE_BYTES_MAX = 350_000;
/** What is asked is 17 ms on a quiet machine; this is for one that runs other tests as well. */
const FRAME_MS_MAX = 250;
/** What is asked is 100 ms. */
const JUMP_MS_MAX = 1_000;
const JUMPS = 20;
const LONG_RUN_EVENTS = 100_000;

const obstacle = labObstacle();
if (obstacle !== undefined && process.env['QUOIN_REQUIRE_ALL'] === '1') throw new Error(obstacle);
const skip = obstacle ?? false;

let browser: LabBrowser;
before(async () => {
  if (obstacle === undefined) browser = await LabBrowser.start();
});
after(async () => {
  if (obstacle === undefined) await browser.stop();
});

/** A cluster with a leader, a crashed member, a cut link and some entries; made by clicks. */
async function makeTrouble(lab: LabPage): Promise<void> {
  for (let i = 0; i < 40; i++) {
    if ((await lab.members()).some((member) => member.role === 'leader')) break;
    await lab.click('next-mark');
  }
  for (let i = 0; i < 6; i++) await lab.click('next-mark');
  await lab.click('put');
  await lab.click('next-mark');
  await lab.page.locator('[data-testid="log-row"][data-member="2"] .log-member').click();
  await lab.click('crash');
  await lab.until('member', 'data-state', 'down');
}

test('the bundle is small', { skip }, () => {
  const folder = join(REPOSITORY_ROOT, 'dist', 'lab');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sizes = files.map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`the Lab's bundle: ${bytes} bytes gzipped in ${files.length} files`);
  assert.ok(bytes < BUNDLE_BYTES_MAX);
});

test(
  'nobody meets a barrier, on a desk or on a phone, by day or by night',
  { skip, timeout: 240_000 },
  async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const problems: string[] = [];
    for (const width of [1440, 390]) {
      for (const theme of ['light', 'dark']) {
        const lab = await browser.open({ width, height: 844 });
        await lab.page.getByTestId('theme').selectOption(theme);
        if (width < 800) await lab.click('drawer-time');
        await makeTrouble(lab);
        const look = async (what: string): Promise<void> => {
          const found = (await lab.page.evaluate(
            `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) =>
            violations.map(({ id, impact, nodes }) => impact + ' ' + id + ': ' + nodes[0].html.slice(0, 200)))`,
          )) as string[];
          problems.push(...found.map((line) => `${width} ${theme} ${what}: ${line}`));
        };
        await lab.page.evaluate(axe);
        await look('a member selected');
        await lab.page.keyboard.press('Escape');
        await look('nothing selected');
        await lab.page.keyboard.press('?');
        await lab.page.getByTestId('help').waitFor();
        await look('help');
        await lab.page.keyboard.press('Escape');
        await lab.click('open-new');
        await look('a new cluster');
        await lab.page.keyboard.press('Escape');
        await lab.click('open-gallery');
        await look('the gallery');
        await lab.page.keyboard.press('Escape');
        // The sheet of the member that was selected covers the story.
        if (width < 800) await lab.click('drawer-inspector');
        await lab.page.getByTestId('lesson-menu').getByRole('button').first().click();
        await look('a lesson');
        await lab.close();
      }
    }
    assert.deepEqual(problems, []);
  },
);

test(
  '390 pixels are wide enough: nothing scrolls sideways, and the sheets open',
  { skip, timeout: 60_000 },
  async () => {
    const lab = await browser.open({ width: 390, height: 844 });
    const scrollWidth = (): Promise<unknown> => lab.page.evaluate('document.documentElement.scrollWidth');
    assert.equal(await scrollWidth(), 390);
    assert.equal(await lab.page.getByTestId('inspector').isVisible(), false);
    await lab.click('drawer-inspector');
    assert.equal(await lab.page.getByTestId('inspector').isVisible(), true);
    await lab.click('drawer-time');
    assert.equal(await lab.page.getByTestId('lanes').isVisible(), true);
    assert.equal(await lab.page.getByTestId('inspector').isVisible(), false);
    assert.equal(await scrollWidth(), 390);
    const stage = await lab.page.getByTestId('stage').boundingBox();
    const story = await lab.page.getByTestId('open-story').boundingBox();
    assert.ok(stage !== null && story !== null && stage.y < story.y, 'the stage comes first');
    await lab.close();
  },
);

test('keys step, play, select, crash, restart and cut off', { skip, timeout: 60_000 }, async () => {
  const lab = await browser.open();
  const press = (key: string): Promise<void> => lab.page.keyboard.press(key);
  const { event } = await lab.foot();
  await press('ArrowRight');
  await lab.until('foot', 'data-event', String(event + 1));
  await press('ArrowLeft');
  await lab.until('foot', 'data-event', String(event));
  for (let i = 0; i < 8; i++) await press('Shift+ArrowRight');
  await press('2');
  await press('c');
  await lab.until('member', 'data-state', 'down');
  await press('r');
  await lab.page.locator('[data-testid="member"][data-member="2"][data-state="up"]').waitFor();
  await press('p');
  assert.equal(await lab.page.locator('[data-testid="link"][data-cut="both"]').count(), 4);
  await press('p');
  await lab.page.locator('[data-testid="link"][data-cut="both"]').first().waitFor({ state: 'detached' });
  const before = (await lab.foot()).event;
  await press(' ');
  await lab.page.locator(`[data-testid="foot"]:not([data-event="${before}"])`).waitFor();
  await press(' ');
  await lab.page.locator('[data-testid="play"][data-action="play"]').waitFor();
  await lab.close();
});

test(
  'a click cuts a link, the inspector one way of it, and a lasso parts the cluster',
  { skip, timeout: 60_000 },
  async () => {
    const lab = await browser.open();
    const link = lab.page.locator('[data-testid="link"][data-from="1"][data-to="2"]');
    const isCut = (cut: string): Promise<void> =>
      lab.page.locator(`[data-testid="link"][data-from="1"][data-to="2"][data-cut="${cut}"]`).waitFor();
    await link.click();
    await isCut('both');
    await lab.click('heal-link');
    await isCut('none');
    await lab.click('cut-backward');
    await isCut('backward');
    await lab.click('heal');
    await isCut('none');
    const member = (await lab.page.locator('[data-testid="member"][data-member="1"]').boundingBox())!;
    const [left, right] = [member.x - 15, member.x + member.width + 15];
    const [top, bottom] = [Math.max(member.y - 2, 52), member.y + member.height + 15];
    const { mouse } = lab.page;
    await mouse.move(left, top);
    await mouse.down();
    for (const [x, y] of [
      [right, top],
      [right, bottom],
      [left, bottom],
      [left, top],
    ] as const) {
      await mouse.move(x, y, { steps: 4 });
    }
    await mouse.up();
    await isCut('both');
    assert.equal(await lab.page.locator('[data-testid="link"][data-cut="both"]').count(), 4);
    await lab.close();
  },
);

test('acting in the past forks, and the old branch stays', { skip, timeout: 60_000 }, async () => {
  const lab = await browser.open();
  for (let i = 0; i < 10; i++) await lab.click('next-mark');
  const old = await lab.foot();
  for (let i = 0; i < 4; i++) await lab.click('last-mark');
  assert.equal(await lab.page.getByTestId('past').isVisible(), true);
  await lab.page.keyboard.press('1');
  await lab.click('crash');
  await lab.page.getByTestId('branch').waitFor();
  await lab.page.locator('[data-testid="member"][data-member="1"][data-state="down"]').waitFor();
  await lab.page.getByTestId('branch').selectOption('1');
  assert.deepEqual(await lab.foot(), old);
  await lab.page.getByTestId('branch').selectOption('2');
  await lab.page.locator('[data-testid="member"][data-member="1"][data-state="down"]').waitFor();
  await lab.close();
});

test('a new cluster follows a replayed simulation', { skip, timeout: 60_000 }, async () => {
  const lab = await browser.open({ hash: '#sim=7,0.02,test' });
  await lab.page.waitForFunction('!__lab.session.run().canAct');
  await lab.click('open-new');
  await lab.page.getByTestId('new-cluster').locator('button[type="submit"]').click();
  await lab.page.waitForFunction('__lab.session.run().canAct');
  await lab.close();
});

test('seven members at normal speed move smoothly', { skip, timeout: 120_000 }, async () => {
  const lab = await browser.open();
  const frames = (await lab.page.evaluate(`(async () => {
    const { session } = __lab;
    await session.load({ ...session.script(), size: 7 }, { untilMs: 3000 });
    session.setSpeed(1);
    session.play();
    const frames = [];
    await new Promise((done) => {
      let last = 0;
      const frame = (time) => {
        if (last > 0) frames.push(time - last);
        last = time;
        if (frames.length < 300) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    session.pause();
    return frames.sort((a, b) => a - b);
  })()`)) as number[];
  const median = frames[Math.floor(frames.length / 2)]!;
  console.log(`frames of 7 members: median ${median.toFixed(1)} ms, 95th ${frames[285]!.toFixed(1)} ms`);
  assert.ok(median < FRAME_MS_MAX, `${median} ms`);
  await lab.close();
});

test('a run of 100,000 events is scrubbed without a visible stall', { skip, timeout: 300_000 }, async () => {
  const lab = await browser.open();
  const jumps = (await lab.page.evaluate(`(async () => {
    const { session } = __lab;
    await session.load(session.script(), { untilEvent: ${LONG_RUN_EVENTS} });
    const jumps = [];
    for (let i = 0; i < ${JUMPS}; i++) {
      const event = (i * 7919 * 13) % ${LONG_RUN_EVENTS};
      const started = performance.now();
      session.seek(event);
      // Reading a size lays the page out, which is part of what the reader waits for.
      document.body.getBoundingClientRect();
      jumps.push(performance.now() - started);
      if (session.view().event !== event) throw new Error('not there');
      await new Promise((drawn) => requestAnimationFrame(drawn));
    }
    return jumps.sort((a, b) => a - b);
  })()`)) as number[];
  const median = jumps[Math.floor(jumps.length / 2)]!;
  console.log(
    `jumps in 100,000 events: median ${median.toFixed(1)} ms, longest ${jumps.at(-1)!.toFixed(1)} ms`,
  );
  assert.ok(median < JUMP_MS_MAX, `${median} ms`);
  await lab.close();
});

test('no request left the origin, and no page failed', { skip }, () => {
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.errors, []);
});
