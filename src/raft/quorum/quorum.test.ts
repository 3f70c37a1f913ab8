import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import { jointIndex, jointVote } from './joint.js';
import type { VoteResult } from './majority.js';
import { majorityIndex, majorityVote } from './majority.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 20260);
const ROUNDS = 50_000;

/** The definition: the highest index that more than half of the voters have acknowledged. */
function naiveIndex(acked: readonly number[]): number {
  if (acked.length === 0) return Infinity;
  const candidates = [0, ...acked].filter(
    (index) => acked.filter((a) => a >= index).length * 2 > acked.length,
  );
  return Math.max(...candidates);
}

/** The definition: decided only if no way in which the missing votes may fall changes the outcome. */
function naiveVote(votes: readonly (boolean | null)[]): VoteResult {
  if (votes.length === 0) return 'won';
  const wins = (missing: boolean): boolean => votes.filter((v) => v ?? missing).length * 2 > votes.length;
  if (wins(false)) return 'won';
  return wins(true) ? 'pending' : 'lost';
}

const drawIndexes = (prng: Prng): number[] => Array.from({ length: prng.below(8) }, () => prng.below(10));

test('the committed index equals its definition on random input', () => {
  const prng = new Prng(SEED);
  for (let i = 0; i < ROUNDS; i++) {
    const incoming = drawIndexes(prng);
    const outgoing = drawIndexes(prng);
    const shown = `seed ${SEED}, round ${i}: ${incoming} && ${outgoing}`;
    const expected = Math.min(naiveIndex(incoming), naiveIndex(outgoing));
    assert.equal(majorityIndex([...incoming]), naiveIndex(incoming), shown);
    assert.equal(jointIndex([...incoming], [...outgoing]), expected, shown);
    assert.equal(jointIndex([...outgoing], [...incoming]), expected, shown);
  }
});

test('the vote equals its definition on random input', () => {
  const prng = new Prng(SEED);
  const half = (): (boolean | null)[] =>
    Array.from({ length: prng.below(8) }, () => prng.pick([true, false, null]));
  const real = (votes: readonly (boolean | null)[]): VoteResult =>
    majorityVote(
      votes.length,
      votes.filter((v) => v === true).length,
      votes.filter((v) => v === false).length,
    );
  for (let i = 0; i < ROUNDS; i++) {
    const incoming = half();
    const outgoing = half();
    const shown = `seed ${SEED}, round ${i}: ${JSON.stringify(incoming)} && ${JSON.stringify(outgoing)}`;
    assert.equal(real(incoming), naiveVote(incoming), shown);
    const both = [naiveVote(incoming), naiveVote(outgoing)];
    const expected = both.includes('lost') ? 'lost' : both.includes('pending') ? 'pending' : 'won';
    assert.equal(jointVote(real(incoming), real(outgoing)), expected, shown);
  }
});
