import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programUnderTest, skipWithoutServer } from '../harness/index.js';
import { killRounds } from './kill-rounds.js';

/** A few rounds on every run; `QUOIN_KILL_ROUNDS=100` for the full proof. */
const rounds = Number(process.env['QUOIN_KILL_ROUNDS'] ?? '4');
const program = programUnderTest();

test(
  `${rounds} rounds of kill -9 under load lose nothing`,
  { skip: skipWithoutServer(program) },
  async () => {
    const seed = Number(process.env['QUOIN_SEED'] ?? Math.floor(Math.random() * 1e6));
    const result = await killRounds({ program, rounds, seed, writers: 16, loadMsMax: 300 });
    const replay = `node dist/tests/robustness/kill9.js --program ${program} --rounds ${rounds} --seed ${seed}`;
    assert.deepEqual(result.faults, [], `${replay}\n${result.faults.join('\n')}`);
    assert.equal(result.rounds, rounds);
    assert.ok(result.acknowledged > 0, 'no write was acknowledged: the test proved nothing');
  },
);
