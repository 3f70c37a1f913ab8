/** Real etcd and Quoin go through the same locks and elections; their answers must be equal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocksScenario } from '../e2e/locks-scenario.js';
import { MemberProcess, type Program, skipWithoutServer } from '../harness/index.js';

async function answersOf(program: Program): Promise<readonly string[]> {
  const member = await MemberProcess.launch(program, { flags: ['--bcrypt-cost=4'] });
  try {
    return await LocksScenario.run([member.endpoint]);
  } finally {
    await member.stop('SIGKILL');
  }
}

test(
  'locks and elections answer as those of etcd do',
  { skip: skipWithoutServer('etcd') || skipWithoutServer('quoin') },
  async () => {
    const [etcd, quoin] = await Promise.all([answersOf('etcd'), answersOf('quoin')]);
    assert.deepEqual(quoin, etcd);
  },
);
