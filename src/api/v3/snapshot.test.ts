import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BoltFile, bytesSource } from '../../bolt/index.js';
import type { BackendSnapshot } from '../../mvcc/index.js';
import type { Timer } from '../../platform/index.js';
import { MemberCounters } from '../../server/index.js';
import { concatBytes, encodeUtf8 } from '../../stdx/index.js';
import { MemoryBackend } from '../../storage/index.js';
import type { MethodHandler } from '../../transport/index.js';
import { SnapshotResponse } from '../../wire/index.js';
import type { ApiContext } from './context.js';
import { SNAPSHOT_BLOB_BYTES, SNAPSHOT_STALL_MS, SNAPSHOT_STREAMS_MAX } from './limits.js';
import { FakeCall } from './service-fixture.conformance.js';
import { snapshotService } from './snapshot.js';
import { SnapshotStream } from './snapshot-stream.js';

const newSha256 = () => createHash('sha256');

/** Runs deferred work when it is told to. */
class ManualClock {
  readonly #work: (() => void)[] = [];
  readonly timers = new Map<() => void, number>();
  now = (): number => 0;
  wallTime = (): number => 0;
  defer(fn: () => void): void {
    this.#work.push(fn);
  }
  setTimer(ms: number, fn: () => void): Timer {
    this.timers.set(fn, ms);
    return { cancel: () => void this.timers.delete(fn) };
  }
  run(): number {
    let turns = 0;
    for (let fn = this.#work.shift(); fn !== undefined; fn = this.#work.shift(), turns++) fn();
    return turns;
  }
}

/** A caller that takes `room` messages before it is too slow. */
class SlowCall extends FakeCall {
  room = Infinity;
  override send(message: Uint8Array, start: number, end: number): boolean {
    super.send(message, start, end);
    return --this.room > 0;
  }
}

async function fixture() {
  const backend = new MemoryBackend();
  await backend.commit((tx) => {
    for (let i = 0; i < 3000; i++) tx.put('key', encodeUtf8(`k${i}`), new Uint8Array(100).fill(i));
  });
  let open = 0;
  const view = backend.snapshot();
  const counted: BackendSnapshot = {
    get: (table, key) => view.get(table, key),
    scan: (table, from, to, visit) => view.scan(table, from, to, visit),
    close: () => {
      open--;
      view.close();
    },
  };
  open++;
  const clock = new ManualClock();
  const call = new SlowCall();
  let ends = 0;
  const stream = new SnapshotStream(call, counted, clock, newSha256(), () => ends++);
  return { clock, call, stream, views: () => open, ends: () => ends };
}

test('the blobs are a file, and the last one its hash', async () => {
  const { clock, call, views, ends } = await fixture();
  assert.ok(clock.run() > 5, 'the work is done in slices');
  assert.deepEqual([call.status, views(), ends()], ['0', 0, 1]);
  const messages = call.messages.map((message) => SnapshotResponse.decode(message));
  const blobs = messages.map((message) => message.blob);
  const hash = blobs.pop()!;
  const file = concatBytes(blobs);
  assert.deepEqual(hash, new Uint8Array(createHash('sha256').update(file).digest()));
  let remaining = file.length;
  for (const [i, blob] of blobs.entries()) {
    assert.ok(blob.length === SNAPSHOT_BLOB_BYTES || i === blobs.length - 1);
    assert.equal(messages[i]!.remainingBytes, (remaining -= blob.length));
  }
  assert.equal(messages[messages.length - 1]!.remainingBytes, 0);
  const cursor = new BoltFile(bytesSource(file)).bucket(encodeUtf8('key'))!;
  let records = 0;
  while (cursor.next()) records++;
  assert.equal(records, 3000);
});

test('nothing is prepared for a caller that does not read, and all of it comes when it does', async () => {
  const whole = await fixture();
  whole.clock.run();
  const { clock, call } = await fixture();
  for (let rounds = 0; call.status === undefined; rounds++) {
    assert.ok(rounds < 1000);
    call.room = 1;
    const sent = call.messages.length;
    clock.run();
    assert.ok(call.messages.length <= sent + 2);
    assert.equal(clock.run(), 0, 'no work is done while the caller is slow');
    call.onDrain?.();
  }
  assert.deepEqual(call.messages, whole.call.messages);
});

test('a caller that reads nothing for long is given up, and its view let go of', async () => {
  const { clock, call, views, ends } = await fixture();
  call.room = 1;
  clock.run();
  assert.deepEqual([...clock.timers.values()], [SNAPSHOT_STALL_MS]);
  for (const fire of clock.timers.keys()) fire();
  assert.match(call.status!, /^10 /);
  assert.deepEqual([views(), ends()], [0, 1]);
});

test('a caller that goes away lets go of the view at once', async () => {
  const { clock, call, views, ends } = await fixture();
  call.room = 2;
  clock.run();
  call.onCancel?.();
  call.onDrain?.();
  clock.run();
  assert.deepEqual([views(), ends(), clock.timers.size], [0, 1, 0]);
});

/** The service on a machine that has applied up to 5, and a backend that has committed as much as it is told. */
async function service(isRoot: boolean) {
  const backend = new MemoryBackend();
  const clock = new ManualClock();
  const commit = (index: number): Promise<void> =>
    backend.commit((tx) => tx.put('meta', encodeUtf8('applied'), Uint8Array.of(index, 1)));
  await commit(4);
  const context = {
    member: { clock, counters: new MemberCounters(), hasLeader: true, isLearner: true },
    machine: {
      appliedIndex: 5,
      auth: { enabled: !isRoot },
      permissions: { admin: () => (isRoot ? undefined : 'permission-denied') },
    },
  } as unknown as ApiContext;
  const [[path, method]] = snapshotService(context, { backend, newSha256 }) as [[string, MethodHandler]];
  assert.equal(path, '/etcdserverpb.Maintenance/Snapshot');
  const begin = (): FakeCall => {
    const call = new FakeCall();
    assert.ok(method.kind === 'stream');
    method.handle(call);
    call.onMessage!(new Uint8Array(0), 0, 0);
    return call;
  };
  /** Fires what waits for time to pass, and does the work. */
  const pass = (): void => {
    for (const fire of [...clock.timers.keys()]) {
      clock.timers.delete(fire);
      fire();
    }
    clock.run();
  };
  return { begin, pass, commit };
}

test('the file holds what was applied before the call', async () => {
  const { begin, pass, commit } = await service(true);
  const call = begin();
  for (let i = 0; i < 5; i++) pass();
  assert.deepEqual([call.messages.length, call.status], [0, undefined]);
  await commit(5);
  pass();
  assert.equal(call.status, '0');
  assert.ok(call.messages.length >= 2);
});

test('so many at a time, also counting those that wait; whoever goes away makes room', async () => {
  const { begin, pass, commit } = await service(true);
  const calls = Array.from({ length: SNAPSHOT_STREAMS_MAX }, begin);
  assert.match(begin().status!, /etcdserver: too many requests/);
  calls[0]!.finished = true;
  pass();
  const late = begin();
  assert.equal(late.status, undefined);
  await commit(5);
  pass();
  pass();
  assert.deepEqual([late.status, calls[1]!.status], ['0', '0']);
  const next = begin();
  pass();
  assert.equal(next.status, '0');
});

test('with auth on, the state is for root alone', async () => {
  const { begin, pass } = await service(false);
  const call = begin();
  pass();
  assert.match(call.status!, /^7 etcdserver: permission denied/);
  assert.equal(call.messages.length, 0);
});
