import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type LogSink } from '../platform/index.js';
import { EMPTY_CONF_STATE, type Entry, EntryKind, type HardState } from '../raft/index.js';
import { EMPTY_BYTES } from '../stdx/index.js';
import { ManualClock } from '../transport/testing/manual-clock.js';
import { DISK_FULL_RETRY_MS } from './limits.js';
import { type DurableLog, LogWriter, type WriteOrder } from './log-writer.js';
import { MemberCounters } from './member-counters.js';

type Append = Parameters<DurableLog['append']>;

/** A log whose writes end when the test says so. */
class FakeLog implements DurableLog {
  failure: Error | undefined;
  readonly appends: Append[] = [];
  seals = 0;

  append(...append: Append): void {
    this.appends.push(append);
  }

  seal(): void {
    this.seals++;
  }

  get last(): Append {
    return this.appends[this.appends.length - 1]!;
  }
}

const SILENT: LogSink = { log() {} };
const FULL = new DiskError('ENOSPC', 'create', 'wal', 'no space left on device');

function setUp() {
  const log = new FakeLog();
  const clock = new ManualClock();
  const durable: (readonly WriteOrder[])[] = [];
  const failures: Error[] = [];
  const writer: LogWriter = new LogWriter({
    wal: log,
    clock,
    sink: SILENT,
    counters: new MemberCounters(),
    onDurable: (orders) => durable.push(orders),
    onFailure: (error) => failures.push(error),
  });
  return { log, clock, durable, failures, writer };
}

function order(indexes: readonly number[], hardState: HardState | null = null, term = 1): WriteOrder {
  const entries = indexes.map(
    (index): Entry => ({ index, term, kind: EntryKind.NORMAL, data: new Uint8Array(0) }),
  );
  return { hardState, entries, snapshot: null, append: null };
}

const snapshotAt = (index: number) => ({ index, term: 1, confState: EMPTY_CONF_STATE, data: EMPTY_BYTES });
const state = (commit: number): HardState => ({ term: 1, vote: 1n, commit });
const indexesOf = ([, entries]: Append): number[] => entries.map((entry) => entry.index);

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let i = 0; i < 5; i++) await Promise.resolve();
  return settled;
}

test('what is ordered during a write goes into the next one, told of in order', () => {
  const { log, durable, writer } = setUp();
  const orders = [order([1], state(0)), order([2, 3]), order([4], state(2))];
  for (const each of orders) writer.write(each);
  assert.equal(log.appends.length, 1, 'one write at a time');
  assert.deepEqual(indexesOf(log.last), [1]);
  assert.ok(writer.busy);
  assert.deepEqual(durable, []);
  log.last[2]();
  assert.deepEqual(durable, [[orders[0]]]);
  assert.deepEqual(indexesOf(log.last), [2, 3, 4]);
  assert.deepEqual(log.last[0], state(2));
  log.last[2]();
  assert.deepEqual(durable[1], [orders[1], orders[2]]);
  assert.equal(writer.busy, false);
  assert.equal(log.appends.length, 2);
});

test('entries of one write that overwrite earlier ones replace them', () => {
  const { log, writer } = setUp();
  writer.write(order([1]));
  writer.write(order([2, 3, 4]));
  writer.write(order([3], null, 2));
  log.last[2]();
  assert.deepEqual(
    log.last[1].map((entry) => [entry.index, entry.term]),
    [
      [2, 1],
      [3, 2],
    ],
  );
});

test('a commit index alone is not written, but rides on the next write once', () => {
  const { log, writer } = setUp();
  writer.setLazyHardState(state(5));
  assert.equal(log.appends.length, 0);
  writer.write(order([6]));
  assert.deepEqual(log.last[0], state(5));
  log.last[2]();
  writer.write(order([7]));
  assert.equal(log.last[0], undefined);
});

test('a snapshot is written alone, between what was ordered before and after it', () => {
  const { log, durable, writer } = setUp();
  writer.write(order([1]));
  writer.write(order([2, 3]));
  writer.write({ hardState: state(9), entries: [], snapshot: snapshotAt(9), append: null });
  writer.write(order([10, 11]));
  // Speaks of entry 10: nothing that was ordered before may be written with it.
  writer.setLazyHardState(state(10));
  const written = [];
  for (let i = 0; i < 4; i++) {
    const [hardState, entries, done, marker] = log.last;
    written.push([hardState?.commit, entries.map(({ index }) => index), marker?.index]);
    done();
  }
  assert.deepEqual(written, [
    [undefined, [1], undefined],
    [undefined, [2, 3], undefined],
    [9, [], 9],
    [undefined, [10, 11], undefined],
  ]);
  assert.deepEqual(
    durable.map((orders) => orders.length),
    [1, 1, 1, 1],
  );
  assert.equal(writer.busy, false);
});

