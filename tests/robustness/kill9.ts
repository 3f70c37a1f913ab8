/**
 * Command line of the kill -9 test. Exit code 0: all promises held; 1: faults; 3: a program is missing.
 *
 *   node dist/tests/robustness/kill9.js --rounds 100 [--seed N] [--program quoin|etcd] [--writers 16] [--load-ms 400]
 *        [--value-bytes 4000] [--flag=--snapshot-count=50]...
 */
import { parseArgs } from 'node:util';
import { findServer, type Program, versionOf } from '../harness/index.js';
import { killRounds } from './kill-rounds.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string' },
    program: { type: 'string', default: 'quoin' },
    writers: { type: 'string', default: '16' },
    'load-ms': { type: 'string', default: '400' },
    'value-bytes': { type: 'string', default: '4000' },
    flag: { type: 'string', multiple: true, default: [] },
    quiet: { type: 'boolean', default: false },
  },
});

const program = values.program as Program;
const path = findServer(program);
if (path === undefined) {
  console.error(`there is no ${program} server`);
  process.exit(3);
}
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e6) : Number(values.seed);
console.log(`${versionOf(path, ['--version'])}, seed ${seed}`);
const began = performance.now();
const result = await killRounds({
  program,
  seed,
  rounds: Number(values.rounds),
  writers: Number(values.writers),
  loadMsMax: Number(values['load-ms']),
  flags: values.flag,
  valueBytesMax: Number(values['value-bytes']),
  ...(values.quiet ? {} : { onRound: (round, text) => console.log(`round ${round}: ${text}`) }),
});
for (const fault of result.faults) console.log(`FAULT ${fault}`);
const starts = [...result.startMs].sort((a, b) => a - b);
console.log(
  `${result.rounds} rounds, ${result.killsDuringStart} more kills while starting, ${result.compactions} compactions; ${result.acknowledged} writes acknowledged, ` +
    `${result.unansweredDone + result.unansweredNot} unanswered (${result.unansweredDone} done), revision ${result.revision}; ` +
    `start median ${starts[starts.length >> 1]!.toFixed(0)} ms, worst ${starts.at(-1)!.toFixed(0)} ms; ` +
    `${((performance.now() - began) / 1000).toFixed(0)} s; ${result.faults.length} faults`,
);
process.exit(result.faults.length === 0 ? 0 : 1);
