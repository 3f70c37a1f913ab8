import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_DELETE, EVENT_PUT, WatchableStore, type WatchSink } from '../mvcc/index.js';
import { readIdentity } from '../state-machine/index.js';
import { ByteWriter, encodeUtf8, Prng, toHex } from '../stdx/index.js';
import { FollowerFixture } from './follower-fixture.conformance.js';
import { SNAPSHOT_REST_MS } from './limits.js';

/** What the follower has, and what the leader's state has. */
const OLD = 30;
const NEW = 400;

async function openSource(last = NEW): Promise<FollowerFixture> {
  const source = new FollowerFixture(new Prng(99), 'm2', { snapshotCount: 1000 });
  await source.run();
  await source.feed(last);
  await source.flushed();
  return source;
}

async function openFollower(seed: number): Promise<FollowerFixture> {
  const follower = new FollowerFixture(new Prng(seed), 'm1', { snapshotCount: 20 });
  await follower.run();
  await follower.feed(OLD);
  return follower;
}

test('a follower takes over a state and goes on from there', async () => {
  const source = await openSource();
  const follower = await openFollower(1);
  const { identity } = follower.member.machine;
  await follower.finish(follower.deliver(follower.messageAbout(source), await source.chunks()));
  await follower.until(() => follower.appliedIndex === NEW);
  assert.equal(follower.digest(), source.digest());
  assert.deepEqual(readIdentity(follower.backend), identity, 'the backend stays its own');
  assert.deepEqual(follower.member.machine.identity, identity);
  const answers = follower.network.sent.filter((message) => message.kind === 'append-response');
  assert.deepEqual([answers.at(-1)!.index, answers.at(-1)!.reject], [NEW, false]);
  await follower.feed(NEW + 100);
  await source.feed(NEW + 100);
  assert.equal(follower.digest(), source.digest());
  follower.store.validate();
  await follower.close();
  follower.reopen();
  await follower.run();
  await follower.feed(NEW + 100);
  assert.equal(follower.digest(), source.digest());
  assert.deepEqual(follower.fatal, []);
});

test('a power failure at any step leaves the old state or the new one, and either leads to the new one', async (t) => {
  const source = await openSource();
  const chunks = await source.chunks();
  const outcomes = { old: 0, finishedAtStart: 0, installed: 0 };
  let old: string | undefined;
  for (let trial = 0; outcomes.installed < 3; trial++) {
    const steps = Math.floor(trial / 6);
    const shown = `seed ${1000 + trial}, after ${steps} steps`;
    const follower = await openFollower(1000 + trial);
    old ??= follower.digest();
    const message = follower.messageAbout(source);
    void follower.deliver(message, chunks);
    for (let i = 0; i < steps; i++) await follower.step();
    const wasInstalled = follower.appliedIndex === NEW;
    follower.crash();
    await follower.run();
    assert.equal(await follower.backend.leftover(), undefined, shown);
    if (follower.appliedIndex < NEW) {
      assert.ok(!wasInstalled, `${shown}: what was in place stays`);
      await follower.feed(OLD);
      assert.equal(follower.digest(), old, shown);
      assert.equal(await follower.finish(follower.deliver(message, chunks)), true, shown);
      await follower.until(() => follower.appliedIndex === NEW);
      outcomes.old++;
    } else if (wasInstalled) {
      outcomes.installed++;
    } else {
      outcomes.finishedAtStart++;
    }
    assert.equal(follower.digest(), source.digest(), shown);
    follower.store.validate();
    await follower.feed(NEW + 10);
    assert.deepEqual(follower.fatal, [], shown);
    assert.ok(steps < 200, 'it comes to an end');
  }
  assert.ok(outcomes.old > 10 && outcomes.finishedAtStart > 0, JSON.stringify(outcomes));
  t.diagnostic(JSON.stringify(outcomes));
});

