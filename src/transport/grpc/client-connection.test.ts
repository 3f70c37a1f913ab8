import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, equalBytes, Prng, toHex } from '../../stdx/index.js';
import { Flag, FrameType } from '../http2/frame.js';
import { type EchoLog, testOptions } from '../testing/echo-service.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MemoryStream, settle } from '../testing/memory-stream.js';
import { frame, RawPeer, uint32 } from '../testing/raw-peer.js';
import { ClientConnection } from './client-connection.js';
import type { ClientOptions } from './client-options.js';
import { ServerConnection } from './server-connection.js';
import type { ServerOptions } from './server-options.js';

const HELLO = encodeUtf8('hello');

/** A client and a server joined in memory. */
class Pair {
  readonly clock = new ManualClock();
  readonly log: EchoLog = { events: [], later: [] };
  readonly ends: [MemoryStream, MemoryStream] = MemoryStream.pair();
  readonly client: ClientConnection;
  readonly server: ServerConnection;
  /** One line per finished call. */
  readonly results: string[] = [];
  cut: ((length: number) => number) | undefined;

  constructor(server: Partial<ServerOptions> = {}, client: Partial<ClientOptions> = {}) {
    this.server = new ServerConnection(this.ends[1], { ...testOptions(this.clock, this.log), ...server });
    this.client = new ClientConnection(this.ends[0], { clock: this.clock, authority: 'test', ...client });
  }

  call(
    method: string,
    message: Uint8Array,
    timeoutMs?: number,
    metadata?: [string, string][],
  ): { cancel(): void } {
    return this.client.unary(
      `/test.Echo/${method}`,
      message,
      metadata,
      (status, text, buf, start, end) => {
        this.results.push(status === 0 ? `ok ${toHex(buf.slice(start, end))}` : `${status} ${text}`);
      },
      timeoutMs,
    );
  }

  settle(): void {
    settle(this.ends, this.clock, this.cut);
  }
}

test('unary calls, good and bad', () => {
  const p = new Pair();
  for (const method of ['Unary', 'Unary', 'Fail', 'Throw', 'Nope']) p.call(method, HELLO);
  assert.deepEqual(p.results, [], 'nothing is answered before the next turn');
  p.settle();
  assert.deepEqual(p.results, [
    'ok 68656c6c6f',
    'ok 68656c6c6f',
    '5 nö such 100% thing',
    '13 internal error',
    '12 unknown method Nope for service test.Echo',
  ]);
  assert.equal(p.client.callCount, 0);
  assert.equal(p.server.streamCount, 0);
});

test('large messages both ways, in every sort of pieces', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const prng = new Prng(seed);
    const p = new Pair();
    p.cut = (length) => (prng.chance(0.3) ? prng.between(1, 20) : prng.between(1, length));
    const messages = Array.from({ length: 6 }, () => prng.bytes(prng.pick([0, 10, 70_000, 300_000])));
    let same = 0;
    for (const m of messages) {
      p.client.unary('/test.Echo/Unary', m, undefined, (status, _text, buf, start, end) => {
        if (status === 0 && equalBytes(buf.subarray(start, end), m)) same++;
      });
    }
    p.settle();
    assert.equal(same, messages.length, `seed ${seed}`);
    assert.equal(p.client.callCount + p.server.streamCount, 0);
  }
});

test('heads of repeated calls shrink to indexes', () => {
  const p = new Pair();
  const sizes: number[] = [];
  for (let i = 0; i < 3; i++) {
    p.call('Unary', HELLO);
    while (p.clock.runDeferred());
    sizes.push(p.ends[0].bufferedBytes);
    p.settle();
  }
  // Two frame headers, seven indexed fields, prefix and message.
  assert.equal(sizes[2], 9 + 7 + 9 + 5 + 5);
});

test('deadlines on both sides', () => {
  const p = new Pair();
  p.call('Later', HELLO, 100);
  p.settle();
  assert.equal(p.log.later[0]!.timeoutMs, 100);
  p.clock.advance(150);
  p.settle();
  assert.deepEqual(p.results, ['4 context deadline exceeded']);
  assert.equal(p.client.callCount + p.server.streamCount, 0);
  assert.deepEqual(p.log.events, ['cancelled']);
});

test('cancel reaches the handler', () => {
  const p = new Pair();
  const call = p.call('Later', HELLO);
  p.settle();
  call.cancel();
  call.cancel();
  p.settle();
  assert.deepEqual(p.results, ['1 context canceled']);
  assert.deepEqual(p.log.events, ['cancelled']);
});

