/**
 * Requests that are no messages: whatever is wrong with the bytes, the answer is the status and the text of etcd, and
 * nobody else notices. Run with QUOIN_TEST_PROGRAM=etcd, the suite shows that the texts expected are etcd's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServiceError } from '@grpc/grpc-js';
import { MalformedError, Prng } from '../../src/stdx/index.js';
import { type RangeRequest, RPC_METHODS, type RpcMethod } from '../../src/wire/index.js';
import { connect, type TestClient } from '../clients/client.js';
import { damage, randomRecord } from '../clients/random-record.js';
import { MemberProcess, programUnderTest, skipWithoutServer } from '../harness/index.js';

const SEED = Number(process.env['QUOIN_SEED'] ?? 1);
const REQUESTS = Number(process.env['QUOIN_MALFORMED_ROUNDS'] ?? 150);
const INTERNAL = 13;
const UNIMPLEMENTED = 12;
const PREFIX = 'grpc: error unmarshalling request: ';

const program = programUnderTest();

/** Requests that change the cluster itself, or wait for others, if noise happens to be valid. */
const LEFT_OUT =
  /Member(Add|Remove|Update)|MoveLeader|Alarm|AuthEnable|Downgrade|Defragment|RoleAdd|UserAdd|Election|Lock\/|Health/;

const methods = RPC_METHODS.filter(
  (method) => method.kind === 'unary' && method.request.fields.length > 0 && !LEFT_OUT.test(method.path),
);

/** The text that the request must be refused with, '' if it is a message, undefined if it must not be sent. */
function expectedText(method: RpcMethod, body: Uint8Array): string | undefined {
  try {
    const request = method.request.decode(body);
    // An unknown sort target brings etcd 3.5 down.
    const { sortTarget } = request as Partial<RangeRequest>;
    return sortTarget !== undefined && (sortTarget < 0 || sortTarget > 4) ? undefined : '';
  } catch (error) {
    assert.ok(error instanceof MalformedError);
    // etcd 3.5 takes any bytes for a string; Quoin is as strict as 3.7.
    return error.message.includes('UTF-8') && program === 'etcd' ? undefined : error.message;
  }
}

describe(`malformed requests (seed ${SEED})`, { skip: skipWithoutServer(program) }, () => {
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

  async function statusOf(
    method: RpcMethod,
    body: Uint8Array,
  ): Promise<Pick<ServiceError, 'code' | 'details'>> {
    try {
      await client.raw(method.path, body);
      return { code: 0, details: '' };
    } catch (error) {
      return error as ServiceError;
    }
  }

  for (const method of methods) {
    test(method.path, async (t) => {
      const prng = new Prng(SEED);
      let refused = 0;
      for (let round = 0; round < REQUESTS; round++) {
        const body = damage(prng, method.request.toBytes(randomRecord(prng, method.request, 1)));
        const text = expectedText(method, body);
        if (text === undefined) continue;
        const status = await statusOf(method, body);
        if (status.code === UNIMPLEMENTED) return t.skip(`${program} does not serve it yet`);
        const hint = `seed ${SEED}, round ${round}: ${Buffer.from(body).toString('hex')}`;
        if (text === '') {
          assert.notEqual(status.code, INTERNAL, `${hint}: ${status.details}`);
        } else {
          assert.deepEqual([status.code, status.details], [INTERNAL, PREFIX + text], hint);
          refused++;
        }
      }
      assert.ok(refused > 0, 'no request was malformed');
    });
  }

  test('the member still serves', async () => {
    const { header } = await client.kv.put({ key: 'still', value: 'here' });
    const { kvs } = await client.kv.range({ key: 'still' });
    assert.equal(kvs[0]?.modRevision, header?.revision);
  });
});
