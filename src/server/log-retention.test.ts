import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfState, EMPTY_CONF_STATE, type Entry, EntryKind, MemoryStorage } from '../raft/index.js';
import type { SnapshotMarker } from '../storage/index.js';
import { FOLLOWER_LOG_BYTES_MAX, LOG_BYTES_MAX } from './limits.js';
import { LogRetention } from './log-retention.js';

const ALONE: ConfState = { ...EMPTY_CONF_STATE, voters: [1n] };
const THREE: ConfState = { ...EMPTY_CONF_STATE, voters: [1n, 2n, 3n] };

/** No follower lacks anything. */
const ALL = (): number => Number.POSITIVE_INFINITY;

function entries(from: number, to: number, bytes = 10): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    index: from + i,
    term: 1,
    kind: EntryKind.NORMAL,
    data: new Uint8Array(bytes),
  }));
}

function setUp(last: number) {
  const log = new MemoryStorage();
  log.append(entries(1, last));
  const calls: string[] = [];
  const done: ((error?: Error) => void)[] = [];
  const wal = {
    saveSnapshotMarker(marker: SnapshotMarker, whenSaved?: (error?: Error) => void) {
      calls.push(`save ${marker.index} ${marker.term} ${marker.confState.voters.length}`);
      done.push(whenSaved!);
    },
    releaseTo(index: number) {
      calls.push(`release ${index}`);
    },
  };
  const options = { snapshotCount: 100, snapshotCatchupEntries: 30 };
  const followers = { have: Number.POSITIVE_INFINITY };
  const retention = new LogRetention(log, wal, options, () => followers.have);
  const durable = (index: number, confState = ALONE): void =>
    retention.noteDurable({ index, term: 1, confState });
  return { log, calls, done, retention, durable, followers };
}

test('a marker goes out every snapshot-count entries, and segments go after it', () => {
  const { calls, done, durable } = setUp(500);
  durable(99);
  assert.deepEqual(calls, []);
  durable(100);
  assert.deepEqual(calls, ['save 100 1 1']);
  done[0]!();
  assert.deepEqual(calls, ['save 100 1 1', 'release 100']);
  durable(100);
  durable(199);
  assert.equal(calls.length, 2);
  durable(205);
  assert.equal(calls[2], 'save 205 1 1');
});

test('a lone member keeps no applied entry in memory, a cluster some for followers', () => {
  const alone = setUp(500);
  alone.durable(100);
  assert.deepEqual([alone.log.firstIndex(), alone.log.term(100)], [101, 1]);
  const three = setUp(500);
  three.durable(100, THREE);
  assert.equal(three.log.firstIndex(), 71);
});

test('entries above the durable index stay, and the catch-up window may exceed the log', () => {
  const { log, durable } = setUp(120);
  durable(110);
  assert.deepEqual([log.firstIndex(), log.lastIndex()], [111, 120]);
  const log2 = new MemoryStorage();
  log2.append(entries(1, 20));
  const wal = { saveSnapshotMarker() {}, releaseTo() {} };
  const options = { snapshotCount: 10, snapshotCatchupEntries: 5000 };
  new LogRetention(log2, wal, options, ALL).noteDurable({ index: 15, term: 1, confState: THREE });
  assert.equal(log2.firstIndex(), 1);
});

test('many bytes count like many entries', () => {
  const { calls, retention, durable } = setUp(50);
  retention.noteApplied(entries(1, 17, LOG_BYTES_MAX / 16));
  durable(20);
  assert.deepEqual(calls, ['save 20 1 1']);
  durable(30);
  assert.equal(calls.length, 1, 'the count begins anew');
});

test('a marker that could not be saved is tried again with the next commit, and frees nothing', () => {
  const { calls, done, durable } = setUp(500);
  durable(100);
  done[0]!(new Error('disk full'));
  assert.deepEqual(calls, ['save 100 1 1']);
  durable(101);
  assert.deepEqual(calls, ['save 100 1 1', 'save 101 1 1']);
  done[1]!();
  durable(102);
  assert.deepEqual(calls.slice(2), ['release 101']);
});

