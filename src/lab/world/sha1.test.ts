import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import { sha1 } from './sha1.js';

test('equals the platform’s, for every length around the block size', () => {
  const prng = new Prng(1);
  for (let length = 0; length < 200; length++) {
    const message = prng.bytes(length);
    const expected = createHash('sha1').update(message).digest('hex');
    assert.equal(Buffer.from(sha1(message)).toString('hex'), expected, `length ${length}`);
  }
});
