/** Compares permission decisions with the naive model: `npm run fuzz:permissions -- --seed N --count N`. */
import { parseArgs } from 'node:util';
import { comparePermissions } from './permissions-model.conformance.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '1000000' } },
});
const started = performance.now();
const { allowed, denied } = comparePermissions(Number(values.seed), Number(values.count));
const ms = Math.round(performance.now() - started);
console.log(
  `${allowed + denied} decisions from seed ${values.seed} equal: ${allowed} allowed, ${denied} denied, ${ms} ms`,
);