test('metadata, secret and binary', () => {
  const p = new Pair();
  for (let i = 0; i < 2; i++) {
    p.call('Later', HELLO, undefined, [
      ['token', 'secret'],
      ['x-bin', '\u0000\u00ff'],
    ]);
  }
  p.settle();
  for (const call of p.log.later) {
    assert.equal(call.metadata('token'), 'secret');
    assert.equal(call.metadata('x-bin'), '\u0000\u00ff');
  }
});

test('calls above the server limit wait, in order; cancelled and expired ones do not come up', () => {
  const p = new Pair({ maxConcurrentStreams: 2 });
  p.settle();
  for (let i = 0; i < 4; i++) p.call('Later', Uint8Array.of(i));
  const cancelled = p.call('Later', Uint8Array.of(4));
  p.call('Later', Uint8Array.of(5), 50);
  p.settle();
  assert.equal(p.log.later.length, 2);
  assert.equal(p.client.callCount, 6);
  cancelled.cancel();
  p.clock.advance(60);
  assert.deepEqual(p.results, ['1 context canceled', '4 context deadline exceeded']);
  for (let i = 0; i < 4; i++) {
    p.log.later[i]!.reply(Uint8Array.of(i), 0, 1);
    p.settle();
  }
  assert.deepEqual(p.results.slice(2), ['ok 00', 'ok 01', 'ok 02', 'ok 03']);
  assert.equal(p.client.callCount, 0);
});

test('a stream: both ways, back-pressure, half-close', () => {
  const p = new Pair();
  const stream = p.client.stream('/test.Echo/Bidi');
  const chunk = new Uint8Array(100_000).fill(9);
  let sent = 0;
  let received = 0;
  let waits = 0;
  let status = '';
  const pump = (): void => {
    while (sent < 200) {
      sent++;
      if (!stream.send(chunk, 0, chunk.length)) {
        waits++;
        return;
      }
    }
    stream.halfClose();
  };
  stream.onDrain = pump;
  stream.onMessage = (_buf, start, end) => {
    received += end - start;
  };
  stream.onStatus = (code, message) => {
    status = `${code} ${message}`;
  };
  pump();
  p.settle();
  assert.equal(sent, 200);
  assert.equal(received, 200 * 100_000);
  assert.equal(status, '0 ');
  assert.ok(waits > 10);
  assert.deepEqual(p.log.events.slice(-1), ['half-close']);
  assert.equal(p.client.callCount + p.server.streamCount, 0);
});

test('a paused reader holds the server back and loses nothing, its status neither', () => {
  const p = new Pair();
  const stream = p.client.stream('/test.Echo/Bidi');
  const got: number[] = [];
  let status = -1;
  stream.onMessage = (buf, start) => {
    got.push(buf[start]!);
    stream.pause();
  };
  stream.onStatus = (code) => {
    status = code;
  };
  for (let i = 0; i < 5; i++) stream.send(Uint8Array.of(i), 0, 1);
  stream.halfClose();
  p.settle();
  assert.deepEqual(got, [0]);
  assert.equal(status, -1);
  for (let i = 0; i < 5; i++) stream.resume();
  assert.deepEqual(got, [0, 1, 2, 3, 4]);
  assert.equal(status, 0);
});

test('loss of the connection ends all calls, and later ones at once', () => {
  const reasons: string[] = [];
  const p = new Pair({}, { onClose: (reason) => reasons.push(reason) });
  p.call('Later', HELLO);
  const stream = p.client.stream('/test.Echo/Bidi');
  stream.onStatus = (code, text) => p.results.push(`stream ${code} ${text}`);
  p.settle();
  p.ends[1].destroy();
  p.call('Unary', HELLO);
  p.settle();
  assert.deepEqual(p.results, [
    '14 connection closed',
    'stream 14 connection closed',
    '14 connection closed',
  ]);
  assert.deepEqual(reasons, ['connection closed']);
  assert.equal(p.client.usable, false);
});

test('GOAWAY: calls begun are finished, new ones refused, then the connection ends', () => {
  const p = new Pair();
  p.call('Later', HELLO);
  p.settle();
  p.server.goAway();
  p.settle();
  assert.equal(p.client.usable, false);
  p.call('Unary', HELLO);
  p.settle();
  assert.match(p.results[0]!, /^14 server closes the connection/);
  p.log.later[0]!.reply(HELLO, 0, 5);
  p.settle();
  assert.equal(p.results[1], 'ok 68656c6c6f');
  assert.equal(p.client.closed && p.server.closed, true);
  assert.equal(p.clock.timerCount, 0);
});

