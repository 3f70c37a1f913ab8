import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY } from '../../raft/index.js';
import { ByteWriter, equalBytes } from '../../stdx/index.js';
import { writeRaftMessage } from '../../wire/index.js';
import type { ClientStream } from '../grpc/client-call.js';
import { ClientConnection } from '../grpc/client-connection.js';
import type { Metadata } from '../grpc/metadata.js';
import { ServerConnection } from '../grpc/server-connection.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb } from '../testing/memory-web.js';
import {
  append,
  CLUSTER_ID,
  entryOf,
  heartbeat,
  pairOf,
  snapshotOf,
  TestMember,
} from '../testing/peer-fixture.js';
import { greetingMetadata, REMOVED, STREAM_PATH } from './handshake.js';
import { decodeBetween } from './inbound-streams.js';
import { REFUSED_RETRY_MS } from './limits.js';

function web(): MemoryWeb {
  return new MemoryWeb(new ManualClock());
}

interface RawStream {
  readonly stream: ClientStream;
  readonly connection: ClientConnection;
  status: string;
  greeting: string;
}

/** A stream to a member, opened by hand. */
function openRaw(w: MemoryWeb, to: TestMember, metadata: Metadata): RawStream {
  const connection = new ClientConnection(w.connect(to.url), { clock: w.clock, authority: 'raw' });
  const stream = connection.stream(STREAM_PATH, metadata);
  const raw: RawStream = { stream, connection, status: '', greeting: '' };
  stream.onMessage = (bytes, start, end) => {
    raw.greeting = String.fromCharCode(...bytes.subarray(start, end));
  };
  stream.onStatus = (code, text) => {
    raw.status = `${code} ${text}`;
  };
  return raw;
}

function greeting(
  from: bigint,
  to: bigint,
  lane: 'control' | 'bulk' | 'snapshot' = 'control',
  stream = { life: 'a', ordinal: 1 },
): Metadata {
  return greetingMetadata(
    { clusterId: CLUSTER_ID, memberId: from, version: '0.0.1', peerUrls: ['http://raw:1'] },
    to,
    lane,
    stream,
  );
}

function without(metadata: Metadata, name: string, value?: string): Metadata {
  const rest = metadata.filter(([key]) => key !== name);
  return value === undefined ? rest : [...rest, [name, value]];
}

test('a member of another cluster is refused, and says so in its log now and then', () => {
  const w = web();
  const a = new TestMember(w, 1n);
  const b = new TestMember(w, 2n, {
    self: { clusterId: 0xbadn, memberId: 2n, version: '0.0.1', peerUrls: ['http://member-2:2380'] },
  });
  a.start(b);
  b.start(a);
  for (let i = 0; i < 5; i++) {
    a.network.send(append(1n, 2n, 1, 10));
    b.network.send(heartbeat(2n, 1n, 1));
    w.run(REFUSED_RETRY_MS);
  }
  assert.deepEqual([a.received, b.received], [[], []]);
  assert.equal(a.network.connectedSince(2n), undefined);
  const lines = a.log.count('refused a stream of another member', 'cluster ID mismatch');
  assert.ok(lines >= 1 && lines <= 2, `${lines} lines in 10 s`);
  assert.ok(b.log.count('a peer refuses this member', 'cluster ID mismatch') >= 1);
  assert.ok(w.links.length <= 24, `${w.links.length} connections of two members with two lanes in 10 s`);
});

test('a message meant for whoever had the address before is refused', () => {
  const w = web();
  const a = new TestMember(w, 1n);
  const b = new TestMember(w, 2n);
  a.network.start(a);
  b.network.start(b);
  a.network.setPeers([{ id: 3n, peerUrls: [b.url] }]);
  a.network.send(heartbeat(1n, 3n, 1));
  w.run(100);
  assert.deepEqual(b.received, []);
  assert.equal(a.network.connectedSince(3n), undefined);
  assert.equal(b.log.count('refused a stream of another member', 'to field mismatch'), 1);
});

test('a removed member is told so, on the streams it has and on new ones', () => {
  const w = web();
  const [a, b] = pairOf(w);
  a.network.setPeers([]);
  a.network.setRemoved(new Set([2n]));
  b.network.send(heartbeat(2n, 1n, 1));
  w.run(20);
  assert.deepEqual(a.received, []);
  assert.ok(b.removedCount >= 1);
  const told = b.removedCount;
  w.run(REFUSED_RETRY_MS + 20);
  assert.ok(b.removedCount > told, 'told again when it comes back');
  a.network.send(heartbeat(1n, 2n, 1));
  w.run(20);
  assert.ok(a.unreachables.includes(2n), 'nobody talks to a removed member');
  assert.deepEqual(b.received, []);
});

