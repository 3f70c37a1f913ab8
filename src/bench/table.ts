/**
 * The read rows of etcd's published performance page, run here and printed beside the published figures. Those were
 * taken on other machines (three members with 8 virtual CPUs and 16 GB of memory each, and a client machine of its
 * own), so the comparison of interest is between two servers run on one machine; the published column says what is
 * usual.
 */
import { EMPTY_BYTES, encodeUtf8 } from '../stdx/index.js';
import { ClosedLoop } from './closed-loop.js';
import type { Measurement } from './measurement.js';
import { encodePut, encodeRange, PUT_PATH, RANGE_PATH } from './requests.js';
import { callUnary } from './rpc.js';
import type { Session } from './session.js';

export interface TableRow {
  readonly clients: number;
  readonly conns: number;
  readonly serializable: boolean;
  /** etcd's published figures. */
  readonly publishedPerSecond: number;
  readonly publishedLatencyMs: number;
}

export const TABLE_ROWS: readonly TableRow[] = [
  { clients: 1, conns: 1, serializable: false, publishedPerSecond: 1353, publishedLatencyMs: 0.7 },
  { clients: 1, conns: 1, serializable: true, publishedPerSecond: 2909, publishedLatencyMs: 0.3 },
  { clients: 1000, conns: 100, serializable: false, publishedPerSecond: 141_578, publishedLatencyMs: 5.5 },
  { clients: 1000, conns: 100, serializable: true, publishedPerSecond: 185_758, publishedLatencyMs: 2.2 },
];

export interface TableResult {
  readonly row: TableRow;
  readonly measurement: Measurement;
}

/** The published commands read this key: 8 bytes, with a value of 256. */
const TABLE_KEY = encodeUtf8('YOUR_KEY');
const TABLE_VALUE_BYTES = 256;

export async function writeTableKey(session: Session): Promise<void> {
  const value = new Uint8Array(TABLE_VALUE_BYTES).fill(0x76);
  await callUnary(session.connections[0]!, PUT_PATH, encodePut(TABLE_KEY, value), session.metadata);
}

export function tableLoop(
  row: TableRow,
  session: Session,
  total: number,
  now: () => number,
  measurement: Measurement,
): ClosedLoop {
  const request = encodeRange({
    key: TABLE_KEY,
    rangeEnd: EMPTY_BYTES,
    serializable: row.serializable,
    limit: 0,
    keysOnly: false,
    countOnly: false,
  });
  return new ClosedLoop(
    { path: RANGE_PATH, nextRequest: () => request },
    {
      connections: session.connections,
      clients: row.clients,
      total,
      ratePerSecond: 0,
      metadata: session.metadata,
      now,
      measurement,
    },
  );
}

const COLUMNS = [
  'clients',
  'conns',
  'reads',
  'etcd QPS',
  'etcd avg',
  'QPS',
  'avg',
  'p50',
  'p99',
  'QPS ratio',
];

export function formatTable(results: readonly TableResult[]): string {
  const lines = [COLUMNS, ...results.map(tableCells)];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)));
  const text = lines.map((cells) => cells.map((cell, i) => cell.padStart(widths[i]!)).join('  '));
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return (
    `Reads of an 8 B key with a 256 B value; "etcd": its published figures (3 members, 8 virtual CPUs each)\n\n` +
    `${text.join('\n')}\n`
  );
}

function tableCells({ row, measurement }: TableResult): string[] {
  const { latencies } = measurement;
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  const qps = (value: number): string => Math.round(value).toLocaleString('en-US');
  return [
    String(row.clients),
    String(row.conns),
    row.serializable ? 'serializable' : 'linearizable',
    qps(row.publishedPerSecond),
    ms(row.publishedLatencyMs),
    qps(measurement.perSecond),
    ms(latencies.averageMs),
    ms(latencies.percentileMs(50)),
    ms(latencies.percentileMs(99)),
    `${(measurement.perSecond / row.publishedPerSecond).toFixed(2)}x`,
  ];
}
