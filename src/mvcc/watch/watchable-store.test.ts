import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, encodeUtf8, Prng } from '../../stdx/index.js';
import { EVENT_DELETE, EVENT_PUT } from './event-segment.js';
import type { Change } from './history.conformance.js';
import { NaiveHistory, randomChanges } from './history.conformance.js';
import { BOTH, Fixture, NO_END, Probe, Reader } from './watch-fixture.conformance.js';
import { WatchableStore } from './watchable-store.js';
import type { WatchSpec } from './watcher.js';

const OPEN_END = new Uint8Array(1);

function randomSpec(prng: Prng, keys: readonly Uint8Array[], revision: number): WatchSpec {
  const key = prng.pick(keys);
  const end = prng.pick(keys);
  let rangeEnd: Uint8Array = NO_END;
  if (prng.chance(0.2)) rangeEnd = OPEN_END;
  else if (prng.chance(0.5) && compareBytes(end, key) > 0) rangeEnd = end;
  const startRevision = prng.chance(0.4) ? 0 : prng.between(1, revision + (prng.chance(0.2) ? 20 : 0));
  const eventMask = prng.chance(0.7) ? BOTH : prng.pick([EVENT_PUT, EVENT_DELETE, 0]);
  return { key, rangeEnd, startRevision, eventMask, prevKv: prng.chance(0.3) };
}

function randomRun(seed: number, rounds: number): void {
  const prng = new Prng(seed);
  const f = new Fixture();
  const keys = ['a', 'ab', 'b', 'ba', 'c', 'd', 'da', 'z'].map((text) => encodeUtf8(text));
  const readers = Array.from({ length: 5 }, () => new Reader());
  const probes: Probe[] = [];
  let serial = 0;
  const valueBytesMax = seed % 3 === 0 ? 60_000 : 50;
  for (let round = 0; round < rounds; round++) {
    const dice = prng.float();
    if (dice < 0.45) {
      for (let n = prng.chance(0.1) ? 40 : 1; n > 0; n--)
        f.history.txn(randomChanges(prng, keys, valueBytesMax));
    } else if (dice < 0.6) {
      const spec = randomSpec(prng, keys, f.history.revision);
      probes.push(f.watch(spec, prng.pick(readers), `seed ${seed} watcher ${serial++} round ${round}`));
    } else if (dice < 0.66 && probes.length > 0) {
      const [gone] = probes.splice(prng.below(probes.length), 1);
      const before = gone!.responses.length;
      f.store.cancel(gone!.watcher);
      f.turns(prng.below(3));
      assert.equal(gone!.responses.length, before, 'a cancelled watcher hears nothing');
    } else if (dice < 0.7) {
      const floor = Math.max(1, f.history.compactedRevision + 1);
      if (prng.chance(0.3) && floor <= f.history.revision)
        f.history.compact(prng.between(floor, f.history.revision));
    } else if (dice < 0.78) {
      const reader = prng.pick(readers);
      reader.room = prng.between(1, 4);
      reader.roomBytes = prng.chance(0.5) ? prng.below(40_000) : Infinity;
    } else if (dice < 0.86) {
      f.drain(prng.pick(readers));
    } else {
      f.turns(prng.between(1, 4));
    }
  }
  for (const reader of readers) f.drain(reader);
  f.turns();
  f.store.flush();
  for (const probe of probes) probe.checkComplete();
  assert.ok(f.deferredMax <= 2, 'one turn for those at the front and one for those behind are scheduled');
  assert.equal(f.store.slowWatcherCount, 0);
  for (const probe of probes) {
    const expected =
      probe.compactRevision === undefined && probe.watcher.spec.startRevision <= f.history.revision;
    assert.equal(f.store.isCaughtUp(probe.watcher), expected);
  }
  for (const probe of probes) f.store.cancel(probe.watcher);
  assert.equal(f.store.watcherCount, 0);
  assert.equal(f.store.logBytes, 0, 'without watchers nothing is kept');
}

const SEEDS = Number(process.env['WATCH_SEEDS'] ?? 24);

test('random histories: every watcher sees exactly its events, in order, whole revisions', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      randomRun(seed, 400);
    } catch (error) {
      console.error(`failed with seed ${seed}`);
      throw error;
    }
  }
});

test('a revision of many events that opens a new segment of the log is delivered whole', () => {
  for (const before of [1, 2, 5]) {
    const f = new Fixture(1024 * 1024);
    const probe = f.watch({ key: encodeUtf8('k'), rangeEnd: encodeUtf8('l') });
    const put = (n: number, valueBytes: number): Change => ({
      kind: 'put',
      key: encodeUtf8(`k${n}`),
      value: new Uint8Array(valueBytes),
    });
    // Fewer events than the next revision has, the last of which fills the segment.
    for (let i = 0; i < before; i++) {
      f.history.txn([put(i, 300_000 / before)]);
      f.turns();
    }
    f.history.txn(Array.from({ length: 10 }, (_, n) => put(n, 10_000)));
    f.turns();
    probe.checkComplete();
    assert.equal(probe.responses.at(-1)!.events, 10);
  }
});

