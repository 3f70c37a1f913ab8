/** Shares seeds among processes, each a run of the same program. */
import { type ChildProcess, fork } from 'node:child_process';
import { partOf, type SimOptions } from './options.js';
import { merge, noTotals, type Totals } from './totals.js';

/** Nearly all that a run makes dies young: large halves make it a fifteenth shorter. */
const YOUNG_GENERATION = '--max-semi-space-size=32';

/** All of them, or undefined if one has failed and said so; then the others are ended. */
export async function runWorkers(program: string, options: SimOptions): Promise<Totals | undefined> {
  const totals = noTotals();
  const children: ChildProcess[] = [];
  let hasFailed = false;
  const ends: Promise<void>[] = [];
  let first = options.first;
  for (let worker = 0; worker < options.workers; worker++) {
    const left = options.workers - worker;
    const seeds = Math.ceil((options.first + options.seeds - first) / left);
    const flags = [...partOf(options, first, seeds), '--quiet'];
    const child = fork(program, flags, { execArgv: [...process.execArgv, YOUNG_GENERATION] });
    child.on('message', (part) => merge(totals, part as Totals));
    ends.push(
      new Promise((resolve) => {
        child.on('exit', (code) => {
          if (code !== 0 && !hasFailed) {
            hasFailed = true;
            for (const each of children) each.kill();
          }
          resolve();
        });
      }),
    );
    children.push(child);
    first += seeds;
  }
  await Promise.all(ends);
  return hasFailed ? undefined : totals;
}
