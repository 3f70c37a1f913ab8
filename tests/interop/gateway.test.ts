/** Real etcd and Quoin get the same requests on their JSON gateways, before and after auth is on; answers must be equal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemberProcess, type Program, skipWithoutServer } from '../harness/index.js';
import { GatewayScenario } from './gateway-scenario.js';

async function answersOf(program: Program): Promise<readonly string[]> {
  const member = await MemberProcess.launch(program);
  try {
    return await GatewayScenario.run(member.clientUrl);
  } finally {
    await member.stop('SIGKILL');
  }
}

test(
  'the JSON gateway answers as that of etcd',
  { skip: skipWithoutServer('etcd') || skipWithoutServer('quoin') },
  async () => {
    const [etcd, quoin] = [await answersOf('etcd'), await answersOf('quoin')];
    assert.ok(etcd.length > 150, `${etcd.length} answers`);
    assert.deepEqual(quoin, etcd);
  },
);
