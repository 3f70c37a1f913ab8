import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programUnderTest, skipWithoutServer } from '../harness/index.js';
import { killRounds } from './kill-rounds.js';

/** A few rounds on every run; `QUOIN_KILL_ROUNDS=100` for the full proof. */
const rounds = Number(process.env['QUOIN_KILL_ROUNDS'] ?? '3');
const program = programUnderTest();
const skip = skipWithoutServer(program);

/** As it is, and with a log that is cut all the time, so that a start rests on the backend alone. */
const VARIANTS = [
  { name: '', flags: [], valueBytesMax: 4000 },
  { name: ', with a short log', flags: ['--snapshot-count=20'], valueBytesMax: 100_000 },
];

for (const { name, flags, valueBytesMax } of VARIANTS) {
  test(`${rounds} rounds of kill -9 under load lose nothing${name}`, { skip }, async () => {
    const seed = Number(process.env['QUOIN_SEED'] ?? Math.floor(Math.random() * 1e6));
    const result = await killRounds({
      program,
      rounds,
      seed,
      writers: 16,
      loadMsMax: 300,
      flags,
      valueBytesMax,
    });
    const options = [
      `--seed ${seed}`,
      `--value-bytes ${valueBytesMax}`,
      ...flags.map((flag) => `--flag=${flag}`),
    ];
    const replay = `node dist/tests/robustness/kill9.js --program ${program} --rounds ${rounds} ${options.join(' ')}`;
    assert.deepEqual(result.faults, [], `${replay}\n${result.faults.join('\n')}`);
    assert.equal(result.rounds, rounds);
    assert.ok(result.acknowledged > 0, 'no write was acknowledged: the test proved nothing');
  });
}
