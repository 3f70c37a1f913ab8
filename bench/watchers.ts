/**
 * What watchers cost those who write: 1,000 that read a byte a second, and one that reads a million revisions from the
 * first on. Puts arrive at a steady rate all along; their latencies without watchers, while the watchers' buffers fill
 * and the history is read, and afterwards are what counts. The one who reads misses nothing and sees nothing twice.
 *
 * usage: npm run bench:watchers -- [--watchers 1000] [--revisions 1000000] [--rate 1000] [--seconds 10]
 *   [--rounds 1] [--program etcd|quoin] [--ratio-max 2] [--json FILE]
 *
 * With `--ratio-max` it fails if the puts' 99th percentile with watchers is more than so many times that without, in the
 * medians of the rounds; each round has a server of its own.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodePut, type LoadConnection, PUT_PATH, parseEndpoint } from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { encodeUtf8 } from '../src/stdx/index.js';
import { Status } from '../src/transport/index.js';
import { findServer, MemberProcess, type Program, removeDir, sleep } from '../tests/harness/index.js';
import { type WatchedHistory, watchHistory } from './history-watcher.js';
import { cpuSeconds, memoryOf } from './process-usage.js';
import { formatColumns, median } from './samples.js';
import { SlowWatchers } from './slow-watchers.js';
import { type Latencies, SteadyPuts } from './steady-puts.js';

const { values: flags } = parseArgs({
  options: {
    watchers: { type: 'string', default: '1000' },
    revisions: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '1' },
    program: { type: 'string' },
    'ratio-max': { type: 'string' },
    json: { type: 'string' },
  },
});

setFlagsFromString('--expose-gc');
/** What this process leaves behind while it prepares must not make it late with a put, which would look like a slow one. */
const collectGarbage = runInNewContext('gc') as () => void;

const WARM_UP_WATCHERS = 100;
const HISTORY_VALUE_BYTES = 64;
const HISTORY_KEYS = 100_000;
const HISTORY_CALLS = 256;

interface Phase {
  readonly name: string;
  readonly latencies: Latencies;
  readonly residentBytes: number;
  /** Processor time of the server. */
  readonly cpuSeconds: number;
}

interface Figures {
  readonly program: Program;
  readonly phases: readonly Phase[];
  readonly history: WatchedHistory;
  readonly slowBytesRead: number;
  readonly slowLost: number;
}

