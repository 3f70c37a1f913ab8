/** Each known flood ends the connection that floods, with the right code, while another connection is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../stdx/index.js';
import { ManualClock } from '../testing/manual-clock.js';
import { frame, grpcMessage, type RawFrame, REQUEST_FIELDS, uint32 } from '../testing/raw-peer.js';
import { goAwayCodes, resets, ServerFixture } from '../testing/server-fixture.js';
import { ErrorCode, Flag, FrameType } from './frame.js';

const NONE = new Uint8Array(0);
const HELLO = Uint8Array.of(104, 105);
const ROUNDS_MAX = 60_000;

/** Makes the bytes of one round; ids are odd and rising. */
type Flood = (f: ServerFixture, id: number) => Uint8Array;

const FLOODS: readonly [string, Flood][] = [
  [
    'rapid reset',
    (f, id) =>
      concatBytes([f.peer.request(id, '/test.Echo/Later'), frame(FrameType.RST_STREAM, 0, id, uint32(8))]),
  ],
  [
    'provoked reset',
    (f, id) =>
      concatBytes([f.peer.request(id, '/test.Echo/Later'), frame(FrameType.WINDOW_UPDATE, 0, id, uint32(0))]),
  ],
  [
    'provoked reset by DATA after the end',
    (f, id) => concatBytes([f.peer.call(id, HELLO, '/test.Echo/Later'), f.peer.data(id, HELLO)]),
  ],
  ['SETTINGS', () => frame(FrameType.SETTINGS, 0, 0, NONE)],
  ['SETTINGS acknowledgements', () => frame(FrameType.SETTINGS, Flag.ACK, 0, NONE)],
  ['PING', () => frame(FrameType.PING, 0, 0, new Uint8Array(8))],
  ['PING acknowledgements', () => frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8))],
  ['PRIORITY', (_f, id) => frame(FrameType.PRIORITY, 0, id, new Uint8Array(5))],
  ['unknown frames', () => frame(200, 0, 0, NONE)],
  [
    'empty DATA',
    (f, id) => (id === 1 ? f.peer.request(1, '/test.Echo/Bidi') : frame(FrameType.DATA, 0, 1, NONE)),
  ],
  [
    'padding only',
    (f, id) =>
      id === 1
        ? f.peer.request(1, '/test.Echo/Bidi')
        : frame(FrameType.DATA, Flag.PADDED, 1, Uint8Array.of(0)),
  ],
  [
    'empty CONTINUATION',
    (f, id) =>
      id === 1
        ? frame(FrameType.HEADERS, 0, 1, f.peer.block(REQUEST_FIELDS))
        : frame(FrameType.CONTINUATION, 0, 1, NONE),
  ],
  [
    'endless CONTINUATION',
    (_f, id) => frame(id === 1 ? FrameType.HEADERS : FrameType.CONTINUATION, 0, 1, literal(16_000)),
  ],
  ['DATA on closed streams', (f, id) => (id === 1 ? f.peer.call(1, HELLO) : f.peer.data(1, HELLO, false))],
  ['GOAWAY', () => frame(FrameType.GOAWAY, 0, 0, new Uint8Array(8))],
];

/** A literal field of about that many bytes. */
function literal(length: number): Uint8Array {
  const value = new Uint8Array(length - 5).fill(97);
  const rest = value.length - 127;
  return concatBytes([Uint8Array.of(0, 1, 97, 127, (rest & 127) | 128, rest >> 7), value]);
}

test('floods', async (t) => {
  for (const [what, make] of FLOODS) {
    await t.test(what, () => {
      const clock = new ManualClock();
      const other = new ServerFixture({}, clock).open();
      const f = new ServerFixture({}, clock).open();
      const frames: RawFrame[] = [];
      let rounds = 0;
      for (; !f.server.closed && rounds < ROUNDS_MAX; rounds++) {
        frames.push(...f.send(make(f, 2 * rounds + 1)));
        if (rounds % 1000 === 0) assert.equal(other.send(other.peer.call(rounds * 2 + 1, HELLO)).length, 3);
      }
      assert.equal(f.server.closed, true, `still open after ${rounds} rounds`);
      assert.deepEqual(goAwayCodes(frames), [ErrorCode.ENHANCE_YOUR_CALM]);
      assert.equal(other.send(other.peer.call(ROUNDS_MAX * 2 + 1, HELLO)).length, 3);
    });
  }
});

