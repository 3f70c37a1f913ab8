/** A few seeds of the simulator, that it is deterministic, and that it notices what it must. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulationResult, simulate } from '../../src/sim/index.js';
import { environment } from './environment.js';
import { findMutant } from './find-mutant.js';
import { MUTANTS } from './mutants.js';

const MINUTES = 0.05;
const SEEDS = Number(process.env['QUOIN_SIM_SEEDS'] ?? 30);

function report(result: SimulationResult): string {
  const { violation, log, seed } = result;
  const replay = `npm run sim -- --seed ${seed} --minutes ${MINUTES}`;
  return `${log.join('\n')}\nseed ${seed}: ${violation?.stack}\nreplay: ${replay}`;
}

test('what clients see of a member under crashes and disk faults is consistent', async () => {
  let crashes = 0;
  let answered = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate({ seed, minutes: MINUTES, ...environment });
    assert.equal(result.violation, undefined, report(result));
    crashes += result.faults.powerFailures + result.faults.kills;
    answered += result.answered;
  }
  assert.ok(crashes >= SEEDS / 3 && answered >= 100 * SEEDS, 'the seeds contain crashes and requests');
});

test('a seed gives the same run each time, another seed another one', async () => {
  const [one, two, three] = [
    await simulate({ seed: 5, minutes: MINUTES, ...environment }),
    await simulate({ seed: 5, minutes: MINUTES, ...environment }),
    await simulate({ seed: 6, minutes: MINUTES, ...environment }),
  ];
  assert.equal(one.hash, two.hash);
  assert.equal(one.events, two.events);
  assert.notEqual(one.hash, three.hash);
});

for (const name of [
  'the log acknowledges before the write is durable',
  'a read is answered from an old answer',
  'a watch drops a response',
]) {
  test(`a broken part is noticed: ${name}`, async () => {
    const mutant = MUTANTS.find((each) => each.name === name)!;
    const found = await findMutant(mutant, { first: 1, minutes: 0.1 });
    assert.ok(found !== undefined, 'no seed noticed it');
  });
}
