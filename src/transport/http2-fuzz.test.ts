import { test } from 'node:test';
import { runFuzz } from './http2.fuzz.js';

/** `http2.fuzz.ts` run on its own takes `--count` and `--seed`. */
const COUNT = 20_000;
const SEED = 1;

test(`${COUNT} mutated conversations leave both halves of the engine whole`, () => {
  runFuzz(COUNT, SEED);
});