test('what raft need not be told of costs no transfer, and what comes too late is dropped', async () => {
  const source = await openSource();
  const chunks = await source.chunks();
  const follower = await openFollower(2);
  const message = follower.messageAbout(source);
  await follower.feed(NEW);
  follower.network.sent.length = 0;
  assert.equal(follower.network.receiver!.beginSnapshot(message), undefined);
  await follower.until(() => follower.network.sent.some(({ kind }) => kind === 'append-response'));
  const late = await openFollower(3);
  const stage = late.backend.stage.bind(late.backend);
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  late.backend.stage = async () => {
    const staged = await stage();
    const discard = staged.discard.bind(staged);
    staged.discard = () => held.then(discard);
    return staged;
  };
  const writer = late.network.receiver!.beginSnapshot(message)!;
  assert.ok(writer !== undefined);
  assert.equal(late.network.receiver!.beginSnapshot(message), undefined, 'one at a time');
  for (const chunk of chunks) await late.finish(writer.write(chunk));
  await late.feed(NEW);
  await late.finish(writer.finish());
  await late.until(() => late.lines.some((line) => line.includes('too late')));
  assert.equal(late.digest(), source.digest());
  const another = { ...message, snapshot: { ...message.snapshot, index: 9999 } };
  for (let i = 0; i < 20; i++) await late.step();
  assert.equal(late.network.receiver!.beginSnapshot(another), undefined, 'not before the old one is gone');
  letGo();
  await late.until(() => late.network.receiver!.beginSnapshot(another) !== undefined);
  await late.close();
});

test('a transfer that is given up, or that damage ends, leaves nothing behind', async () => {
  const source = await openSource();
  const chunks = await source.chunks();
  const follower = await openFollower(4);
  const before = follower.digest();
  const message = follower.messageAbout(source);
  const bent = chunks.map((chunk) => chunk.slice());
  bent[1]![bent[1]!.length >> 1]! ^= 4;
  const { snapshot } = message;
  const foreign = { ...snapshot.confState, voters: [...snapshot.confState.voters, 77n] };
  const cases: [string, () => Promise<unknown>][] = [
    ['damaged', () => follower.deliver(message, bent)],
    ['too early', () => follower.deliver(message, chunks.slice(0, -1))],
    ['behind its end', () => follower.deliver(message, [...chunks, chunks[1]!])],
    ['announced', () => follower.deliver({ ...message, snapshot: { ...snapshot, index: NEW + 1 } }, chunks)],
    ['announced', () => follower.deliver({ ...message, snapshot: { ...snapshot, term: 1 } }, chunks)],
    [
      'another state',
      () => follower.deliver({ ...message, snapshot: { ...snapshot, confState: foreign } }, chunks),
    ],
    [
      'given up',
      async () => {
        const writer = follower.network.receiver!.beginSnapshot(message)!;
        const writing = writer.write(chunks[0]!);
        writer.abort();
        await writing;
      },
    ],
  ];
  for (const [what, attempt] of cases) {
    await assert.rejects(follower.finish(attempt()), new RegExp(what));
    await follower.until(() => follower.lines.some((line) => line.includes('a snapshot was dropped')));
    follower.lines.length = 0;
    assert.equal(await follower.backend.leftover(), undefined, what);
    assert.equal(follower.digest(), before, what);
    // After a failure of its own it takes nothing for a while.
    if (what !== 'given up') assert.equal(await follower.deliver(message, chunks), false, what);
    follower.clock.advance(SNAPSHOT_REST_MS);
  }
  await follower.finish(follower.deliver(message, chunks));
  await follower.until(() => follower.appliedIndex === NEW);
  assert.equal(follower.digest(), source.digest());
});

test('a state from a new leader ends the transfer of an old one', async () => {
  const source = await openSource();
  const chunks = await source.chunks();
  const follower = await openFollower(7);
  const message = follower.messageAbout(source);
  const { receiver } = follower.network;
  const old = receiver!.beginSnapshot(message)!;
  await follower.finish(old.write(chunks[0]!));
  assert.equal(receiver!.beginSnapshot(message), undefined);
  await follower.finish(old.write(chunks[1]!));
  const newer = { ...message, term: message.term + 1 };
  assert.equal(receiver!.beginSnapshot(newer), undefined);
  await assert.rejects(old.write(chunks[2]!), /given up/);
  let taken = false;
  await follower.until(() => {
    if (!taken) taken = receiver!.beginSnapshot(newer) !== undefined;
    return taken;
  });
  await follower.close();
});

