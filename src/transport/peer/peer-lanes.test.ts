import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProposeMessage } from '../../raft/index.js';
import { EntryKind, NOBODY } from '../../raft/index.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb } from '../testing/memory-web.js';
import {
  append,
  ChunkReader,
  ELECTION_MS,
  heartbeat,
  pairOf,
  snapshotOf,
  TestMember,
} from '../testing/peer-fixture.js';
import { AddressBook } from './address-book.js';
import {
  BULK_QUEUE_BYTES_MAX,
  GUEST_IDLE_MS,
  GUESTS_MAX,
  MESSAGE_BYTES_FLOOR,
  PEERS_COUNTED_MAX,
  REFUSED_RETRY_MS,
} from './limits.js';
import { PeerCounterTable } from './peer-counters.js';

function web(): MemoryWeb {
  return new MemoryWeb(new ManualClock());
}

test('messages arrive, in order within a lane', () => {
  const w = web();
  const [a, b] = pairOf(w);
  for (let i = 1; i <= 50; i++) {
    a.network.send(append(1n, 2n, i, 1000));
    a.network.send(heartbeat(1n, 2n, i));
    b.network.send(heartbeat(2n, 1n, i));
  }
  w.settle();
  const appends = b.received.filter((m) => m.kind === 'append');
  assert.deepEqual(
    appends.map((m) => m.prevIndex),
    Array.from({ length: 50 }, (_, i) => i),
  );
  assert.deepEqual(appends[9], append(1n, 2n, 10, 1000));
  for (const [member, from] of [
    [b, 1n],
    [a, 2n],
  ] as const) {
    assert.deepEqual(
      member.received.filter((m) => m.kind === 'heartbeat'),
      Array.from({ length: 50 }, (_, i) => heartbeat(from, member.id, i + 1)),
    );
  }
  assert.deepEqual([a.unreachables, b.unreachables], [[], []]);
});

test('an entry larger than requests may be passes', () => {
  const w = web();
  const [a, b] = pairOf(w);
  // Larger than what may be proposed now.
  a.network.send(append(1n, 2n, 1, 20_000_000));
  w.settle();
  const [message] = b.received;
  assert.ok(message?.kind === 'append' && message.entries[0]!.data.length === 20_000_000);
});

test('as large an entry as may be proposed passes, also above what a connection otherwise keeps', () => {
  const w = web();
  const entryBytesMax = 104_857_600;
  const a = new TestMember(w, 1n, { entryBytesMax });
  const b = new TestMember(w, 2n, { entryBytesMax });
  a.start(b);
  b.start(a);
  w.run(20);
  a.network.send(append(1n, 2n, 1, entryBytesMax));
  w.settle();
  const [message] = b.received;
  assert.ok(message?.kind === 'append' && message.entries[0]!.data.length === entryBytesMax);
  assert.deepEqual(a.unreachables, []);
});

test('a peer that takes no messages as large as this one sends is told of', () => {
  const w = web();
  const a = new TestMember(w, 1n, { entryBytesMax: 104_857_600 });
  const b = new TestMember(w, 2n);
  a.start(b);
  b.start(a);
  w.run(20);
  a.network.send(append(1n, 2n, 1, 50_000_000));
  w.settle();
  assert.deepEqual([b.received, a.unreachables], [[], [2n]]);
  const line = a.log.lines.find((each) => each.message === 'a peer does not take messages that are so large');
  assert.ok(Number(line?.fields['largest-message-bytes']) > 50_000_000);
});

test('a message beyond the largest size is dropped and reported', () => {
  const w = web();
  const [a, b] = pairOf(w);
  a.network.send(append(1n, 2n, 1, MESSAGE_BYTES_FLOOR));
  a.network.send(append(1n, 2n, 2, 10));
  w.settle();
  assert.deepEqual(b.received, [append(1n, 2n, 2, 10)]);
  assert.deepEqual(a.unreachables, [2n]);
  assert.equal(a.log.count('dropped a message that is too large for a peer'), 1);
});

