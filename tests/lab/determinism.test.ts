/** Shared links replay to the same event hash in Node.js and in Chromium: 200 random runs of random actions. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  decodeFragment,
  encodeScript,
  type LabAction,
  LabRun,
  type LabScript,
  labScript,
  MUTANT_NAMES,
  type MutantName,
} from '../../src/lab/index.js';
import { Prng } from '../../src/stdx/index.js';
import { skipUnless } from '../harness/index.js';
import { LabBrowser, labObstacle } from './page.js';

const RUNS = 200;
const SEED = Number(process.env['QUOIN_LAB_SEED'] ?? 20_251_129);
const obstacle = labObstacle();
const skip = skipUnless(obstacle === undefined, obstacle ?? '');

let browser: LabBrowser;
before(async () => {
  if (skip === false) browser = await LabBrowser.start();
});
after(() => browser?.stop());

function drawAction(prng: Prng, size: number): LabAction {
  const member = prng.between(1, size);
  const other = prng.between(1, size);
  const key = prng.pick(['a', 'b', 'c']);
  const kinds: readonly (() => LabAction)[] = [
    () => ({ kind: 'put', via: member, key, value: String(prng.below(100)) }),
    () => ({ kind: 'put', via: member, key, value: String(prng.below(100)) }),
    () => ({ kind: 'delete', via: member, key }),
    () => ({ kind: 'compare-and-put', via: member, key, expected: '', value: '1' }),
    () => ({ kind: 'read', via: member, key, serializable: prng.below(2) === 0 }),
    () => ({ kind: 'crash', member, losesUnsynced: prng.below(2) === 0 }),
    () => ({ kind: 'restart', member }),
    () => ({ kind: 'pause', member }),
    () => ({ kind: 'resume', member }),
    () => ({ kind: 'slow-disk', member, writeMs: prng.between(20, 400) }),
    () => ({
      kind: 'partition',
      groups: [[member], Array.from({ length: size }, (_, i) => i + 1).filter((id) => id !== member)],
    }),
    () => ({ kind: 'heal-all' }),
    () => ({ kind: 'campaign', member }),
    () => ({ kind: 'transfer-leader', to: member }),
    () => ({ kind: 'cut-log', member }),
    () => ({
      kind: 'cut-link',
      from: member,
      to: (other % size) + 1 === member ? (member % size) + 1 : (other % size) + 1,
      oneWay: true,
    }),
    () => ({ kind: 'clock-rate', member, rate: prng.pick([0.5, 1, 2]) }),
  ];
  return prng.pick(kinds)();
}

function drawScript(prng: Prng): LabScript {
  const size = prng.between(3, 7);
  const mutants: readonly MutantName[] = prng.below(5) === 0 ? [prng.pick(MUTANT_NAMES)] : [];
  const script = labScript(prng.below(1 << 30), size, {
    preVote: prng.below(2) === 0,
    checkQuorum: prng.below(2) === 0,
    lossChance: prng.pick([0, 0, 0.05]),
    messageJitterMs: prng.pick([0, 10, 40]),
    mutants,
  });
  const times = Array.from({ length: prng.between(2, 14) }, () => prng.between(200, 5000)).sort(
    (a, b) => a - b,
  );
  return { ...script, actions: times.map((atMs) => ({ atMs, action: drawAction(prng, size) })) };
}

/** The link of a run that somebody shares at an event in its middle. */
async function share(script: LabScript): Promise<string> {
  const run = await LabRun.create(script);
  await run.runUntil({ ms: 6000 });
  const link = encodeScript(run.script(), { event: run.eventCount, hash: run.hash });
  return link;
}

test(
  `${RUNS} shared links end alike in Node.js and in Chromium, seed ${SEED}`,
  { skip, timeout: 300_000 },
  async () => {
    const prng = new Prng(SEED);
    const lab = await browser.open();
    for (let run = 0; run < RUNS; run++) {
      const link = await share(drawScript(prng));
      const told = decodeFragment(link);
      assert.ok(told.kind === 'script' && told.end !== undefined);
      // In the page: the bundle's own decoder and engine, from the link alone.
      const seen = (await lab.page.evaluate(`(async () => {
      const { LabRun, decodeFragment } = window.__lab;
      const link = decodeFragment(${JSON.stringify(link)});
      const run = await LabRun.create(link.script);
      await run.runUntil({ event: link.end.event });
      return { event: run.eventCount, hash: run.hash };
    })()`)) as { event: number; hash: string };
      assert.deepEqual(seen, told.end, `run ${run} of seed ${SEED}: ${link}`);
    }
    await lab.close();
  },
);

test(
  'a link made by the button opens at the same event with the same hash; a damaged one says so',
  { skip, timeout: 60_000 },
  async () => {
    const lab = await browser.open({ hash: '#gallery=figure8' });
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
