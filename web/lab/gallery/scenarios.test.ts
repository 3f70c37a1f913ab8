/** Every scenario of the gallery comes out as its text says, and every broken rule is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFragment,
  encodeScript,
  LabRun,
  type LabScript,
  type LabView,
} from '../../../src/lab/index.js';
import { galleryTexts } from '../i18n/en/gallery.js';
import { SCENARIOS } from './scenarios.js';

async function play(script: LabScript, endMs: number): Promise<LabRun> {
  const run = await LabRun.create(script);
  await run.runUntil({ ms: endMs });
  return run;
}

/** The same from the link that is shared at its end. */
async function replay(run: LabRun): Promise<LabRun> {
  const link = decodeFragment(encodeScript(run.script(), { event: run.eventCount, hash: run.hash }));
  assert.ok(link.kind === 'script' && link.end !== undefined);
  const again = await LabRun.create(link.script);
  await again.runUntil({ event: link.end.event });
  return again;
}

for (const scenario of SCENARIOS) {
  test(`${scenario.id}: it comes out as the text says, also from its link`, async () => {
    const run = await play(scenario.script, scenario.endMs);
    const at = (ms: number): LabView => run.viewAt(run.eventAt(ms));
    assert.deepEqual(scenario.missing({ view: run.view(), history: run.history(), at }), []);
    const failed = [...new Set(run.view().violations.map(({ invariant }) => invariant))];
    if (scenario.fails === undefined) assert.deepEqual(failed, []);
    else
      assert.ok(
        scenario.fails.some((name) => failed.includes(name)),
        `nothing fails: ${failed}`,
      );
    assert.equal((await replay(run)).hash, run.hash);
  });

  if (scenario.broken !== undefined) {
    const { script, endMs, invariants } = scenario.broken;
    test(`${scenario.id}: with its rule broken, an invariant fails`, async () => {
      assert.ok(script.options.mutants.length > 0);
      const run = await play(script, endMs);
      const failed = [...new Set(run.view().violations.map(({ invariant }) => invariant))];
      assert.ok(
        invariants.some((name) => failed.includes(name)),
        `none of ${invariants.join(', ')} fails, but: ${failed.join(', ') || 'nothing'}`,
      );
    });
  }

  test(`${scenario.id}: it has its texts`, () => {
    const texts: Record<string, string> = galleryTexts;
    const parts =
      scenario.broken === undefined ? ['title', 'text', 'watch'] : ['title', 'text', 'watch', 'rule'];
    for (const part of parts) assert.ok(texts[`gallery.${scenario.id}.${part}`], part);
  });
}

test('there are at least fifteen scenarios, each with a name of its own', () => {
  assert.ok(SCENARIOS.length >= 15);
  assert.equal(new Set(SCENARIOS.map(({ id }) => id)).size, SCENARIOS.length);
});