test('a large batch of proposals is cut', () => {
  const w = web();
  const [a, b] = pairOf(w);
  const entries = Array.from({ length: 300 }, (_, i) => ({
    kind: EntryKind.NORMAL,
    data: new Uint8Array(20_000).fill(i),
  }));
  a.network.send({ kind: 'propose', from: 1n, to: 2n, entries });
  w.settle();
  const proposals = b.received as ProposeMessage[];
  assert.ok(proposals.length > 10 && proposals.length < 20);
  assert.deepEqual(
    proposals.flatMap((m) => m.entries),
    entries,
  );
});

test('heartbeats overtake 32 MiB of appends on a slow link', () => {
  const w = web();
  w.onConnect = (link) => {
    link.rate = 1250; // 10 Mbit/s
  };
  const [a, b] = pairOf(w);
  assert.notEqual(a.network.connectedSince(2n), undefined);
  for (let i = 1; i <= 64; i++) a.network.send(append(1n, 2n, i, 524_288));
  let gapMs = 0;
  let heard = 0;
  for (let ms = 0; ms < 5000; ms += 100) {
    a.network.send(heartbeat(1n, 2n, ms));
    w.run(100);
    const now = b.received.filter((m) => m.kind === 'heartbeat').length;
    gapMs = now > heard ? 0 : gapMs + 100;
    heard = now;
    assert.ok(gapMs <= 200, `no heartbeat for ${gapMs} ms`);
  }
  const appended = b.received.filter((m) => m.kind === 'append').length;
  assert.ok(appended > 5 && appended < 64, `${appended} appends`);
  assert.deepEqual(a.unreachables, []);
  // The rest arrives in its time: a busy lane is not taken for a dead one.
  w.run(30_000);
  assert.equal(b.received.filter((m) => m.kind === 'append').length, 64);
  assert.equal(a.log.count('peer became inactive'), 0);
});

test('a bulk lane on a very slow link is not taken for a dead one', () => {
  const w = web();
  w.onConnect = (link) => {
    link.rate = 125; // 1 Mbit/s: a mebibyte takes eight election time-outs
  };
  const [a, b] = pairOf(w);
  for (let i = 1; i <= 12; i++) a.network.send(append(1n, 2n, i, 524_288));
  w.run(60_000);
  assert.equal(b.received.length, 12);
  assert.equal(a.log.count('peer became inactive'), 0);
});

test('what a peer does not take in time is dropped beyond the bound, and reported once a turn', () => {
  const w = web();
  const [a, b] = pairOf(w);
  for (const link of w.links) link.isFrozen = link.url === b.url;
  const size = 1_048_576;
  const count = 2 * (BULK_QUEUE_BYTES_MAX / size);
  for (let i = 1; i <= count; i++) a.network.send(append(1n, 2n, i, size));
  assert.deepEqual(a.unreachables, [], 'never from within send');
  w.settle();
  assert.deepEqual(a.unreachables, [2n]);
  for (const link of w.links) link.isFrozen = false;
  w.settle();
  const taken = b.received.filter((m) => m.kind === 'append').length;
  assert.ok(taken >= count / 2 - 1 && taken <= count / 2 + 4, `${taken} of ${count}`);
  a.network.send(append(1n, 2n, 999, 10));
  w.settle();
  assert.deepEqual(b.received.at(-1), append(1n, 2n, 999, 10));
});