test('catching up takes 1000 revisions a response, then one response a revision', () => {
  const f = new Fixture();
  for (let i = 0; i < 2500; i++) f.history.put('k', String(i));
  const probe = f.watch({ key: encodeUtf8('k'), startRevision: 1 });
  f.turns();
  f.history.put('k', 'live');
  f.turns();
  assert.deepEqual(
    probe.responses.map((r) => r.events),
    [1000, 1000, 500, 1],
  );
  assert.deepEqual(
    probe.responses.map((r) => r.revision),
    [2501, 2501, 2501, 2502],
  );
});

test('a response of history counts matched revisions, however many others lie between', () => {
  const f = new Fixture();
  for (let i = 0; i < 6000; i++) f.history.put(i % 4 === 0 ? 'wanted' : 'other', String(i));
  const probe = f.watch({ key: encodeUtf8('wanted'), startRevision: 2 });
  f.turns();
  assert.deepEqual(
    probe.responses.map((r) => r.events),
    [1000, 500],
  );
});

test('watchers that start together share the reading of history', () => {
  const f = new Fixture();
  for (let i = 0; i < 2500; i++) f.history.put('k', String(i));
  let records = 0;
  const scan = f.history.scanRevisions.bind(f.history);
  f.history.scanRevisions = (from, to, recordsMax, bytesMax, visit) =>
    scan(from, to, recordsMax, bytesMax, (record) => {
      records++;
      visit(record);
    });
  const probes = Array.from({ length: 40 }, () => f.watch({ key: encodeUtf8('k'), startRevision: 2 }));
  f.turns();
  for (const probe of probes) probe.checkComplete();
  assert.ok(records <= 3 * 2500, `${records} records were read for 40 watchers`);
});

test('a thousand congested watchers cost a commit nothing', () => {
  const f = new Fixture();
  const slow: Probe[] = [];
  for (let i = 0; i < 1000; i++) {
    const reader = new Reader();
    reader.room = 1;
    slow.push(f.watch({ key: encodeUtf8('k') }, reader));
  }
  const fast = f.watch({ key: encodeUtf8('k') });
  // The first event congests them, the second finds them so.
  f.history.put('k', '0');
  f.turns();
  f.history.put('k', '1');
  f.turns();
  assert.equal(f.store.slowWatcherCount, 1000);
  let looks = 0;
  for (const probe of slow) {
    Object.defineProperty(probe.reader, 'ready', {
      get: () => {
        looks++;
        return false;
      },
      set: () => {},
      configurable: true,
    });
  }
  for (let i = 0; i < 300; i++) {
    f.history.put('k', String(i).padEnd(2000, '.'));
    f.turns();
  }
  assert.equal(looks, 0, 'nobody asked a congested reader anything');
  assert.equal(fast.responses.length, 302);
  assert.ok(f.store.logBytes <= 256 * 1024 + 65536, 'the log is bounded');
  for (const probe of slow) {
    Object.defineProperty(probe.reader, 'ready', { value: true, writable: true });
    f.drain(probe.reader);
  }
  f.turns();
  for (const probe of slow) probe.checkComplete();
});

test('who is not reached in a turn gets several revisions in one response', () => {
  const f = new Fixture();
  const probes = Array.from({ length: 200 }, () => f.watch({ key: encodeUtf8('k') }));
  for (let i = 0; i < 300; i++) {
    f.history.put('k', String(i));
    f.turns(1);
  }
  f.turns();
  let responses = 0;
  for (const probe of probes) {
    probe.checkComplete();
    responses += probe.responses.length;
  }
  assert.ok(responses < (probes.length * 300) / 2, `${responses} responses`);
  assert.equal(f.store.slowWatcherCount, 0, 'all are at the front again');
  f.history.put('k', 'last');
  f.turns();
  for (const probe of probes) probe.checkComplete();
});

test('those behind wait for the background, those at the front do not', () => {
  const history = new NaiveHistory();
  const deferred: (() => void)[] = [];
  const background: (() => void)[] = [];
  const store = new WatchableStore(history, {
    defer: (fn) => deferred.push(fn),
    background: (slice) => background.push(slice),
  });
  history.listener = store;
  for (let i = 0; i < 10; i++) history.put('k', String(i));
  const probes = [0, 2].map((startRevision) => {
    const spec = { key: encodeUtf8('k'), rangeEnd: NO_END, startRevision, eventMask: BOTH, prevKv: false };
    const probe = new Probe(history, new Reader(), spec, `from ${startRevision}`);
    probe.watcher = store.watch(spec, probe);
    return probe;
  });
  const [live, late] = probes as [Probe, Probe];
  history.put('k', 'new');
  while (deferred.length > 0) deferred.shift()!();
  live.checkComplete();
  assert.equal(late.responses.length, 0);
  while (background.length > 0) {
    assert.equal(background.length, 1, 'one slice at a time');
    background.shift()!();
  }
  assert.equal(deferred.length, 0);
  late.checkComplete();
});

