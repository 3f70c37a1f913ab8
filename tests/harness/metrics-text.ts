/** Reads Prometheus' text format, strictly enough for what etcd and Quoin print. */
export interface MetricSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface MetricFamily {
  readonly type: string;
  readonly samples: MetricSample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)",?/g;

/** Metrics by name; a histogram's and a summary's samples belong to it. */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  const families = new Map<string, MetricFamily>();
  let family: MetricFamily | undefined;
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) {
      if (families.has(type[1]!)) throw new Error(`${type[1]} comes twice`);
      family = { type: type[2]!, samples: [] };
      families.set(type[1]!, family);
    }
    if (line === '' || line.startsWith('#')) continue;
    const sample = SAMPLE.exec(line);
    if (sample === null || family === undefined) throw new Error(`not a sample: ${line}`);
    const [, name, labelText, value] = sample;
    const labels = new Map([...(labelText ?? '').matchAll(LABEL)].map(([, key, text]) => [key!, text!]));
    family.samples.push({ name: name!, labels, value: Number(value!.replace('Inf', 'Infinity')) });
  }
  return families;
}

/** The sum of all samples under a name whose labels have these values. */
export function metricSum(
  families: ReadonlyMap<string, MetricFamily>,
  name: string,
  wanted: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name !== name) continue;
      if (Object.entries(wanted).every(([key, value]) => sample.labels.get(key) === value))
        sum += sample.value;
    }
  }
  return sum;
}
