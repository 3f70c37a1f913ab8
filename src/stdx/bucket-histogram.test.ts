import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketHistogram, exponentialBounds } from './bucket-histogram.js';
import { Prng } from './prng.js';

test('bounds grow by a factor', () => {
  assert.deepEqual(exponentialBounds(0.001, 2, 5), [0.001, 0.002, 0.004, 0.008, 0.016]);
});

test('a bound belongs to its bucket, and what is beyond the last one is counted', () => {
  const histogram = new BucketHistogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 4, 5, 1e9]) histogram.observe(value);
  assert.deepEqual([...histogram.counts], [2, 2, 1, 2]);
  assert.equal(histogram.sum, 1e9 + 13.5);
  assert.equal(histogram.count, 7);
});

test('counts as sorting would', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Prng(seed);
  const bounds = exponentialBounds(0.5, 3, 8);
  const histogram = new BucketHistogram(bounds);
  const values: number[] = [];
  for (let i = 0; i < 500; i++) {
    const value = random.float() * 2000;
    const times = 1 + random.below(3);
    histogram.observe(value, times);
    for (let n = 0; n < times; n++) values.push(value);
  }
  let below = 0;
  bounds.forEach((bound, at) => {
    below += histogram.counts[at]!;
    assert.equal(below, values.filter((value) => value <= bound).length, `seed ${seed}, bound ${bound}`);
  });
  assert.equal(histogram.count, values.length);
});
