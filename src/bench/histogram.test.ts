import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../stdx/index.js';
import { Histogram } from './histogram.js';

/** The definition: the first sorted sample whose rank · 100 / n reaches the percentage. */
function percentileOf(sorted: readonly number[], percent: number): number {
  const i = sorted.findIndex((_, rank) => (rank * 100) / sorted.length >= percent);
  return sorted[i < 0 ? sorted.length - 1 : i]!;
}

test('percentiles stay within a bucket of the sorted samples', () => {
  const seed = 20;
  const random = new Prng(seed);
  for (let round = 0; round < 40; round++) {
    const histogram = new Histogram();
    const samples: number[] = [];
    const count = random.between(1, 3000);
    const scale = 10 ** random.between(-3, 4);
    for (let i = 0; i < count; i++) {
      const ms = scale * (random.chance(0.05) ? 20 : 1) * random.float();
      samples.push(ms);
      histogram.record(ms);
    }
    samples.sort((a, b) => a - b);
    for (const percent of [0.1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100]) {
      const expected = percentileOf(samples, percent);
      const got = histogram.percentileMs(percent);
      const tolerance = expected * 0.002 + 0.0001;
      assert.ok(
        Math.abs(got - expected) <= tolerance,
        `seed ${seed} round ${round} p${percent}: ${got} ${expected}`,
      );
    }
    assert.equal(histogram.fastestMs, samples[0]);
    assert.equal(histogram.slowestMs, samples.at(-1));
  }
});

test('average and standard deviation are those of the samples', () => {
  const histogram = new Histogram();
  for (const ms of [2, 4, 4, 4, 5, 5, 7, 9]) histogram.record(ms);
  assert.equal(histogram.averageMs, 5);
  assert.equal(histogram.stddevMs, 2);
  assert.equal(histogram.count, 8);
});

test('rows go from fastest to slowest and hold every sample', () => {
  const histogram = new Histogram();
  for (let i = 0; i <= 1000; i++) histogram.record(1 + i / 100);
  const rows = histogram.rows(10);
  assert.equal(rows.length, 11);
  assert.equal(rows[0]!.uptoMs, 1);
  assert.equal(rows[0]!.count, 1);
  assert.equal(rows[10]!.uptoMs, 11);
  assert.equal(
    rows.reduce((sum, row) => sum + row.count, 0),
    1001,
  );
  for (const row of rows.slice(1)) assert.ok(Math.abs(row.count - 100) <= 3, `${row.uptoMs}: ${row.count}`);
});

test('an empty histogram, equal samples and samples beyond the scale', () => {
  const empty = new Histogram();
  assert.deepEqual(empty.rows(10), []);
  assert.equal(empty.percentileMs(50), 0);
  assert.equal(empty.fastestMs, 0);
  assert.equal(empty.averageMs, 0);

  const equal = new Histogram();
  for (let i = 0; i < 5; i++) equal.record(3.5);
  assert.equal(equal.percentileMs(10), 3.5);
  assert.equal(equal.percentileMs(99.9), 3.5);
  assert.equal(equal.rows(10)[0]!.count, 5);

  const slow = new Histogram();
  slow.record(0);
  slow.record(1e9);
  assert.equal(slow.slowestMs, 1e9);
  assert.equal(slow.percentileMs(100) <= 1e9, true);
  assert.equal(slow.rows(10).length, 11);
});