test('a stop while a state is on its way ends it', async () => {
  const source = await openSource();
  const chunks = await source.chunks();
  const follower = await openFollower(5);
  const writer = follower.network.receiver!.beginSnapshot(follower.messageAbout(source))!;
  await follower.finish(writer.write(chunks[0]!));
  const writing = writer.write(chunks[1] ?? chunks[0]!).catch((error: Error) => error.message);
  await follower.close();
  assert.match(String(await writing), /given up|undefined/);
  await assert.rejects(writer.finish(), /given up/);
  assert.equal(await follower.backend.leftover(), undefined);
});

test('readers that are under way go on in the new state', async () => {
  const source = await openSource();
  const chunks = await source.chunks();
  const follower = await openFollower(6);
  // The fixture's store has no listener: what the composition root would connect is called by hand.
  const watchable = new WatchableStore(follower.store, { defer: (fn) => follower.clock.defer(fn) });
  const revisions: number[] = [];
  const compacted: number[] = [];
  const sink: WatchSink = {
    reader: { ready: true },
    deliver: (revision) => revisions.push(revision),
    compacted: (revision) => compacted.push(revision),
  };
  const watch = (startRevision: number) =>
    watchable.watch(
      {
        key: encodeUtf8('key'),
        rangeEnd: encodeUtf8('kez'),
        startRevision,
        eventMask: EVENT_PUT | EVENT_DELETE,
        prevKv: true,
      },
      sink,
    );
  const hash = follower.store.hashKv(0);
  hash.step(3);
  const { hashRevision } = hash;
  watch(0);
  await follower.finish(follower.deliver(follower.messageAbout(source), chunks));
  await follower.until(() => follower.appliedIndex === NEW);
  watchable.onReplaced();
  while (!hash.step(10));
  assert.equal(hash.status, hashRevision < source.store.compactedRevision ? 'compacted' : 'ok');
  await follower.until(() => revisions.length + compacted.length > 0);
  assert.deepEqual(
    compacted,
    [source.store.compactedRevision],
    'its revisions are compacted in the new state',
  );
  revisions.length = 0;
  watch(source.store.compactedRevision + 5);
  await follower.until(() => revisions.at(-1) === source.store.revision);
  const fresh = follower.store.hashKv(0);
  while (!fresh.step(10));
  const own = source.store.hashKv(0);
  while (!own.step(10));
  assert.equal(fresh.hash, own.hash);
});

/** A delivery that notes each event's bytes. */
function collectInto(seen: string[]): WatchSink['deliver'] {
  return (_revision, events) => {
    for (let i = 0; i < events.count; i++) {
      const out = new ByteWriter(64);
      events.writeTo(out, i, i + 1);
      seen.push(toHex(out.finish()));
    }
  };
}

test('a watcher misses no event and sees none twice, if its revisions are there', async () => {
  const last = 38;
  const source = await openSource(last);
  assert.equal(source.store.compactedRevision, -1);
  const follower = await openFollower(8);
  const watchable = new WatchableStore(follower.store, { defer: (fn) => follower.clock.defer(fn) });
  const seen: string[] = [];
  const sink: WatchSink = {
    reader: { ready: true },
    deliver: collectInto(seen),
    compacted: () => assert.fail('nothing is compacted'),
  };
  const spec = {
    key: encodeUtf8('key'),
    rangeEnd: encodeUtf8('kez'),
    startRevision: follower.store.revision - 5,
    eventMask: EVENT_PUT | EVENT_DELETE,
    prevKv: false,
  };
  watchable.watch(spec, sink);
  await follower.until(() => seen.length > 0);
  await follower.finish(follower.deliver(follower.messageAbout(source), await source.chunks()));
  await follower.until(() => follower.appliedIndex === last);
  watchable.onReplaced();
  const events = source.store.revision - spec.startRevision + 1;
  await follower.until(() => seen.length >= events);
  for (let i = 0; i < 10; i++) await follower.step();
  const all: string[] = [];
  const complete = new WatchableStore(source.store, { defer: (fn) => source.clock.defer(fn) });
  complete.watch(spec, { ...sink, deliver: collectInto(all) });
  await source.until(() => all.length >= events);
  assert.deepEqual(seen, all);
});
