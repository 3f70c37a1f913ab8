import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, Prng } from '../../stdx/index.js';
import { frame, grpcMessage, type RawFrame, uint32 } from '../testing/raw-peer.js';
import { goAwayCodes, resets, ServerFixture } from '../testing/server-fixture.js';
import { ErrorCode, FrameType } from './frame.js';
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from './limits.js';

const SIZE = '/test.Echo/Size';
const NONE = new Uint8Array(0);

function setting(id: number, value: number): Uint8Array {
  return frame(FrameType.SETTINGS, 0, 0, concatBytes([Uint8Array.of(0, id), uint32(value)]));
}

function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame(FrameType.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

/** DATA bytes by stream. */
function dataBytes(frames: readonly RawFrame[], streamId?: number): number {
  let sum = 0;
  for (const f of frames) {
    if (f.type === FrameType.DATA && (streamId ?? f.streamId) === f.streamId) sum += f.payload.length;
  }
  return sum;
}

function ended(frames: readonly RawFrame[], streamId: number): boolean {
  return frames.some((f) => f.streamId === streamId && f.type === FrameType.HEADERS && (f.flags & 1) === 1);
}

test('an answer above the connection window waits for it', () => {
  const f = new ServerFixture();
  f.send(f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(1_000_000)])));
  const frames = f.send(f.peer.call(1, uint32(100_000), SIZE));
  assert.equal(dataBytes(frames), 65_535);
  assert.ok(frames.every((x) => x.payload.length <= 16_384));
  assert.equal(ended(frames, 1), false);
  const some = f.send(windowUpdate(0, 10_000));
  assert.equal(dataBytes(some), 10_000);
  const rest = f.send(windowUpdate(0, 1_000_000));
  assert.equal(dataBytes(rest), 100_005 - 75_535);
  assert.equal(ended(rest, 1), true);
  assert.equal(f.server.streamCount, 0);
});

test('an answer above the stream window waits for it, while other streams go on', () => {
  const f = new ServerFixture();
  f.send(f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(100)])));
  const frames = f.send(f.peer.call(1, uint32(1000), SIZE), f.peer.call(3, uint32(50), SIZE));
  assert.equal(dataBytes(frames, 1), 100);
  assert.equal(ended(frames, 1), false);
  assert.equal(ended(frames, 3), true);
  assert.equal(dataBytes(f.send(windowUpdate(1, 7))), 7);
  // A larger initial window opens streams that exist (section 6.9.2), a smaller one shuts them.
  assert.equal(dataBytes(f.send(setting(4, 300))), 200);
  assert.equal(dataBytes(f.send(setting(4, 0), windowUpdate(1, 250))), 0);
  assert.equal(dataBytes(f.send(windowUpdate(1, 60))), 10);
  assert.equal(ended(f.send(windowUpdate(1, 10_000)), 1), true);
});

test('large answers share the connection window', () => {
  const f = new ServerFixture();
  f.send(f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(1 << 24)])));
  f.send(...[1, 3, 5, 7].map((id) => f.peer.call(id, uint32(200_000), SIZE)));
  const frames = f.send(windowUpdate(0, 400_000));
  for (const id of [1, 3, 5, 7]) assert.ok(dataBytes(frames, id) >= 65_536, `stream ${id}`);
});

test('whatever the windows, every byte arrives once and in order', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const prng = new Prng(seed);
    const f = new ServerFixture();
    f.send(f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(prng.below(3000))])));
    const messages = new Map<number, Uint8Array>();
    const got = new Map<number, Uint8Array[]>();
    const take = (frames: readonly RawFrame[]): void => {
      for (const x of frames) {
        if (x.type === FrameType.DATA) got.set(x.streamId, [...(got.get(x.streamId) ?? []), x.payload]);
      }
    };
    for (let id = 1; id < 20; id += 2) {
      const message = prng.bytes(prng.below(prng.chance(0.2) ? 60_000 : 3000));
      messages.set(id, message);
      take(f.send(f.peer.request(id)));
      for (let at = 0, bytes = grpcMessage(message); ; at += 10_000) {
        const last = at + 10_000 >= bytes.length;
        take(f.send(f.peer.data(id, bytes.slice(at, at + 10_000), last)));
        if (last) break;
      }
    }
    for (let round = 0; round < 3000 && f.server.streamCount > 0; round++) {
      take(f.send(windowUpdate(0, prng.between(1, 20_000))));
      const id = prng.pick([...messages.keys()]);
      if (!f.server.closed) take(f.send(windowUpdate(id, prng.between(1, 20_000))));
    }
    assert.equal(f.server.streamCount, 0, `seed ${seed}`);
    for (const [id, message] of messages) {
      assert.deepEqual(concatBytes(got.get(id)!), grpcMessage(message), `seed ${seed}, stream ${id}`);
    }
  }
});

