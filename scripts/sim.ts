/**
 * Runs the simulator: `npm run sim -- [--seed N] [--minutes M] [--seeds COUNT] [--lease-clients N] [--guests N] [--twice]`.
 *
 * Without `--seed` it begins at a seed from the clock. `--twice` runs each seed a second time and compares the
 * fingerprints of all that happened. Ends with 1 at the first violation, with the command that shows it again and the
 * link under which the Raft Lab does.
 */
import { execFileSync } from 'node:child_process';
import { encodeSimLink } from '../src/lab/index.js';
import { type FaultCounts, type SimulationResult, simulate } from '../src/sim/index.js';
import { environment } from '../tests/sim/environment.js';

function flag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return otherwise;
  const value = Number(process.argv[at + 1]);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} wants a positive number`);
  return value;
}

/** Which sources a seed belongs to: with others it may be another run. */
function sourceVersion(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

interface Replay {
  readonly command: string;
  /** The fragment of the Lab's address. */
  readonly link: string;
}

function printReplay({ command, link }: Replay): void {
  console.log(`replay: ${command}`);
  console.log(`in the Raft Lab: npm run lab, then open its address with #${link}`);
}

function printFailure(result: SimulationResult, seed: number, replay: Replay): void {
  for (const line of result.log) console.log(`  | ${line}`);
  console.log(`seed ${seed}: ${result.violation?.stack ?? 'two runs differed'}`);
  console.log(`after ${Math.round(result.simulatedMs)} simulated ms and ${result.events} events`);
  printReplay(replay);
}

async function main(): Promise<number> {
  const minutes = flag('minutes', 1);
  const first = Math.floor(flag('seed', Date.now() % 1_000_000_000));
  const count = flag('seeds', 1);
  const leaseClients = flag('lease-clients', 0);
  const guests = flag('guests', 0);
  const clients = `${leaseClients > 0 ? ` --lease-clients ${leaseClients}` : ''}${guests > 0 ? ` --guests ${guests}` : ''}`;
  const replayOf = (seed: number): Replay => ({
    command: `npm run sim -- --seed ${seed} --minutes ${minutes}${clients}`,
    link: encodeSimLink(seed, minutes, sourceVersion(), { leaseClients, guests }),
  });
  const leases = { granted: 0, renewed: 0, ended: 0 };
  const started = Date.now();
  const faults: Record<string, number> = {};
  const sums = {
    members: 0,
    lives: 0,
    events: 0,
    answered: 0,
    unknown: 0,
    revisions: 0,
    watchEvents: 0,
    compactions: 0,
    elections: 0,
    membershipChanges: 0,
    revocations: 0,
    denials: 0,
  };
  let recoveryMsMax = 0;
  let seed = first;
  process.on('unhandledRejection', (error) => {
    console.log(`seed ${seed}: a promise was rejected and nobody listened`, error);
    printReplay(replayOf(seed));
    process.exit(1);
  });
  for (; seed < first + count; seed++) {
    const result = await simulate({ seed, minutes, leaseClients, guests, ...environment });
    const again = process.argv.includes('--twice')
      ? await simulate({ seed, minutes, leaseClients, guests, ...environment })
      : result;
    if (result.violation !== undefined || again.hash !== result.hash) {
      printFailure(result, seed, replayOf(seed));
      return 1;
    }
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name];
    for (const name of Object.keys(leases) as (keyof typeof leases)[]) leases[name] += result.leases[name];
    recoveryMsMax = Math.max(recoveryMsMax, result.recoveryMs);
    for (const name of Object.keys(result.faults) as (keyof FaultCounts)[]) {
      faults[name] = (faults[name] ?? 0) + result.faults[name];
    }
    if (count === 1) {
      console.log(`seed ${seed}: hash ${result.hash}`);
      printReplay(replayOf(seed));
    }
  }
  const seconds = (Date.now() - started) / 1000;
  console.log(`${count} seeds of ${minutes} simulated minutes, no violation`);
  console.log(`${seconds.toFixed(1)} s, ${Math.round((count * 3600) / seconds)} seeds an hour`);
  console.log({ ...sums, leases, recoveryMsMax, faults });
  return 0;
}

process.exitCode = await main();