test('a peer that restarts is heard again within a fraction of the election time-out', () => {
  const w = web();
  const [a, b] = pairOf(w);
  const since = a.network.connectedSince(2n);
  b.kill();
  w.run(3000);
  assert.equal(a.network.connectedSince(2n), undefined);
  assert.ok(a.unreachables.includes(2n));
  const lost = a.unreachables.length;
  a.network.send(heartbeat(1n, 2n, 1));
  w.settle();
  assert.ok(a.unreachables.length > lost, 'a message for a lost peer is reported');
  const again = new TestMember(w, 2n).start(a);
  w.run(20);
  a.network.send(append(1n, 2n, 5, 100));
  again.network.send(heartbeat(2n, 1n, 5));
  w.settle();
  assert.deepEqual(again.received, [append(1n, 2n, 5, 100)]);
  assert.deepEqual(a.kinds, ['heartbeat']);
  assert.ok(a.network.connectedSince(2n)! > since!);
});

test('a peer that says nothing itself is found again by back-off', () => {
  const w = web();
  const a = new TestMember(w, 1n);
  const b = new TestMember(w, 2n);
  a.start(b);
  b.start();
  w.run(20);
  b.kill();
  w.run(10_000);
  const attempts = a.log.count('cannot connect to a peer');
  assert.ok(attempts >= 1 && attempts <= 3, `${attempts} lines about 10 s of failures`);
  w.run(2 * GUEST_IDLE_MS);
  new TestMember(w, 2n).start();
  w.run(ELECTION_MS / 2 + 20);
  assert.notEqual(a.network.connectedSince(2n), undefined);
});

test('a connection on which nothing comes back is given up within about an election time-out', () => {
  const w = web();
  const [a, b] = pairOf(w);
  for (const link of w.links) link.isFrozen = true;
  w.onConnect = (link) => {
    link.isFrozen = true;
  };
  w.run(ELECTION_MS * 1.3);
  assert.equal(a.network.connectedSince(2n), undefined);
  assert.equal(b.network.connectedSince(1n), undefined);
  assert.ok(a.unreachables.includes(2n) && b.unreachables.includes(1n));
  w.run(20_000);
  // The way is open again: new attempts go through, old connections do not come back.
  w.onConnect = undefined;
  w.run(ELECTION_MS * 1.05);
  assert.notEqual(a.network.connectedSince(2n), undefined);
  assert.notEqual(b.network.connectedSince(1n), undefined);
  a.network.send(append(1n, 2n, 3, 10));
  w.settle();
  assert.deepEqual(b.received, [append(1n, 2n, 3, 10)]);
  assert.ok(w.openCount <= 12, `${w.openCount} connections`);
});

test('an attempt that waits in vain is begun anew when the peer is heard of', () => {
  const w = web();
  w.onConnect = (link) => {
    link.isFrozen = true;
  };
  const a = new TestMember(w, 1n);
  const b = new TestMember(w, 2n);
  a.start(b);
  w.run(ELECTION_MS / 2);
  w.onConnect = undefined;
  b.start(a);
  w.run(50);
  assert.notEqual(a.network.connectedSince(2n), undefined);
  assert.notEqual(b.network.connectedSince(1n), undefined);
  // An attempt that has just begun is left alone.
  assert.equal(w.links.length, 6);
});

test('with the control lane the bulk lane is made anew', () => {
  const w = web();
  const [a, b] = pairOf(w);
  for (const link of w.links) link.isFrozen = true;
  w.run(ELECTION_MS * 2);
  assert.notEqual(a.network.connectedSince(2n), undefined);
  a.network.send(append(1n, 2n, 3, 10));
  w.settle();
  assert.deepEqual(b.received, [append(1n, 2n, 3, 10)]);
});

test('all URLs of a peer are tried', () => {
  const w = web();
  const a = new TestMember(w, 1n);
  const b = new TestMember(w, 2n);
  a.network.start(a);
  b.network.start(b);
  a.network.setPeers([{ id: 2n, peerUrls: ['http://nowhere:1', 'http://nowhere:2', b.url] }]);
  w.run(100);
  a.network.send(heartbeat(1n, 2n, 1));
  w.settle();
  assert.deepEqual(b.kinds, ['heartbeat']);
});

