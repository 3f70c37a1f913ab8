/** Shared links replay to the same event hash in Node.js and in Chromium: 200 random runs of random actions. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeFragment, encodeScript, LabRun, randomScript } from '../../src/lab/index.js';
import { skipUnless } from '../harness/index.js';
import { LabBrowser, type LabPage, labObstacle } from './page.js';

const RUNS = Number(process.env['QUOIN_LAB_RUNS'] ?? 200);
const FIRST_SEED = Number(process.env['QUOIN_LAB_SEED'] ?? 1);
const SHARED_MS = 3000;
const obstacle = labObstacle();
const skip = skipUnless(obstacle === undefined, obstacle ?? '');

let browser: LabBrowser;
before(async () => {
  if (skip === false) browser = await LabBrowser.start();
});
after(() => browser?.stop());

/** The link of a run of random actions, shared after three seconds. */
async function share(seed: number): Promise<string> {
  const run = await LabRun.create(randomScript(seed));
  await run.runUntil({ ms: SHARED_MS });
  return encodeScript(run.script(), { event: run.eventCount, hash: run.hash });
}

/** In the page, from the link alone: the bundle's own decoder and engine. */
function replayInPage(lab: LabPage, link: string): Promise<unknown> {
  return lab.page.evaluate(`(async () => {
    const { LabRun, decodeFragment } = window.__lab;
    const link = decodeFragment(${JSON.stringify(link)});
    const run = await LabRun.create(link.script);
    await run.runUntil({ event: link.end.event });
    return { event: run.eventCount, hash: run.hash };
  })()`);
}

const name = `${RUNS} shared links end alike in Node.js and in Chromium, seeds from ${FIRST_SEED}`;
test(name, { skip, timeout: 900_000 }, async () => {
  const lab = await browser.open();
  // The page replays a run while Node.js makes the next one.
  let replayed: Promise<unknown> = Promise.resolve();
  let check: (seen: unknown) => void = () => {};
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
    const link = await share(seed);
    check(await replayed);
    const told = decodeFragment(link);
    assert.ok(told.kind === 'script' && told.end !== undefined);
    const { end } = told;
    check = (seen) => assert.deepEqual(seen, end, `seed ${seed}: #${link}`);
    replayed = replayInPage(lab, link);
  }
  check(await replayed);
  await lab.close();
});

test(
  'a link made by the button opens at the same event with the same hash; a damaged one says so',
  { skip, timeout: 180_000 },
  async () => {
    const lab = await browser.open({ hash: '#gallery=hasty' });
    await lab.fast();
    await lab.until('scenario', 'data-ended', 'true');
    const shown = await lab.foot();
    await lab.click('share-copy');
    const address = (await lab.page.evaluate('location.hash')) as string;
    assert.match(address, /^#lab=/);
    const again = await browser.open({ hash: address });
    await again.until('foot', 'data-event', String(shown.event));
    assert.deepEqual(await again.foot(), shown);
    const damaged = await browser.open({ hash: `${address.slice(0, -7)}zzzzzzz` });
    await damaged.page.getByTestId('story-notice').waitFor();
    for (const page of [lab, again, damaged]) await page.close();
  },
);
