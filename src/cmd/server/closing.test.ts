import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Closing } from './closing.js';

test('what was opened last is closed first, one at a time, once', async () => {
  const closing = new Closing();
  const closed: string[] = [];
  for (const name of ['lock', 'log', 'listener']) {
    closing.add(async () => {
      closed.push(`begin ${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(`end ${name}`);
    });
  }
  assert.equal(closing.hasBegun, false);
  const first = closing.run();
  assert.equal(closing.hasBegun, true);
  assert.equal(closing.run(), first);
  await first;
  assert.deepEqual(closed, [
    'begin listener',
    'end listener',
    'begin log',
    'end log',
    'begin lock',
    'end lock',
  ]);
});

test('a step that fails ends it: what is below may depend on it', async () => {
  const closing = new Closing();
  let isLockReleased = false;
  closing.add(() => {
    isLockReleased = true;
  });
  closing.add(() => Promise.reject(new Error('the log cannot be closed')));
  await assert.rejects(closing.run(), /the log cannot be closed/);
  assert.equal(isLockReleased, false);
});
