import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, MalformedError, toHex } from '../../stdx/index.js';
import { Flag, FrameType } from '../http2/frame.js';
import { frame, grpcMessage, type RawFrame, REQUEST_FIELDS, uint32 } from '../testing/raw-peer.js';
import { goAwayCodes, resets, ServerFixture } from '../testing/server-fixture.js';

const HELLO = Uint8Array.of(104, 105);

/** Frames of one stream, one line each. */
function lines(frames: readonly RawFrame[], streamId: number): string[] {
  return frames
    .filter((f) => f.streamId === streamId)
    .map((f) => {
      const end = (f.flags & Flag.END_STREAM) !== 0 && f.type <= FrameType.HEADERS ? ' END' : '';
      if (f.type === FrameType.HEADERS) return `HEADERS ${f.fields.join(', ')}${end}`;
      if (f.type === FrameType.DATA) return `DATA ${toHex(f.payload)}${end}`;
      return `${f.type} ${toHex(f.payload)}`;
    });
}

const OK = [
  'HEADERS :status: 200, content-type: application/grpc',
  'DATA 00000000026869',
  'HEADERS grpc-status: 0 END',
];

function failure(code: number, message: string, httpStatus = 200): string[] {
  const text = `grpc-status: ${code}${message === '' ? '' : `, grpc-message: ${message}`}`;
  return [`HEADERS :status: ${httpStatus}, content-type: application/grpc, ${text} END`];
}

test('a unary call in one chunk, and in every cut', () => {
  const whole = new ServerFixture();
  const opening = whole.send(whole.peer.opening());
  assert.equal(opening[0]!.type, FrameType.SETTINGS);
  assert.deepEqual(lines(whole.send(whole.peer.call(1, HELLO)), 1), OK);
  assert.equal(whole.server.streamCount, 0);

  const cut = new ServerFixture();
  const bytes = concatBytes([cut.peer.opening(), cut.peer.call(1, HELLO)]);
  const got: RawFrame[] = [];
  for (let i = 0; i < bytes.length; i++) got.push(...cut.send(bytes.slice(i, i + 1)));
  assert.deepEqual(lines(got, 1), OK);
});

test('answers of repeated calls shrink to indexes', () => {
  const f = new ServerFixture().open();
  const sizes = [1, 3, 5].map((id) => f.send(f.peer.call(id, HELLO)).map((x) => x.payload.length));
  assert.deepEqual(sizes[1], [2, 7, 1]);
  assert.deepEqual(sizes[2], sizes[1]);
});

test('END_STREAM in a frame of its own', () => {
  const f = new ServerFixture().open();
  const frames = f.send(
    f.peer.request(1),
    f.peer.data(1, grpcMessage(HELLO), false),
    f.peer.data(1, new Uint8Array(0), true),
  );
  assert.deepEqual(lines(frames, 1), OK);
  assert.equal(f.server.streamCount, 0);
});

test('a caller that never ends its side is answered, then told to stop', () => {
  const f = new ServerFixture().open();
  const frames = f.send(f.peer.request(1), f.peer.data(1, grpcMessage(HELLO), false));
  assert.deepEqual(lines(frames, 1), [...OK, '3 00000000']);
  assert.equal(f.server.streamCount, 0);
  // What was on its way is ignored.
  assert.deepEqual(f.send(f.peer.data(1, HELLO), frame(FrameType.RST_STREAM, 0, 1, uint32(8))), []);
});

test('further messages on a unary call are ignored', () => {
  const f = new ServerFixture().open();
  const two = concatBytes([grpcMessage(HELLO), grpcMessage(Uint8Array.of(1))]);
  assert.deepEqual(lines(f.send(f.peer.request(1), f.peer.data(1, two)), 1), OK);
});

test('padding and priority are skipped', () => {
  const f = new ServerFixture().open();
  const block = f.peer.block(REQUEST_FIELDS);
  const flags = Flag.END_HEADERS | Flag.PADDED | Flag.PRIORITY;
  const headers = concatBytes([Uint8Array.of(3), new Uint8Array(5), block, new Uint8Array(3)]);
  const data = concatBytes([Uint8Array.of(9), grpcMessage(HELLO), new Uint8Array(9)]);
  const frames = f.send(
    frame(FrameType.HEADERS, flags, 1, headers),
    frame(FrameType.DATA, Flag.END_STREAM | Flag.PADDED, 1, data),
  );
  assert.deepEqual(lines(frames, 1), OK);
});