test('a URL of a kind that cannot be reached is noted, and the next one tried', () => {
  const w = web();
  const a = new TestMember(w, 1n, {
    connect: (url) => (url.startsWith('http:') ? w.connect(url) : undefined),
  });
  const b = new TestMember(w, 2n);
  a.network.start(a);
  b.network.start(b);
  a.network.setPeers([{ id: 2n, peerUrls: ['quic://elsewhere'] }]);
  a.network.send(heartbeat(1n, 2n, 1));
  w.run(100);
  assert.deepEqual(a.unreachables.slice(0, 1), [2n]);
  assert.equal(a.log.count('cannot connect to a peer', 'no way to connect by the URL quic://elsewhere'), 1);
  a.network.setPeers([{ id: 2n, peerUrls: ['quic://elsewhere', b.url] }]);
  w.run(2 * REFUSED_RETRY_MS + 100);
  a.network.send(heartbeat(1n, 2n, 2));
  w.settle();
  assert.deepEqual(b.received, [heartbeat(1n, 2n, 2)]);
});

test('a connector that throws is no way to connect, for lanes, calls and snapshots, and is asked again', async () => {
  const w = web();
  let isBroken = true;
  const a = new TestMember(w, 1n, {
    connect: (url) => {
      if (isBroken) throw new RangeError('Port should be >= 0 and < 65536');
      return w.connect(url);
    },
  });
  const b = new TestMember(w, 2n);
  a.network.start(a);
  b.network.start(b);
  a.network.setPeers([b.asPeer]);
  a.network.send(heartbeat(1n, 2n, 1));
  const ttls: unknown[] = [];
  const ends: boolean[] = [];
  const body = new ChunkReader([]);
  a.network.leases.renew(2n, [1n], (answer) => ttls.push(answer));
  a.network.sendSnapshot(snapshotOf(1n, 2n), body, (ok) => ends.push(ok));
  await w.runAsync(20);
  assert.deepEqual([a.unreachables, ttls, ends, body.closed], [[2n], [undefined], [false], 1]);
  assert.equal(a.log.count('a peer URL cannot be connected to'), 1);
  isBroken = false;
  w.run(REFUSED_RETRY_MS + 100);
  a.network.send(heartbeat(1n, 2n, 2));
  w.settle();
  assert.deepEqual(b.received, [heartbeat(1n, 2n, 2)]);
});

test('whoever has connected can be answered without being in the configuration', () => {
  const w = web();
  const leader = new TestMember(w, 1n);
  const joiner = new TestMember(w, 2n, { remotes: [{ id: 9n, peerUrls: ['http://nowhere:9'] }] });
  leader.start(joiner);
  joiner.start();
  w.run(20);
  joiner.network.send(heartbeat(2n, 1n, 1));
  w.settle();
  assert.deepEqual(leader.kinds, ['heartbeat']);
  // Applying an old configuration that does not know the leader changes nothing.
  joiner.network.setPeers([]);
  joiner.network.send(heartbeat(2n, 1n, 2));
  w.settle();
  assert.equal(leader.received.length, 2);
  // A guest that is gone for long is not looked for any more.
  leader.kill();
  w.run(2 * GUEST_IDLE_MS);
  const connects = joiner.log.lines.length;
  w.run(2 * GUEST_IDLE_MS);
  assert.equal(joiner.log.lines.length, connects);
  assert.equal(joiner.network.connectedSince(1n), undefined);
});

test('a link to a guest that is connected, and not used, is closed in the end; one to a peer is not', () => {
  const w = web();
  const member = new TestMember(w, 1n);
  const guest = new TestMember(w, 2n);
  member.start();
  guest.start(member);
  w.run(20);
  const inbound = w.openCount;
  member.network.send(heartbeat(1n, 2n, 1));
  w.run(GUEST_IDLE_MS - 100);
  member.network.send(heartbeat(1n, 2n, 2));
  w.run(GUEST_IDLE_MS - 100);
  assert.deepEqual([guest.kinds.length, w.openCount], [2, inbound + 2]);
  w.run(200);
  assert.equal(w.openCount, inbound);
  member.network.send(heartbeat(1n, 2n, 3));
  w.run(20);
  member.network.setPeers([guest.asPeer]);
  w.run(3 * GUEST_IDLE_MS);
  assert.deepEqual([guest.kinds.length, w.openCount], [3, inbound + 2]);
  member.network.stop();
  guest.network.stop();
  w.run(100);
  assert.deepEqual([w.openCount, w.clock.timerCount], [0, 0]);
});

