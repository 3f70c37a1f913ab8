import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from './simulation/cluster.js';
import { emptyCounts } from './simulation/safety.js';

/** `QUOIN_RAFT_SEEDS=from..to` (or one number) replaces the seeds, `QUOIN_RAFT_STEPS` the length of a run. */
const STEPS = Number(process.env['QUOIN_RAFT_STEPS'] ?? 3000);
const [FROM, TO] = ((text) => {
  const [from, to] = text.split('..').map(Number);
  return [from!, to ?? from!] as const;
})(process.env['QUOIN_RAFT_SEEDS'] ?? '1..1000');

function run(seed: number): Cluster {
  const cluster = new Cluster(seed, null);
  try {
    cluster.run(STEPS);
    cluster.settle();
  } catch (error) {
    const replay = `QUOIN_RAFT_SEEDS=${seed} QUOIN_RAFT_STEPS=${STEPS}`;
    throw new Error(`seed ${seed} failed; replay with ${replay}; ${JSON.stringify(cluster.options)}`, {
      cause: error,
    });
  }
  return cluster;
}

test('a cluster under random faults keeps every promise, and goes on when they end', (t) => {
  const total = emptyCounts();
  for (let seed = FROM; seed <= TO; seed++) {
    const { counts } = run(seed);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += counts[key];
  }
  t.diagnostic(JSON.stringify(total));
  if (TO - FROM < 50) return;
  for (const [name, count] of Object.entries(total)) assert.ok(count > 0, `the seeds contain ${name}`);
});

test('the same seed gives the same run', () => {
  for (const seed of [FROM, FROM + 1]) assert.equal(run(seed).digest(), run(seed).digest());
});