test('no write takes back what an earlier one said of term and vote', () => {
  const { log, writer } = setUp();
  writer.write(order([1]));
  writer.setLazyHardState(state(1));
  const later: HardState = { term: 2, vote: 3n, commit: 1 };
  writer.write(order([], later));
  writer.write({ ...order([], { ...later, commit: 20 }), snapshot: snapshotAt(20) });
  writer.write(order([21]));
  for (let i = 0; i < 4; i++) log.appends[i]![2]();
  const terms = log.appends.map(([hardState]) => hardState?.term);
  assert.deepEqual(terms, [undefined, 2, 2, undefined]);
});

test('a commit index that came behind an order of an older one is written with what comes next', () => {
  const { log, writer } = setUp();
  writer.write(order([], state(10)));
  writer.write(order([], state(11)));
  writer.setLazyHardState(state(12));
  writer.write(order([13]));
  writer.write(order([14]));
  log.last[2]();
  assert.deepEqual([log.last[0], indexesOf(log.last)], [state(12), [13, 14]]);
});

test('a full disk is asked again with the same write, and what waits stays behind it', () => {
  const { log, clock, durable, failures, writer } = setUp();
  const first = order([1], state(0));
  const second = order([2]);
  writer.write(first);
  log.last[2](FULL);
  writer.write(second);
  assert.ok(writer.busy, 'nothing overtakes it');
  clock.advance(DISK_FULL_RETRY_MS - 1);
  assert.equal(log.appends.length, 1);
  clock.advance(1);
  assert.equal(log.appends.length, 2);
  log.last[2](FULL);
  clock.advance(DISK_FULL_RETRY_MS);
  assert.deepEqual([log.appends.length, indexesOf(log.last), log.last[0]], [3, [1], state(0)]);
  assert.deepEqual(durable, [], 'nothing is acknowledged meanwhile');
  log.last[2]();
  assert.deepEqual(durable, [[first]]);
  log.last[2]();
  assert.deepEqual([durable[1], failures], [[second], []]);
});

test('a broken log ends it: told once, nothing acknowledged, nothing written any more', () => {
  for (const broken of [new DiskError('EIO', 'write', 'wal', 'input/output error'), FULL]) {
    const { log, durable, failures, writer } = setUp();
    writer.write(order([1]));
    writer.write(order([2]));
    // A log that is broken says so, whatever the first error was.
    log.failure = broken;
    log.last[2](broken);
    assert.deepEqual([failures, durable, log.appends.length], [[broken], [], 1]);
    writer.write(order([3]));
    assert.equal(log.appends.length, 1);
  }
});

test('stop waits for the write under way and starts none after it', async () => {
  const { log, durable, writer } = setUp();
  writer.write(order([1]));
  writer.write(order([2]));
  const stopped = writer.stop();
  assert.equal(await isSettled(stopped), false);
  log.last[2]();
  await stopped;
  assert.deepEqual([durable.length, log.appends.length], [1, 1]);
});

test('stop does not wait for a full disk', async () => {
  const { log, clock, durable, writer } = setUp();
  writer.write(order([1]));
  log.last[2](FULL);
  await writer.stop();
  clock.advance(10 * DISK_FULL_RETRY_MS);
  assert.deepEqual([log.appends.length, durable], [1, []]);
});

test('stop during a repeated write ends with that write, full or not', async () => {
  for (const outcome of [FULL, undefined]) {
    const { log, clock, durable, failures, writer } = setUp();
    writer.write(order([1]));
    log.last[2](FULL);
    clock.advance(DISK_FULL_RETRY_MS);
    const stopped = writer.stop();
    assert.equal(await isSettled(stopped), false);
    log.last[2](outcome);
    await stopped;
    clock.advance(10 * DISK_FULL_RETRY_MS);
    assert.deepEqual([log.appends.length, durable.length, failures], [2, outcome === FULL ? 0 : 1, []]);
  }
});

test('a commit index that nothing comes after is written once a whole interval was idle', () => {
  const { log, writer } = setUp();
  writer.write(order([1]));
  log.last[2]();
  writer.setLazyHardState(state(1));
  writer.sealWhenIdle();
  assert.deepEqual([log.appends.length, log.seals], [1, 0], 'something was written lately');
  writer.sealWhenIdle();
  assert.deepEqual([log.last[0], indexesOf(log.last), log.seals], [state(1), [], 0]);
  log.last[2]();
  for (let i = 0; i < 2; i++) writer.sealWhenIdle();
  assert.deepEqual([log.appends.length, log.seals], [2, 0], 'it is a seal as well');
  writer.write(order([2]));
  log.last[2]();
  for (let i = 0; i < 2; i++) writer.sealWhenIdle();
  assert.deepEqual([log.appends.length, log.seals], [3, 1]);
});

test('the last write is sealed once a whole interval was idle', () => {
  const { log, writer } = setUp();
  writer.sealWhenIdle();
  assert.equal(log.seals, 1);
  writer.write(order([1]));
  writer.sealWhenIdle();
  log.last[2]();
  assert.equal(log.seals, 1, 'not during a write');
  writer.sealWhenIdle();
  assert.equal(log.seals, 2);
});
