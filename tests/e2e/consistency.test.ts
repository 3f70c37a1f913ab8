/** What clients of a store may take for granted while many write at once: no lost update, no stale linearizable read. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  call,
  get,
  MemberProcess,
  type Message,
  programUnderTest,
  put,
  RawClient,
  revisionOf,
  skipWithoutServer,
} from '../harness/index.js';

const program = programUnderTest();
const WORKERS = 12;

describe('consistency under concurrency', { skip: skipWithoutServer(program) }, () => {
  let member: MemberProcess;
  let clients: RawClient[];
  before(async () => {
    member = await MemberProcess.launch(program);
    clients = Array.from({ length: 4 }, () => new RawClient(member.endpoint));
  });
  after(async () => {
    for (const client of clients) client.close();
    await member.stop('SIGKILL');
  });

  const clientOf = (worker: number): RawClient => clients[worker % clients.length]!;
  const key = (text: string): Buffer => Buffer.from(text);

  test('a counter raised by compare-and-swap counts every success once', async () => {
    await put(clients[0]!, 'counter', '0');
    const revisions: number[] = [];
    let conflicts = 0;
    const worker = async (number: number): Promise<void> => {
      for (let done = 0; done < 40; ) {
        const answer = await call(clientOf(number), 'Range', 'Range', { key: key('counter') });
        const [kv] = answer['kvs'] as Message[];
        const next = Number(String(kv!['value'])) + 1;
        const txn = await call(clientOf(number), 'Txn', 'Txn', {
          compare: [{ key: key('counter'), target: 2, mod_revision: kv!['mod_revision'] }],
          success: [{ request_put: { key: key('counter'), value: key(`${next}`) } }],
        });
        if (txn['succeeded'] !== true) {
          conflicts++;
          continue;
        }
        revisions.push(revisionOf(txn));
        done++;
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, (_, i) => worker(i)));
    assert.equal(await get(clients[0]!, 'counter'), `${WORKERS * 40}`);
    assert.equal(new Set(revisions).size, revisions.length, 'two successes at one revision');
    assert.ok(conflicts > 0, 'the workers never met: the test proves nothing');
  });

  test('a linearizable read sees what was acknowledged before it, on any connection', async () => {
    let acknowledged = 0;
    let stopped = false;
    const writer = async (): Promise<void> => {
      for (let i = 1; i <= 400; i++) {
        await put(clients[0]!, 'clock', `${i}`);
        acknowledged = i;
      }
      stopped = true;
    };
    const reader = async (number: number): Promise<number> => {
      let reads = 0;
      let last = 0;
      while (!stopped) {
        const before = acknowledged;
        const seen = Number((await get(clientOf(number), 'clock')) ?? '0');
        assert.ok(seen >= before, `read ${seen} after ${before} was acknowledged`);
        assert.ok(seen >= last, `read ${seen} after reading ${last}`);
        last = seen;
        reads++;
      }
      return reads;
    };
    const [reads] = await Promise.all([Promise.all([1, 2, 3].map(reader)), writer()]);
    assert.ok(
      reads.every((count) => count > 10),
      `reads: ${reads.join()}`,
    );
  });

  test('a range never sees half of a transaction', async () => {
    const names = Array.from({ length: 10 }, (_, i) => key(`half/${i}`));
    let stopped = false;
    const writer = async (): Promise<void> => {
      for (let round = 0; round < 150; round++) {
        const success = names.map((name) => ({ request_put: { key: name, value: key(`${round}`) } }));
        await call(clients[0]!, 'Txn', 'Txn', { success });
      }
      stopped = true;
    };
    const reader = async (number: number): Promise<void> => {
      while (!stopped) {
        const range = { key: key('half/'), range_end: key('half0'), serializable: number % 2 === 0 };
        const answer = await call(clientOf(number), 'Range', 'Range', range);
        const kvs = (answer['kvs'] ?? []) as Message[];
        const rounds = new Set(kvs.map((kv) => String(kv['value'])));
        assert.ok(
          rounds.size <= 1 && (kvs.length === 0 || kvs.length === names.length),
          `${[...rounds].join()}`,
        );
      }
    };
    await Promise.all([writer(), ...[1, 2, 3].map(reader)]);
  });

  test('revisions of one connection never go back', async () => {
    const worker = async (number: number): Promise<void> => {
      let last = 0;
      for (let i = 0; i < 60; i++) {
        const revision =
          i % 3 === 0
            ? await put(clientOf(number), `mono/${number}`, `${i}`)
            : revisionOf(
                await call(clientOf(number), 'Range', 'Range', {
                  key: key('mono'),
                  serializable: i % 3 === 1,
                }),
              );
        assert.ok(revision >= last, `revision ${revision} after ${last}`);
        last = revision;
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, (_, i) => worker(i)));
  });
});
