import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termClass, textureOf } from './term-style.js';

test('neighbouring terms never look alike, nor do any two of 21 in a row', () => {
  for (let first = 1; first < 60; first++) {
    const looks = new Set(Array.from({ length: 21 }, (_, i) => termClass(first + i)));
    assert.equal(looks.size, 21);
  }
  assert.equal(termClass(0), 'term-0');
  assert.deepEqual([1, 7, 8, 15, 22].map(textureOf), [0, 0, 1, 2, 0]);
});
