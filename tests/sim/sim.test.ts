/** A few seeds of the simulator, that it is deterministic, and that it notices what it must. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObservedWorld, type SimulationResult, simulate } from '../../src/sim/index.js';
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
import { environment } from './environment.js';
import { findClusterMutant, findMutant } from './find-mutant.js';
import { MUTANTS } from './mutants.js';
import { assertFits } from './patched-simulator.js';

const MINUTES = 0.15;
const SEEDS = Number(process.env['QUOIN_SIM_SEEDS'] ?? 12);

function report(result: SimulationResult): string {
  const { violation, log, seed } = result;
  const replay = `npm run sim -- --seed ${seed} --minutes ${MINUTES}`;
  return `${log.join('\n')}\nseed ${seed}: ${violation?.stack}\nreplay: ${replay}`;
}

test('what clients see of clusters under crashes, disk and network faults is consistent', async () => {
  let crashes = 0;
  let answered = 0;
  let elections = 0;
  let partitions = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate({ seed, minutes: MINUTES, ...environment });
    assert.equal(result.violation, undefined, report(result));
    crashes += result.faults.powerFailures + result.faults.kills;
    answered += result.answered;
    elections += result.elections;
    partitions += result.faults.partitions;
  }
  assert.ok(crashes >= SEEDS && answered >= 50 * SEEDS, 'the seeds contain crashes and requests');
  assert.ok(elections >= SEEDS / 2 && partitions >= SEEDS / 10, 'the seeds contain elections and partitions');
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

test('a browser, which counts turns until all promises have run, sees the same run', async () => {
  const { sha1, settle } = environment;
  for (const seed of [5, 6, 7]) {
    const here = await simulate({ seed, minutes: MINUTES, sha1, settle });
    const there = await simulate({ seed, minutes: MINUTES, sha1 });
    assert.equal(here.hash, there.hash, `seed ${seed}`);
  }
});

test('work that keeps time from passing is noticed', async () => {
  const observer = {
    begins({ queue }: ObservedWorld): void {
      const again = (): void => queue.after(0, 'turn', again);
      queue.after(1000, 'turn', again);
    },
    opened(): void {},
    trace(): void {},
    failed(): void {},
  };
  const { violation } = await simulate({ seed: 5, minutes: MINUTES, ...environment, observer });
  assert.match(String(violation), /time stands still/);
});

test('what the mutants replace is in the product', () => {
  for (const { patches } of CLUSTER_MUTANTS) for (const patch of patches) assertFits(patch);
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

for (const name of [
  'a vote is not persisted',
  'a leader counts itself before its own write is durable',
  'a read does not wait for the state',
]) {
  test(`broken consensus is noticed: ${name}`, async () => {
    const mutant = CLUSTER_MUTANTS.find((each) => each.name === name)!;
    const found = await findClusterMutant(mutant, { first: 1, minutes: 0.3 });
    assert.ok(found !== undefined, 'no seed noticed it');
  });
}
