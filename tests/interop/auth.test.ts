/** Real etcd and Quoin go through the same calls; their answers must be equal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthScenario } from '../e2e/auth-scenario.js';
import { MemberProcess, type Program, skipWithoutServer } from '../harness/index.js';

/** 3.5.30 takes the open end for a single key, and so lets a user watch everything; later versions do not. */
const LEAK_OF_ETCD = 'u watches from a: OK [true,false,""]';

async function answersOf(program: Program): Promise<readonly string[]> {
  const member = await MemberProcess.launch(program, { flags: ['--bcrypt-cost=4'] });
  try {
    return await AuthScenario.run(member.endpoint);
  } finally {
    await member.stop('SIGKILL');
  }
}

test(
  'auth answers as etcd does',
  { skip: skipWithoutServer('etcd') || skipWithoutServer('quoin') },
  async () => {
    const [etcd, quoin] = [await answersOf('etcd'), await answersOf('quoin')];
    assert.deepEqual(
      quoin.filter((_line, i) => etcd[i] !== LEAK_OF_ETCD),
      etcd.filter((line) => line !== LEAK_OF_ETCD),
    );
  },
);
