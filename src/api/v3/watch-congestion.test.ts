/** Slow readers: nothing is sent into a full transport, nothing is lost, and others do not notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../stdx/index.js';
import { type FakeCall, key, WatchFixture } from './watch-fixture.conformance.js';

test('while the transport is full no event is sent and no request read; afterwards the rest comes at once', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k') });
  f.history.put('k', '0');
  call.room = 1;
  f.clock.turns();
  assert.equal(call.paused, true);
  call.take();
  for (let i = 1; i <= 5; i++) {
    f.history.put('k', String(i));
    f.clock.turns();
  }
  assert.equal(call.responses.length, 0);
  call.drain();
  assert.equal(call.paused, false);
  f.clock.turns();
  assert.deepEqual(
    call.take().map((r) => r.events.length),
    [5],
  );
});

test('progress is withheld from a watcher that waits for its reader', () => {
  const f = new WatchFixture();
  const call = f.open();
  f.create(call, { key: key('k'), progressNotify: true });
  call.room = 1;
  f.history.put('k', '0');
  f.clock.turns();
  f.history.put('k', '1');
  f.clock.turns();
  call.take();
  f.progress(call);
  f.clock.advance(5000);
  assert.deepEqual(call.take(), []);
});

function randomStreams(seed: number): void {
  const prng = new Prng(seed);
  const f = new WatchFixture();
  const calls: FakeCall[] = [];
  const received = new Map<FakeCall, Map<number, number[]>>();
  for (let i = 0; i < 6; i++) {
    const call = f.open();
    for (let n = prng.between(1, 4); n > 0; n--)
      f.create(call, { key: key(prng.pick(['a', 'b'])), rangeEnd: key('c') });
    call.take();
    calls.push(call);
    received.set(call, new Map());
  }
  const collect = (call: FakeCall): void => {
    for (const response of call.take()) {
      const seen = received.get(call)!;
      const list = seen.get(response.watchId) ?? [];
      list.push(...response.events.map((event) => event.kv!.modRevision));
      seen.set(response.watchId, list);
    }
  };
  for (let round = 0; round < 300; round++) {
    const call = prng.pick(calls);
    const dice = prng.float();
    if (dice < 0.5) f.history.put(prng.pick(['a', 'b']), String(round));
    else if (dice < 0.65) call.room = Math.min(call.room, prng.between(1, 3));
    else if (dice < 0.8) call.drain(prng.between(1, 5));
    else f.clock.turns(prng.between(1, 3));
    for (const each of calls) collect(each);
  }
  for (const call of calls) call.drain();
  f.clock.turns();
  for (const call of calls) {
    collect(call);
    assert.equal(call.sentWhileFull, 0, `seed ${seed}: sent into a full transport`);
    for (const [id, revisions] of received.get(call)!) {
      const first = revisions[0]!;
      const isAll = revisions.length === new Set(revisions).size && revisions.at(-1)! <= f.history.revision;
      assert.ok(isAll, `seed ${seed}: watcher ${id} saw a revision twice`);
      for (let i = 1; i < revisions.length; i++) assert.ok(revisions[i]! > revisions[i - 1]!);
      assert.ok(first >= 2);
    }
  }
  // Those that watch [a, c) have seen every revision.
  const complete = [...received.values()].flatMap((seen) => [...seen.values()]);
  const full = complete.filter((revisions) => revisions.length === f.history.revision - 1);
  assert.ok(complete.every((r) => r.length <= f.history.revision - 1));
  const onlyB = f.history.records.filter((r) => r.key[0] === 0x62).length;
  assert.equal(
    full.length + complete.filter((r) => r.length === onlyB).length,
    complete.length,
    `seed ${seed}`,
  );
}

test('random congestion on many streams loses and repeats nothing', () => {
  for (let seed = 1; seed <= 40; seed++) randomStreams(seed);
});