test('what we receive is given back to the windows in batches', () => {
  const f = new ServerFixture().open();
  f.send(f.peer.request(1, '/test.Echo/Bidi'));
  const chunk = new Uint8Array(16_384);
  let sent = 0;
  let stream = 0;
  let connection = 0;
  let updates = 0;
  f.send(f.peer.data(1, concatBytes([Uint8Array.of(0), uint32(2_000_000)]), false));
  while (sent < 1_990_000) {
    for (const x of f.send(f.peer.data(1, chunk, false))) {
      if (x.type !== FrameType.WINDOW_UPDATE) continue;
      updates++;
      const increment = new DataView(x.payload.buffer).getUint32(0);
      if (x.streamId === 0) connection += increment;
      else stream += increment;
    }
    sent += chunk.length;
    if (sent + chunk.length > 1_990_000) break;
  }
  assert.ok(stream >= sent - STREAM_WINDOW_BYTES / 2 && stream <= sent + 5, `${stream} of ${sent}`);
  assert.ok(updates <= 6);
  assert.ok(connection <= sent + 5);
});

test('a peer that ignores our windows', () => {
  const f = new ServerFixture().open();
  // A paused stream is not credited: what is above its window is an error of the stream.
  f.log.events.length = 0;
  f.send(f.peer.request(1, '/test.Echo/Later'));
  const chunk = new Uint8Array(16_384);
  f.send(f.peer.data(1, concatBytes([Uint8Array.of(0), uint32(2_000_000)]), false));
  const frames: RawFrame[] = [];
  for (let sent = 0; sent < CONNECTION_WINDOW_BYTES + 65_536; sent += chunk.length) {
    frames.push(...f.send(f.peer.data(3, chunk, false)));
    if (f.server.closed) break;
  }
  assert.deepEqual(goAwayCodes(frames), [ErrorCode.PROTOCOL_ERROR], 'DATA on an idle stream');

  const g = new ServerFixture({
    services: new Map([['/test.Echo/Unary', { kind: 'stream', handle: (call) => call.pause() }]]),
  }).open();
  g.send(g.peer.request(1));
  const more: RawFrame[] = [];
  for (let sent = 0; sent <= STREAM_WINDOW_BYTES; sent += chunk.length)
    more.push(...g.send(g.peer.data(1, chunk, false)));
  assert.deepEqual(resets(more), ['1: 3']);
  assert.deepEqual(goAwayCodes(more), []);
});

test('a paused call holds its caller back, and nothing is lost', () => {
  let call: { resume(): void } | undefined;
  const got: number[] = [];
  let ended = false;
  const f = new ServerFixture({
    services: new Map([
      [
        '/test.Echo/Unary',
        {
          kind: 'stream',
          handle: (c) => {
            call = c;
            c.pause();
            c.onMessage = (b, s) => {
              got.push(b[s]!);
              if (got.length % 3 === 0) c.pause();
            };
            c.onHalfClose = () => {
              ended = true;
              c.finish(0, '');
            };
          },
        },
      ],
    ]),
  }).open();
  f.send(f.peer.request(1));
  for (let i = 0; i < 10; i++) f.send(f.peer.data(1, grpcMessage(Uint8Array.of(i)), i === 9));
  assert.deepEqual(got, []);
  call!.resume();
  assert.deepEqual(got, [0, 1, 2]);
  assert.equal(ended, false);
  for (let i = 0; i < 3; i++) call!.resume();
  assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(ended, true);
  assert.equal(f.server.streamCount, 0);
});

test('answers to a client that opens no window are bounded: further requests wait, and are served later', () => {
  const f = new ServerFixture();
  f.send(f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(0)])));
  const calls = 100;
  for (let i = 0; i < calls; i++) f.send(f.peer.call(2 * i + 1, uint32(1_000_000), SIZE));
  assert.equal(f.server.streamCount, calls);
  let received = 0;
  let largest = 0;
  f.send(windowUpdate(0, 0x7fffffff - 65_535));
  for (let i = 0; i < calls; i++) {
    const bytes = dataBytes(f.send(windowUpdate(2 * i + 1, 2_000_000)));
    received += bytes;
    largest = Math.max(largest, bytes);
  }
  // Streams that were answered after their window came.
  received += dataBytes(f.frames());
  assert.equal(received, calls * 1_000_005);
  assert.ok(largest < UNSENT_BYTES_MAX);
  assert.equal(f.server.streamCount, 0);
});

test('a client that does not read: answers stop, then reading stops, then all goes on', () => {
  const f = new ServerFixture();
  f.send(
    f.peer.opening(concatBytes([Uint8Array.of(0, 4), uint32(0x7fffffff)])),
    windowUpdate(0, 0x7fffffff - 65_535),
  );
  for (let i = 0; i < 200; i++) f.sendUnread(f.peer.call(2 * i + 1, uint32(100_000), SIZE));
  assert.ok(f.unread < 8_000_000, `${f.unread} bytes unread`);
  let sent = 200;
  // Refusals are sent even so; without an end to reading they would pile up.
  for (; !f.readingPaused && sent < 200_000; sent++)
    f.sendUnread(f.peer.call(2 * sent + 1, NONE, '/no.Such/Thing'));
  assert.equal(f.readingPaused, true);
  assert.ok(f.unread < 8_000_000, `${f.unread} bytes unread`);
  let received = 0;
  for (let i = 0; i < 1000 && f.server.streamCount > 0; i++) received += dataBytes(f.frames());
  // The last stream ended while the frames before were taken: its own come now.
  received += dataBytes(f.frames());
  assert.equal(f.readingPaused, false);
  assert.equal(received, 200 * 100_005);
});
