import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, MalformedError, Prng } from '../../stdx/index.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryWeb, type WebLink } from '../testing/memory-web.js';
import {
  append,
  ChunkReader,
  ELECTION_MS,
  heartbeat,
  pairOf,
  RecordingWriter,
  snapshotOf,
  TEST_CHECKSUM,
  TestMember,
} from '../testing/peer-fixture.js';
import { SNAPSHOT_CHUNK_BYTES, SNAPSHOT_FINISH_MS, SNAPSHOT_STALL_FACTOR } from './limits.js';
import type { SnapshotReader } from './ports.js';
import { SnapshotContent } from './snapshot-frames.js';

const SEED = 7;

function web(): MemoryWeb {
  return new MemoryWeb(new ManualClock());
}

interface Sent {
  readonly body: ChunkReader;
  readonly ends: boolean[];
  readonly link: WebLink;
}

function chunksOf(sizes: readonly number[]): Uint8Array[] {
  const prng = new Prng(SEED);
  return sizes.map((size) => prng.bytes(size));
}

/** Begins to send; `link` is the connection made for it. */
function send(w: MemoryWeb, from: TestMember, to: TestMember, chunks: readonly Uint8Array[]): Sent {
  const body = new ChunkReader(chunks);
  const ends: boolean[] = [];
  from.network.sendSnapshot(snapshotOf(from.id, to.id), body, (ok) => ends.push(ok));
  return { body, ends, link: w.links.at(-1)! };
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  return Buffer.concat(chunks);
}

test('a snapshot arrives whole, in chunks of any size', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const sizes = [1, 0, 65_535, 65_536, 65_537, 1_000_000, 3, 400_000];
  const chunks = chunksOf(sizes);
  b.writer = new RecordingWriter();
  const { body, ends } = send(w, a, b, chunks);
  await w.runAsync(500);
  assert.deepEqual(ends, [true]);
  assert.equal(b.writer.outcome, 'finished');
  assert.ok(joined([b.writer.content]).equals(joined(chunks)));
  assert.ok(b.writer.chunks.every((chunk) => chunk.length <= SNAPSHOT_CHUNK_BYTES));
  assert.deepEqual(b.snapshots, [snapshotOf(1n, 2n)]);
  assert.deepEqual(b.received, [], 'the member steps the message itself');
  assert.equal(body.closed, 1);
});

test('an empty snapshot arrives too', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.writer = new RecordingWriter();
  const { ends } = send(w, a, b, []);
  await w.runAsync(50);
  assert.deepEqual([ends, b.writer.outcome], [[true], 'finished']);
});

test('a slow writer holds back the reader, and messages pass by meanwhile', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const chunks = chunksOf(Array.from({ length: 256 }, () => 65_536));
  b.writer = new RecordingWriter();
  const waiting: (() => void)[] = [];
  b.writer.ready = () => new Promise((resolve) => waiting.push(resolve));
  const { body, ends } = send(w, a, b, chunks);
  await w.runAsync(200);
  assert.equal(b.writer.chunks.length, 1, 'writes do not overlap');
  for (let written = 1; written < 100; written++) {
    waiting.shift()!();
    await w.runAsync(10);
    assert.equal(b.writer.chunks.length, written + 1);
    const aheadBytes = (body.taken - written) * 65_536;
    assert.ok(aheadBytes < 4_000_000, `the reader is ${aheadBytes} bytes ahead`);
  }
  a.network.send(append(1n, 2n, 1, 1000));
  a.network.send(heartbeat(1n, 2n, 1));
  w.settle();
  assert.deepEqual(b.kinds.sort(), ['append', 'heartbeat']);
  b.writer.ready = () => Promise.resolve();
  waiting.shift()!();
  await w.runAsync(500);
  assert.deepEqual([ends, b.writer.outcome], [[true], 'finished']);
  assert.ok(joined([b.writer.content]).equals(joined(chunks)));
});

test('a connection that breaks in the middle ends both sides; a second try begins anew', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const chunks = chunksOf(Array.from({ length: 64 }, () => 65_536));
  const first = new RecordingWriter();
  b.writer = first;
  first.ready = async () => {
    if (first.chunks.length === 20) w.links.at(-1)!.ends[0].destroy();
  };
  const { body, ends } = send(w, a, b, chunks);
  await w.runAsync(300);
  assert.deepEqual([ends, first.outcome, body.closed], [[false], 'aborted', 1]);
  b.writer = new RecordingWriter();
  const again = send(w, a, b, chunks);
  await w.runAsync(500);
  assert.deepEqual([again.ends, b.writer.outcome], [[true], 'finished']);
  assert.ok(joined([b.writer.content]).equals(joined(chunks)));
});

