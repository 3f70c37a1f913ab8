/** Each breach of RFC 9113 ends the stream or the connection with the code the RFC names, and nothing else does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../stdx/index.js';
import { frame, grpcMessage, REQUEST_FIELDS, uint32 } from '../testing/raw-peer.js';
import { goAwayCodes, resets, ServerFixture } from '../testing/server-fixture.js';
import { ErrorCode, Flag, FrameType, PREFACE } from './frame.js';

const NONE = new Uint8Array(0);
const HELLO = grpcMessage(Uint8Array.of(104, 105));
const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, STREAM_CLOSED } = ErrorCode;

type Bytes = Uint8Array | Uint8Array[];

/** What a peer may send after its preface, and the code of the GOAWAY that answers it. */
const CONNECTION_ERRORS: readonly [string, number, (f: ServerFixture) => Bytes][] = [
  ['DATA on stream 0', PROTOCOL_ERROR, () => frame(FrameType.DATA, 0, 0, NONE)],
  ['DATA on an idle stream', PROTOCOL_ERROR, () => frame(FrameType.DATA, 0, 1, NONE)],
  ['DATA on an even stream', PROTOCOL_ERROR, () => frame(FrameType.DATA, 0, 2, NONE)],
  ['HEADERS on stream 0', PROTOCOL_ERROR, (f) => f.peer.headers(0, REQUEST_FIELDS)],
  ['HEADERS on an even stream', PROTOCOL_ERROR, (f) => f.peer.headers(2, REQUEST_FIELDS)],
  [
    'HEADERS on a closed stream',
    STREAM_CLOSED,
    (f) => [f.peer.call(1, NONE), f.peer.headers(1, REQUEST_FIELDS, true)],
  ],
  ['stream ids going back', STREAM_CLOSED, (f) => [f.peer.call(5, NONE), f.peer.headers(3, REQUEST_FIELDS)]],
  ['HEADERS shorter than its priority', FRAME_SIZE_ERROR, () => frame(1, 4 | Flag.PRIORITY, 1, uint32(0))],
  [
    'HEADERS padding beyond its end',
    PROTOCOL_ERROR,
    () => frame(1, 4 | Flag.PADDED, 1, Uint8Array.of(200, 0x82)),
  ],
  [
    'DATA padding beyond its end',
    PROTOCOL_ERROR,
    (f) => [f.peer.request(1), frame(0, Flag.PADDED, 1, Uint8Array.of(1))],
  ],
  ['DATA with a padding flag and nothing', PROTOCOL_ERROR, (f) => [f.peer.request(1), frame(0, 8, 1, NONE)]],
  ['a malformed header block', COMPRESSION_ERROR, () => frame(1, 4, 1, Uint8Array.of(0x80))],
  ['PRIORITY on stream 0', PROTOCOL_ERROR, () => frame(FrameType.PRIORITY, 0, 0, new Uint8Array(5))],
  ['PRIORITY of 4 bytes', FRAME_SIZE_ERROR, () => frame(FrameType.PRIORITY, 0, 1, new Uint8Array(4))],
  ['RST_STREAM on stream 0', PROTOCOL_ERROR, () => frame(FrameType.RST_STREAM, 0, 0, uint32(8))],
  ['RST_STREAM on an idle stream', PROTOCOL_ERROR, () => frame(FrameType.RST_STREAM, 0, 1, uint32(8))],
  [
    'RST_STREAM of 5 bytes',
    FRAME_SIZE_ERROR,
    (f) => [f.peer.request(1), frame(FrameType.RST_STREAM, 0, 1, new Uint8Array(5))],
  ],
  ['SETTINGS on a stream', PROTOCOL_ERROR, () => frame(FrameType.SETTINGS, 0, 1, NONE)],
  ['SETTINGS of 5 bytes', FRAME_SIZE_ERROR, () => frame(FrameType.SETTINGS, 0, 0, new Uint8Array(5))],
  [
    'SETTINGS ack with bytes',
    FRAME_SIZE_ERROR,
    () => frame(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array(6)),
  ],
  ['ENABLE_PUSH of 2', PROTOCOL_ERROR, () => frame(FrameType.SETTINGS, 0, 0, setting(2, 2))],
  [
    'INITIAL_WINDOW_SIZE of 2^31',
    FLOW_CONTROL_ERROR,
    () => frame(FrameType.SETTINGS, 0, 0, setting(4, 0x80000000)),
  ],
  ['MAX_FRAME_SIZE of 16383', PROTOCOL_ERROR, () => frame(FrameType.SETTINGS, 0, 0, setting(5, 16_383))],
  ['MAX_FRAME_SIZE of 2^24', PROTOCOL_ERROR, () => frame(FrameType.SETTINGS, 0, 0, setting(5, 0x1000000))],
  ['PUSH_PROMISE', PROTOCOL_ERROR, () => frame(FrameType.PUSH_PROMISE, 4, 1, uint32(2))],
  ['PING on a stream', PROTOCOL_ERROR, () => frame(FrameType.PING, 0, 1, new Uint8Array(8))],
  ['PING of 7 bytes', FRAME_SIZE_ERROR, () => frame(FrameType.PING, 0, 0, new Uint8Array(7))],
  ['GOAWAY on a stream', PROTOCOL_ERROR, () => frame(FrameType.GOAWAY, 0, 1, new Uint8Array(8))],
  ['GOAWAY of 7 bytes', FRAME_SIZE_ERROR, () => frame(FrameType.GOAWAY, 0, 0, new Uint8Array(7))],
  [
    'WINDOW_UPDATE of 3 bytes',
    FRAME_SIZE_ERROR,
    () => frame(FrameType.WINDOW_UPDATE, 0, 0, new Uint8Array(3)),
  ],
  ['WINDOW_UPDATE of 0', PROTOCOL_ERROR, () => frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(0))],
  ['WINDOW_UPDATE on an idle stream', PROTOCOL_ERROR, () => frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(1))],
  [
    'connection window above 2^31 - 1',
    FLOW_CONTROL_ERROR,
    () => frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(0x7fffffff)),
  ],
  [
    'stream window above 2^31 - 1 by SETTINGS',
    FLOW_CONTROL_ERROR,
    (f) => [
      f.peer.request(1),
      frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(0x7fffffff - 65_535)),
      frame(FrameType.SETTINGS, 0, 0, setting(4, 65_536)),
    ],
  ],
  ['CONTINUATION on its own', PROTOCOL_ERROR, () => frame(FrameType.CONTINUATION, 4, 1, NONE)],
  [
    'a frame inside a header block',
    PROTOCOL_ERROR,
    () => [frame(1, 0, 1, Uint8Array.of(0x82)), frame(FrameType.PING, 0, 0, new Uint8Array(8))],
  ],
  [
    'CONTINUATION of another stream',
    PROTOCOL_ERROR,
    () => [frame(1, 0, 1, Uint8Array.of(0x82)), frame(FrameType.CONTINUATION, 4, 3, NONE)],
  ],
  ['a frame above 16384 bytes', FRAME_SIZE_ERROR, () => Uint8Array.of(0, 0x40, 1, 0, 0, 0, 0, 0, 1)],
];

