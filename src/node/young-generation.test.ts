import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('./young-generation.js', import.meta.url).href;

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

test('the young generation grows to its bound and no further', () => {
  const MIB = 1024 * 1024;
  assert.ok(largestHalf('') >= 8 * MIB, 'without a bound it grows');
  assert.equal(largestHalf('boundYoungGeneration();'), 4 * MIB);
  assert.equal(largestHalf(`boundYoungGeneration(${2 * MIB});`), 2 * MIB);
});

test('a size that was chosen on the command line is kept', () => {
  assert.ok(largestHalf('boundYoungGeneration();', ['--max-semi-space-size=8']) >= 8 * 1024 * 1024);
});
