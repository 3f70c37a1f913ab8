import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, encodeUtf8 } from '../../stdx/index.js';
import { FilterType } from '../../wire/index.js';
import { brief, type FakeCall, FRAGMENT_BYTES, key, WatchFixture } from './watch-fixture.conformance.js';
import { decodeWatchRequest } from './watch-request.js';

const FROM_KEY = new Uint8Array(1);

function taken(f: WatchFixture, call: FakeCall): Record<string, unknown>[] {
  f.clock.turns();
  return call.take().map(brief);
}

test('created comes first, then one response per revision with that revision in its header', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.history.put('k', 'before');
  f.create(call, { key: key('k') });
  f.history.put('k', '1');
  f.history.put('other', 'x');
  f.history.put('k', '2');
  assert.deepEqual(taken(f, call), [
    { rev: 2, id: 0, created: true },
    { rev: 3, id: 0, events: ['put k=1@3'] },
    { rev: 5, id: 0, events: ['put k=2@5'] },
  ]);
});

test('a start in the past replays history in one response, then goes live', () => {
  const f = new WatchFixture();
  const call = f.open();
  for (const value of ['1', '2', '3']) f.history.put('k', value);
  f.create(call, { key: key('k'), startRevision: 3 });
  assert.deepEqual(taken(f, call), [
    { rev: 4, id: 0, created: true },
    { rev: 4, id: 0, events: ['put k=2@3', 'put k=3@4'] },
  ]);
  f.history.delete('k');
  assert.deepEqual(taken(f, call), [{ rev: 5, id: 0, events: ['del k@5'] }]);
});

test('a start in the future ignores what comes before', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k'), startRevision: 4 });
  for (const value of ['1', '2', '3', '4']) f.history.put('k', value);
  assert.deepEqual(taken(f, call), [
    { rev: 1, id: 0, created: true },
    { rev: 4, id: 0, events: ['put k=3@4'] },
    { rev: 5, id: 0, events: ['put k=4@5'] },
  ]);
});

test('all changes of a transaction come in one response, in execution order', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('a'), rangeEnd: FROM_KEY });
  const value = encodeUtf8('v');
  f.history.txn([
    { kind: 'put', key: key('x'), value },
    { kind: 'put', key: key('b'), value },
    { kind: 'delete', key: key('x') },
  ]);
  assert.deepEqual(taken(f, call).slice(1), [
    { rev: 2, id: 0, events: ['put x=v@2', 'put b=v@2', 'del x@2'] },
  ]);
});

test('keys and ranges: empty key, prefix, open end', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key(''), rangeEnd: FROM_KEY });
  f.create(call, { key: key('') });
  f.create(call, { key: key('b'), rangeEnd: key('c') });
  call.take();
  for (const name of ['\u0000', 'a', 'b', 'bz', 'c']) f.history.put(name, '');
  const seen = new Map<number, number[]>();
  f.clock.turns();
  for (const response of call.take()) {
    for (const event of response.events) {
      seen.set(response.watchId, [...(seen.get(response.watchId) ?? []), event.kv!.modRevision]);
    }
  }
  assert.deepEqual([seen.get(0), seen.get(1), seen.get(2)], [[2, 3, 4, 5, 6], [2], [4, 5]]);
});

test('filters drop puts or deletes; a response without events is not sent', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k'), filters: [FilterType.NOPUT] });
  f.create(call, { key: key('k'), filters: [FilterType.NODELETE, 77] });
  f.create(call, { key: key('k'), filters: [FilterType.NOPUT, FilterType.NODELETE] });
  call.take();
  f.history.put('k', '1');
  f.history.delete('k');
  assert.deepEqual(taken(f, call), [
    { rev: 2, id: 1, events: ['put k=1@2'] },
    { rev: 3, id: 0, events: ['del k@3'] },
  ]);
});

