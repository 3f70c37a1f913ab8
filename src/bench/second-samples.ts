/**
 * Latency and throughput second by second, for `--sample`: a CSV in the form of etcd's benchmark, with latencies as
 * Go prints durations. Seconds in which nothing was answered have a row of zeros.
 */

interface Second {
  count: number;
  minMs: number;
  maxMs: number;
  sumMs: number;
}

export class SecondSamples {
  readonly #seconds = new Map<number, Second>();
  /** What turns the run's clock into Unix time. */
  readonly #offsetMs: number;

  constructor(nowMs: number, unixMs: number) {
    this.#offsetMs = unixMs - nowMs;
  }

  record(nowMs: number, latencyMs: number): void {
    const second = Math.floor((nowMs + this.#offsetMs) / 1000);
    const sample = this.#seconds.get(second);
    if (sample === undefined) {
      this.#seconds.set(second, { count: 1, minMs: latencyMs, maxMs: latencyMs, sumMs: latencyMs });
      return;
    }
    sample.count++;
    sample.sumMs += latencyMs;
    if (latencyMs < sample.minMs) sample.minMs = latencyMs;
    if (latencyMs > sample.maxMs) sample.maxMs = latencyMs;
  }

  format(): string {
    let out = '\nSample in one second (unix latency throughput):\n';
    out += 'UNIX-SECOND,MIN-LATENCY-MS,AVG-LATENCY-MS,MAX-LATENCY-MS,AVG-THROUGHPUT\n';
    const seconds = [...this.#seconds.keys()];
    if (seconds.length === 0) return out;
    const last = seconds.reduce((a, b) => Math.max(a, b));
    for (let second = seconds.reduce((a, b) => Math.min(a, b)); second <= last; second++) {
      const { count, minMs, maxMs, sumMs } = this.#seconds.get(second) ?? NOTHING;
      const averageMs = count === 0 ? 0 : sumMs / count;
      out += `${second},${goDuration(minMs)},${goDuration(averageMs)},${goDuration(maxMs)},${count}\n`;
    }
    return out;
  }
}

const NOTHING: Second = { count: 0, minMs: 0, maxMs: 0, sumMs: 0 };

/** As Go's `time.Duration` prints it: `246.32µs`, `13.79923ms`, `1.5s`, `1m2.5s`; to the nanosecond. */
export function goDuration(ms: number): string {
  const nanos = Math.round(ms * 1e6);
  if (nanos === 0) return '0s';
  if (nanos < 1e3) return `${nanos}ns`;
  if (nanos < 1e6) return `${nanos / 1e3}\u00b5s`;
  if (nanos < 1e9) return `${nanos / 1e6}ms`;
  const minutes = Math.floor(nanos / 60e9);
  const seconds = (nanos - minutes * 60e9) / 1e9;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}

/** Milliseconds of a Go duration of whole or decimal seconds and the like (`5s`, `1m30s`, `250ms`); undefined if it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let ms = 0;
  let rest = text;
  while (rest !== '') {
    const match = /^(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/.exec(rest);
    if (match === null) return undefined;
    ms += Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
    rest = rest.slice(match[0].length);
  }
  return text === '' ? undefined : ms;
}

const UNIT_MS = { ns: 1e-6, us: 1e-3, '\u00b5s': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
