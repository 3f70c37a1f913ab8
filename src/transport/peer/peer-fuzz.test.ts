import { test } from 'node:test';
import { runPeerFuzz } from './peer.fuzz.js';

/** `peer.fuzz.ts` run on its own takes `--count` and `--seed`. */
const COUNT = 1000;
const SEED = 1;

test(`${COUNT} streams of good, mutated and random bytes leave the member whole`, async () => {
  await runPeerFuzz(COUNT, SEED);
});