test('previous values: for all but creations, absent when compacted', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.history.put('t', '1');
  f.history.put('t', '2');
  f.history.delete('t');
  f.history.put('t', '3');
  f.history.put('t', '4');
  f.history.compact(4);
  f.create(call, { key: key('t'), startRevision: 4, prevKv: true });
  assert.deepEqual(taken(f, call).slice(1), [
    { rev: 6, id: 0, events: ['del t@4', 'put t=3@5', 'put t=4@6 was 3@5'] },
  ]);
  f.create(call, { key: key('t') });
  call.take();
  f.history.delete('t');
  const live = taken(f, call);
  assert.deepEqual(
    new Set(live.map((r) => JSON.stringify(r))),
    new Set(['{"rev":7,"id":0,"events":["del t@7 was 4@6"]}', '{"rev":7,"id":1,"events":["del t@7"]}']),
  );
});

test('ids: counted from 0, chosen ones skipped, none used twice', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k'), watchId: 1 });
  for (let i = 0; i < 3; i++) f.create(call, { key: key('k') });
  f.cancel(call, 3);
  f.create(call, { key: key('k') });
  f.create(call, { key: key('k'), watchId: -1 });
  assert.deepEqual(taken(f, call), [
    { rev: 1, id: 1, created: true },
    { rev: 1, id: 0, created: true },
    { rev: 1, id: 2, created: true },
    { rev: 1, id: 3, created: true },
    { rev: 1, id: 3, canceled: true },
    { rev: 1, id: 4, created: true },
    { rev: 1, id: -1, created: true },
  ]);
});

test('refusals carry created, canceled, id -1 and the reason, in order of precedence; the stream stays', () => {
  const f = new WatchFixture();
  const call = f.open();
  const refused = (reason: string): unknown => ({ rev: 1, id: -1, created: true, canceled: true, reason });
  f.create(call, { key: key('k'), watchId: 7 });
  f.create(call, { key: key('k'), watchId: 7 });
  f.create(call, { key: key('b'), rangeEnd: key('a'), watchId: 7 });
  f.create(call, { key: key('b'), rangeEnd: key('b') });
  f.create(call, { key: key('b'), rangeEnd: key('a'), startRevision: -1 });
  f.denial = 'rpc error: code = PermissionDenied desc = etcdserver: permission denied';
  f.create(call, { key: key('b'), startRevision: -1 });
  f.denial = undefined;
  f.create(call, { key: key('k') });
  assert.deepEqual(taken(f, call), [
    { rev: 1, id: 7, created: true },
    refused('mvcc: duplicate watch ID provided on the WatchStream'),
    refused('mvcc: watcher range is empty'),
    refused('mvcc: watcher range is empty'),
    refused('etcdserver: mvcc: required revision has been compacted'),
    refused('rpc error: code = PermissionDenied desc = etcdserver: permission denied'),
    { rev: 1, id: 0, created: true },
  ]);
});

test('cancel: known ids are confirmed and silent afterwards, unknown ones ignored', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k') });
  f.cancel(call, 5);
  f.history.put('k', '1');
  f.cancel(call, 0);
  f.cancel(call, 0);
  f.history.put('k', '2');
  assert.deepEqual(taken(f, call), [
    { rev: 1, id: 0, created: true },
    { rev: 2, id: 0, canceled: true },
  ]);
});

test('a compacted start: created, then canceled with compact_revision, header revision 0 and no reason', () => {
  const f = new WatchFixture();
  const call = f.open();
  for (let i = 0; i < 6; i++) f.history.put('k', String(i));
  f.history.compact(3);
  f.create(call, { key: key('k'), startRevision: 2 });
  f.create(call, { key: key('k') });
  assert.deepEqual(taken(f, call), [
    { rev: 7, id: 0, created: true },
    { rev: 7, id: 1, created: true },
    { rev: 0, id: 0, canceled: true, compact: 3 },
  ]);
  // It stays registered: progress is withheld, its id is taken, its cancel confirmed.
  f.progress(call);
  f.create(call, { key: key('k'), watchId: 0 });
  assert.deepEqual(taken(f, call), [{ rev: 7, id: 2, created: true }]);
  f.cancel(call, 0);
  f.progress(call);
  assert.deepEqual(taken(f, call), [
    { rev: 7, id: 0, canceled: true },
    { rev: 7, id: -1 },
  ]);
});

