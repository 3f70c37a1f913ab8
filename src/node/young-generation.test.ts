import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('./young-generation.js', import.meta.url).href;

const MIB = 1024 * 1024;

/** A process that keeps much of what it makes, in many turns; tells how large a half became at most. */
function largestHalf(prepare: string, nodeOptions: readonly string[] = []): number {
  const program = `
    import { boundYoungGeneration, youngHalfBytes } from '${MODULE}';
    ${prepare}
    let kept = [];
    let largest = 0;
    for (let turn = 0; turn < 200; turn++) {
      for (let i = 0; i < 20_000; i++) kept.push({ i });
      if (kept.length > 300_000) kept = [];
      await new Promise((resolve) => setImmediate(resolve));
      largest = Math.max(largest, youngHalfBytes());
    }
    console.log(largest);`;
  const flags = [...nodeOptions, '--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return Number(stdout);
}

test('the young generation grows to its bound and hardly further', () => {
  assert.ok(largestHalf('') >= 16 * MIB, 'without a bound it grows');
  const half = largestHalf('boundYoungGeneration();');
  assert.ok(half >= 4 * MIB && half < 8 * MIB, `with a bound of 4 MiB it is ${half} bytes`);
});

test('a size that was chosen on the command line is kept', () => {
  assert.ok(largestHalf('boundYoungGeneration();', ['--max-semi-space-size=8']) >= 8 * MIB);
});
