import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_FLAGS, renameOldFlags } from './flag-aliases.js';
import { parseFlags } from './go-flags.js';
import { SERVER_FLAGS } from './server-flags.js';

const renamed = (...argv: string[]) => renameOldFlags(parseFlags(KNOWN_FLAGS, argv).given);

test("a name of 3.5 stands for today's, which wins", () => {
  const { values, old } = renamed('--experimental-compaction-batch-limit=7', '--name=a');
  assert.deepEqual(Object.fromEntries(values), { 'compaction-batch-limit': 7, name: 'a' });
  assert.deepEqual([...old], [['experimental-compaction-batch-limit', 'compaction-batch-limit']]);
  const both = renamed('--compaction-batch-limit=8', '--experimental-compaction-batch-limit=7');
  assert.equal(both.values.get('compaction-batch-limit'), 8);
});

test('some became feature gates; what is said of gates today comes last', () => {
  const { values } = renamed(
    '--experimental-initial-corrupt-check',
    '--experimental-enable-lease-checkpoint=false',
    '--feature-gates=LeaseCheckpoint=true',
  );
  assert.deepEqual(Object.fromEntries(values), {
    'feature-gates': 'InitialCorruptCheck=true,LeaseCheckpoint=false,LeaseCheckpoint=true',
  });
});

test('every old name stands for a flag that there is', () => {
  for (const name of KNOWN_FLAGS.keys()) {
    if (SERVER_FLAGS.has(name)) continue;
    const flag = [...renameOldFlags(new Map([[name, true]])).values.keys()][0]!;
    assert.ok(SERVER_FLAGS.has(flag), `${name} stands for ${flag}`);
  }
});
