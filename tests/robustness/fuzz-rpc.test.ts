import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutServer } from '../harness/index.js';
import { feedBodies } from './rpc-bodies.js';

/** Some on every run; `npm run fuzz:rpc` for the full proof. */
const COUNT = Number(process.env['QUOIN_RPC_BODIES'] ?? '200');
const SEED = Number(process.env['QUOIN_SEED'] ?? Math.floor(Math.random() * 1e6));

test(
  `${COUNT} random and cut-off bodies for every RPC (seed ${SEED})`,
  { skip: skipWithoutServer('quoin') },
  async () => {
    const { methods, faults, bystander } = await feedBodies({ count: COUNT, seed: SEED });
    assert.deepEqual(faults, [], `npm run fuzz:rpc -- --count ${COUNT} --seed ${SEED}`);
    assert.ok(methods.length >= 40, 'every RPC is fed');
    for (const { path, malformed } of methods) assert.ok(malformed > 0, `${path}: nothing was malformed`);
    assert.ok(bystander > 10, 'the other client made progress');
  },
);
