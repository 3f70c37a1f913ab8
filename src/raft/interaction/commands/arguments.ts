import { must } from '../../../stdx/index.js';
import type { NodeId } from '../../entry.js';
import type { Argument, Case } from '../datadriven.js';

/** The ids among the bare keys, in their order. */
export const idArguments = (testCase: Case): NodeId[] =>
  testCase.args
    .filter((arg) => arg.values.length === 0 && /^\d+$/.test(arg.key))
    .map((arg) => BigInt(arg.key));

/** The id that comes first. */
export const firstId = (testCase: Case): NodeId => must(idArguments(testCase)[0], 'the command names a node');

export const option = (testCase: Case, key: string): Argument | undefined =>
  testCase.args.find((arg) => arg.key === key && arg.values.length > 0);

export const flag = (testCase: Case, key: string): boolean => option(testCase, key)?.values[0] === 'true';

export const optionText = (testCase: Case, key: string): string | null =>
  option(testCase, key)?.values[0] ?? null;

export function optionNumber(testCase: Case, key: string): number | null {
  const text = optionText(testCase, key);
  return text === null ? null : Number(text);
}

export const optionIds = (testCase: Case, key: string): NodeId[] =>
  (option(testCase, key)?.values ?? []).map((value) => BigInt(value));
