/** The bench of auth in small: all its calls are allowed, with auth on and off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findInPath, runCommand, skipUnless, skipWithoutServer } from '../tests/harness/index.js';

const skip =
  skipWithoutServer('quoin') || skipUnless(findInPath('h2load') !== undefined, 'h2load is not installed');

test('puts and ranges with auth off and on', { skip }, async () => {
  const program = fileURLToPath(new URL('./auth.js', import.meta.url));
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [program, '--rounds', '1', '--seconds', '1'],
    { timeoutMs: 120_000 },
  );
  assert.equal(code, 0, stdout + stderr);
  for (const load of ['put', 'linearizable range', 'serializable range']) {
    assert.match(stdout, new RegExp(`^${load} +\\d+ +\\d+ `, 'm'));
  }
});
