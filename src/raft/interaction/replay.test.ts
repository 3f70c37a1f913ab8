import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Comparison } from './index.js';
import { replayScript, SCRIPT_KINDS } from './index.js';

/** The folder that has package.json: scripts are not compiled, so they stay in the source tree. */
function repositoryRoot(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
}

function replayAll(directory: string, comparison: Comparison): number {
  let files = 0;
  for (const kind of SCRIPT_KINDS) {
    const folder = join(directory, kind);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.txt')) continue;
      files++;
      const { cases, difference } = replayScript(kind, readFileSync(join(folder, name), 'utf8'), comparison);
      assert.ok(cases > 0, `${kind}/${name} has commands`);
      if (difference === null) continue;
      const { line, command, actual, expected } = difference;
      assert.equal(actual, expected, `${kind}/${name}, line ${line}: ${command}`);
    }
  }
  return files;
}

test('our scenario scripts replay to the byte', () => {
  assert.ok(replayAll(join(repositoryRoot(), 'src/raft/testdata'), 'exact') > 0);
});

const SHARED = process.env['QUOIN_RAFT_TESTDATA'];
test(
  'the scripts of etcd-io/raft replay to the byte',
  {
    skip: SHARED === undefined && 'QUOIN_RAFT_TESTDATA names no folder with them',
  },
  () => {
    assert.ok(replayAll(SHARED!, 'exact') > 0);
  },
);