test('a header block in several frames', () => {
  const f = new ServerFixture().open();
  const block = f.peer.block(REQUEST_FIELDS);
  const frames = f.send(
    frame(FrameType.HEADERS, 0, 1, block.slice(0, 5)),
    frame(FrameType.CONTINUATION, 0, 1, block.slice(5, 9)),
    frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, block.slice(9)),
    f.peer.data(1, grpcMessage(HELLO)),
  );
  assert.deepEqual(lines(frames, 1), OK);
});

test('statuses: handler error, throw, malformed message, unknown method and service', () => {
  const errors: unknown[] = [];
  const f = new ServerFixture({ onHandlerError: (error) => errors.push(error) }).open();
  const ask = (id: number, path: string): string[] => lines(f.send(f.peer.call(id, HELLO, path)), id);
  assert.deepEqual(ask(1, '/test.Echo/Fail'), failure(5, 'n%C3%B6 such 100%25 thing'));
  assert.deepEqual(ask(3, '/test.Echo/Throw'), failure(13, 'internal error'));
  assert.equal(errors.length, 1);
  assert.deepEqual(ask(5, '/test.Echo/Nope'), failure(12, 'unknown method Nope for service test.Echo'));
  assert.deepEqual(ask(7, '/no.Such/Thing'), failure(12, 'unknown service no.Such'));
  assert.deepEqual(ask(9, '/nonsense'), failure(12, 'malformed method name: "/nonsense"'));
  const m = new ServerFixture({
    services: new Map([
      [
        '/test.Echo/Unary',
        {
          kind: 'unary',
          handle: () => {
            throw new MalformedError('unexpected EOF');
          },
        },
      ],
    ]),
  }).open();
  const text = 'grpc: error unmarshalling request: unexpected EOF';
  assert.deepEqual(lines(m.send(m.peer.call(1, HELLO)), 1), failure(13, text));
});

test('requests that are not gRPC', () => {
  const f = new ServerFixture().open();
  const ask = (id: number, change: Record<string, string>): string[] => {
    const fields = REQUEST_FIELDS.map(([n, v]) => [n, change[n] ?? v] as const);
    const extra = Object.entries(change).filter(([n]) => !REQUEST_FIELDS.some(([m]) => m === n));
    const bytes = [f.peer.headers(id, [...fields, ...extra]), f.peer.data(id, grpcMessage(HELLO))];
    return lines(f.send(...bytes), id);
  };
  assert.deepEqual(
    ask(1, { 'content-type': 'text/html' }),
    failure(3, 'invalid gRPC request content-type "text/html"', 415),
  );
  assert.equal(ask(3, { ':method': 'GET' })[0]!.includes(':status: 405'), true);
  assert.equal(ask(5, { 'grpc-timeout': '5x' })[0]!.includes(':status: 400'), true);
  assert.deepEqual(
    ask(7, { 'x-bin': 'a*bc' }),
    failure(
      13,
      'malformed binary metadata "a*bc" in header "x-bin": illegal base64 data at input byte 1',
      400,
    ),
  );
  assert.deepEqual(ask(9, { connection: 'close' }), ['3 00000001']);
  assert.deepEqual(ask(11, { ':status': '200' }), ['3 00000001']);
  assert.deepEqual(ask(13, { 'X-Upper': '1' }), ['3 00000001']);
  assert.deepEqual(ask(15, {}), OK);
  assert.deepEqual(ask(17, { 'grpc-timeout': '0S' }), failure(4, 'context deadline exceeded'));
  assert.deepEqual(ask(19, { 'grpc-timeout': '5S' }), OK);
  assert.equal(
    ask(21, { 'content-type': 'application/grpc+proto' })[0],
    'HEADERS :status: 200, content-type: application/grpc+proto',
  );
  assert.deepEqual(ask(23, { te: 'gzip' }), OK, 'lenient, as grpc-go is');
});

test('too large a message is refused from its prefix', () => {
  const f = new ServerFixture({ maxRecvMessageBytes: 100 }).open();
  const frames = f.send(
    f.peer.request(1),
    f.peer.data(1, concatBytes([Uint8Array.of(0), uint32(101)]), false),
  );
  assert.deepEqual(lines(frames, 1), [
    ...failure(8, 'grpc: received message larger than max (101 vs. 100)'),
    '3 00000000',
  ]);
  const whole = f.send(f.peer.call(3, new Uint8Array(100)));
  assert.equal(lines(whole, 3).length, 3);
});

