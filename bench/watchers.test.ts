/** The bench of watchers in small: nobody misses anything, nobody is lost, and the puts go through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand, skipWithoutServer } from '../tests/harness/index.js';

test(
  'a hundred slow watchers, and a watch from the first revision on',
  { skip: skipWithoutServer('quoin') },
  async () => {
    const program = fileURLToPath(new URL('./watchers.js', import.meta.url));
    const size = ['--watchers', '100', '--revisions', '20000', '--rate', '500', '--seconds', '1'];
    const { code, stdout, stderr } = await runCommand(
      process.execPath,
      [program, '--program', 'quoin', ...size],
      { timeoutMs: 120_000 },
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /history: 2\d{4} events up to revision 2\d{4} in .* no gap, none twice/);
    assert.match(stdout, /slow watchers: 100, read [1-9]\d* bytes in all, lost 0/);
  },
);
