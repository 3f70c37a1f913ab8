import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goDuration, parseGoDuration, SecondSamples } from './second-samples.js';

test('durations are written and read as Go does', () => {
  assert.deepEqual([0, 0.00025, 0.24632, 13.79923, 1500, 62_500].map(goDuration), [
    '0s',
    '250ns',
    '246.32µs',
    '13.79923ms',
    '1.5s',
    '1m2.5s',
  ]);
  assert.deepEqual(
    ['0', '5s', '1m30s', '250ms', '1.5s', '2us', '1h'].map(parseGoDuration),
    [0, 5000, 90_000, 250, 1500, 0.002, 3_600_000],
  );
  for (const text of ['', '5', 's', '-1s', '5x', '5 s']) assert.equal(parseGoDuration(text), undefined, text);
});

test('each second has a row, empty ones too', () => {
  const samples = new SecondSamples(100, 7_000_000);
  samples.record(100, 2);
  samples.record(1099, 4);
  samples.record(3100, 1.5);
  assert.deepEqual(samples.format().split('\n').slice(3), [
    '7000,2ms,3ms,4ms,2',
    '7001,0s,0s,0s,0',
    '7002,0s,0s,0s,0',
    '7003,1.5ms,1.5ms,1.5ms,1',
    '',
  ]);
  assert.equal(new SecondSamples(0, 0).format().split('\n').length, 4);
});
