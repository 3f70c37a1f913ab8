/**
 * Runs the simulator: `npm run sim -- [--seed N] [--minutes M] [--seeds COUNT] [--workers N] [--lease-clients N]
 * [--guests N] [--twice] [--regressions]`.
 *
 * Without `--seed` it begins at a seed from the clock. `--twice` runs each seed a second time and compares the
 * fingerprints of all that happened. `--regressions` runs the recorded seeds. Ends with 1 at the first violation, with
 * the command that shows it again and the link under which the Raft Lab does.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { encodeSimLink } from '../src/lab/index.js';
import { type SimulationResult, simulate } from '../src/sim/index.js';
import { environment } from '../tests/sim/environment.js';
import { REGRESSION_SEEDS } from '../tests/sim/regression-seeds.js';
import { parseSimOptions } from './simulator/options.js';
import { count, noTotals, printTotals } from './simulator/totals.js';
import { runWorkers } from './simulator/workers.js';

/** One run. */
interface Job {
  readonly seed: number;
  readonly minutes: number;
  readonly leaseClients?: number;
  readonly guests?: number;
}

/** Which sources a seed belongs to: with others it may be another run. */
function sourceVersion(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function printReplay({ seed, minutes, leaseClients = 0, guests = 0 }: Job): void {
  const leases = leaseClients > 0 ? ` --lease-clients ${leaseClients}` : '';
  const users = guests > 0 ? ` --guests ${guests}` : '';
  console.log(`replay: npm run sim -- --seed ${seed} --minutes ${minutes}${leases}${users}`);
  const link = encodeSimLink(seed, minutes, sourceVersion(), { leaseClients, guests });
  console.log(`in the Raft Lab: npm run lab, then open its address with #${link}`);
}

function printFailure(job: Job, result: SimulationResult): void {
  for (const line of result.log) console.log(`  | ${line}`);
  console.log(`seed ${job.seed}: ${result.violation?.stack ?? 'two runs differed'}`);
  console.log(`after ${Math.round(result.simulatedMs)} simulated ms and ${result.events} events`);
  printReplay(job);
}

async function main(): Promise<number> {
  const started = Date.now();
  const options = parseSimOptions(process.argv, started);
  const { first, seeds, minutes, leaseClients, guests } = options;
  if (options.workers > 1) {
    const totals = await runWorkers(fileURLToPath(import.meta.url), options);
    if (totals === undefined) return 1;
    printTotals(totals, `${minutes}`, Date.now() - started);
    return 0;
  }
  const jobs: readonly Job[] = options.regressions
    ? REGRESSION_SEEDS
    : Array.from({ length: seeds }, (_, i) => ({ seed: first + i, minutes, leaseClients, guests }));
  const totals = noTotals();
  let current = jobs[0]!;
  process.on('unhandledRejection', (error) => {
    console.log(`seed ${current.seed}: a promise was rejected and nobody listened`, error);
    printReplay(current);
    process.exit(1);
  });
  for (const job of jobs) {
    current = job;
    const result = await simulate({ ...job, ...environment });
    const again = options.isTwice ? await simulate({ ...job, ...environment }) : result;
    if (result.violation !== undefined || again.hash !== result.hash) {
      printFailure(job, result);
      return 1;
    }
    count(totals, result);
    if (jobs.length > 1) continue;
    console.log(`seed ${job.seed}: hash ${result.hash}`);
    printReplay(job);
  }
  if (process.argv.includes('--quiet')) process.send!(totals);
  else printTotals(totals, options.regressions ? 'their' : `${minutes}`, Date.now() - started);
  return 0;
}

process.exitCode = await main();