test('of guests beyond the bound the link of the oldest is closed', () => {
  const w = web();
  const member = new TestMember(w, 1n).start();
  const guests = Array.from({ length: GUESTS_MAX + 1 }, (_, i) => new TestMember(w, BigInt(10 + i)));
  for (const guest of guests) {
    guest.network.start(guest);
    guest.network.setPeers([member.asPeer]);
    w.run(20);
    member.network.send(heartbeat(1n, guest.id, 1));
    w.run(20);
  }
  const linked = guests.filter((guest) => member.network.connectedSince(guest.id) !== undefined);
  assert.deepEqual(linked, guests.slice(1));
});

test('members beyond a bound are counted as one', () => {
  const table = new PeerCounterTable();
  const first = table.of(1n);
  for (let i = 2; i <= PEERS_COUNTED_MAX; i++) table.of(BigInt(i));
  assert.equal(table.of(77_777n), table.of(88_888n));
  assert.equal(table.of(77_777n), table.of(NOBODY));
  assert.equal(table.of(1n), first);
  assert.equal([...table.all()].length, PEERS_COUNTED_MAX + 1);
});

test('guests beyond the bound are forgotten, oldest first', () => {
  const book = new AddressBook();
  for (let i = 0; i <= GUESTS_MAX; i++) {
    book.announce(1000n, ['http://again']);
    book.announce(BigInt(i), [`http://guest-${i}`]);
  }
  assert.deepEqual(book.urlsOf(0n), []);
  assert.deepEqual(book.urlsOf(1n), []);
  assert.deepEqual(book.urlsOf(2n), ['http://guest-2']);
  assert.deepEqual(book.urlsOf(1000n), ['http://again']);
  book.setPeers([{ id: 2n, peerUrls: ['http://written', 'http://guest-2'] }]);
  assert.deepEqual(book.urlsOf(2n), ['http://written', 'http://guest-2']);
  book.announce(2n, ['http://moved']);
  assert.deepEqual(book.urlsOf(2n), ['http://written', 'http://guest-2', 'http://moved']);
  book.announce(2n, []);
  assert.equal(book.urlsOf(2n).length, 3);
  book.setRemoved(new Set([3n]));
  book.announce(3n, ['http://guest-3']);
  assert.deepEqual(book.urlsOf(3n), []);
});

test('a peer that is not in the configuration any more is let go', () => {
  const w = web();
  const [a, b] = pairOf(w);
  a.network.send(append(1n, 2n, 1, 10));
  a.network.setPeers([]);
  b.network.setPeers([]);
  w.run(50);
  assert.deepEqual(b.received, [append(1n, 2n, 1, 10)], 'what was sent before still leaves');
  assert.equal(w.openCount, 0);
});

test('after the stop nothing is delivered and nothing is left', () => {
  const w = web();
  const [a, b] = pairOf(w);
  a.network.send(append(1n, 2n, 1, 100_000));
  b.network.send(heartbeat(2n, 1n, 1));
  b.network.stop();
  b.network.stop();
  a.network.send(heartbeat(1n, 2n, 1));
  w.run(50);
  assert.deepEqual(b.received, []);
  a.network.stop();
  w.run(20_000);
  assert.equal(w.openCount, 0);
  assert.equal(w.clock.timerCount, 0);
  a.network.send(heartbeat(1n, 2n, 2));
  w.settle();
});
