/** python3-etcd3, unmodified, through a script that asserts each answer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findInPath,
  MemberProcess,
  programUnderTest,
  REPOSITORY_ROOT,
  runCommand,
  skipUnless,
  skipWithoutServer,
} from '../harness/index.js';

const program = programUnderTest();
const python = findPython();
const skip =
  skipUnless(python !== undefined, 'no Python with the package etcd3') || skipWithoutServer(program);

/** The first Python that has the package: the system's own has Debian's python3-etcd3. */
function findPython(): string | undefined {
  const candidates = [process.env['QUOIN_PYTHON'], '/usr/bin/python3', findInPath('python3')];
  return candidates.find(
    (path) => path !== undefined && existsSync(path) && spawnSync(path, ['-c', 'import etcd3']).status === 0,
  );
}

test('python3-etcd3', { skip }, async () => {
  const member = await MemberProcess.launch(program);
  try {
    const script = join(REPOSITORY_ROOT, 'tests', 'interop', 'python_etcd3.py');
    const result = await runCommand(python!, [script, '127.0.0.1', String(member.clientPort)], {
      timeoutMs: 60_000,
    });
    assert.equal(result.code, 0, `${result.stdout}\n${result.stderr}`);
    assert.equal(
      result.stdout.split('\n').filter((line) => line.startsWith('ok ')).length,
      26,
      result.stdout,
    );
  } finally {
    await member.stop();
  }
});