test('a receiver that falls silent is given up', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.writer = new RecordingWriter();
  const chunks = chunksOf(Array.from({ length: 64 }, () => 65_536));
  const { ends, link, body } = send(w, a, b, chunks);
  w.run(5);
  link.isFrozen = true;
  await w.runAsync(12 * ELECTION_MS);
  assert.deepEqual([ends, body.closed], [[false], 1]);
  // The receiver finds out by itself that the sender is gone.
  assert.equal(b.writer.outcome, 'aborted');
});

test('a peer that cannot be reached ends the transfer', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.kill();
  const gone = send(w, a, b, chunksOf([10]));
  const unknown = send(w, a, new TestMember(w, 5n), chunksOf([10]));
  w.onConnect = (link) => {
    link.isFrozen = true;
  };
  const frozen = send(w, a, new TestMember(w, 2n), chunksOf([10]));
  await w.runAsync(2 * ELECTION_MS + 10);
  for (const { ends, body } of [gone, unknown, frozen]) {
    assert.deepEqual([ends, body.closed, body.taken], [[false], 1, 0]);
  }
});

test('a member that cannot take a snapshot now says so', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const { ends, body } = send(w, a, b, chunksOf([100]));
  await w.runAsync(50);
  assert.deepEqual([ends, body.taken, body.closed], [[false], 0, 1]);
  assert.equal(b.log.count('failed to receive a snapshot', 'the member cannot take a snapshot now'), 1);
});

test('a wrong checksum is found at its chunk', async () => {
  const w = web();
  let updates = 0;
  const a = new TestMember(w, 1n, {
    checksum: {
      ...TEST_CHECKSUM,
      // The third chunk is summed up as if a byte had been another.
      update: (bytes, seed, start, end) =>
        TEST_CHECKSUM.update(bytes, ++updates === 3 ? seed ^ 1 : seed, start, end),
    },
  });
  const b = new TestMember(w, 2n);
  a.start(b);
  b.start(a);
  w.run(20);
  b.writer = new RecordingWriter();
  const { ends } = send(w, a, b, chunksOf([100, 100, 100, 100]));
  await w.runAsync(50);
  assert.deepEqual([ends, b.writer.outcome, b.writer.chunks.length], [[false], 'aborted', 2]);
  assert.equal(b.log.count('failed to receive a snapshot', 'malformed snapshot: wrong checksum'), 1);
});

test('frames that do not add up are malformed', () => {
  const out = new ByteWriter();
  const content = Uint8Array.of(1, 2, 3, 4, 5);
  const written = new SnapshotContent(TEST_CHECKSUM);
  written.writeChunk(out, content, 1, 4);
  const chunk = out.finish();
  out.reset();
  written.writeEnd(out);
  const end = out.finish();
  const read = (...frames: readonly Uint8Array[]): (Uint8Array | undefined)[] => {
    const reader = new SnapshotContent(TEST_CHECKSUM);
    return frames.map((bytes) => reader.read(bytes, 0, bytes.length));
  };
  assert.deepEqual(read(chunk, end), [Uint8Array.of(2, 3, 4), undefined]);
  const longer = Uint8Array.from(end);
  longer[5]!++;
  const bad: [string, Uint8Array[]][] = [
    ['missing chunk', [end]],
    ['doubled chunk', [chunk, chunk]],
    ['cut chunk', [chunk.subarray(0, 7)]],
    ['cut header', [chunk.subarray(0, 4)]],
    ['other kind', [Uint8Array.of(3, ...chunk.subarray(1))]],
    ['other length', [chunk, longer]],
    ['more than the end', [chunk, Uint8Array.of(...end, 0)]],
    ['no length', [chunk, end.subarray(0, 5)]],
    ['too large', [new Uint8Array(SNAPSHOT_CHUNK_BYTES + 6).fill(1)]],
  ];
  for (const [name, frames] of bad) assert.throws(() => read(...frames), MalformedError, name);
});

test('a receiver that takes nothing any more, though it answers pings, is given up', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.writer = new RecordingWriter();
  b.writer.ready = () => new Promise(() => {});
  const { ends, body } = send(w, a, b, chunksOf(Array.from({ length: 64 }, () => 65_536)));
  await w.runAsync(SNAPSHOT_STALL_FACTOR * ELECTION_MS - 100);
  assert.deepEqual([...ends], []);
  await w.runAsync(2 * ELECTION_MS);
  assert.deepEqual([ends, body.closed, b.writer.outcome], [[false], 1, 'aborted']);
  assert.equal(a.log.count('failed to send a snapshot', 'the peer takes nothing any more'), 1);
});

test('a receiver that never says that it has the whole is given up in the end', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.writer = new RecordingWriter();
  b.writer.finish = () => new Promise(() => {});
  const { ends } = send(w, a, b, chunksOf([100, 100]));
  await w.runAsync(50);
  w.run(SNAPSHOT_FINISH_MS - ELECTION_MS);
  assert.deepEqual([...ends], []);
  w.run(2 * ELECTION_MS);
  assert.deepEqual(ends, [false]);
});

