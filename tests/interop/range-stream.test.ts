/** KV.RangeStream through @grpc/grpc-js, with the plain range of the same server as the oracle. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Prng } from '../../src/stdx/index.js';
import { RangeResponse, SortOrder, SortTarget } from '../../src/wire/index.js';
import { connect, type TestClient } from '../clients/client.js';
import { MemberProcess, skipWithoutServer, sleep } from '../harness/index.js';

type Request = Parameters<TestClient['kv']['range']>[0];

const seed = Number(process.env['SEED'] ?? 11);
const KEYS = 3000;

async function merged(client: TestClient, request: Request): Promise<RangeResponse> {
  let sum = RangeResponse.create({});
  for await (const { rangeResponse } of client.kv.rangeStream(request)) {
    const piece = rangeResponse!;
    sum = {
      header: piece.header ?? sum.header,
      kvs: [...sum.kvs, ...piece.kvs],
      more: piece.more || sum.more,
      count: piece.count || sum.count,
    };
  }
  return sum;
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

describe('RangeStream', { skip: skipWithoutServer('quoin') }, () => {
  let member: MemberProcess;
  let client: TestClient;

  before(async () => {
    member = await MemberProcess.launch('quoin');
    client = connect(member.endpoint);
    for (let at = 0; at < KEYS; at += 100) {
      const success = Array.from({ length: 100 }, (_, i) => ({
        requestPut: { key: `k/${String(at + i).padStart(5, '0')}`, value: `v${at + i}`.repeat(20) },
      }));
      await client.kv.txn({ success });
    }
  });
  after(async () => {
    client.close();
    await member.stop();
  });

  test('its pieces merge into the answer of Range', async () => {
    console.log(`SEED=${seed}`);
    const rng = new Prng(seed);
    for (let round = 0; round < 60; round++) {
      const request = {
        key: rng.pick(['k', 'k/01000', 'k/00007', 'nothing', '\0']),
        rangeEnd: rng.pick(['', '\0', 'l', 'k/02000']),
        limit: rng.pick([0, 0, 1, 999, 5000]),
        revision: rng.pick([0, 0, 15, 31]),
        keysOnly: rng.chance(0.2),
        countOnly: rng.chance(0.1),
        serializable: rng.chance(0.5),
      };
      const plain = await client.kv.range(request);
      assert.deepEqual(await merged(client, request), plain, JSON.stringify(request));
    }
  });

  test('it shows one revision while others write', async () => {
    const before = await client.kv.range({ key: 'k', rangeEnd: 'l' });
    const stream = client.kv.rangeStream({ key: 'k', rangeEnd: 'l' });
    const first = await stream.must();
    await client.kv.txn({
      success: [
        { requestPut: { key: 'k/02999', value: 'late' } },
        { requestDeleteRange: { key: 'k/02998' } },
      ],
    });
    const kvs = [...first.rangeResponse!.kvs];
    for await (const { rangeResponse } of stream) kvs.push(...rangeResponse!.kvs);
    assert.deepEqual(kvs, before.kvs);
  });

  test('what it cannot do is refused', async () => {
    await assert.rejects(merged(client, { key: 'k', sortOrder: SortOrder.DESCEND }), {
      code: 12,
      details: 'RangeStream does not support custom sort orders',
    });
    const byVersion = { sortOrder: SortOrder.ASCEND, sortTarget: SortTarget.VERSION };
    await assert.rejects(merged(client, { key: 'k', ...byVersion }), { code: 12 });
    await assert.rejects(merged(client, { key: 'k', minCreateRevision: 2 }), {
      code: 12,
      details: 'RangeStream does not support revision filters',
    });
    await assert.rejects(merged(client, {}), { code: 3, details: 'etcdserver: key is not provided' });
    await assert.rejects(merged(client, { key: 'k', revision: 1_000_000 }), {
      code: 11,
      details: 'etcdserver: mvcc: required revision is a future revision',
    });
  });

  test('an answer that is not read takes no memory', { skip: process.platform !== 'linux' }, async () => {
    const value = 'x'.repeat(1_000_000);
    for (let i = 0; i < 150; i++) await client.kv.put({ key: `large/${i}`, value });
    const resting = residentBytes(member.pid);
    const stream = client.kv.rangeStream({ key: 'large/', rangeEnd: 'large0' });
    await stream.must();
    stream.pause();
    // Time for a server that does not wait to send all of it.
    await sleep(2000);
    const grown = residentBytes(member.pid) - resting;
    assert.ok(grown < 75_000_000, `${grown} bytes more`);
    assert.ok(stream.waitingCount < 50, `${stream.waitingCount} messages arrived`);
    stream.resume();
    let count = 1;
    for await (const { rangeResponse } of stream) count += rangeResponse!.kvs.length;
    assert.equal(count, 150);
  });
});
