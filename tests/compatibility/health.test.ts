/** grpc.health.v1.Health as load balancers and Kubernetes probes use it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ServingStatus } from '../../src/wire/index.js';
import { connect, type TestClient } from '../clients/client.js';
import { MemberProcess, programUnderTest, skipWithoutServer } from '../harness/index.js';

const program = programUnderTest();
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

describe('health service', { skip: skipWithoutServer(program) }, () => {
  let member: MemberProcess;
  let client: TestClient;

  before(async () => {
    member = await MemberProcess.launch(program);
    client = connect(member.endpoint);
  });
  after(async () => {
    client.close();
    await member.stop();
  });

  test('Check: the server as a whole serves, an unknown service is not found', async () => {
    assert.deepEqual(await client.health.check(), { status: ServingStatus.SERVING });
    await assert.rejects(client.health.check({ service: 'no.such.Service' }), {
      code: NOT_FOUND,
      details: 'unknown service',
    });
  });

  test('Watch: the status at once, and that of an unknown service, too', async () => {
    const whole = client.health.watch();
    assert.deepEqual(await whole.must(), { status: ServingStatus.SERVING });
    const unknown = client.health.watch({ service: 'no.such.Service' });
    assert.deepEqual(await unknown.must(), { status: ServingStatus.SERVICE_UNKNOWN });
    whole.cancel();
    unknown.cancel();
  });

  test('List: every service by name', async (t) => {
    try {
      const { statuses } = await client.health.list();
      assert.deepEqual(
        statuses.find(({ key }) => key === ''),
        { key: '', value: { status: ServingStatus.SERVING } },
      );
    } catch (error) {
      // The gRPC library in etcd 3.5 is older than this method.
      if (program === 'etcd' && (error as { code?: number }).code === UNIMPLEMENTED)
        return t.skip('not in 3.5');
      throw error;
    }
  });
});
