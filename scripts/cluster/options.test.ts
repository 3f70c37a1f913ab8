import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../tests/harness/index.js';
import { addressesOf, flagsOf, OptionsError, readOptions } from './options.js';

test('members get ports and flags of their own, and the user’s flags last', () => {
  const dataDir = join(tempDir('local-cluster'), 'data');
  const options = readOptions([
    '--size',
    '5',
    '--base-port=4000',
    `--data-dir=${dataDir}`,
    '--snapshot-count=9',
  ]);
  const addresses = addressesOf(options);
  assert.equal(addresses.length, 5);
  assert.deepEqual(addresses[4], {
    name: 'm5',
    clientUrl: 'http://127.0.0.1:4040',
    peerUrl: 'http://127.0.0.1:4041',
  });
  const flags = flagsOf(addresses[1]!, options);
  assert.ok(flags.includes(`--data-dir=${join(dataDir, 'm2')}`));
  const cluster = flags.find((flag) => flag.startsWith('--initial-cluster='))!;
  assert.equal(cluster.split(',').length, 5);
  assert.equal(flags.at(-1), '--snapshot-count=9');
});

test('a folder remembers what its cluster was begun with', () => {
  const dataDir = tempDir('local-cluster');
  readOptions(['--size=5', '--base-port=4000', '--data-dir', dataDir]);
  const again = readOptions(['--data-dir', dataDir]);
  assert.deepEqual([again.size, again.basePort], [5, 4000]);
  assert.throws(
    () => readOptions(['--size=3', '--data-dir', dataDir]),
    (error) => error instanceof OptionsError && /holds a cluster of 5 on ports from 4000/.test(error.message),
  );
});

test('what makes no sense is refused', () => {
  for (const argv of [['--size=0'], ['--size=10'], ['--size'], ['--base-port=x'], ['--data-dir=']]) {
    assert.throws(() => readOptions(argv), OptionsError, argv.join(' '));
  }
});
