/**
 * How many seeds the simulator needs to notice each mutant: `node dist/tests/sim/find-mutants.js [--rounds N]
 * [--minutes M] [--seeds MOST] [--kind ports|consensus] [--only TEXT]`. Prints a table with the median over the rounds, each of which begins at another seed.
 */
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
import { type Finding, findClusterMutant, findMutant, type Search } from './find-mutant.js';
import { MUTANTS } from './mutants.js';

function flag(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

type Find = (options: Search) => Promise<Finding | undefined>;

async function main(): Promise<void> {
  const rounds = Number(flag('rounds') ?? 5);
  const minutes = Number(flag('minutes') ?? 0.2);
  const seedsMax = Number(flag('seeds') ?? 200);
  const ports = MUTANTS.map((mutant): [string, Find] => [
    mutant.name,
    (options) => findMutant(mutant, options),
  ]);
  const consensus = CLUSTER_MUTANTS.map((mutant): [string, Find] => [
    mutant.name,
    (options) => findClusterMutant(mutant, options),
  ]);
  const kind = flag('kind');
  const all = [...(kind === 'consensus' ? [] : ports), ...(kind === 'ports' ? [] : consensus)];
  for (const [name, find] of all) {
    if (!name.includes(flag('only') ?? '')) continue;
    const seeds: number[] = [];
    let message = 'not found';
    for (let round = 0; round < rounds; round++) {
      const found = await find({ first: 1 + round * 1000, minutes, seedsMax });
      seeds.push(found?.seeds ?? Number.POSITIVE_INFINITY);
      message = found?.message ?? message;
    }
    seeds.sort((a, b) => a - b);
    const median = seeds[seeds.length >> 1]!;
    console.log(`| ${name} | ${median} | ${seeds[seeds.length - 1]} | ${message.slice(0, 120)} |`);
  }
}

await main();
