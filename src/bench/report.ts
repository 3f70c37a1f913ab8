/**
 * A measurement as text, in the shape of etcd's own benchmark report (times in seconds with four decimals), so that
 * what reads one reads the other; and as a JSON value for scripts (times in milliseconds).
 */
import type { HistogramRow } from './histogram.js';
import type { Measurement } from './measurement.js';

export const PERCENTILES = [10, 25, 50, 75, 90, 95, 99, 99.9] as const;

const HISTOGRAM_STEPS = 10;
const BAR_CELLS_MAX = 40;
const BAR_CELL = '\u220e';

/** `precise` prints numbers in full instead of four decimals. */
export interface ReportOptions {
  readonly precise: boolean;
}

function formatSeconds(ms: number, options: ReportOptions): string {
  return options.precise ? String(ms / 1000) : (ms / 1000).toFixed(4);
}

export function formatReport(measurement: Measurement, options: ReportOptions): string {
  const { latencies } = measurement;
  let out = '';
  if (latencies.count > 0) {
    const secs = (ms: number): string => formatSeconds(ms, options);
    const perSecond = options.precise ? String(measurement.perSecond) : measurement.perSecond.toFixed(4);
    out += '\nSummary:\n';
    out += `  Total:\t${secs(measurement.elapsedMs)} secs.\n`;
    out += `  Slowest:\t${secs(latencies.slowestMs)} secs.\n`;
    out += `  Fastest:\t${secs(latencies.fastestMs)} secs.\n`;
    out += `  Average:\t${secs(latencies.averageMs)} secs.\n`;
    out += `  Stddev:\t${secs(latencies.stddevMs)} secs.\n`;
    out += `  Requests/sec:\t${perSecond}\n`;
    out += formatRows(latencies.rows(HISTOGRAM_STEPS), options);
    out += '\nLatency distribution:\n';
    for (const percent of PERCENTILES) {
      const ms = latencies.percentileMs(percent);
      if (ms > 0) out += `  ${percent}% in ${secs(ms)} secs.\n`;
    }
  }
  if (measurement.errors.size > 0) {
    out += '\nError distribution:\n';
    for (const [text, count] of measurement.errors) out += `  [${count}]\t${text}\n`;
  }
  return out;
}

function formatRows(rows: readonly HistogramRow[], options: ReportOptions): string {
  let out = '\nResponse time histogram:\n';
  const countMax = rows.reduce((max, row) => Math.max(max, row.count), 0);
  for (const row of rows) {
    const bar = BAR_CELL.repeat(Math.floor((row.count * BAR_CELLS_MAX) / countMax));
    out += `  ${formatSeconds(row.uptoMs, options)} [${row.count}]\t|${bar}\n`;
  }
  return out;
}

export interface JsonReport {
  readonly requests: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: Readonly<Record<string, number>>;
  readonly histogram: readonly HistogramRow[];
}

/** The measurement as plain values; percentiles are named `p50`, `p99.9`. */
export function toJsonReport(measurement: Measurement): JsonReport {
  const { latencies } = measurement;
  const latencyMs: Record<string, number> = {
    fastest: rounded(latencies.fastestMs),
    average: rounded(latencies.averageMs),
    slowest: rounded(latencies.slowestMs),
    stddev: rounded(latencies.stddevMs),
  };
  for (const percent of PERCENTILES) latencyMs[`p${percent}`] = rounded(latencies.percentileMs(percent));
  return {
    requests: latencies.count,
    errors: Object.fromEntries(measurement.errors),
    seconds: rounded(measurement.elapsedMs / 1000),
    requestsPerSecond: rounded(measurement.perSecond),
    latencyMs,
    histogram: latencies
      .rows(HISTOGRAM_STEPS)
      .map(({ uptoMs, count }) => ({ uptoMs: rounded(uptoMs), count })),
  };
}

/** To four decimals, which is what the samples are worth. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
