/** A user whose rights come and go, under crashes and faults: what was taken away is gone at once, what was given is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../src/sim/index.js';
import { environment } from './environment.js';

const MINUTES = 0.5;
const GUESTS = 4;
const SEEDS = Number(process.env['QUOIN_SIM_SEEDS'] ?? 4);

test('rights count when a request is carried out, whatever happens to the members', async () => {
  const sums = { revocations: 0, denials: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate({ seed, minutes: MINUTES, guests: GUESTS, ...environment });
    const replay = `npm run sim -- --seed ${seed} --minutes ${MINUTES} --guests ${GUESTS}`;
    assert.equal(
      result.violation,
      undefined,
      `${result.log.join('\n')}\n${result.violation?.stack}\n${replay}`,
    );
    sums.revocations += result.revocations;
    sums.denials += result.denials;
  }
  assert.ok(sums.revocations > 0 && sums.denials > SEEDS, JSON.stringify(sums));
});
