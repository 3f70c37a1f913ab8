/**
 * How many seeds the simulator needs to notice each mutant: `node dist/tests/sim/find-mutants.js [--rounds N]
 * [--minutes M]`. Prints a table with the median over the rounds, each of which begins at another seed.
 */
import { findMutant } from './find-mutant.js';
import { MUTANTS } from './mutants.js';

function flag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

async function main(): Promise<void> {
  const rounds = flag('rounds', 5);
  const minutes = flag('minutes', 0.2);
  for (const mutant of MUTANTS) {
    const seeds: number[] = [];
    let message = 'not found';
    for (let round = 0; round < rounds; round++) {
      const found = await findMutant(mutant, 1 + round * 1000, minutes);
      seeds.push(found?.seeds ?? Number.POSITIVE_INFINITY);
      message = found?.message ?? message;
    }
    seeds.sort((a, b) => a - b);
    const median = seeds[seeds.length >> 1]!;
    console.log(`| ${mutant.name} | ${median} | ${seeds[seeds.length - 1]} | ${message.slice(0, 120)} |`);
  }
}

await main();