test('it goes on from where the log begins after a restart', () => {
  const log = new MemoryStorage();
  log.installSnapshot({ index: 1000, term: 1, confState: ALONE, data: new Uint8Array(0) });
  log.append(entries(1001, 1200));
  const saved: number[] = [];
  const wal = { saveSnapshotMarker: ({ index }: SnapshotMarker) => saved.push(index), releaseTo() {} };
  const options = { snapshotCount: 100, snapshotCatchupEntries: 0 };
  const retention = new LogRetention(log, wal as never, options, ALL);
  retention.noteDurable({ index: 1099, term: 1, confState: ALONE });
  retention.noteDurable({ index: 1100, term: 1, confState: ALONE });
  assert.deepEqual(saved, [1100]);
});

test('large entries leave the window of followers, but not the last ones', () => {
  const { log, retention, durable } = setUp(500);
  const bytes = LOG_BYTES_MAX / 10;
  retention.noteApplied(entries(1, 1, bytes));
  for (let index = 2; index <= 100; index++) retention.noteApplied(entries(index, index, bytes));
  durable(100, THREE);
  assert.equal(log.firstIndex(), 91, 'of the window of 30 entries ten are kept');
});

test('what a follower within reach lacks is kept, up to a bound', () => {
  const { log, durable, followers } = setUp(500);
  followers.have = 20;
  durable(100, THREE);
  assert.equal(log.firstIndex(), 21);
  followers.have = 190;
  durable(200, THREE);
  assert.equal(log.firstIndex(), 171, 'the usual window if the follower needs less');
  const large = setUp(500);
  large.followers.have = 20;
  const bytes = FOLLOWER_LOG_BYTES_MAX / 40;
  const shared = new Uint8Array(bytes);
  for (let index = 1; index <= 100; index++) {
    large.retention.noteApplied([{ index, term: 1, kind: EntryKind.NORMAL, data: shared }]);
  }
  large.durable(100, THREE);
  assert.equal(large.log.firstIndex(), 61, 'forty entries are what the bound allows');
});

test('what a follower lacks is kept for as long as the bound allows, however much came before it', () => {
  const { log, retention, durable, followers } = setUp(500);
  const bytes = FOLLOWER_LOG_BYTES_MAX / 10;
  const apply = (from: number, to: number, each: number): void => {
    for (const entry of entries(from, to, each)) retention.noteApplied([entry]);
  };
  const shared = new Uint8Array(bytes);
  for (let index = 1; index <= 100; index++) {
    retention.noteApplied([{ index, term: 1, kind: EntryKind.NORMAL, data: shared }]);
  }
  // A state of index 110 is sent; entries so small that none of them is a mile behind the last one follow.
  apply(101, 110, 1);
  followers.have = 110;
  for (let index = 150; index <= 450; index += 100) {
    apply(index === 150 ? 111 : index - 99, index, 1);
    durable(index, THREE);
    assert.equal(log.firstIndex(), 111, `at ${index}`);
  }
});

test('bytes kept are those of entries behind the cut, also when all have gone', () => {
  const { retention, durable, log } = setUp(500);
  for (const entry of entries(1, 400, 100_000)) retention.noteApplied([entry]);
  assert.equal(retention.keptBytes, 400 * 100_000);
  durable(300);
  assert.equal(retention.keptBytes, 100 * 100_000);
  durable(400);
  assert.deepEqual([log.firstIndex(), retention.keptBytes], [401, 0]);
});

test('a log that was replaced by a snapshot is kept from there on', () => {
  const { log, retention, durable, followers } = setUp(500);
  for (const entry of entries(1, 30, FOLLOWER_LOG_BYTES_MAX / 20)) retention.noteApplied([entry]);
  log.installSnapshot({ index: 1000, term: 1, confState: THREE, data: new Uint8Array(0) });
  log.append(entries(1001, 1300));
  retention.noteReplacing(1000);
  retention.noteReplaced(1000);
  followers.have = 1000;
  retention.noteApplied(entries(1001, 1100, 1));
  retention.noteApplied(entries(1101, 1200, 1));
  durable(1200, THREE);
  assert.equal(log.firstIndex(), 1001);
});

test('once a snapshot is on its way into the log, markers of the old state are of no use', () => {
  const { calls, retention, durable } = setUp(500);
  retention.noteReplacing(1000);
  durable(300);
  assert.deepEqual(calls, []);
  retention.noteReplaced(1000);
  assert.deepEqual(calls, ['release 1000']);
});
