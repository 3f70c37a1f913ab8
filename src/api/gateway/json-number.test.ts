import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integerOf, quotedIntegerOf } from './json-number.js';

test('fractions and exponents count as long as the value is whole', () => {
  const cases: [string, bigint | undefined][] = [
    ['0', 0n],
    ['-0', 0n],
    ['12', 12n],
    ['-12.0', -12n],
    ['1.500e1', 15n],
    ['1500e-2', 15n],
    ['0.00', 0n],
    ['1.0001', undefined],
    ['15e-2', undefined],
    ['01', undefined],
    ['1e99', undefined],
    ['0e999999999', 0n],
    ['', undefined],
  ];
  for (const [text, expected] of cases) assert.equal(integerOf(text), expected, text);
  assert.equal(quotedIntegerOf('12 and more'), 12n);
  assert.equal(quotedIntegerOf(' 12'), undefined);
  assert.equal(quotedIntegerOf('12x'), undefined);
});

test('numbers as long as a request may be are looked at once, not once for each digit', () => {
  const digits = 9_000_000;
  const zeros = '0'.repeat(digits);
  const ones = '1'.repeat(digits);
  const began = performance.now();
  assert.equal(integerOf(`0.${zeros}1`), undefined);
  assert.equal(integerOf(`7.${zeros}`), 7n);
  assert.equal(integerOf(`1${zeros}`), undefined);
  assert.equal(integerOf(`${ones}e-${ones}`), undefined);
  assert.equal(quotedIntegerOf(`${ones}_`), undefined);
  assert.equal(quotedIntegerOf(`1.${ones}_`), undefined);
  // Each takes milliseconds; what grows with the square would take hours.
  assert.ok(performance.now() - began < 60_000);
});