function setting(id: number, value: number): Uint8Array {
  return concatBytes([Uint8Array.of(0, id), uint32(value)]);
}

test('connection errors', async (t) => {
  for (const [what, code, make] of CONNECTION_ERRORS) {
    await t.test(what, () => {
      const f = new ServerFixture().open();
      const bytes = make(f);
      const frames = f.send(...(Array.isArray(bytes) ? bytes : [bytes]));
      assert.deepEqual(goAwayCodes(frames), [code]);
      assert.equal(f.server.closed, true);
      // Nothing is read any more.
      assert.deepEqual(f.send(f.peer.call(99, NONE)), []);
      assert.equal(f.clock.timerCount, 0);
    });
  }
});

test('the preface and the first SETTINGS', () => {
  const bad = PREFACE.slice();
  bad[20] = 0;
  for (const bytes of [bad, concatBytes([PREFACE, frame(FrameType.PING, 0, 0, new Uint8Array(8))])]) {
    const f = new ServerFixture();
    assert.deepEqual(goAwayCodes(f.send(bytes)), [PROTOCOL_ERROR]);
  }
});

/** What a peer may send, and the resets that answer it; the connection goes on. */
const STREAM_ERRORS: readonly [string, string[], (f: ServerFixture) => Uint8Array[]][] = [
  [
    'DATA after END_STREAM',
    ['1: 5'],
    (f) => [f.peer.call(1, NONE, '/test.Echo/Later'), f.peer.data(1, HELLO)],
  ],
  [
    'HEADERS after END_STREAM',
    ['1: 5'],
    (f) => [f.peer.call(1, NONE, '/test.Echo/Later'), f.peer.headers(1, [['a', 'b']], true)],
  ],
  ['DATA on a closed stream', ['1: 5'], (f) => [f.peer.call(1, NONE), f.peer.data(1, HELLO)]],
  ['trailers without END_STREAM', ['1: 1'], (f) => [f.peer.request(1), f.peer.headers(1, [['a', 'b']])]],
  [
    'trailers with pseudo-headers',
    ['1: 1'],
    (f) => [f.peer.request(1), f.peer.headers(1, REQUEST_FIELDS, true)],
  ],
  [
    'no :path',
    ['1: 1'],
    (f) => [
      f.peer.headers(
        1,
        REQUEST_FIELDS.filter(([n]) => n !== ':path'),
      ),
    ],
  ],
  ['two :path', ['1: 1'], (f) => [f.peer.headers(1, [[':path', '/x'], ...REQUEST_FIELDS])]],
  [
    'a pseudo-header after the others',
    ['1: 1'],
    (f) => [f.peer.headers(1, [...REQUEST_FIELDS, [':x', 'y']])],
  ],
  [
    'stream WINDOW_UPDATE of 0',
    ['1: 1'],
    (f) => [f.peer.request(1), frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(0))],
  ],
  [
    'stream window above 2^31 - 1',
    ['1: 3'],
    (f) => [f.peer.request(1), frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(0x7fffffff))],
  ],
  [
    'a header list above the limit',
    ['1: 6'],
    (f) => {
      const big: [string, string][] = Array.from({ length: 20 }, (_, i) => [`x-${i}`, 'v'.repeat(4000)]);
      const block = f.peer.block([...REQUEST_FIELDS, ...big], 'once');
      const frames = [frame(FrameType.HEADERS, 0, 1, block.slice(0, 16_384))];
      for (let at = 16_384; at < block.length; at += 16_384) {
        const last = at + 16_384 >= block.length;
        frames.push(frame(FrameType.CONTINUATION, last ? 4 : 0, 1, block.slice(at, at + 16_384)));
      }
      return frames;
    },
  ],
];