/** Somebody who answers every request in the same way, by gRPC. */
function listenAndRefuse(w: MemoryWeb, url: string, code: number, text: string): void {
  w.listen(url, (stream) => {
    new ServerConnection(stream, {
      services: new Map([[STREAM_PATH, { kind: 'stream', handle: (call) => call.finish(code, text) }]]),
      clock: w.clock,
      maxRecvMessageBytes: 1000,
      maxConcurrentStreams: 16,
      keepalive: { minTimeMs: 0, permitWithoutStream: true, intervalMs: 5000, timeoutMs: 5000 },
      gunzip: () => undefined,
    });
  });
}

/** Somebody who answers the first request with an HTTP status and no gRPC, like a proxy. */
function listenAndForbid(w: MemoryWeb, url: string): void {
  const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
  // HEADERS with END_STREAM and END_HEADERS of stream 1: `:status: 403`, as a literal with a name of the static table.
  const forbidden = [0, 0, 5, 1, 5, 0, 0, 0, 1, 8, 3, 0x34, 0x30, 0x33];
  w.listen(url, (stream) => {
    let isAnswered = false;
    stream.handlers = {
      onData: () => {
        if (!isAnswered) stream.write(Uint8Array.from([...settings, ...forbidden]));
        isAnswered = true;
      },
      onDrain: () => {},
      onClose: () => {},
    };
  });
}

test('who denies access in other words, or by HTTP, does not make a member believe that it was removed', () => {
  const w = web();
  const a = new TestMember(w, 1n);
  listenAndRefuse(w, 'http://proxy:1', REMOVED.code, 'RBAC: access denied');
  listenAndRefuse(w, 'http://proxy:2', REMOVED.code + 2, REMOVED.text);
  listenAndForbid(w, 'http://proxy:3');
  a.network.start(a);
  a.network.setPeers([1, 2, 3].map((i) => ({ id: 100n + BigInt(i), peerUrls: [`http://proxy:${i}`] })));
  w.run(100);
  const refusals = [
    'RBAC: access denied',
    REMOVED.text,
    'unexpected HTTP status code received from server: 403',
  ];
  assert.deepEqual(
    refusals.map((text) => a.log.count('a peer refuses this member', text)),
    [1, 1, 1],
  );
  assert.equal(a.removedCount, 0);
});

test('that it was removed a member believes only of those the cluster has named, at their URLs', () => {
  const w = web();
  const liar = 'http://raw:1';
  listenAndRefuse(w, liar, REMOVED.code, REMOVED.text);
  const a = new TestMember(w, 1n, { remotes: [{ id: 7n, peerUrls: ['http://told:1'] }] });
  a.network.start(a);
  a.network.setPeers([{ id: 2n, peerUrls: ['http://nowhere:1'] }]);
  // Both have announced the URL: one is a guest, the other one pretends to be a member.
  for (const from of [2n, 3n]) {
    openRaw(w, a, greeting(from, 1n));
    w.settle();
    a.network.send(heartbeat(1n, from, 1));
    w.run(REFUSED_RETRY_MS);
  }
  assert.ok(a.log.count('a peer refuses this member', REMOVED.text) >= 2);
  assert.equal(a.removedCount, 0);
  listenAndRefuse(w, 'http://told:1', REMOVED.code, REMOVED.text);
  a.network.send(heartbeat(1n, 7n, 1));
  w.run(100);
  assert.ok(a.removedCount > 0, 'a member that was told of when this one joined');
  const told = a.removedCount;
  a.network.setPeers([{ id: 4n, peerUrls: [liar] }]);
  w.run(100);
  assert.ok(a.removedCount > told, 'a member of the configuration');
});

test('greetings that do not fit are refused by their status', () => {
  const w = web();
  const member = new TestMember(w, 1n).start();
  const good = greeting(2n, 1n);
  const cases: [Metadata, string][] = [
    [[], '3 malformed greeting'],
    [without(good, 'quoin-cluster-id'), '3 malformed greeting'],
    [without(good, 'quoin-from', 'xyz'), '3 malformed greeting'],
    [without(good, 'quoin-from', NOBODY.toString(16)), '3 malformed greeting'],
    [without(good, 'quoin-to', '1'.repeat(17)), '3 malformed greeting'],
    [without(good, 'quoin-lane', 'fast'), '3 malformed greeting'],
    [without(good, 'quoin-stream'), '3 malformed greeting'],
    [without(good, 'quoin-stream', 'a-b'), '3 malformed greeting'],
    [without(good, 'quoin-lane', 'snapshot'), '3 no such lane here'],
    [without(good, 'quoin-cluster-id', 'c2'), '9 cluster ID mismatch'],
    [without(good, 'quoin-to', '7'), '9 to field mismatch'],
    [without(good, 'quoin-from', '1'), '9 a member does not talk to itself'],
    [without(good, 'quoin-peer-protocol', '2'), '9 incompatible version'],
  ];
  const raws = cases.map(([metadata]) => openRaw(w, member, metadata));
  const taken = openRaw(w, member, good);
  w.settle();
  assert.deepEqual(
    raws.map((raw) => raw.status),
    cases.map(([, status]) => status),
  );
  assert.deepEqual([taken.status, taken.greeting], ['', '0.0.1']);
});