test('honest rates pass', () => {
  const f = new ServerFixture().open();
  for (let second = 0; second < 100; second++) {
    f.clock.advance(1000);
    for (let i = 0; i < 100; i++) {
      const id = 2 * (second * 101 + i) + 1;
      f.send(f.peer.call(id, HELLO, '/test.Echo/Later'), frame(FrameType.RST_STREAM, 0, id, uint32(8)));
    }
    f.send(frame(FrameType.SETTINGS, 0, 0, NONE));
    // A ping now and then beside calls clears itself.
    f.send(f.peer.call(2 * (second * 101 + 100) + 1, HELLO), frame(FrameType.PING, 0, 0, new Uint8Array(8)));
  }
  assert.equal(f.server.closed, false);
});

test('a ping beside every call is an estimate of bandwidth, not a flood', () => {
  const f = new ServerFixture().open();
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  for (let i = 0; i < 5000; i++) f.send(f.peer.call(2 * i + 1, HELLO), ping);
  assert.equal(f.server.closed, false);
});

test('ping policy: two strikes are forgiven, the third is not', () => {
  const f = new ServerFixture().open();
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  f.send(f.peer.call(1, HELLO, '/test.Echo/Later'));
  const frames: RawFrame[] = [];
  for (let i = 0; i < 3; i++) {
    frames.push(...f.send(ping));
    f.clock.advance(1000);
  }
  assert.equal(f.server.closed, false);
  frames.push(...f.send(ping));
  assert.deepEqual(goAwayCodes(frames), [ErrorCode.ENHANCE_YOUR_CALM]);
  const goAway = frames.find((x) => x.type === FrameType.GOAWAY)!;
  assert.equal(String.fromCharCode(...goAway.payload.slice(8)), 'too_many_pings');
});

test('ping policy: every five seconds with a call is fine, without one it is not', () => {
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  const withCall = new ServerFixture().open();
  withCall.send(withCall.peer.call(1, HELLO, '/test.Echo/Later'));
  const idle = new ServerFixture().open();
  for (let i = 0; i < 20; i++) {
    for (const f of [withCall, idle]) {
      f.clock.advance(5001);
      f.send(ping);
    }
  }
  assert.equal(withCall.server.closed, false);
  assert.equal(idle.server.closed, true);
});

test('an HPACK bomb costs its sender the stream: references are counted, not copied', () => {
  const f = new ServerFixture().open();
  // One entry of 4,000 bytes put in the table, then referred to 16,000 times in one frame: 64 MB if it were copied.
  const value = new Uint8Array(4000).fill(97);
  const rest = value.length - 127;
  const insert = concatBytes([Uint8Array.of(0x40, 1, 98, 127, (rest & 127) | 128, rest >> 7), value]);
  const refs = new Uint8Array(12_000).fill(0xbe);
  const frames = f.send(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, concatBytes([insert, refs])));
  assert.deepEqual(resets(frames), [`1: ${ErrorCode.FRAME_SIZE_ERROR}`]);
  assert.equal(f.send(f.peer.data(1, grpcMessage(HELLO))).length, 0);
});

test('incomplete messages of one connection are bounded', () => {
  const f = new ServerFixture().open();
  const prefix = concatBytes([Uint8Array.of(0), uint32(2_000_000)]);
  const chunk = new Uint8Array(16_384);
  const frames: RawFrame[] = [];
  for (let id = 1; id < 200 && !f.server.closed; id += 2) {
    frames.push(...f.send(f.peer.request(id), f.peer.data(id, prefix, false)));
    for (let i = 0; i < 100; i++) frames.push(...f.send(f.peer.data(id, chunk, false)));
  }
  const calmed = resets(frames).filter((x) => x.endsWith(`: ${ErrorCode.ENHANCE_YOUR_CALM}`));
  assert.ok(calmed.length > 20, `${calmed.length} streams reset`);
  assert.deepEqual(goAwayCodes(frames), []);
});
