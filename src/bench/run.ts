/** The tool from its command line to its exit code; the outside world comes in as {@link BenchPorts}. */
import { unreachable } from '../stdx/index.js';
import { ClosedLoop, type UnaryWorkload } from './closed-loop.js';
import { type ParsedCommand, parseCommandLine, usageText } from './flags.js';
import { Measurement } from './measurement.js';
import { Options, optionsProblem, TOOL } from './options.js';
import { ProgressBar, type ProgressOutput } from './progress-bar.js';
import { formatReport, toJsonReport } from './report.js';
import type { Connect } from './rpc.js';
import { parseGoDuration, SecondSamples } from './second-samples.js';
import { openSession, type Session } from './session.js';
import { formatTable, TABLE_ROWS, type TableResult, tableLoop, writeTableKey } from './table.js';
import { WatchLoad } from './watch-workload.js';
import { putWorkload, rangeWorkload, txnPutWorkload } from './workloads.js';

export interface BenchPorts {
  readonly connect: Connect;
  /** Milliseconds with fractions, never going back. */
  readonly now: () => number;
  /** Takes the report. */
  readonly out: (text: string) => void;
  /** Takes errors. */
  readonly err: (text: string) => void;
  readonly progress: ProgressOutput;
}

/** Runs one command line. Exit code 0: all calls succeeded; 1: some failed, or nothing could be run. */
export async function runBench(args: readonly string[], ports: BenchPorts): Promise<number> {
  const parsed = parseCommandLine(TOOL, args);
  switch (parsed.kind) {
    case 'help':
      ports.out(usageText(TOOL, parsed.command));
      return 0;
    case 'usage-error':
      ports.err(`Error: ${parsed.message}\n\n${usageText(TOOL, parsed.command)}`);
      return 1;
    case 'command':
      break;
    default:
      return unreachable(parsed);
  }
  const problem = optionsProblem(parsed);
  if (problem !== undefined) {
    ports.err(`${problem}\n`);
    return 1;
  }
  try {
    return await runCommand(parsed, new Options(parsed), ports);
  } catch (error) {
    ports.err(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function runCommand(parsed: ParsedCommand, options: Options, ports: BenchPorts): Promise<number> {
  switch (parsed.command.name) {
    case 'range': {
      const consistency = options.text('consistency') === 's' ? 'serializable' : 'linearizable';
      if (!options.enabled('json')) ports.out(`bench with ${consistency} range\n`);
      return runUnary('range', rangeWorkload(options), options, ports);
    }
    case 'put':
      return runUnary('put', putWorkload(options), options, ports);
    case 'txn-put':
      return runUnary('txn-put', txnPutWorkload(options), options, ports);
    case 'watch':
      return runWatch(options, ports);
    case 'table':
      return runTable(options, ports);
    default:
      throw new Error(`no such command: ${parsed.command.name}`);
  }
}

function open(options: Options, ports: BenchPorts, conns = options.count('conns')): Promise<Session> {
  return openSession(ports.connect, {
    endpoints: options.text('endpoints'),
    conns,
    user: options.text('user'),
    tls: {
      caFile: options.text('cacert'),
      certFile: options.text('cert'),
      keyFile: options.text('key'),
      skipVerify: options.enabled('insecure-skip-tls-verify'),
    },
    dialTimeoutMs: parseGoDuration(options.text('dial-timeout')) ?? 0,
  });
}

async function runUnary(
  command: string,
  workload: UnaryWorkload,
  options: Options,
  ports: BenchPorts,
): Promise<number> {
  const session = await open(options, ports);
  const measurement = new Measurement();
  if (options.enabled('sample')) measurement.samples = new SecondSamples(ports.now(), Date.now());
  const total = options.count('total');
  try {
    const loop = new ClosedLoop(workload, {
      connections: session.connections,
      clients: options.count('clients'),
      total,
      ratePerSecond: options.count('rate'),
      metadata: session.metadata,
      now: ports.now,
      measurement,
    });
    const progress = new ProgressBar(ports.progress, total, () => loop.completed);
    await loop.run();
    progress.stop();
  } finally {
    session.close();
  }
  const precise = options.enabled('precise');
  if (options.enabled('json')) printJson(ports, { command, ...toJsonReport(measurement) });
  else ports.out(formatReport(measurement, { precise }) + (measurement.samples?.format() ?? ''));
  return measurement.latencies.count === total ? 0 : 1;
}

function printJson(ports: BenchPorts, value: unknown): void {
  ports.out(`${JSON.stringify(value)}\n`);
}

async function runWatch(options: Options, ports: BenchPorts): Promise<number> {
  const session = await open(options, ports);
  const load = new WatchLoad(session, options, ports.now);
  try {
    const creating = new ProgressBar(ports.progress, load.watchCount, () => load.createdCount);
    await load.create().finally(() => creating.stop());
    const receiving = new ProgressBar(ports.progress, load.eventsExpected, () => load.eventCount);
    await load.putAndReceive(options.count('clients')).finally(() => receiving.stop());
  } finally {
    load.close();
    session.close();
  }
  if (options.enabled('json')) {
    const { creation, puts, events } = load;
    printJson(ports, {
      command: 'watch',
      creation: toJsonReport(creation),
      puts: toJsonReport(puts),
      events: toJsonReport(events),
    });
  } else {
    const precise = options.enabled('precise');
    ports.out(`Watch creation summary:\n${formatReport(load.creation, { precise })}\n`);
    ports.out(`Put summary:\n${formatReport(load.puts, { precise })}\n`);
    ports.out(`Watch events received summary:\n${formatReport(load.events, { precise })}`);
  }
  return load.events.errorCount === 0 && load.puts.errorCount === 0 ? 0 : 1;
}

async function runTable(options: Options, ports: BenchPorts): Promise<number> {
  const results: TableResult[] = [];
  for (const row of TABLE_ROWS) {
    const session = await open(options, ports, row.conns);
    const measurement = new Measurement();
    try {
      await writeTableKey(session);
      const total = options.count(row.clients === 1 ? 'total-single' : 'total-many');
      const loop = tableLoop(row, session, total, ports.now, measurement);
      const progress = new ProgressBar(ports.progress, total, () => loop.completed);
      await loop.run();
      progress.stop();
    } finally {
      session.close();
    }
    results.push({ row, measurement });
  }
  if (options.enabled('json')) {
    printJson(ports, {
      command: 'table',
      rows: results.map(({ row, measurement }) => ({ ...row, ...toJsonReport(measurement) })),
    });
  } else {
    ports.out(formatTable(results));
    for (const { measurement } of results) {
      for (const [text, count] of measurement.errors) ports.out(`  [${count}]\t${text}\n`);
    }
  }
  return results.every(({ measurement }) => measurement.errorCount === 0) ? 0 : 1;
}