test('before the member is started its port refuses for now', () => {
  const w = web();
  const member = new TestMember(w, 1n);
  const raw = openRaw(w, member, greeting(2n, 1n));
  w.settle();
  assert.equal(raw.status, '14 the member is not started');
});

/** Encodes as the network does. */
function encoded(message: Parameters<typeof writeRaftMessage>[1]): Uint8Array {
  const out = new ByteWriter();
  writeRaftMessage(out, message);
  return out.finish();
}

test('garbage ends its stream with a status and touches no other', () => {
  const w = web();
  const member = new TestMember(w, 1n).start();
  const cases: [Uint8Array, RegExp][] = [
    [Uint8Array.of(), /^13 malformed message/],
    [Uint8Array.of(255, 1, 2, 3), /^13 malformed message: unknown kind/],
    [encoded(heartbeat(2n, 1n, 5)).subarray(0, 15), /^13 malformed message/],
    [encoded(heartbeat(2n, 9n, 5)), /^13 malformed message: a message for another member/],
    [encoded(heartbeat(1n, 1n, 5)), /^13 malformed message: a message of another member than its stream's/],
    [encoded(heartbeat(99n, 1n, 5)), /^13 malformed message: a message of another member than its stream's/],
    [encoded(snapshotOf(16n, 1n)), /^13 malformed message: snapshots/],
    [new Uint8Array(member.network.messageBytesMax + 1), /^8 grpc: received message larger than max/],
  ];
  const witness = openRaw(w, member, greeting(99n, 1n));
  for (const [i, [bytes, status]] of cases.entries()) {
    const raw = openRaw(w, member, greeting(BigInt(10 + i), 1n));
    raw.stream.send(encoded(heartbeat(BigInt(10 + i), 1n, 1)), 0, encoded(heartbeat(2n, 1n, 1)).length);
    raw.stream.send(bytes, 0, bytes.length);
    w.settle();
    assert.match(raw.status, status);
    assert.equal(member.received.length, i + 1, 'what came before was delivered, nothing after');
  }
  const last = encoded(heartbeat(99n, 1n, 77));
  witness.stream.send(last, 0, last.length);
  w.settle();
  assert.deepEqual(member.received.at(-1), heartbeat(99n, 1n, 77));
  assert.equal(witness.status, '');
  const told = "a message of another member than its stream's";
  assert.equal(member.log.count('ended the stream of a member that sent a malformed message', told), 2);
});

test('a sender that comes again replaces its old stream', () => {
  const w = web();
  const member = new TestMember(w, 1n).start();
  const first = openRaw(w, member, greeting(2n, 1n));
  w.settle();
  const other = openRaw(w, member, greeting(2n, 1n, 'bulk'));
  const second = openRaw(w, member, greeting(2n, 1n, 'control', { life: 'a', ordinal: 3 }));
  w.settle();
  assert.equal(first.status, '10 replaced by a newer stream');
  assert.deepEqual([other.status, second.status], ['', '']);
  // One that was given up long ago and comes late is not taken, and the one there is goes on.
  const late = openRaw(w, member, greeting(2n, 1n, 'control', { life: 'a', ordinal: 2 }));
  w.settle();
  assert.deepEqual([late.status, second.status], ['10 a newer stream has come before', '']);
  second.stream.halfClose();
  w.settle();
  assert.equal(second.status, '0 ');
  const later = openRaw(w, member, greeting(2n, 1n, 'control', { life: 'a', ordinal: 2 }));
  const reborn = openRaw(w, member, greeting(2n, 1n, 'control', { life: 'b', ordinal: 1 }));
  w.settle();
  assert.deepEqual([later.status, reborn.status], ['10 a newer stream has come before', '']);
});

test('a small entry does not keep a large buffer', () => {
  const message = encoded({ ...append(2n, 1n, 5, 100), entries: [entryOf(5, 100)] } as never);
  const large = new Uint8Array(65_536);
  large.set(message, 1000);
  const small = decodeBetween({ from: 2n, to: 1n }, large, 1000, 1000 + message.length);
  assert.equal(small.kind, 'append');
  const [entry] = small.kind === 'append' ? small.entries : [];
  assert.equal(entry!.data.buffer.byteLength, message.length);
  assert.ok(equalBytes(entry!.data, entryOf(5, 100).data));
  // Where the entries are most of the buffer, they stay where they are.
  const whole = decodeBetween({ from: 2n, to: 1n }, message, 0, message.length);
  assert.equal(whole.kind === 'append' && whole.entries[0]!.data.buffer, message.buffer);
});
