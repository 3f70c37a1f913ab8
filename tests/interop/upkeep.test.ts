/** Real etcd and Quoin go through the same calls about alarms and upkeep; their answers must be equal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpkeepScenario } from '../e2e/upkeep-scenario.js';
import { MemberProcess, type Program, skipWithoutServer } from '../harness/index.js';

async function answersOf(program: Program): Promise<readonly string[]> {
  const member = await MemberProcess.launch(program);
  try {
    return await UpkeepScenario.run(member.endpoint);
  } finally {
    await member.stop('SIGKILL');
  }
}

test(
  'alarms and upkeep answer as etcd does',
  { skip: skipWithoutServer('etcd') || skipWithoutServer('quoin') },
  async () => {
    const [etcd, quoin] = [await answersOf('etcd'), await answersOf('quoin')];
    assert.deepEqual(quoin, etcd);
  },
);
