/** Scripts for the arithmetic of quorums: `quorum/*.txt`. The drawing shows each voter's index as a bar. */
import { assert } from '../../stdx/index.js';
import { compareIds } from '../confchange/conf-state.js';
import type { NodeId } from '../entry.js';
import { jointIndex, jointVote } from '../quorum/joint.js';
import type { VoteResult } from '../quorum/majority.js';
import { majorityIndex, majorityVote } from '../quorum/majority.js';
import { option, optionIds } from './commands/arguments.js';
import type { Case, Handler } from './datadriven.js';

interface Quorum {
  readonly incoming: readonly NodeId[];
  /** Null: not joint. */
  readonly outgoing: readonly NodeId[] | null;
  /** Each voter once, in the order of the command. */
  readonly ids: readonly NodeId[];
}

const unique = (ids: readonly NodeId[]): NodeId[] => [...new Set(ids)];

function parseQuorum(testCase: Case): Quorum {
  const incoming = unique(optionIds(testCase, 'cfg'));
  const joint = option(testCase, 'cfgj');
  const zero = joint?.values[0] === 'zero';
  const outgoing = joint === undefined ? null : zero ? [] : unique(optionIds(testCase, 'cfgj'));
  return { incoming, outgoing, ids: unique([...incoming, ...(outgoing ?? [])]) };
}

/** What the command says of each voter; `_` is nothing. */
function known<T>(
  testCase: Case,
  key: string,
  ids: readonly NodeId[],
  parse: (text: string) => T,
): Map<NodeId, T> {
  const values = option(testCase, key)?.values ?? [];
  assert(values.length === ids.length, 'there is one value per voter');
  const result = new Map<NodeId, T>();
  ids.forEach((id, i) => {
    if (values[i] !== '_') result.set(id, parse(values[i]!));
  });
  return result;
}

/** How long each voter's bar is: its place among all by index, equal ones sharing the lowest. */
function bars(ids: readonly NodeId[], acked: ReadonlyMap<NodeId, number>): Map<NodeId, number> {
  const index = (id: NodeId): number => acked.get(id) ?? 0;
  const order = [...ids].sort((a, b) => index(a) - index(b) || compareIds(a, b));
  const result = new Map<NodeId, number>();
  order.forEach((id, k) => {
    const before = order[k - 1];
    const longer = before !== undefined && index(id) > index(before);
    result.set(id, k === 0 ? 0 : longer ? k : result.get(before!)!);
  });
  return result;
}

function draw(ids: readonly NodeId[], acked: ReadonlyMap<NodeId, number>): string {
  if (ids.length === 0) return '<empty majority quorum>';
  const n = ids.length;
  const bar = bars(ids, acked);
  let out = `${' '.repeat(n + 4)}idx\n`;
  for (const id of [...ids].sort(compareIds)) {
    const index = acked.get(id);
    const length = bar.get(id)!;
    const left =
      index === undefined ? `?${' '.repeat(n)}` : `${'x'.repeat(length)}>${' '.repeat(n - length)}`;
    out += `${left} ${String(index ?? 0).padStart(5)}    (id=${id.toString(16)})\n`;
  }
  return out;
}

function committed(testCase: Case): string {
  const { incoming, outgoing, ids } = parseQuorum(testCase);
  const acked = known(testCase, 'idx', ids, Number);
  const half = (voters: readonly NodeId[]): number[] => voters.map((id) => acked.get(id) ?? 0);
  const index =
    outgoing === null ? majorityIndex(half(incoming)) : jointIndex(half(incoming), half(outgoing));
  return `${draw(ids, acked)}${index === Infinity ? '∞' : index}\n`;
}

const RESULT_NAMES: Readonly<Record<VoteResult, string>> = {
  won: 'VoteWon',
  pending: 'VotePending',
  lost: 'VoteLost',
};

function vote(testCase: Case): string {
  const { incoming, outgoing, ids } = parseQuorum(testCase);
  const votes = known(testCase, 'votes', ids, (text) => text === 'y');
  const half = (voters: readonly NodeId[]): VoteResult => {
    const granted = voters.filter((id) => votes.get(id) === true).length;
    return majorityVote(voters.length, granted, voters.filter((id) => votes.get(id) === false).length);
  };
  return RESULT_NAMES[outgoing === null ? half(incoming) : jointVote(half(incoming), half(outgoing))];
}

export function quorumHandler(): Handler {
  return (testCase) => (testCase.command === 'committed' ? committed(testCase) : vote(testCase));
}