test('keepalive: a server that falls silent is given up', () => {
  const keepalive = { minTimeMs: 500, permitWithoutStream: false, intervalMs: 0, timeoutMs: 0 };
  const p = new Pair({ keepalive }, { keepalive: { intervalMs: 1000, timeoutMs: 300 } });
  p.call('Later', HELLO);
  p.settle();
  for (let i = 0; i < 50; i++) {
    p.clock.advance(200);
    p.settle();
  }
  assert.equal(p.client.closed, false);
  p.clock.advance(3000);
  assert.equal(p.client.closed, true);
  assert.deepEqual(p.results, ['14 keepalive ping not answered']);
});

/** Answers of servers that are not ours. */
function answer(...make: ((peer: RawPeer) => Uint8Array)[]): string {
  const clock = new ManualClock();
  const [clientEnd, wire] = MemoryStream.pair();
  const client = new ClientConnection(clientEnd, { clock, authority: 'test', maxRecvMessageBytes: 10 });
  let result = '';
  client.unary('/a/b', HELLO, undefined, (status, text, _buf, start, end) => {
    result += `${status} ${text} ${end - start}`;
  });
  settle([clientEnd, wire], clock);
  const peer = new RawPeer();
  clientEnd.handlers.onData(frame(FrameType.SETTINGS, 0, 0, new Uint8Array(0)));
  for (const bytes of make) if (!clientEnd.closed) clientEnd.handlers.onData(bytes(peer));
  settle([clientEnd, wire], clock);
  return result;
}

const HEAD = (peer: RawPeer): Uint8Array =>
  peer.headers(1, [
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ]);
const TRAILERS = (peer: RawPeer): Uint8Array => peer.headers(1, [['grpc-status', '0']], true);
const message = (flag: number, ...bytes: number[]): Uint8Array =>
  frame(FrameType.DATA, 0, 1, Uint8Array.of(flag, 0, 0, 0, bytes.length, ...bytes));

test('answers of other servers, good and bad', () => {
  assert.equal(
    answer(HEAD, () => message(0, 1, 2), TRAILERS),
    '0  2',
  );
  assert.equal(
    answer(HEAD, () => message(0), TRAILERS),
    '0  0',
  );
  assert.match(answer(HEAD, TRAILERS), /^13 no answer/);
  assert.match(
    answer(HEAD, () => frame(0, 0, 1, Uint8Array.of(0, 0)), TRAILERS),
    /^13 unexpected end/,
  );
  assert.match(
    answer(HEAD, () => message(1, 9)),
    /^13 compressed/,
  );
  assert.match(
    answer(HEAD, () => message(0, ...new Uint8Array(11))),
    /^8 received message larger/,
  );
  assert.match(
    answer(HEAD, () => frame(0, Flag.END_STREAM, 1, new Uint8Array(0))),
    /^13 server closed/,
  );
  assert.match(answer(HEAD, HEAD), /^13 malformed/);
  assert.match(
    answer((p) => p.headers(1, [[':status', '503']], true)),
    /^14 unexpected HTTP status/,
  );
  assert.match(
    answer((p) => p.headers(1, [[':status', '404']])),
    /^12 unexpected HTTP status/,
  );
  assert.match(
    answer((p) => p.headers(1, [[':path', '/']], true)),
    /^13 malformed/,
  );
  assert.equal(
    answer((p) => p.headers(1, [['grpc-status', '99']], true)),
    '2  0',
  );
  const early = answer(
    (p) => p.headers(1, [[':status', '103']]),
    HEAD,
    () => message(0, 1),
    TRAILERS,
  );
  assert.equal(early, '0  1');
  const reset = (code: number): string => answer(() => frame(FrameType.RST_STREAM, 0, 1, uint32(code)));
  assert.match(reset(7), /^14 /);
  assert.match(reset(8), /^1 /);
  assert.match(reset(11), /^8 /);
  assert.match(reset(2), /^13 /);
  // Frames that no server may send end the connection.
  assert.match(
    answer(() => frame(FrameType.PUSH_PROMISE, 4, 1, uint32(2))),
    /^14 /,
  );
  assert.match(
    answer((p) => p.headers(2, [[':status', '200']])),
    /^14 /,
  );
});
