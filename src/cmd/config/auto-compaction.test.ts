import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAutoCompaction } from './auto-compaction.js';

test('a number is hours or revisions, anything else a duration, 0 is off', () => {
  assert.deepEqual(parseAutoCompaction('periodic', '2'), { mode: 'periodic', periodMs: 7_200_000 });
  assert.deepEqual(parseAutoCompaction('periodic', '90m'), { mode: 'periodic', periodMs: 5_400_000 });
  assert.deepEqual(parseAutoCompaction('revision', '1000'), { mode: 'revision', revisions: 1000 });
  assert.deepEqual(parseAutoCompaction('revision', '1us'), { mode: 'revision', revisions: 1000 });
  for (const off of ['0', '0s', '0h']) assert.equal(parseAutoCompaction('periodic', off), undefined);
});

test('what cannot be read is said in etcd’s words', () => {
  assert.throws(
    () => parseAutoCompaction('sometimes', '1'),
    /^AutoCompactionError: unknown auto-compaction-mode "sometimes"$/,
  );
  assert.throws(() => parseAutoCompaction('', '1'), /undefined auto-compaction-mode/);
  assert.throws(() => parseAutoCompaction('periodic', 'a day'), /error parsing CompactionRetention: /);
});
