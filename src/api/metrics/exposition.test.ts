import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketHistogram } from '../../stdx/index.js';
import { Exposition, numberText } from './exposition.js';

test('numbers read as Go prints them', () => {
  const expected: [number, string][] = [
    [0, '0'],
    [1, '1'],
    [-1, '-1'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.30000000000000004, '0.30000000000000004'],
    [819200, '819200'],
    [999999, '999999'],
    [1000000, '1e+06'],
    [8388608, '8.388608e+06'],
    [1795963295.5626373, '1.7959632955626373e+09'],
    [2 ** 63, '9.223372036854776e+18'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ];
  for (const [value, text] of expected) assert.equal(numberText(value), text);
});

test('metrics come in the order of their names, with labels escaped, and not without a value', () => {
  const out = new Exposition();
  out.gauge('zebra', 'Last.', 2);
  out.series('lost', 'counter', 'Never seen.', []);
  out.series('animals_total', 'counter', 'By name.', [
    [{ name: 'a "b"\\\n', kind: 'x' }, 1],
    [{ name: 'c', kind: 'y' }, 2],
  ]);
  assert.equal(
    out.text('more 1\n'),
    [
      '# HELP animals_total By name.',
      '# TYPE animals_total counter',
      'animals_total{name="a \\"b\\"\\\\\\n",kind="x"} 1',
      'animals_total{name="c",kind="y"} 2',
      '# HELP zebra Last.',
      '# TYPE zebra gauge',
      'zebra 2',
      'more 1',
      '',
    ].join('\n'),
  );
});

test('buckets are cumulated', () => {
  const histogram = new BucketHistogram([0.5, 1]);
  for (const value of [0.1, 0.5, 0.7, 3]) histogram.observe(value);
  const out = new Exposition();
  out.histogram('plain', 'No labels.', histogram);
  out.histograms('wide', 'One label.', [[{ to: 'b' }, histogram]]);
  assert.equal(
    out.text(),
    [
      '# HELP plain No labels.',
      '# TYPE plain histogram',
      'plain_bucket{le="0.5"} 2',
      'plain_bucket{le="1"} 3',
      'plain_bucket{le="+Inf"} 4',
      'plain_sum 4.3',
      'plain_count 4',
      '# HELP wide One label.',
      '# TYPE wide histogram',
      'wide_bucket{to="b",le="0.5"} 2',
      'wide_bucket{to="b",le="1"} 3',
      'wide_bucket{to="b",le="+Inf"} 4',
      'wide_sum{to="b"} 4.3',
      'wide_count{to="b"} 4',
      '',
    ].join('\n'),
  );
});