test('a snapshot is not given up while bytes leave, or while it is the reader that takes its time', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const chunks = chunksOf(Array.from({ length: 64 }, () => 65_536));
  b.writer = new RecordingWriter();
  const after = (ms: number): Promise<void> => new Promise((resolve) => void w.clock.setTimer(ms, resolve));
  const stepMs = (SNAPSHOT_STALL_FACTOR * ELECTION_MS) / 2;
  let written = 0;
  b.writer.ready = () => (++written % 8 === 0 ? after(stepMs) : Promise.resolve());
  const reader = new ChunkReader(chunks);
  const ends: boolean[] = [];
  const patient: SnapshotReader = {
    next: async () => {
      if (reader.taken === 4) await after(SNAPSHOT_FINISH_MS + ELECTION_MS);
      return reader.next();
    },
    close: () => reader.close(),
  };
  a.network.sendSnapshot(snapshotOf(1n, 2n), patient, (ok) => ends.push(ok));
  for (let i = 0; i < 200 && ends.length === 0; i++) {
    w.run(stepMs / 2);
    await w.runAsync(20);
  }
  assert.deepEqual([ends, b.writer.outcome], [[true], 'finished']);
  assert.ok(joined([b.writer.content]).equals(joined(chunks)));
});

test('members with different checksums do not understand each other', async () => {
  const w = web();
  const a = new TestMember(w, 1n, { checksum: { ...TEST_CHECKSUM, id: 8 } });
  const b = new TestMember(w, 2n);
  a.start(b);
  b.start(a);
  w.run(20);
  b.writer = new RecordingWriter();
  const { ends } = send(w, a, b, chunksOf([100]));
  await w.runAsync(50);
  assert.deepEqual([ends, b.writer.chunks.length], [[false], 0]);
});

test('a snapshot in the name of another member than its stream says is not begun', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  b.writer = new RecordingWriter();
  const ends: boolean[] = [];
  a.network.sendSnapshot(snapshotOf(3n, 2n), new ChunkReader([]), (ok) => ends.push(ok));
  await w.runAsync(50);
  assert.deepEqual([ends, b.snapshots], [[false], []]);
  const told = "malformed snapshot: a message of another member than its stream's";
  assert.equal(b.log.count('failed to receive a snapshot', told), 1);
  assert.equal(a.log.count('failed to send a snapshot', told), 1);
});

test('a reader or writer that fails ends the transfer', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const ends: boolean[] = [];
  let closed = 0;
  const broken: SnapshotReader = {
    next: () => Promise.reject(new Error('no such page')),
    close: () => closed++,
  };
  b.writer = new RecordingWriter();
  a.network.sendSnapshot(snapshotOf(1n, 2n), broken, (ok) => ends.push(ok));
  await w.runAsync(50);
  assert.deepEqual([ends, closed, b.writer.outcome], [[false], 1, 'aborted']);

  for (const failAt of ['write', 'finish']) {
    const writer = new RecordingWriter();
    b.writer = writer;
    writer.ready = async () => {
      if (writer.chunks.length === 3 && failAt === 'write') throw new Error('disk full');
    };
    if (failAt === 'finish') writer.finish = () => Promise.reject(new Error('not a state'));
    const sent = send(w, a, b, chunksOf([10, 10, 10, 10, 10]));
    await w.runAsync(50);
    assert.deepEqual([sent.ends, writer.outcome], [[false], 'aborted'], failAt);
  }
});

test('a stop ends what is under way, in both directions', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const chunks = chunksOf(Array.from({ length: 64 }, () => 65_536));
  for (const member of [a, b]) {
    member.writer = new RecordingWriter();
    member.writer.ready = () => new Promise(() => {});
  }
  const out = send(w, a, b, chunks);
  const back = send(w, b, a, chunks);
  await w.runAsync(50);
  a.network.stop();
  assert.deepEqual([out.ends, out.body.closed], [[false], 1]);
  assert.equal(a.writer!.outcome, 'aborted');
  await w.runAsync(50);
  assert.deepEqual([back.ends, back.body.closed], [[false], 1]);
  assert.equal(b.writer!.outcome, 'aborted');
});

test('a removed member neither gets nor gives a snapshot', async () => {
  const w = web();
  const [a, b] = pairOf(w);
  const chunks = chunksOf(Array.from({ length: 64 }, () => 65_536));
  for (const member of [a, b]) {
    member.writer = new RecordingWriter();
    member.writer.ready = () => new Promise(() => {});
  }
  const out = send(w, a, b, chunks);
  const back = send(w, b, a, chunks);
  await w.runAsync(50);
  a.network.setRemoved(new Set([2n]));
  await w.runAsync(50);
  assert.deepEqual(
    [out.ends, back.ends, a.writer!.outcome, b.writer!.outcome],
    [[false], [false], 'aborted', 'aborted'],
  );
  const late = send(w, b, a, chunks);
  await w.runAsync(50);
  assert.deepEqual(late.ends, [false]);
});
