/** A watcher that stops reading holds up nobody, and misses nothing when it reads again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decode,
  encode,
  MemberProcess,
  type Message,
  programUnderTest,
  put,
  RawClient,
  type RawStream,
  skipWithoutServer,
  waitUntil,
} from '../harness/index.js';

const program = programUnderTest();
const PUTS = 1500;
const VALUE_BYTES = 8_000;

interface Watch {
  readonly stream: RawStream;
  /** `mod_revision` of each event, in the order of arrival. */
  readonly revisions: number[];
  readonly faults: string[];
}

function watch(client: RawClient, request: Message): Watch {
  const revisions: number[] = [];
  const faults: string[] = [];
  const stream = client.stream('/etcdserverpb.Watch/Watch', (body) => {
    const response = decode('WatchResponse', body);
    if (response['canceled'] === true) faults.push(`canceled: ${String(response['cancel_reason'])}`);
    for (const event of (response['events'] ?? []) as Message[]) {
      const kv = event['kv'] as Message;
      revisions.push(Number(kv['mod_revision']));
      if ((kv['value'] as Buffer).length !== VALUE_BYTES) faults.push('a value was cut');
    }
  });
  stream.send(encode('WatchRequest', { create_request: request }));
  return { stream, revisions, faults };
}

test('a watcher that stops reading', { skip: skipWithoutServer(program) }, async () => {
  const member = await MemberProcess.launch(program);
  const [writer, reader, sleeper] = [0, 1, 2].map(() => new RawClient(member.endpoint)) as [
    RawClient,
    RawClient,
    RawClient,
  ];
  try {
    const everything = { key: Buffer.from([0]), range_end: Buffer.from([0]), start_revision: 2 };
    const asleep = watch(sleeper, everything);
    const beside = watch(sleeper, { ...everything, prev_kv: true });
    const awake = watch(reader, everything);
    await put(writer, 'first', Buffer.alloc(VALUE_BYTES));
    const all = [asleep, beside, awake];
    assert.ok(
      await waitUntil(() => all.every((each) => each.revisions.length === 1), 10_000),
      'the watches do not stand',
    );
    asleep.stream.pause();
    beside.stream.pause();
    const value = Buffer.alloc(VALUE_BYTES, 'v');
    for (let i = 0; i < PUTS; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => put(writer, `k${(i + j) % 7}`, value)));
    }
    const expected = Array.from({ length: PUTS + 1 }, (_, i) => i + 2);
    assert.ok(
      await waitUntil(() => awake.revisions.length >= expected.length, 30_000),
      'the reader is held up',
    );
    assert.deepEqual(awake.revisions, expected);
    assert.ok(asleep.revisions.length < PUTS, 'the paused watcher was never behind: the test proves nothing');
    asleep.stream.resume();
    beside.stream.resume();
    for (const each of [asleep, beside]) {
      assert.ok(
        await waitUntil(() => each.revisions.length >= expected.length, 30_000),
        `${each.revisions.length} events`,
      );
      assert.deepEqual(each.revisions, expected);
      assert.deepEqual(each.faults, []);
    }
    await put(writer, 'last', value);
    const last = (): boolean => all.every((each) => each.revisions.at(-1) === PUTS + 3);
    assert.ok(await waitUntil(last, 10_000), 'a watcher is not live again');
    for (const each of all) each.stream.cancel();
  } finally {
    for (const client of [writer, reader, sleeper]) client.close();
    await member.stop('SIGKILL');
  }
});
