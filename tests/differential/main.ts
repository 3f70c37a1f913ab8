/**
 * Differential test: the same seeded operations against two etcd-compatible endpoints; complete answers, errors and event
 * streams are compared. Exit code 0: no difference; 1: differences; 2: wrong usage; 3: a program is missing.
 *
 *   node dist/tests/differential/main.js --seed 7 --ops 2000                  real etcd against Quoin, both started here
 *   node dist/tests/differential/main.js --a 127.0.0.1:2379 --b 127.0.0.1:3379   against running, EMPTY stores
 */
import { parseArgs } from 'node:util';
import { findServer, MemberProcess, type Program, versionOf } from '../harness/index.js';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import { type Difference, Run, type RunResult } from './run.js';
import { SCENARIOS } from './scenarios.js';

const USAGE = `usage: node dist/tests/differential/main.js [--seed N] [--ops N] [--a HOST:PORT] [--b HOST:PORT]
  [--a-program etcd|quoin] [--b-program etcd|quoin] [--scenarios all|none|NAME,NAME] [--runs N] [--verbose] [--coverage]
scenarios: ${SCENARIOS.map((scenario) => scenario.name).join(', ')}`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    ops: { type: 'string', default: '2000' },
    runs: { type: 'string', default: '1' },
    a: { type: 'string' },
    b: { type: 'string' },
    'a-program': { type: 'string', default: 'etcd' },
    'b-program': { type: 'string', default: 'quoin' },
    scenarios: { type: 'string', default: 'all' },
    verbose: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const ops = Number(values.ops);
if (!Number.isSafeInteger(firstSeed) || !Number.isSafeInteger(ops)) {
  console.error(USAGE);
  process.exit(2);
}

let failed = false;
for (let run = 0; run < Number(values.runs); run++) {
  if (!(await runOnce(firstSeed + run))) failed = true;
}
process.exit(failed ? 1 : 0);

async function runOnce(seed: number): Promise<boolean> {
  const started: MemberProcess[] = [];
  const began = performance.now();
  try {
    const a = await endpointOf(values.a, values['a-program'] as Program, started);
    const b = await endpointOf(values.b, values['b-program'] as Program, started);
    const scenarios = values.scenarios === 'all' ? undefined : values.scenarios.split(',');
    const run = new Run({
      seed,
      ops,
      a,
      b,
      ...(scenarios === undefined ? {} : { scenarios }),
      onDifference: (difference) => printDifference(seed, difference),
      ...(values.verbose ? { onOperation: (index, text) => console.log(`${index}: ${text}`) } : {}),
    });
    const result = await run.run();
    printResult(seed, result, performance.now() - began);
    for (const member of started) {
      if (member.exited !== undefined) {
        console.log(`${member.program} DIED during the run:\n${member.log.slice(-2000)}`);
        return false;
      }
    }
    return result.differences.length === 0;
  } finally {
    for (const member of started) await member.stop('SIGKILL');
  }
}

async function endpointOf(
  given: string | undefined,
  program: Program,
  started: MemberProcess[],
): Promise<string> {
  if (given !== undefined) return given.replace(/^http:\/\//, '');
  const path = findServer(program);
  if (path === undefined) {
    console.error(
      `there is no ${program} server (QUOIN_ETCD names etcd's folder; "npm run build" makes Quoin)`,
    );
    process.exit(3);
  }
  const member = await MemberProcess.launch(program);
  started.push(member);
  console.log(`${program}: ${versionOf(path, ['--version'])} on ${member.endpoint}`);
  return member.endpoint;
}

function printDifference(seed: number, difference: Difference): void {
  console.log(`DIFFERENCE at ${difference.at}: ${difference.text}`);
  console.log(`  operation: ${difference.operation}`);
  const part =
    typeof difference.at === 'number'
      ? `--ops ${difference.at + 1} --scenarios none`
      : `--ops 0 --scenarios "${difference.at}"`;
  const programs = `--a-program ${values['a-program']} --b-program ${values['b-program']}`;
  console.log(`  replay: node dist/tests/differential/main.js --seed ${seed} ${part} ${programs}`);
}

function printResult(seed: number, result: RunResult, ms: number): void {
  if (values.coverage) {
    for (const [label, count] of [...result.coverage].sort())
      console.log(`${String(count).padStart(6)}  ${label}`);
  }
  for (const [id, count] of result.accepted) {
    const rule = ACCEPTED_DIFFERENCES.find((candidate) => candidate.id === id)!;
    console.log(`accepted ${count} times: ${id}: ${rule.reason}`);
  }
  console.log(
    `seed ${seed}: ${result.differences.length} differences in ${result.operations} operations, ` +
      `${result.watchersCreated} watchers, ${result.eventsCompared} events compared; ` +
      `revision ${result.revision}, compacted ${result.compacted}, ${(ms / 1000).toFixed(1)} s`,
  );
}
