/** Conf changes in scripts: `v1` add or promote a voter, `l1` add or demote to learner, `r1` remove, `u1` update. */
import type { ConfChangeStep, ConfChangeType } from '../conf-change.js';

const TYPES: Readonly<Record<string, ConfChangeType>> = {
  v: 'add-voter',
  l: 'add-learner',
  r: 'remove',
  u: 'update',
};
const LETTERS = Object.fromEntries(Object.entries(TYPES).map(([letter, type]) => [type, letter]));

/** The steps, or what is wrong with the text. */
export function parseSteps(text: string): ConfChangeStep[] | string {
  const steps: ConfChangeStep[] = [];
  if (text === '') return steps;
  for (const token of text.split(' ')) {
    if (token.length < 2) return `unknown token ${token}`;
    const type = TYPES[token[0]!];
    if (type === undefined || !/^\d+$/.test(token.slice(1))) return `unknown input: ${token}`;
    steps.push({ type, nodeId: BigInt(token.slice(1)) });
  }
  return steps;
}

export const formatSteps = (steps: readonly ConfChangeStep[]): string =>
  steps.map(({ type, nodeId }) => `${LETTERS[type]}${nodeId}`).join(' ');
