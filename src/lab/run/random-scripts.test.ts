/**
 * The Node half of the determinism test: a script has one run. The other half replays the same scripts in a browser
 * (`tests/lab`).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFragment, encodeScript } from '../script/link.js';
import { RANDOM_SCRIPT_MS, randomScript } from '../script/random-script.js';
import { LabRun } from './lab-run.js';

const SCRIPTS = Number(process.env['QUOIN_LAB_SCRIPTS'] ?? 6);
const END_MS = RANDOM_SCRIPT_MS + 1000;

test('random scripts replay from their links to the same hash, and break nothing', async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= SCRIPTS; seed++) {
    const script = randomScript(seed);
    const run = await LabRun.create(script);
    await run.runUntil({ ms: END_MS });
    const link = decodeFragment(encodeScript(script, { event: run.eventCount, hash: run.hash }));
    assert.ok(link.kind === 'script');
    const replayed = await LabRun.create(link.script);
    await replayed.runUntil({ event: link.end!.event });
    assert.equal(replayed.hash, link.end!.hash, `seed ${seed}`);
    assert.deepEqual(replayed.view(), run.view(), `seed ${seed}`);
    if (script.options.mutants.length === 0) {
      assert.deepEqual(run.view().violations, [], `seed ${seed}: ${encodeScript(script)}`);
    }
    hashes.add(run.hash);
  }
  assert.equal(hashes.size, SCRIPTS, 'different scripts have different runs');
});

test('a run goes the same way however it is walked', async () => {
  const script = randomScript(3);
  const whole = await LabRun.create(script);
  await whole.runUntil({ ms: END_MS });
  const stepped = await LabRun.create(script);
  for (let ms = 10; ms <= END_MS; ms += 10) await stepped.runUntil({ ms });
  assert.equal(stepped.hash, whole.hash);
  const single = await LabRun.create(script);
  while (single.eventCount < whole.eventCount) await single.step();
  assert.equal(single.hash, whole.hash);
});
