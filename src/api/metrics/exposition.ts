/**
 * Prometheus' text format, version 0.0.4: what a scrape is answered with.
 *
 * Written by hand rather than by a registry. The counters live as plain numbers where they are counted, so that counting
 * costs an increment; a registry would want each of some two thousand series as an object with a hashed set of labels,
 * filled anew at each scrape, only to print it.
 */
import type { BucketHistogram } from '../../stdx/index.js';

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Names and values, in the order in which they are printed. */
export type Labels = Readonly<Record<string, string>>;

export class Exposition {
  /** The text of each metric by its name. */
  readonly #families = new Map<string, string>();

  counter(name: string, help: string, value: number): void {
    this.series(name, 'counter', help, [[{}, value]]);
  }

  gauge(name: string, help: string, value: number): void {
    this.series(name, 'gauge', help, [[{}, value]]);
  }

  /** One value for each set of labels; without any the metric is left out, as Prometheus' libraries do. */
  series(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: Iterable<readonly [Labels, number]>,
  ): void {
    let text = '';
    for (const [labels, value] of samples) text += `${name}${labelText(labels)} ${numberText(value)}\n`;
    this.#add(name, type, help, text);
  }

  histogram(name: string, help: string, histogram: BucketHistogram): void {
    this.histograms(name, help, [[{}, histogram]]);
  }

  /** One histogram for each set of labels. */
  histograms(name: string, help: string, samples: Iterable<readonly [Labels, BucketHistogram]>): void {
    let text = '';
    for (const [labels, histogram] of samples) text += histogramText(name, labels, histogram);
    this.#add(name, 'histogram', help, text);
  }

  /** All metrics in the order of their names, and then `more`, which is text of this format already. */
  text(more = ''): string {
    const names = [...this.#families.keys()].sort();
    return names.map((name) => this.#families.get(name)).join('') + more;
  }

  #add(name: string, type: MetricType, help: string, text: string): void {
    if (text === '') return;
    this.#families.set(name, `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${text}`);
  }
}

function histogramText(name: string, labels: Labels, histogram: BucketHistogram): string {
  const { bounds, counts, sum } = histogram;
  const inner = labelPairs(labels);
  const before = inner === '' ? '' : `${inner},`;
  let text = '';
  let count = 0;
  for (let i = 0; i < bounds.length; i++) {
    count += counts[i]!;
    text += `${name}_bucket{${before}le="${numberText(bounds[i]!)}"} ${numberText(count)}\n`;
  }
  count += counts[bounds.length]!;
  const braces = inner === '' ? '' : `{${inner}}`;
  text += `${name}_bucket{${before}le="+Inf"} ${numberText(count)}\n`;
  return `${text}${name}_sum${braces} ${numberText(sum)}\n${name}_count${braces} ${numberText(count)}\n`;
}

function labelText(labels: Labels): string {
  const inner = labelPairs(labels);
  return inner === '' ? '' : `{${inner}}`;
}

function labelPairs(labels: Labels): string {
  const pairs: string[] = [];
  for (const name in labels) pairs.push(`${name}="${escaped(labels[name]!)}"`);
  return pairs.join(',');
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : value;
}

/**
 * A number as Go prints it: rules match the bounds of buckets as text, so `le` must read as it does in etcd. Go's
 * shortest form has an exponent of two digits from a million on, and below a ten-thousandth.
 */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}
