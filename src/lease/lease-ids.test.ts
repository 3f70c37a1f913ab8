import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseIds } from './lease-ids.js';

test('ids have the member in front, the start behind it, a counter at the end, and no sign', () => {
  const ids = new LeaseIds(0xab_8dcdn, 0x1ccae725f);
  assert.equal(ids.next().toString(16), 'dcd01ccae725f01');
  assert.equal(ids.next().toString(16), 'dcd01ccae725f02');
  for (let i = 3; i <= 255; i++) ids.next();
  assert.equal(ids.next().toString(16), 'dcd01ccae726000');
});

test('the counter comes around, and 0 is never an id', () => {
  const ids = new LeaseIds(0n, 2 ** 40 - 1);
  for (let i = 1; i <= 255; i++) ids.next();
  assert.equal(ids.next(), 1n);
});