test('manual progress is all or nothing, and comes after all events up to its revision', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.progress(call);
  assert.deepEqual(taken(f, call), [], 'nothing without watchers');
  f.create(call, { key: key('a') });
  f.create(call, { key: key('b') });
  f.history.put('a', '1');
  f.progress(call);
  // No turn has passed: the progress request itself brings the event out first.
  assert.deepEqual(call.take().map(brief).slice(2), [
    { rev: 2, id: 0, events: ['put a=1@2'] },
    { rev: 2, id: -1 },
  ]);
  f.create(call, { key: key('a'), startRevision: 1000 });
  call.take();
  f.progress(call);
  assert.deepEqual(taken(f, call), [], 'a start in the future withholds it');
});

test('progress notifications: on each tick, for quiet watchers that asked and have caught up', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.clock.advance(300);
  f.create(call, { key: key('k'), progressNotify: true });
  f.create(call, { key: key('k') });
  f.create(call, { key: key('k'), progressNotify: true, startRevision: 100 });
  call.take();
  // The period is 1050 ms, counted from the opening of the stream.
  f.clock.advance(749);
  assert.deepEqual(call.take(), []);
  f.clock.advance(1);
  assert.deepEqual(call.take().map(brief), [{ rev: 1, id: 0 }]);
  f.history.put('k', '1');
  f.clock.turns();
  call.take();
  f.clock.advance(1050);
  assert.deepEqual(call.take(), [], 'an event since the last tick stands in for it');
  f.clock.advance(1050);
  assert.deepEqual(call.take().map(brief), [{ rev: 2, id: 0 }]);
  f.cancel(call, 0);
  f.cancel(call, 2);
  call.take();
  f.clock.advance(5000);
  assert.deepEqual(call.take(), []);
  assert.equal(f.clock.timerCount, 0, 'no watcher asks, no timer runs');
});

test('a timer that fires early makes no second tick', () => {
  const f = new WatchFixture();
  f.clock.earlyMs = 0.7;
  const call = f.open();
  f.create(call, { key: key('k'), progressNotify: true });
  call.take();
  f.clock.advance(10 * 1050);
  assert.equal(call.take().length, 10);
});

test('large responses are split when the watcher allows it, between events', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('a'), rangeEnd: key('z'), fragment: true });
  f.create(call, { key: key('a'), rangeEnd: key('z') });
  f.create(call, { key: key('b0'), fragment: true });
  call.take();
  const value = new Uint8Array(700_000);
  f.history.txn(
    ['b0', 'b1', 'b2', 'b3', 'b4'].map((name) => ({ kind: 'put' as const, key: key(name), value })),
  );
  f.clock.turns();
  const parts = call.take();
  const shape = (id: number): unknown =>
    parts.filter((r) => r.watchId === id).map((r) => [r.header!.revision, r.events.length, r.fragment]);
  assert.deepEqual(shape(0), [
    [2, 2, true],
    [2, 2, true],
    [2, 1, false],
  ]);
  assert.deepEqual(shape(1), [[2, 5, false]]);
  assert.deepEqual(shape(2), [[2, 1, false]]);
  const names = parts.filter((r) => r.watchId === 0).flatMap((r) => r.events.map((e) => e.kv!.key));
  assert.deepEqual(names, ['b0', 'b1', 'b2', 'b3', 'b4'].map(key));
});