test('stream errors', async (t) => {
  for (const [what, expected, make] of STREAM_ERRORS) {
    await t.test(what, () => {
      const f = new ServerFixture().open();
      const frames = f.send(...make(f));
      assert.deepEqual(resets(frames), expected);
      assert.deepEqual(goAwayCodes(frames), []);
      assert.equal(f.send(f.peer.call(9, NONE)).length, 3, 'the next call is answered');
    });
  }
});

test('what must be ignored is ignored', () => {
  const f = new ServerFixture().open();
  const frames = f.send(
    frame(77, 255, 12, new Uint8Array(30)),
    frame(FrameType.PRIORITY, 0, 9, new Uint8Array(5)),
    frame(FrameType.SETTINGS, 0, 0, setting(99, 7)),
    f.peer.call(1, NONE),
    frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(5)),
    frame(FrameType.RST_STREAM, 0, 1, uint32(8)),
    frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)),
  );
  assert.deepEqual(goAwayCodes(frames), []);
  assert.equal(f.send(f.peer.call(3, NONE)).length, 3);
});

test('PING is answered with its payload', () => {
  const f = new ServerFixture().open();
  const payload = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const [pong] = f.send(frame(FrameType.PING, 0, 0, payload));
  assert.equal(pong!.flags, Flag.ACK);
  assert.deepEqual(pong!.payload, payload);
});

test('a smaller header table turns answers to literals, announced at the head of the next block', () => {
  const f = new ServerFixture().open();
  f.send(f.peer.call(1, NONE));
  f.send(frame(FrameType.SETTINGS, 0, 0, setting(1, 0)));
  for (const id of [3, 5]) {
    const [head, , trailers] = f.send(f.peer.call(id, NONE));
    assert.deepEqual(head!.fields, [':status: 200', 'content-type: application/grpc']);
    assert.deepEqual(trailers!.fields, ['grpc-status: 0']);
    assert.equal(f.peer.decoder.table.count, 0);
  }
});