test('a burst larger than the log reaches every synced watcher', () => {
  const f = new Fixture();
  const probe = f.watch({ key: encodeUtf8('k') });
  const value = new Uint8Array(100_000);
  const put: Change = { kind: 'put', key: encodeUtf8('k'), value };
  let logBytesMax = 0;
  for (let i = 0; i < 50; i++) {
    f.history.txn([put]);
    logBytesMax = Math.max(logBytesMax, f.store.logBytes);
  }
  f.turns();
  assert.ok(logBytesMax <= 600_000, `the log grew to ${logBytesMax} bytes`);
  assert.equal(probe.responses.length, 50);
  assert.ok(probe.responses.every((r) => r.wasSynced));
});

test('large previous values split a catch-up response between revisions', () => {
  const f = new Fixture();
  const key = encodeUtf8('k');
  for (let i = 0; i < 8; i++) {
    f.history.txn([{ kind: 'put', key, value: new Uint8Array(40_000) }]);
    f.history.txn([{ kind: 'delete', key }]);
  }
  const reader = new Reader();
  const probe = f.watch({ key, startRevision: 2, eventMask: EVENT_DELETE, prevKv: true }, reader);
  reader.room = 2;
  f.turns();
  assert.deepEqual(
    probe.responses.map((r) => r.events),
    [2, 2],
  );
  f.drain(reader);
  f.turns();
  probe.checkComplete();
  assert.equal(probe.responses.length, 4);
});

test('a response is no longer than leaves at once, if that is not next to nothing', () => {
  for (const [roomBytes, most] of [
    [10_000, 9],
    [500, 4],
    [0, 4],
  ] as const) {
    const f = new Fixture();
    const key = encodeUtf8('k');
    for (let i = 0; i < 100; i++) f.history.txn([{ kind: 'put', key, value: new Uint8Array(1000) }]);
    const reader = new Reader();
    reader.roomBytes = roomBytes;
    const probe = f.watch({ key, startRevision: 1 }, reader);
    f.turns();
    probe.checkComplete();
    assert.equal(Math.max(...probe.responses.map((r) => r.events)), most, `${roomBytes} bytes of room`);
  }
});

test('a watcher at the compacted revision goes on, one below is told', () => {
  const f = new Fixture();
  for (let i = 0; i < 10; i++) f.history.put('k', String(i));
  f.history.compact(5);
  const at = f.watch({ key: encodeUtf8('k'), startRevision: 5 });
  const below = f.watch({ key: encodeUtf8('k'), startRevision: 4 });
  f.turns();
  at.checkComplete();
  assert.equal(at.responses[0]!.events, 7);
  assert.equal(below.compactRevision, 5);
  assert.equal(below.responses.length, 0);
  assert.equal(f.store.isCaughtUp(below.watcher), false);
  assert.equal(f.store.watcherCount, 2, 'it stays registered');
});

test('compaction in the middle of a long catch-up ends it', () => {
  const f = new Fixture();
  for (let i = 0; i < 5000; i++) f.history.put('k', String(i));
  const probe = f.watch({ key: encodeUtf8('k'), startRevision: 2 });
  f.turns(2);
  f.history.compact(4000);
  f.turns();
  assert.equal(probe.compactRevision, 4000);
});

test('after the store was replaced by a newer one, watchers catch up from its history', () => {
  const f = new Fixture();
  const probe = f.watch({ key: encodeUtf8('k') });
  const parked = f.watch({ key: encodeUtf8('k') });
  parked.reader.room = 1;
  const future = f.watch({ key: encodeUtf8('k'), startRevision: 30 });
  for (let i = 0; i < 5; i++) f.history.put('k', String(i));
  f.turns(1);
  f.history.put('k', 'not handed out yet');
  f.history.listener = undefined;
  for (let i = 0; i < 50; i++) f.history.put('k', String(i));
  f.store.onReplaced();
  f.history.listener = f.store;
  f.turns();
  f.history.put('k', 'after');
  f.drain(parked.reader);
  f.turns();
  for (const each of [probe, parked, future]) each.checkComplete();
  assert.equal(probe.responses.at(-1)!.wasSynced, true);
});

test('cancelling from within a delivery is safe', () => {
  const f = new Fixture();
  const reader = new Reader();
  const first = f.watch({ key: encodeUtf8('k') }, reader);
  const second = f.watch({ key: encodeUtf8('k') }, reader);
  const deliver = first.deliver.bind(first);
  first.deliver = (revision, pieces) => {
    deliver(revision, pieces);
    f.store.cancel(first.watcher);
    f.store.cancel(second.watcher);
  };
  f.history.put('k', '1');
  f.turns();
  f.history.put('k', '2');
  f.turns();
  assert.equal(first.responses.length + second.responses.length <= 2, true);
  assert.equal(f.store.watcherCount, 0);
});