/** Makes revisions 2 to `upTo`. */
async function writeHistory(connection: LoadConnection, upTo: number): Promise<void> {
  const value = new Uint8Array(HISTORY_VALUE_BYTES).fill(0x68);
  let sent = 1;
  const writer = async (): Promise<void> => {
    while (sent < upTo) {
      const request = encodePut(encodeUtf8(`history/${sent++ % HISTORY_KEYS}`), value);
      await new Promise<void>((resolve, reject) =>
        connection.unary(PUT_PATH, request, undefined, (status, text) => {
          if (status === Status.OK) resolve();
          else reject(new Error(`a put of the history failed: ${status} ${text}`));
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: HISTORY_CALLS }, writer));
}

async function measure(program: Program): Promise<Figures> {
  const member = await MemberProcess.launch(program, { flags: ['--quota-backend-bytes=8589934592'] });
  const connection = await connectForLoad(parseEndpoint(member.endpoint)!);
  const seconds = Number(flags.seconds);
  const revisions = Number(flags.revisions);
  try {
    await writeHistory(connection, revisions);
    const puts = new SteadyPuts(connection, Number(flags.rate));
    puts.start();
    // Code that never ran yet is slow: this is about a server that has had watchers before.
    const first = await SlowWatchers.open(member.clientPort, WARM_UP_WATCHERS, 'steady/', 'steady0');
    await sleep(2000);
    await first.close();
    await sleep(1000);
    await puts.stop();
    collectGarbage();
    puts.start();
    await sleep(500);
    puts.take();
    const phases: Phase[] = [];
    const note = async (name: string, duration: Promise<unknown>): Promise<void> => {
      const before = cpuSeconds([member.pid]);
      await duration;
      const used = cpuSeconds([member.pid]) - before;
      const residentBytes = memoryOf([member.pid]).residentBytes;
      phases.push({ name, latencies: puts.take(), residentBytes, cpuSeconds: used });
    };
    await note('without', sleep(seconds * 1000));
    // Connecting so many at once is a load of its own.
    await puts.stop();
    const slow = await SlowWatchers.open(member.clientPort, Number(flags.watchers), 'steady/', 'steady0');
    await sleep(1000);
    collectGarbage();
    puts.start();
    puts.take();
    const watched = watchHistory(member.endpoint, revisions);
    await note('filling', sleep(seconds * 1000));
    await note('settled', sleep(seconds * 1000));
    const history = await watched;
    const { bytesRead: slowBytesRead, lost: slowLost } = await slow.close();
    await sleep(1000);
    puts.take();
    await note('after', sleep(seconds * 1000));
    await puts.stop();
    if (puts.failed !== undefined) throw new Error(`${program}: a put failed: ${puts.failed}`);
    return { program, phases, history, slowBytesRead, slowLost };
  } finally {
    connection.close();
    await member.stop('SIGTERM');
    removeDir(member.dataDir);
  }
}

const WITH_WATCHERS = ['filling', 'settled'];

/** The 99th percentile of the phases with watchers, of the worse in each round, by that of those without: medians. */
function ratioOf(rounds: readonly Figures[]): number {
  const withWatchers: number[] = [];
  const without: number[] = [];
  for (const { phases } of rounds) {
    const p99s = (has: boolean): number[] =>
      phases
        .filter(({ name }) => WITH_WATCHERS.includes(name) === has)
        .map(({ latencies }) => latencies.p99Ms);
    withWatchers.push(Math.max(...p99s(true)));
    without.push(...p99s(false));
  }
  return median(withWatchers) / median(without);
}

function report(figures: Figures): string {
  const { program, phases, history, slowBytesRead, slowLost } = figures;
  const head = [program, 'puts', 'p50 ms', 'p99 ms', 'max ms', 'CPU s', 'RSS MiB'];
  const rows = phases.map(({ name, latencies, residentBytes, cpuSeconds: used }) => [
    name,
    String(latencies.count),
    latencies.p50Ms.toFixed(2),
    latencies.p99Ms.toFixed(2),
    latencies.maxMs.toFixed(1),
    used.toFixed(2),
    String(Math.round(residentBytes / 2 ** 20)),
  ]);
  return [
    formatColumns([head, ...rows]),
    `p99 with watchers: ${ratioOf([figures]).toFixed(2)} times that without`,
    `history: ${history.events} events up to revision ${history.last} in ${history.seconds.toFixed(1)} s, ${history.faults.join('; ') || 'no gap, none twice'}`,
    `slow watchers: ${flags.watchers}, read ${slowBytesRead} bytes in all, lost ${slowLost}`,
    '',
  ].join('\n');
}

/** Fails if watchers missed something, or the puts became slower than they may. */
function judge(rounds: readonly Figures[]): void {
  for (const { history, slowLost } of rounds) {
    if (history.faults.length > 0) throw new Error(`the history has faults: ${history.faults.join('; ')}`);
    if (slowLost > 0) throw new Error(`${slowLost} slow watchers were lost`);
  }
  const ratio = ratioOf(rounds);
  if (rounds.length > 1) console.log(`medians of ${rounds.length} rounds: ${ratio.toFixed(2)} times`);
  if (ratio > Number(flags['ratio-max'] ?? Number.POSITIVE_INFINITY))
    throw new Error(`p99 is ${ratio.toFixed(2)} times that without watchers`);
}

async function main(): Promise<void> {
  const all: Figures[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const program of ['etcd', 'quoin'] as const) {
      if (flags.program !== undefined && flags.program !== program) continue;
      if (findServer(program) === undefined) {
        console.log(`skipped: there is no ${program} here`);
        continue;
      }
      const figures = await measure(program);
      all.push(figures);
      console.log(report(figures));
    }
  }
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(all, undefined, 2)}\n`);
  const own = all.filter(({ program }) => program === 'quoin');
  if (own.length > 0) judge(own);
}

try {
  await main();
} catch (error) {
  console.error(`bench:watchers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