test('a single event is never split, and parts stay below the limit where they can', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('a'), rangeEnd: key('z'), fragment: true });
  call.take();
  call.sentBytes.length = 0;
  f.history.txn([
    { kind: 'put', key: key('b'), value: new Uint8Array(FRAGMENT_BYTES + 5) },
    { kind: 'put', key: key('c'), value: new Uint8Array(10) },
    { kind: 'put', key: key('d'), value: new Uint8Array(1_000_000) },
    { kind: 'put', key: key('e'), value: new Uint8Array(1_000_000) },
  ]);
  f.clock.turns();
  assert.deepEqual(
    call.take().map((r) => [r.events.length, r.fragment]),
    [
      [1, true],
      [3, false],
    ],
  );
  assert.ok(call.sentBytes[1]! < FRAGMENT_BYTES);
});

test('half-close does not end the stream; the end of the call frees everything', () => {
  const f = new WatchFixture();
  const call = f.open({ hasleader: 'true' });
  f.create(call, { key: key('k'), progressNotify: true });
  call.onHalfClose?.();
  f.history.put('k', '1');
  assert.equal(taken(f, call).length, 2);
  call.cancel();
  f.history.put('k', '2');
  f.clock.turns();
  f.clock.advance(10_000);
  assert.deepEqual(call.responses, []);
  assert.equal(f.store.watcherCount, 0);
  assert.equal(f.store.logBytes, 0);
  assert.equal(f.leaderMonitor.streamCount, 0);
  assert.equal(f.clock.timerCount, 0);
});

test('hasleader: ended at the third look in a row without a leader', () => {
  const f = new WatchFixture();
  const call = f.open({ hasleader: 'true' });
  const plain = f.open();
  for (const each of [call, plain]) f.create(each, { key: key('k') });
  f.hasLeader = false;
  f.clock.advance(2000);
  f.hasLeader = true;
  f.clock.advance(1000);
  f.hasLeader = false;
  f.clock.advance(2999);
  assert.equal(call.finished, false);
  f.clock.advance(1);
  assert.deepEqual(call.status, [14, 'etcdserver: no leader']);
  assert.equal(plain.finished, false);
  assert.equal(f.store.watcherCount, 1);
  assert.equal(f.clock.timerCount, 0);
});

test('malformed requests end the stream with code 13 and etcd’s text', () => {
  const f = new WatchFixture();
  for (const [hex, detail] of [
    ['0a0561', 'unexpected EOF'],
    ['0a020801', 'proto: wrong wireType = 0 for field Key'],
  ] as const) {
    const call = f.open();
    f.create(call, { key: key('k') });
    const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    call.onMessage!(bytes, 0, bytes.length);
    assert.deepEqual(call.status, [13, `grpc: failed to unmarshal the received message: ${detail}`]);
    assert.equal(f.store.watcherCount, 0);
  }
});

test('an empty request is ignored; unpacked filters and 64-bit ids are understood', () => {
  const f = new WatchFixture();
  const call = f.open();
  call.onMessage!(new Uint8Array(0), 0, 0);
  const id = 0x7fff_ffff_ffff_fff1n;
  const create = new ByteWriter();
  create.bytesField(1, key('k'));
  for (const filter of [FilterType.NOPUT, FilterType.NOPUT]) {
    create.tag(5, 0);
    create.varint(filter);
  }
  create.int64Field(7, id);
  const request = new ByteWriter();
  request.bytesFieldAlways(1, create.finish());
  assert.equal(decodeWatchRequest(request.finish(), 0, request.len).watchId, id);
  let sent = new Uint8Array(0);
  const send = call.send.bind(call);
  call.send = (buf, start, end) => {
    sent = buf.slice(start, end);
    return send(buf, start, end);
  };
  call.onMessage!(request.finish(), 0, request.len);
  const field = new ByteWriter();
  field.int64Field(2, id);
  assert.ok(Buffer.from(sent).includes(Buffer.from(field.finish())), 'the id comes back in full');
  const cancel = new ByteWriter();
  cancel.int64Field(1, id);
  const cancelRequest = new ByteWriter();
  cancelRequest.bytesFieldAlways(2, cancel.finish());
  call.onMessage!(cancelRequest.finish(), 0, cancelRequest.len);
  assert.equal(f.store.watcherCount, 0);
});
