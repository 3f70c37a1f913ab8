/** The loads of the comparison: h2load with 1,000 calls in flight on 100 connections, and quoin-bench. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  callUnary,
  encodePut,
  encodeRange,
  type JsonReport,
  PUT_PATH,
  RANGE_PATH,
} from '../src/bench/index.js';
import { EMPTY_BYTES } from '../src/stdx/index.js';
import { sleep } from '../tests/harness/index.js';
import type { Contender } from './contender.js';
import { type H2loadRun, runH2load } from './h2load.js';
import { cpuSeconds } from './process-usage.js';

export interface LoadContext {
  readonly contender: Contender;
  readonly key: Uint8Array;
  /** What `key` holds, and what puts write to it. */
  readonly value: Uint8Array;
  /** A folder for files of the load. */
  readonly work: string;
  /** About how long a load shall last against etcd. */
  readonly seconds: number;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Processor time of all servers, per request. */
  readonly cpuMicros: number;
  /** As the clients saw it; unknown for h2load, which keeps no percentiles. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | undefined;
}

export interface Load {
  readonly name: string;
  run(context: LoadContext): Promise<LoadResult>;
}

/** h2load's load: calls in flight are the product. */
const CONNECTIONS = 100;
const STREAMS = 10;

/** A server's writes in the background (commits, compaction) follow within this time. */
const SETTLE_MS = 300;

/** Requests that etcd answers in a second or so on two cores; a count gives both sides the same work. */
const PUTS_PER_SECOND = 30_000;
const MANY_CLIENTS_PER_SECOND = 20_000;
const ONE_CLIENT_PER_SECOND = 1_500;

const BENCH_PROGRAM = fileURLToPath(new URL('../src/cmd/quoin-bench.js', import.meta.url));

type RequestKind = 'serializable range' | 'linearizable range' | 'put';

/** Runs a load; `charge` is the servers' processor time for it, in microseconds. */
async function charged<R>(
  { pids }: Contender,
  run: () => Promise<R>,
): Promise<{ readonly result: R; readonly charge: number }> {
  await sleep(SETTLE_MS);
  const before = cpuSeconds(pids);
  const result = await run();
  await sleep(SETTLE_MS);
  return { result, charge: (cpuSeconds(pids) - before) * 1e6 };
}

function requestOf(
  kind: RequestKind,
  context: LoadContext,
): { readonly path: string; readonly bytes: Uint8Array } {
  if (kind === 'put') return { path: PUT_PATH, bytes: encodePut(context.key, context.value) };
  const bytes = encodeRange({
    key: context.key,
    rangeEnd: EMPTY_BYTES,
    serializable: kind === 'serializable range',
    limit: 0,
    keysOnly: false,
    countOnly: false,
  });
  return { path: RANGE_PATH, bytes };
}

/** Message bytes behind gRPC's 5-byte prefix (not compressed, length). */
function grpcFrame(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

function h2loadOf(kind: RequestKind): Load {
  return {
    name: `h2load ${kind}`,
    async run(context) {
      const { path, bytes } = requestOf(kind, context);
      const bodyPath = join(context.work, `${kind.replace(' ', '-')}.bin`);
      writeFileSync(bodyPath, grpcFrame(bytes));
      const amount: Pick<H2loadRun, 'requests' | 'seconds'> =
        kind === 'put'
          ? { requests: Math.ceil(PUTS_PER_SECOND * context.seconds) }
          : { seconds: Math.ceil(context.seconds) };
      const url = `http://${context.contender.leaderEndpoint}${path}`;
      const lengthBefore = await answerLength(context.contender, path, bytes);
      const { result, charge } = await charged(context.contender, () =>
        runH2load({ url, bodyPath, connections: CONNECTIONS, streams: STREAMS, ...amount }),
      );
      const lengthAfter = await answerLength(context.contender, path, bytes);
      // Revisions grow under puts, so an answer's length lies between those of the calls before and after. What was
      // in flight at the end may have been counted in part.
      const bytesMin = result.done * lengthBefore;
      const bytesMax = (result.done + CONNECTIONS * STREAMS) * lengthAfter;
      const complete = result.answerBytes >= bytesMin && result.answerBytes <= bytesMax;
      if (result.failed > 0 || result.done === 0 || !complete) {
        throw new Error(
          `${context.contender.label}, ${kind}: not all answers are OK: ${JSON.stringify(result)}`,
        );
      }
      return { perSecond: result.perSecond, cpuMicros: charge / result.done, latencyMs: undefined };
    },
  };
}

/** Bytes of the framed answer to one call, which must end with status OK. */
async function answerLength(contender: Contender, path: string, request: Uint8Array): Promise<number> {
  const connection = await contender.connect();
  try {
    return 5 + (await callUnary(connection, path, request)).length;
  } finally {
    connection.close();
  }
}

function quoinBenchOf(kind: RequestKind, clients: number, conns: number): Load {
  return {
    name: `${clients} client${clients > 1 ? 's' : ''} ${kind}`,
    async run(context) {
      const total = Math.ceil(
        context.seconds * (clients === 1 ? ONE_CLIENT_PER_SECOND : MANY_CLIENTS_PER_SECOND),
      );
      const key = new TextDecoder().decode(context.key);
      const command =
        kind === 'put'
          ? ['put', `--val-size=${context.value.length}`]
          : ['range', key, `--consistency=${kind === 'serializable range' ? 's' : 'l'}`];
      const args = [
        `--endpoints=${context.contender.leaderEndpoint}`,
        `--conns=${conns}`,
        `--clients=${clients}`,
        `--total=${total}`,
        '--json',
      ];
      const { result: report, charge } = await charged(context.contender, () =>
        runQuoinBench([...command, ...args]),
      );
      if (report.requests !== total) {
        const errors = JSON.stringify(report.errors);
        throw new Error(`${context.contender.label}, ${kind}: not all answers are OK: ${errors}`);
      }
      return {
        perSecond: report.requestsPerSecond,
        cpuMicros: charge / report.requests,
        latencyMs: { p50: report.latencyMs['p50']!, p99: report.latencyMs['p99']! },
      };
    },
  };
}

/** Its report. Failed calls make it exit with 1 and are told in the report; without one its last words are thrown. */
function runQuoinBench(args: readonly string[]): Promise<JsonReport> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [BENCH_PROGRAM, ...args], (_, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(JSON.parse(stdout) as JsonReport);
      else reject(new Error(`quoin-bench ${args[0]}: ${stderr.trim()}`));
    });
  });
}

export const LOADS: readonly Load[] = [
  h2loadOf('serializable range'),
  h2loadOf('linearizable range'),
  h2loadOf('put'),
  quoinBenchOf('linearizable range', 1, 1),
  quoinBenchOf('serializable range', 1, 1),
  quoinBenchOf('put', 1, 1),
  quoinBenchOf('linearizable range', 1000, 100),
  quoinBenchOf('serializable range', 1000, 100),
  quoinBenchOf('put', 1000, 100),
];
