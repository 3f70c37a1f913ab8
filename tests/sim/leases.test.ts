/** Clients with leases, under crashes and faults of disks, network and clocks: no lease ends early. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../src/sim/index.js';
import { environment } from './environment.js';

const MINUTES = 0.5;
const CLIENTS = 4;
const SEEDS = Number(process.env['QUOIN_SIM_SEEDS'] ?? 6);

test('a lease lives as long as its client was told, whatever happens to the members', async () => {
  const sums = { granted: 0, renewed: 0, ended: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulate({ seed, minutes: MINUTES, leaseClients: CLIENTS, ...environment });
    const replay = `npm run sim -- --seed ${seed} --minutes ${MINUTES} --lease-clients ${CLIENTS}`;
    assert.equal(
      result.violation,
      undefined,
      `${result.log.join('\n')}\n${result.violation?.stack}\n${replay}`,
    );
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result.leases[name];
  }
  assert.ok(sums.granted > SEEDS && sums.renewed > SEEDS && sums.ended > 0, JSON.stringify(sums));
});
