/** The comparison as a table for people and as JSON for scripts. */
import { cpus, totalmem } from 'node:os';
import { call, STATUS } from '../src/bench/index.js';
import type { Contender } from './contender.js';
import type { LoadResult } from './loads.js';
import { memoryOf } from './process-usage.js';
import { formatColumns, formatRatio, median, pairedRatio } from './samples.js';

/** The rounds' results of one load: the first contender's and the second's, in pairs. */
export interface LoadSamples {
  readonly name: string;
  readonly results: readonly [LoadResult[], LoadResult[]];
}

/** A contender's processes at one moment. */
export interface ProcessFigures {
  readonly label: string;
  /** What happened before, e.g. `after the loads`. */
  readonly when: string;
  readonly version: string;
  readonly residentBytes: number;
  /** Of these, pages that belong to no file. */
  readonly anonymousBytes: number;
  /** From its last start to the first healthy answer. */
  readonly readyMs: number;
  readonly databaseBytes: number;
}

export async function processFigures(contender: Contender, when: string): Promise<ProcessFigures> {
  const connection = await contender.connect();
  const { version, dbSize } = await call(connection, STATUS, {});
  connection.close();
  return {
    label: contender.label,
    when,
    version,
    readyMs: contender.readyMs,
    databaseBytes: dbSize,
    ...memoryOf(contender.pids),
  };
}

export interface VersusReport {
  readonly members: number;
  readonly rounds: number;
  readonly samples: readonly LoadSamples[];
  readonly processes: readonly ProcessFigures[];
}

const HEAD = [
  'load',
  'etcd/s',
  'quoin/s',
  'ratio (min-max)',
  'etcd CPU us',
  'quoin CPU us',
  'ratio (min-max)',
  'etcd p50/p99 ms',
  'quoin p50/p99 ms',
];

type Pick = (result: LoadResult) => number;
const perSecondOf: Pick = (result) => result.perSecond;
const cpuOf: Pick = (result) => result.cpuMicros;

export function formatVersus({ members, rounds, samples, processes }: VersusReport): string {
  const cluster = members === 1 ? 'one member' : `${members} members, load on the leader`;
  const table = samples.length === 0 ? '' : `${formatColumns([HEAD, ...samples.map(cellsOf)])}\n`;
  return (
    `etcd and Quoin, ${cluster}, ${rounds} rounds; medians, and the ratio quoin/etcd of the medians with the least ` +
    `and greatest of the pairs;\nCPU us: processor time of the server(s) per request. ${machine()}\n\n` +
    table +
    processes.map(formatProcess).join('\n')
  );
}

function cellsOf({ name, results }: LoadSamples): string[] {
  const middle = (side: 0 | 1, pick: Pick): number => median(results[side].map(pick));
  const ratio = (pick: Pick): string => formatRatio(pairedRatio(results[0].map(pick), results[1].map(pick)));
  const latency = (side: 0 | 1): string => {
    if (results[side].some((result) => result.latencyMs === undefined)) return '-';
    return `${middle(side, (r) => r.latencyMs!.p50).toFixed(2)}/${middle(side, (r) => r.latencyMs!.p99).toFixed(2)}`;
  };
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
  return [
    name,
    whole(middle(0, perSecondOf)),
    whole(middle(1, perSecondOf)),
    ratio(perSecondOf),
    middle(0, cpuOf).toFixed(1),
    middle(1, cpuOf).toFixed(1),
    ratio(cpuOf),
    latency(0),
    latency(1),
  ];
}

function formatProcess(figures: ProcessFigures): string {
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
  return (
    `${figures.label} ${figures.version} ${figures.when}: RSS ${mebibytes(figures.residentBytes)} MiB ` +
    `(${mebibytes(figures.anonymousBytes)} not of files), database ${mebibytes(figures.databaseBytes)} MiB, ` +
    `last start to ready ${Math.round(figures.readyMs)} ms`
  );
}

function machine(): string {
  const processors = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'processor'}`;
  return `${processors}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
}

export function toJson(report: VersusReport): unknown {
  return {
    members: report.members,
    rounds: report.rounds,
    machine: machine(),
    loads: report.samples.map(({ name, results: [etcd, quoin] }) => ({
      name,
      perSecond: pairedRatio(etcd.map(perSecondOf), quoin.map(perSecondOf)),
      cpuMicros: pairedRatio(etcd.map(cpuOf), quoin.map(cpuOf)),
      etcd,
      quoin,
    })),
    processes: report.processes,
  };
}
