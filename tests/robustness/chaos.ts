/**
 * Command line of the chaos run. Exit code 0: all promises held; 1: faults; 3: a program is missing.
 *
 *   npm run chaos -- [--rounds 30] [--size 3|5] [--seed N] [--program quoin|etcd] [--clients 16] [--think-ms 40]
 *       [--only WORD] [--flag=--snapshot-count=500]...
 */
import { parseArgs } from 'node:util';
import { findServer, type Program, versionOf } from '../harness/index.js';
import { FAULT_KINDS } from './chaos-faults.js';
import { formatChaos, isHealedInTime } from './chaos-report.js';
import { chaosRun, shortLog } from './chaos-run.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    size: { type: 'string', default: '3' },
    seed: { type: 'string' },
    program: { type: 'string', default: 'quoin' },
    clients: { type: 'string', default: '16' },
    'think-ms': { type: 'string', default: '40' },
    only: { type: 'string', default: '' },
    flag: { type: 'string', multiple: true },
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
console.log(`${versionOf(path, ['--version'])}, ${values.size} members, seed ${seed}`);
const began = performance.now();
const result = await chaosRun({
  program,
  seed,
  size: Number(values.size),
  rounds: Number(values.rounds),
  clients: Number(values.clients),
  thinkMsMax: Number(values['think-ms']),
  flags: values.flag ?? shortLog(program),
  kinds: FAULT_KINDS.filter((kind) => kind.includes(values.only)),
  ...(values.quiet ? {} : { onRound: (text) => console.log(text) }),
});
console.log(formatChaos(result, (performance.now() - began) / 1000));
process.exit(result.faults.length === 0 && isHealedInTime(result) ? 0 : 1);