test('a call without a message, and one cut short', () => {
  const f = new ServerFixture().open();
  assert.deepEqual(lines(f.send(f.peer.headers(1, REQUEST_FIELDS, true)), 1), failure(2, 'EOF'));
  assert.deepEqual(lines(f.send(f.peer.request(3), f.peer.data(3, new Uint8Array(0))), 3), failure(2, 'EOF'));
  const half = grpcMessage(HELLO).slice(0, 6);
  assert.deepEqual(lines(f.send(f.peer.request(5), f.peer.data(5, half)), 5), failure(2, 'unexpected EOF'));
});

test('compressed messages', () => {
  const f = new ServerFixture({
    gunzip: (bytes) => (bytes[0] === 1 ? HELLO : bytes[0] === 2 ? new Uint8Array(200) : undefined),
    maxRecvMessageBytes: 100,
  }).open();
  const ask = (id: number, encoding: string, message: Uint8Array): string[] =>
    lines(
      f.send(
        f.peer.request(id, undefined, encoding === '' ? [] : [['grpc-encoding', encoding]]),
        f.peer.data(id, message),
      ),
      id,
    );
  assert.deepEqual(ask(1, 'gzip', grpcMessage(Uint8Array.of(1), 1)), OK);
  assert.deepEqual(ask(3, 'gzip', grpcMessage(HELLO)), OK);
  assert.equal(ask(5, 'gzip', grpcMessage(Uint8Array.of(0), 1))[0]!.includes('grpc-status: 13'), true);
  assert.equal(ask(7, 'gzip', grpcMessage(Uint8Array.of(2), 1))[0]!.includes('grpc-status: 8'), true);
  assert.deepEqual(
    ask(9, 'snappy', grpcMessage(HELLO, 1)),
    failure(12, 'grpc: Decompressor is not installed for grpc-encoding "snappy"'),
  );
  assert.equal(ask(11, '', grpcMessage(HELLO, 1))[0]!.includes('grpc-status: 13'), true);
  assert.equal(ask(13, 'gzip', grpcMessage(HELLO, 7))[0]!.includes('grpc-status: 13'), true);
});

test('deadlines: one timer, status 4, and the handler hears of it', () => {
  const f = new ServerFixture().open();
  const later = (id: number, timeout: string): void => {
    f.send(
      f.peer.request(id, '/test.Echo/Later', [['grpc-timeout', timeout]]),
      f.peer.data(id, grpcMessage(HELLO)),
    );
  };
  later(1, '200m');
  later(3, '100m');
  later(5, '1H');
  assert.equal(f.server.streamCount, 3);
  f.clock.advance(120);
  assert.deepEqual(lines(f.frames(), 3), failure(4, 'context deadline exceeded'));
  assert.deepEqual(f.log.events, ['cancelled']);
  assert.equal(f.log.later[1]!.finished, true);
  f.log.later[1]!.reply(HELLO, 0, 2);
  f.clock.advance(100);
  assert.deepEqual(lines(f.frames(), 1), failure(4, 'context deadline exceeded'));
  f.log.later[2]!.reply(HELLO, 0, 2);
  assert.deepEqual(lines(f.frames(), 5), OK);
  assert.equal(f.server.streamCount, 0);
});

test('cancel by RST_STREAM and by loss of the connection', () => {
  const f = new ServerFixture().open();
  f.send(f.peer.call(1, HELLO, '/test.Echo/Later'), f.peer.call(3, HELLO, '/test.Echo/Later'));
  f.send(frame(FrameType.RST_STREAM, 0, 1, uint32(8)));
  assert.deepEqual(f.log.events, ['cancelled']);
  f.log.later[0]!.reply(HELLO, 0, 2);
  assert.deepEqual(f.frames(), []);
  f.breakConnection();
  assert.deepEqual(f.log.events, ['cancelled', 'cancelled']);
  assert.equal(f.log.later[1]!.finished, true);
  f.log.later[1]!.reply(HELLO, 0, 2);
});

test('metadata', () => {
  const f = new ServerFixture().open();
  f.send(
    f.peer.request(1, '/test.Echo/Later', [
      ['token', 'abc'],
      ['x-bin', 'aGk'],
      ['token', 'second'],
    ]),
    f.peer.data(1, grpcMessage(HELLO)),
  );
  const call = f.log.later[0]!;
  assert.equal(call.metadata('token'), 'abc');
  assert.equal(call.metadata('x-bin'), 'hi');
  assert.equal(call.metadata('absent'), undefined);
  assert.equal(call.path, '/test.Echo/Later');
  assert.equal(call.timeoutMs, Number.POSITIVE_INFINITY);
});

