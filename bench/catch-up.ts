/**
 * What a follower that is far behind costs those who are not: of three members one is stopped, a gigabyte of log is
 * written, the member starts again and catches up by a snapshot, while the cluster takes 1,000 puts a second all along.
 * The puts' latencies before and during are what counts; real etcd and Quoin are measured one after the other.
 *
 * usage: npm run bench:catch-up -- [--megabytes 1024] [--rate 1000] [--seconds 10] [--program etcd|quoin] [--json FILE]
 *
 * The puts are those of `steady-puts.ts`.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encodePut, type LoadConnection, PUT_PATH, parseEndpoint } from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { encodeUtf8 } from '../src/stdx/index.js';
import { Status } from '../src/transport/index.js';
import {
  ClusterProcess,
  findServer,
  type MemberProcess,
  type Program,
  sleep,
} from '../tests/harness/index.js';
import { formatColumns } from './samples.js';
import { type Latencies, STEADY_VALUE_BYTES, SteadyPuts } from './steady-puts.js';

const { values: flags } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1024' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    program: { type: 'string' },
    json: { type: 'string' },
  },
});

const BULK_VALUE_BYTES = 32 * 1024;
/** Calls under way: enough for full batches, few enough that a slow member is not buried. */
const BULK_CALLS = 32;
const BULK_KEYS = 50_000;
const CATCH_UP_TIMEOUT_MS = 600_000;
/** Entries that a follower may lag behind and still be called caught up: a few milliseconds of the load. */
const LAG_ENTRIES_MAX = 200;
/** A log this short has been cut long before the follower is back, so that only a snapshot can help it. */
const SERVER_FLAGS = ['--snapshot-count=5000', '--quota-backend-bytes=8589934592'];

interface Figures {
  readonly program: Program;
  readonly writtenBytes: number;
  readonly writeSeconds: number;
  readonly catchUpSeconds: number;
  readonly before: Latencies;
  /** While the member is away and the log is written. */
  readonly writing: Latencies;
  readonly during: Latencies;
}

/** Writes that many bytes of values, as fast as they are taken. */
async function writeBulk(connection: LoadConnection, bytes: number): Promise<void> {
  const value = new Uint8Array(BULK_VALUE_BYTES);
  const total = Math.ceil(bytes / BULK_VALUE_BYTES);
  let sent = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Not all the same, so that nothing along the way can be compressed to nothing.
      for (let i = 0; i < 64; i++) value[(sent * 97 + i * 509) % BULK_VALUE_BYTES] = (sent + i) & 0xff;
      const request = encodePut(encodeUtf8(`bulk/${sent++ % BULK_KEYS}`), value);
      connection.unary(PUT_PATH, request, undefined, (status, message) => {
        if (status === Status.OK) resolve();
        else reject(new Error(`a put of the bulk failed: ${status} ${message}`));
      });
    });
  const writer = async (): Promise<void> => {
    while (sent < total) await one();
  };
  await Promise.all(Array.from({ length: BULK_CALLS }, writer));
}

function appliedOf(cluster: ClusterProcess, member: MemberProcess): Promise<number> {
  return cluster.status(member).then((status) => status?.appliedIndex ?? 0);
}

async function caughtUp(
  cluster: ClusterProcess,
  leader: MemberProcess,
  behind: MemberProcess,
): Promise<void> {
  const deadline = performance.now() + CATCH_UP_TIMEOUT_MS;
  for (;;) {
    const [goal, reached] = await Promise.all([appliedOf(cluster, leader), appliedOf(cluster, behind)]);
    if (goal > 0 && reached >= goal - LAG_ENTRIES_MAX) return;
    if (performance.now() > deadline) throw new Error(`${behind.name} is at ${reached} of ${goal}`);
    await sleep(50);
  }
}

async function measure(program: Program): Promise<Figures> {
  const cluster = await ClusterProcess.launch(program, { size: 3, flags: SERVER_FLAGS });
  const seconds = Number(flags.seconds);
  try {
    const leader = await cluster.leader();
    const [behind] = await cluster.followers();
    const endpoint = parseEndpoint(leader.endpoint)!;
    const [steady, bulk] = await Promise.all([connectForLoad(endpoint), connectForLoad(endpoint)]);
    const puts = new SteadyPuts(steady, Number(flags.rate));
    puts.start();
    await sleep(2000);
    puts.take();
    await sleep(seconds * 1000);
    const before = puts.take();

    await behind!.stop('SIGTERM');
    const writtenBytes = Number(flags.megabytes) * 2 ** 20;
    const writeBeganMs = performance.now();
    await writeBulk(bulk, writtenBytes);
    const writeSeconds = (performance.now() - writeBeganMs) / 1000;
    // What was put off by so many writes is not the follower's fault.
    await sleep(3000);
    const writing = puts.take();

    const startedMs = performance.now();
    behind!.spawn();
    await caughtUp(cluster, leader, behind!);
    const catchUpSeconds = (performance.now() - startedMs) / 1000;
    const during = puts.take();
    await puts.stop();
    if (puts.failed !== undefined) throw new Error(`${program}: a put failed: ${puts.failed}`);
    if ((await cluster.leader()) !== leader) throw new Error(`${program}: the leader changed`);
    steady.close();
    bulk.close();
    await cluster.agree(60_000);
    return { program, writtenBytes, writeSeconds, catchUpSeconds, before, writing, during };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${cluster.describe()}`);
  } finally {
    await cluster.stop();
  }
}

function format(all: readonly Figures[]): string {
  const cell = ({ count, p50Ms, p99Ms, maxMs }: Latencies): string =>
    `${p50Ms.toFixed(2)}/${p99Ms.toFixed(2)}/${maxMs.toFixed(1)} (${count})`;
  const head = [
    '',
    'log MB',
    'written in s',
    'caught up in s',
    'before p50/p99/max ms',
    'while written',
    'during',
    'p99 ratio',
  ];
  const rows = all.map((figures) => [
    figures.program,
    String(Math.round(figures.writtenBytes / 2 ** 20)),
    figures.writeSeconds.toFixed(1),
    figures.catchUpSeconds.toFixed(1),
    cell(figures.before),
    cell(figures.writing),
    cell(figures.during),
    `${(figures.during.p99Ms / figures.before.p99Ms).toFixed(2)}x`,
  ]);
  return `${flags.rate} puts/s of ${STEADY_VALUE_BYTES} bytes at the leader of three; latencies of these puts\n\n${formatColumns([head, ...rows])}`;
}

async function main(): Promise<void> {
  const figures: Figures[] = [];
  for (const program of ['etcd', 'quoin'] as const) {
    if (flags.program !== undefined && flags.program !== program) continue;
    if (findServer(program) === undefined) console.log(`skipped: there is no ${program} here`);
    else figures.push(await measure(program));
  }
  if (figures.length > 0) console.log(format(figures));
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(`bench:catch-up: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
