/**
 * Differential test: the same seeded operations against two etcd-compatible endpoints; complete answers, errors and event
 * streams are compared. Exit code 0: no difference; 1: differences; 2: wrong usage; 3: a program is missing.
 *
 *   node dist/tests/differential/main.js --seed 7 --ops 2000      real etcd against Quoin, both started here, and killed and
 *                                                                 started again every 700 operations
 *   node dist/tests/differential/main.js --seed 7 --shrink           makes the shortest failing sequence, kept in a file
 *   node dist/tests/differential/main.js --replay FILE               does what the file says
 *   node dist/tests/differential/main.js --a 127.0.0.1:2379 --b 127.0.0.1:3379   against running, EMPTY stores
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findServer, MemberProcess, type Program, versionOf } from '../harness/index.js';
import { ACCEPTED_DIFFERENCES, SUPERSEDED_AT_COMPACTION } from './accepted-differences.js';
import type { Operation } from './operation.js';
import { fromJson, toJson } from './recording.js';
import { type Difference, describeOperation, Run, type RunOptions, type RunResult } from './run.js';
import { SCENARIOS } from './scenarios.js';
import { shrink } from './shrink.js';

const USAGE = `usage: node dist/tests/differential/main.js [--seed N] [--ops N] [--a HOST:PORT] [--b HOST:PORT]
  [--a-program etcd|quoin] [--b-program etcd|quoin] [--scenarios all|none|NAME,NAME] [--runs N] [--restart-every N] [--shrink] [--replay FILE]
  [--verbose] [--coverage]
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
    'restart-every': { type: 'string', default: '700' },
    shrink: { type: 'boolean', default: false },
    replay: { type: 'string' },
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

const announced = new Set<Program>();
const replayed = values.replay === undefined ? undefined : fromJson(readFileSync(values.replay, 'utf8'));
let failed = false;
for (let run = 0; run < Number(values.runs); run++) {
  if (!(await runOnce(firstSeed + run))) failed = true;
}
process.exit(failed ? 1 : 0);

async function runOnce(seed: number): Promise<boolean> {
  const began = performance.now();
  const done: Operation[] = [];
  const { result, isAlive } = await compareOnce(seed, {
    ...(replayed === undefined ? {} : { operations: replayed }),
    onDifference: (difference) => printDifference(seed, difference),
    onOperation: (index, operation) => {
      done.push(operation);
      if (values.verbose || replayed !== undefined) console.log(`${index}: ${describeOperation(operation)}`);
    },
  });
  printResult(seed, result, performance.now() - began);
  const first = result.differences.find((difference) => typeof difference.at === 'number');
  if (values.shrink && first !== undefined) await shrinkTo(seed, done.slice(0, (first.at as number) + 1));
  return isAlive && result.differences.length === 0;
}

/** One run on fresh stores. */
async function compareOnce(
  seed: number,
  options: Pick<RunOptions, 'operations' | 'onDifference' | 'onOperation' | 'differencesMax'>,
): Promise<{ result: RunResult; isAlive: boolean }> {
  const started: MemberProcess[] = [];
  try {
    const a = await endpointOf(values.a, values['a-program'] as Program, started);
    const b = await endpointOf(values.b, values['b-program'] as Program, started);
    const all = values.scenarios === 'all' && options.operations === undefined;
    const scenarios = all ? {} : { scenarios: values.scenarios.split(',') };
    const restart = async (): Promise<void> => {
      await Promise.all(started.map((member) => member.kill9()));
      await Promise.all(started.map((member) => member.start()));
    };
    const restarts = started.length === 2 ? { restart, restartEvery: Number(values['restart-every']) } : {};
    const result = await new Run({ seed, ops, a, b, ...scenarios, ...restarts, ...options }).run();
    const dead = started.filter((member) => member.exited !== undefined);
    for (const member of dead)
      console.log(`${member.program} DIED during the run:\n${member.log.slice(-2000)}`);
    return { result, isAlive: dead.length === 0 };
  } finally {
    for (const member of started) await member.stop('SIGKILL');
  }
}

async function shrinkTo(seed: number, operations: readonly Operation[]): Promise<void> {
  const fails = async (candidate: readonly Operation[]): Promise<boolean> =>
    (await compareOnce(seed, { operations: candidate, differencesMax: 1 })).result.differences.length > 0;
  const shortest = await shrink(operations, fails, (left, runs) =>
    process.stderr.write(`\rshrinking: ${left} operations left after ${runs} runs   `),
  );
  const path = join(tmpdir(), `quoin-differential-${seed}.json`);
  writeFileSync(path, toJson(shortest));
  console.log(`\n${shortest.length} operations are enough:`);
  for (const operation of shortest) console.log(`  ${describeOperation(operation)}`);
  const programs = `--a-program ${values['a-program']} --b-program ${values['b-program']}`;
  console.log(`replay: node dist/tests/differential/main.js --replay ${path} ${programs}`);
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
  if (!announced.has(program))
    console.log(`${program}: ${versionOf(path, ['--version'])} on ${member.endpoint}`);
  announced.add(program);
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
  const restarts = `--restart-every ${values['restart-every']}`;
  console.log(
    `  replay: node dist/tests/differential/main.js --seed ${seed} ${part} ${restarts} ${programs}`,
  );
}

function printResult(seed: number, result: RunResult, ms: number): void {
  if (values.coverage) {
    for (const [label, count] of [...result.coverage].sort())
      console.log(`${String(count).padStart(6)}  ${label}`);
  }
  for (const [id, count] of result.accepted) {
    const rule = [...ACCEPTED_DIFFERENCES, SUPERSEDED_AT_COMPACTION].find(
      (candidate) => candidate.id === id,
    )!;
    console.log(`accepted ${count} times: ${id}: ${rule.reason}`);
  }
  console.log(
    `seed ${seed}: ${result.differences.length} differences in ${result.operations} operations, ` +
      `${result.watchersCreated} watchers, ${result.eventsCompared} events compared; ` +
      `revision ${result.revision}, compacted ${result.compacted}, ${(ms / 1000).toFixed(1)} s`,
  );
}
