/** Feeds every RPC random and cut-off bodies: `npm run fuzz:rpc -- [--count 10000] [--seed N] [--only WORD]`. */
import { parseArgs } from 'node:util';
import { feedBodies } from './rpc-bodies.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const { methods, faults, bystander } = await feedBodies({
  count: Number(values.count),
  seed,
  only: values.only,
  onMethod: ({ path, malformed, answered, heldBack }) =>
    console.log(`${path}: ${malformed} refused, ${answered} answered, ${heldBack} held back`),
});
for (const fault of faults) console.error(fault);
console.log(
  `${methods.length} RPCs, ${values.count} bodies each, seed ${seed}: ${faults.length} faults; another client made ${bystander} puts and reads meanwhile`,
);
if (faults.length > 0) process.exitCode = 1;
