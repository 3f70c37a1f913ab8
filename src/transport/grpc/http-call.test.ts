import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flag, FrameType } from '../http2/frame.js';
import { STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from '../http2/limits.js';
import { frame, type RawFrame, uint32 } from '../testing/raw-peer.js';
import { resets, ServerFixture } from '../testing/server-fixture.js';
import type { HttpCall } from './http-call.js';

const GET: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/health?x=1'],
  [':authority', 'h:1'],
  ['accept', '*/*'],
];
const POST = GET.map(([name, value]) => [name, name === ':method' ? 'POST' : value] as const);
const HELLO = Uint8Array.of(104, 105);

/** A server that hands requests which are no gRPC to `calls`, and their bodies to `bodies`. */
class HttpFixture extends ServerFixture {
  readonly calls: HttpCall[] = [];
  readonly heard: string[] = [];

  constructor(onCall: (call: HttpCall) => void = () => {}, onHandlerError?: (error: unknown) => void) {
    super({
      onHttpCall: (call) => {
        this.calls.push(call);
        call.onMessage = (bytes, start, end) => void this.heard.push(`${end - start} bytes ${bytes[start]}`);
        call.onHalfClose = () => void this.heard.push('end');
        call.onCancel = () => void this.heard.push('cancel');
        onCall(call);
      },
      ...(onHandlerError === undefined ? {} : { onHandlerError }),
    });
    this.open();
  }
}

function lines(frames: readonly RawFrame[]): string[] {
  return frames
    .filter((each) => each.streamId === 1 && each.type <= FrameType.HEADERS)
    .map(({ type, flags, fields, payload }) => {
      const end = (flags & Flag.END_STREAM) === 0 ? '' : ' END';
      return type === FrameType.HEADERS
        ? `HEADERS ${fields.join(', ')}${end}`
        : `DATA ${payload.length}${end}`;
    });
}

test('a request without a body is answered with head and bytes as they are', () => {
  const f = new HttpFixture((call) => {
    call.respond(404, [['content-type', 'text/plain']]);
    call.write(HELLO);
    call.end();
  });
  assert.deepEqual(lines(f.send(f.peer.headers(1, GET, true))), [
    'HEADERS :status: 404, content-type: text/plain',
    'DATA 2',
    'DATA 0 END',
  ]);
  assert.deepEqual(f.calls[0]!.fields.map(({ name, value }) => `${name}=${value}`).slice(2), [
    ':path=/health?x=1',
    ':authority=h:1',
    'accept=*/*',
  ]);
  assert.equal(f.server.streamCount, 0);
  assert.deepEqual(f.heard, [], 'what is answered at once needs to hear no more');
});

test('a body comes in pieces, then its end, by DATA or by trailers', () => {
  const f = new HttpFixture();
  f.send(f.peer.headers(1, POST), f.peer.data(1, HELLO, false), f.peer.data(1, Uint8Array.of(7)));
  f.send(f.peer.headers(3, POST), f.peer.data(3, HELLO, false), f.peer.headers(3, [['x', 'y']], true));
  assert.deepEqual(f.heard, ['2 bytes 104', '1 bytes 7', 'end', '2 bytes 104', 'end']);
  f.calls[0]!.respond(200, []);
  f.calls[0]!.end();
  assert.deepEqual(lines(f.frames()), ['HEADERS :status: 200', 'DATA 0 END']);
  assert.equal(f.server.streamCount, 1);
});

test('who answers before the body is whole tells the client to stop', () => {
  const f = new HttpFixture((call) => {
    call.respond(400, []);
    call.end();
  });
  assert.deepEqual(resets(f.send(f.peer.headers(1, POST), f.peer.data(1, HELLO, false))), ['1: 0']);
  assert.equal(f.server.streamCount, 0);
});

test('a paused body gives no credit until it is resumed', () => {
  const f = new HttpFixture((call) => call.pause());
  const piece = new Uint8Array(16_384);
  const pieces = Math.ceil(STREAM_WINDOW_BYTES / 2 / piece.length);
  const frames = f.send(
    f.peer.headers(1, POST),
    ...Array.from({ length: pieces }, () => f.peer.data(1, piece, false)),
  );
  const credit = (all: readonly RawFrame[]): number =>
    all.filter((each) => each.type === FrameType.WINDOW_UPDATE && each.streamId === 1).length;
  assert.equal(credit(frames), 0);
  f.calls[0]!.resume();
  assert.equal(credit(f.frames()), 1);
});

test('an answer waits for the windows, tells when there is room, and ends behind what waits', () => {
  const f = new HttpFixture();
  f.send(f.peer.headers(1, GET, true));
  const call = f.calls[0]!;
  call.respond(200, []);
  let drained = 0;
  call.onDrain = () => drained++;
  while (call.write(new Uint8Array(65_536)));
  const first = f.frames();
  assert.ok(lines(first).every((line) => !line.endsWith('END')));
  assert.ok(call.bufferedBytes > 0);
  assert.equal(drained, 0);
  const open = uint32(1 << 30);
  const rest = f.send(frame(FrameType.WINDOW_UPDATE, 0, 0, open), frame(FrameType.WINDOW_UPDATE, 0, 1, open));
  assert.equal(drained, 1);
  assert.equal(call.bufferedBytes, 0);
  call.end();
  assert.deepEqual(lines([...rest, ...f.frames()]).at(-1), 'DATA 0 END');
  assert.equal(f.server.streamCount, 0);
});

test('a connection that takes no answers is given only so many', () => {
  const answer = new Uint8Array(1 << 20);
  const f = new HttpFixture((call) => {
    call.respond(200, []);
    call.write(answer);
    call.end();
  });
  const ids = Array.from({ length: 40 }, (_, i) => 2 * i + 1);
  const refused = ids.flatMap((id) => resets(f.send(f.peer.headers(id, GET, true))));
  assert.equal(f.calls.length, Math.floor(UNSENT_BYTES_MAX / answer.length) + 1);
  assert.equal(refused.length, ids.length - f.calls.length);
  assert.ok(refused.every((each) => each.endsWith(': 7')));
});

test('a client that goes is told once, and what is written then goes nowhere', () => {
  const f = new HttpFixture();
  f.send(f.peer.headers(1, GET, true));
  const call = f.calls[0]!;
  f.send(frame(FrameType.RST_STREAM, 0, 1, uint32(8)));
  call.respond(200, []);
  assert.equal(call.write(HELLO), true);
  call.end();
  assert.deepEqual(lines(f.frames()), []);
  assert.deepEqual(f.heard, ['end', 'cancel']);
});

test('a handler that throws costs its stream alone, and is told', () => {
  const errors: unknown[] = [];
  const f = new HttpFixture(
    () => {
      throw new Error('a bug');
    },
    (error) => errors.push(error),
  );
  assert.deepEqual(resets(f.send(f.peer.headers(1, GET, true))), ['1: 2']);
  assert.equal(errors.length, 1);
  assert.equal(f.send(f.peer.call(3, HELLO)).filter((each) => each.streamId === 3).length, 3, 'gRPC goes on');
});

test('where nobody answers such, they are refused as by grpc-go', () => {
  const f = new ServerFixture().open();
  assert.match(lines(f.send(f.peer.headers(1, GET, true)))[0]!, /^HEADERS :status: 415/);
});
