/** Two accounts of the same case: where they differ, and whether that is on purpose. */
import type { AcceptedDifference } from './accepted-differences.js';
import type { Case } from './case.js';
import type { Line } from './conversation.js';
import type { Target } from './target.js';

export interface Difference {
  readonly name: string;
  readonly target: Target;
  readonly what: string;
  readonly etcd: string;
  readonly quoin: string;
  readonly accepted: AcceptedDifference | undefined;
}

const NOTHING: Line = { what: 'nothing', text: 'nothing' };

export function compareCase(
  each: Case,
  target: Target,
  etcd: readonly Line[],
  quoin: readonly Line[],
  rules: readonly AcceptedDifference[],
): Difference[] {
  const out: Difference[] = [];
  for (let i = 0; i < Math.max(etcd.length, quoin.length); i++) {
    const [a, b] = [etcd[i] ?? NOTHING, quoin[i] ?? NOTHING];
    if (a.text === b.text) continue;
    const what = a === NOTHING ? b.what : a.what;
    const difference = { name: each.name, target, what, etcd: a.text, quoin: b.text };
    out.push({ ...difference, accepted: rules.find((rule) => rule.accepts(difference)) });
  }
  return out;
}
