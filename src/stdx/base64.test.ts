import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64, encodeBase64 } from './base64.js';
import { Prng } from './prng.js';

test('equals the system library, both ways', () => {
  const prng = new Prng(1);
  for (let i = 0; i < 500; i++) {
    const bytes = prng.bytes(prng.below(50));
    const text = Buffer.from(bytes).toString('base64');
    assert.equal(encodeBase64(bytes), text);
    assert.deepEqual(decodeBase64(text), bytes);
  }
});

test('what is no base64 is refused', () => {
  for (const text of ['A', 'AA', 'AAA', 'A===', '====', 'AA=A', 'AAA*', 'AAAé', 'AA==AAAA', '-_-_']) {
    assert.equal(decodeBase64(text), undefined, text);
  }
  assert.deepEqual(decodeBase64('QU\r\nJD\n'), Uint8Array.from([65, 66, 67]));
  assert.deepEqual(decodeBase64(''), new Uint8Array(0));
});