test('streams: messages both ways, half-close, status', () => {
  const f = new ServerFixture().open();
  const path = '/test.Echo/Bidi';
  const first = f.send(f.peer.request(1, path), f.peer.data(1, grpcMessage(HELLO), false));
  assert.deepEqual(lines(first, 1), OK.slice(0, 2));
  const two = concatBytes([grpcMessage(Uint8Array.of(1)), grpcMessage(Uint8Array.of(2))]);
  assert.deepEqual(lines(f.send(f.peer.data(1, two, false)), 1), ['DATA 000000000101', 'DATA 000000000102']);
  assert.deepEqual(lines(f.send(f.peer.data(1, new Uint8Array(0))), 1), OK.slice(2));
  assert.deepEqual(f.log.events, ['open', 'half-close']);
  // Trailers from the client end its side as well.
  f.send(f.peer.request(3, path));
  assert.deepEqual(lines(f.send(f.peer.headers(3, [['x', 'y']], true)), 3), failure(0, ''));
});

test('graceful GOAWAY: calls on their way are served, then the connection ends', () => {
  const f = new ServerFixture().open();
  f.send(f.peer.call(1, HELLO, '/test.Echo/Later'));
  f.server.goAway();
  const announced = f.frames();
  const [goAway, ping] = announced;
  assert.deepEqual([...goAway!.payload.slice(0, 4)], [127, 255, 255, 255]);
  assert.equal(ping!.type, FrameType.PING);
  // A call that crossed the GOAWAY, then the answer to the ping.
  assert.deepEqual(lines(f.send(f.peer.call(3, HELLO)), 3), OK);
  const settled = f.send(frame(FrameType.PING, Flag.ACK, 0, ping!.payload));
  assert.deepEqual([...settled[0]!.payload.slice(0, 4)], [0, 0, 0, 3]);
  assert.deepEqual(f.send(f.peer.call(5, HELLO)), []);
  assert.equal(f.server.closed, false);
  f.log.later[0]!.reply(HELLO, 0, 2);
  assert.deepEqual(lines(f.frames(), 1), OK);
  assert.equal(f.server.closed, true);
  assert.deepEqual(goAwayCodes(announced), [0]);
  assert.equal(f.clock.timerCount, 0);
});

test('graceful GOAWAY does not wait for a ping for ever', () => {
  const f = new ServerFixture().open();
  f.server.goAway();
  f.clock.advance(1500);
  assert.equal(f.server.closed, true);
});

test('keepalive: a silent client is pinged, then given up', () => {
  const closed: string[] = [];
  const keepalive = { minTimeMs: 5000, permitWithoutStream: false, intervalMs: 1000, timeoutMs: 200 };
  const f = new ServerFixture({ keepalive, onConnectionClose: () => closed.push('closed') }).open();
  f.clock.advance(2000);
  const [ping] = f.frames().filter((x) => x.type === FrameType.PING);
  f.send(frame(FrameType.PING, Flag.ACK, 0, ping!.payload));
  f.clock.advance(250);
  assert.equal(f.server.closed, false);
  f.clock.advance(2000);
  assert.equal(f.server.closed, true);
  assert.deepEqual(closed, ['closed']);
  assert.equal(f.clock.timerCount, 0);
});

test('a client that never finishes its handshake is dropped; one that does is not', () => {
  const f = new ServerFixture();
  f.send(f.peer.opening().slice(0, 24));
  const g = new ServerFixture().open();
  for (const x of [f, g]) x.clock.advance(121_000);
  assert.equal(f.server.closed, true);
  assert.equal(g.server.closed, false);
});

test('streams above the limit are refused, and only they', () => {
  const f = new ServerFixture({ maxConcurrentStreams: 2 }).open();
  const later = '/test.Echo/Later';
  const frames = f.send(f.peer.call(1, HELLO, later), f.peer.call(3, HELLO, later), f.peer.call(5, HELLO));
  assert.deepEqual(resets(frames), ['5: 7']);
  f.log.later[0]!.reply(HELLO, 0, 2);
  assert.deepEqual(lines(f.send(f.peer.call(7, HELLO)), 7), OK);
});
