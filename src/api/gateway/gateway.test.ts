/** The gateway over services that the tests play: what HTTP sees of calls, and what calls see of HTTP. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock, Timer } from '../../platform/index.js';
import { encodeUtf8, MalformedError } from '../../stdx/index.js';
import { CallCounters, type MethodHandler, type ServerCall, type StreamCall } from '../../transport/index.js';
import { PutRequest, PutResponse, WatchRequest, WatchResponse } from '../../wire/index.js';
import type { BodyReader, BodyWriter, HttpRequest, HttpResponse } from '../http/exchange.js';
import { gatewayEndpoints } from './gateway.js';

class FakeClock implements Clock {
  readonly timers: { ms: number; fn: () => void; live: boolean }[] = [];
  now = (): number => 0;
  wallTime = (): number => 0;
  defer = (fn: () => void): void => fn();

  setTimer(ms: number, fn: () => void): Timer {
    const timer = { ms, fn, live: true };
    this.timers.push(timer);
    return { cancel: () => void (timer.live = false) };
  }

  fire(): void {
    for (const timer of this.timers) if (timer.live) timer.fn();
  }
}

/** One request, and all that becomes of it. */
class Exchange implements BodyWriter {
  readonly answers: HttpResponse[] = [];
  readonly lines: string[] = [];
  readonly clock = new FakeClock();
  readonly errors: unknown[] = [];
  readonly counters = new CallCounters();
  isEnded = false;
  isPaused = false;
  hasRoom = true;
  onDrain: (() => void) | undefined;
  bufferedBytes = 7;
  request!: HttpRequest & { onGone: (() => void) | undefined };
  #reader: BodyReader | undefined;

  constructor(
    handlers: Record<string, MethodHandler>,
    path: string,
    { method = 'POST', headers = {} as Record<string, string>, certificateName = '', auth = true } = {},
  ) {
    const endpoints = gatewayEndpoints({
      services: new Map(Object.entries(handlers)),
      clock: this.clock,
      counters: this.counters,
      maxRecvMessageBytes: 1000,
      isAuthEnabled: () => auth,
      onHandlerError: (error) => void this.errors.push(error),
    });
    const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    this.request = {
      method,
      path,
      query: new URLSearchParams(),
      header: (name) => lower.get(name),
      headers: Object.entries(headers),
      remoteAddress: '10.0.0.1:5',
      isSecure: false,
      certificateName,
      readBody: (reader) => {
        this.#reader = reader;
        return { pause: () => void (this.isPaused = true), resume: () => void (this.isPaused = false) };
      },
      onGone: undefined,
    };
    const endpoint = endpoints.find(([root]) => path.startsWith(root));
    endpoint![1](this.request, (answer) => {
      this.answers.push(answer);
      if (typeof answer.body === 'function') answer.body(this);
    });
  }

  write(text: string): boolean {
    this.lines.push(text);
    return this.hasRoom;
  }

  end(): void {
    this.isEnded = true;
  }

  send(text: string): this {
    this.#reader?.onChunk(encodeUtf8(text));
    return this;
  }

  close(): this {
    this.#reader?.onEnd();
    return this;
  }

  get answer(): [number, unknown] {
    assert.equal(this.answers.length, 1);
    const { status, body } = this.answers[0]!;
    return [status, JSON.parse(body as string)];
  }
}

const PUT = '/etcdserverpb.KV/Put';
const WATCH = '/etcdserverpb.Watch/Watch';
const OBSERVE = '/v3electionpb.Election/Observe';

function unary(handle: (call: ServerCall, bytes: Uint8Array) => void): MethodHandler {
  return { kind: 'unary', handle: (call, bytes, start, end) => handle(call, bytes.slice(start, end)) };
}

function stream(handle: (call: StreamCall) => void): MethodHandler {
  return { kind: 'stream', handle };
}

const EMPTY = PutResponse.toBytes(PutResponse.create({}));
const replies = unary((call) => call.reply(EMPTY, 0, EMPTY.length));

describe('unary methods', () => {
  test('a request goes to the service as over gRPC, as soon as it is whole, and what follows it does not count', () => {
    const keys: string[] = [];
    const exchange = new Exchange(
      {
        [PUT]: unary((call, bytes) => {
          keys.push(Buffer.from(PutRequest.decode(bytes).key).toString());
          call.reply(EMPTY, 0, EMPTY.length);
        }),
      },
      '/v3/kv/put',
    );
    exchange.send('{"key":');
    assert.equal(exchange.answers.length, 0);
    exchange.send('"YQ"} {"key":"Yg"} trailing').close();
    assert.deepEqual(keys, ['a']);
    assert.deepEqual(exchange.answer, [200, {}]);
    assert.equal(exchange.answers[0]!.headers['Grpc-Metadata-Content-Type'], 'application/grpc');
  });

  test("an empty body is an empty message; broken JSON is the client's fault", () => {
    assert.deepEqual(new Exchange({ [PUT]: replies }, '/v3/kv/put').send(' ').close().answer, [200, {}]);
    const broken = new Exchange({ [PUT]: unary(() => assert.fail('not called')) }, '/v3/kv/put')
      .send('{"key":')
      .close();
    assert.deepEqual(broken.answer, [400, { code: 3, message: 'unexpected EOF' }]);
  });

  test('calls are counted with those that come by gRPC', () => {
    const exchange = new Exchange({ [PUT]: replies }, '/v3/kv/put').send('{"key":"YQ"}');
    const { started, received, receivedBytes, sent, sentBytes, handled } = exchange.counters.of(PUT);
    assert.deepEqual([started, received, receivedBytes, sent, sentBytes, handled[0]], [1, 1, 3, 1, 0, 1]);
    const left = new Exchange({ [PUT]: unary(() => {}) }, '/v3/kv/put').send('{}');
    left.request.onGone!();
    assert.equal(left.counters.of(PUT).handled[1], 1);
  });

  test('an escaped path and the name of the beta are understood', () => {
    for (const path of ['/v3/kv/%70ut', '/v3beta/kv/put']) {
      assert.deepEqual(new Exchange({ [PUT]: replies }, path).send('{}').answer, [200, {}]);
    }
  });

  test('codes become statuses', () => {
    const statuses: [number, number][] = [
      [1, 499],
      [2, 500],
      [3, 400],
      [4, 504],
      [5, 404],
      [6, 409],
      [7, 403],
      [8, 429],
      [9, 400],
      [10, 409],
      [11, 400],
      [12, 501],
      [13, 500],
      [14, 503],
      [15, 500],
      [16, 401],
    ];
    for (const [code, status] of statuses) {
      const exchange = new Exchange({ [PUT]: unary((call) => call.finish(code, 'a "text"')) }, '/v3/kv/put');
      assert.deepEqual(exchange.send('{}').answer, [status, { code, message: 'a "text"' }]);
      assert.deepEqual(exchange.answers[0]!.headers, { 'Content-Type': 'application/json' });
    }
  });

  test('other paths and other verbs', () => {
    const none = { code: 5, message: 'Not Found' };
    for (const path of ['/v3/', '/v3/nope', '/v3/kv/put/', '/v3/kv/range', '/v3/%']) {
      assert.deepEqual(new Exchange({ [PUT]: replies }, path).answer, [404, none]);
    }
    const verb = new Exchange({ [PUT]: replies }, '/v3/kv/put', { method: 'GET' });
    assert.deepEqual(verb.answer, [501, { code: 12, message: 'Method Not Allowed' }]);
  });

  test('messages beyond the limit are refused by their size as protobuf', () => {
    const exchange = new Exchange({ [PUT]: unary(() => assert.fail('not called')) }, '/v3/kv/put');
    exchange.send(JSON.stringify({ value: Buffer.alloc(1001).toString('base64') }));
    assert.deepEqual(exchange.answer, [
      429,
      { code: 8, message: 'grpc: received message larger than max (1004 vs. 1000)' },
    ]);
    const endless = new Exchange({ [PUT]: unary(() => assert.fail('not called')) }, '/v3/kv/put');
    endless.send(`{"value":"${'x'.repeat(10_000)}`);
    assert.equal(endless.answer[0], 429);
  });

  test('headers become metadata', () => {
    let seen: ServerCall | undefined;
    const headers = {
      Authorization: 'Bearer t',
      'Grpc-Metadata-HasLeader': 'true',
      'Grpc-Metadata-x-bin': 'AP8',
      'Grpc-Metadata-odd': 'ü',
      'User-Agent': 'agent',
      Token: 'no',
      'X-Other': 'no',
    };
    new Exchange({ [PUT]: unary((call) => void (seen = call)) }, '/v3/kv/put', { headers }).send('{}');
    const names = [
      'authorization',
      'hasleader',
      'x-bin',
      'odd',
      'grpcgateway-user-agent',
      'grpcgateway-authorization',
      'token',
      'x-other',
      'user-agent',
      'grpcgateway-x-other',
    ];
    assert.deepEqual(
      names.map((name) => seen!.metadata(name)),
      ['Bearer t', 'true', '\0ÿ', undefined, 'agent', 'Bearer t', undefined, undefined, undefined, undefined],
    );
    assert.equal(seen!.remoteAddress, '10.0.0.1:5');
    const bad = new Exchange({ [PUT]: replies }, '/v3/kv/put', { headers: { 'grpc-metadata-x-bin': 'a%' } });
    assert.deepEqual(bad.answer, [
      400,
      { code: 3, message: 'invalid binary header Grpc-Metadata-X-Bin: illegal base64 data at input byte 1' },
    ]);
  });

  test('Grpc-Timeout is a deadline, of which the service is told', () => {
    let cancelled = 0;
    const slow = unary((call) => {
      call.onCancel = () => void cancelled++;
    });
    const exchange = new Exchange({ [PUT]: slow }, '/v3/kv/put', { headers: { 'Grpc-Timeout': '2S' } }).send(
      '{}',
    );
    assert.equal(exchange.clock.timers[0]!.ms, 2000);
    exchange.clock.fire();
    assert.deepEqual(exchange.answer, [504, { code: 4, message: 'context deadline exceeded' }]);
    assert.equal(cancelled, 1);
    for (const timeout of ['1x', 'S', '', '1.5S']) {
      const refused = new Exchange({ [PUT]: replies }, '/v3/kv/put', {
        headers: { 'Grpc-Timeout': timeout },
      });
      assert.deepEqual(refused.answer, [400, { code: 3, message: `invalid grpc-timeout: ${timeout}` }]);
    }
    const passed = new Exchange({ [PUT]: replies }, '/v3/kv/put', { headers: { 'Grpc-Timeout': '-1S' } });
    assert.equal(passed.answer[0], 504);
    const answered = new Exchange({ [PUT]: replies }, '/v3/kv/put', {
      headers: { 'Grpc-Timeout': '2S' },
    }).send('{}');
    assert.equal(answered.clock.timers[0]!.live, false, 'the timer of an answered call is gone');
  });

  test('a client that goes away cancels the call, and nothing is answered', () => {
    let call: ServerCall | undefined;
    let cancelled = 0;
    const slow = unary((each) => {
      call = each;
      each.onCancel = () => void cancelled++;
    });
    const exchange = new Exchange({ [PUT]: slow }, '/v3/kv/put').send('{}');
    exchange.request.onGone!();
    assert.deepEqual([cancelled, call!.finished], [1, true]);
    call!.reply(EMPTY, 0, 0);
    assert.equal(exchange.answers.length, 0);
  });

  test('what a service throws: malformed bytes are told, a bug is reported', () => {
    const malformed = new Exchange(
      {
        [PUT]: unary(() => {
          throw new MalformedError('proto: bad');
        }),
      },
      '/v3/kv/put',
    ).send('{}');
    assert.deepEqual(malformed.answer, [
      500,
      { code: 13, message: 'grpc: error unmarshalling request: proto: bad' },
    ]);
    const bug = new Exchange(
      {
        [PUT]: unary(() => {
          throw new Error('bug');
        }),
      },
      '/v3/kv/put',
    ).send('{}');
    assert.deepEqual(bug.answer, [500, { code: 13, message: 'internal error' }]);
    assert.equal(bug.errors.length, 1);
  });

  test('who is known by a certificate is told that its name does not count', () => {
    const exchange = new Exchange({ [PUT]: replies }, '/v3/kv/put', { certificateName: 'root' });
    assert.equal(exchange.answers[0]!.status, 400);
    assert.match(
      String(exchange.answers[0]!.body),
      /^CommonName of client sending a request against gateway will be ignored/,
    );
    const off = new Exchange({ [PUT]: replies }, '/v3/kv/put', { certificateName: 'root', auth: false });
    assert.deepEqual(off.send('{}').answer, [200, {}]);
  });
});

/** A watch service that does as the test says. */
function watching(): { handler: MethodHandler; call: () => StreamCall; log: string[] } {
  const log: string[] = [];
  let call: StreamCall | undefined;
  const handler = stream((each) => {
    call = each;
    each.onMessage = (bytes, start, end) => {
      const { createRequest } = WatchRequest.decode(bytes, start, end);
      log.push(`create ${Buffer.from(createRequest!.key).toString()}`);
    };
    each.onHalfClose = () => void log.push('half-closed');
    each.onCancel = () => void log.push('cancelled');
    each.onDrain = () => void log.push('drained');
  });
  return { handler, call: () => call!, log };
}

const created = WatchResponse.toBytes(WatchResponse.create({ created: true, watchId: 3 }));

describe('streams', () => {
  test('requests are taken one by one, and each message is a line; nothing is said before the first', () => {
    const { handler, call, log } = watching();
    const exchange = new Exchange({ [WATCH]: handler }, '/v3/watch');
    exchange.send('{"create_request":{"key":"YQ"}}{"createRequest":').send('{"key":"Yg"}}');
    assert.deepEqual(log, ['create a', 'create b']);
    assert.equal(exchange.answers.length, 0);
    assert.equal(call().send(created, 0, created.length), true);
    assert.equal(call().bufferedBytes, 7);
    assert.deepEqual(exchange.lines, ['{"result":{"watch_id":"3","created":true}}\n']);
    assert.equal(exchange.answers[0]!.status, 200);
    exchange.close();
    assert.deepEqual(log.slice(2), ['half-closed']);
    call().finish(11, 'compacted');
    assert.deepEqual(exchange.lines.slice(1), ['{"error":{"code":11,"message":"compacted"}}\n']);
    assert.equal(exchange.isEnded, true);
  });

  test('an error before the first message chooses the status; a stream that ends without a word says nothing', () => {
    const refused = new Exchange({ [WATCH]: stream((call) => call.finish(16, 'who?')) }, '/v3/watch');
    assert.equal(refused.answers[0]!.status, 401);
    assert.deepEqual(refused.lines, ['{"error":{"code":16,"message":"who?"}}\n']);
    const silent = new Exchange(
      { [WATCH]: stream((call) => void (call.onHalfClose = () => call.finish(0, ''))) },
      '/v3/watch',
    ).close();
    assert.deepEqual(
      [silent.answers[0]!.status, silent.answers[0]!.headers, silent.isEnded],
      [200, {}, true],
    );
  });

  test('broken JSON ends the requests, not the answers', () => {
    const { handler, call, log } = watching();
    const exchange = new Exchange({ [WATCH]: handler }, '/v3/watch').send(
      '{"create_request":{"key":"YQ"}} garbage {"create_request":{}}',
    );
    assert.deepEqual(log, ['create a', 'half-closed']);
    call().send(created, 0, created.length);
    assert.equal(exchange.lines.length, 1);
    exchange.close();
    assert.deepEqual(log, ['create a', 'half-closed']);
  });

  test('a slow reader is waited for, a service that pauses holds the client back', () => {
    const { handler, call, log } = watching();
    const exchange = new Exchange({ [WATCH]: handler }, '/v3/watch');
    exchange.hasRoom = false;
    assert.equal(call().send(created, 0, created.length), false);
    exchange.onDrain!();
    assert.deepEqual(log, ['drained']);
    call().pause();
    exchange.send('{"create_request":{"key":"YQ"}}');
    assert.deepEqual([log.length, exchange.isPaused], [1, true]);
    call().resume();
    assert.deepEqual([log[1], exchange.isPaused], ['create a', false]);
  });

  test('a client that goes away cancels, and so does a deadline', () => {
    const left = watching();
    new Exchange({ [WATCH]: left.handler }, '/v3/watch').request.onGone!();
    assert.deepEqual([left.log, left.call().finished], [['cancelled'], true]);
    const late = watching();
    const exchange = new Exchange({ [WATCH]: late.handler }, '/v3/watch', {
      headers: { 'Grpc-Timeout': '1m' },
    });
    exchange.clock.fire();
    assert.deepEqual(late.log, ['cancelled']);
    assert.equal(exchange.answers[0]!.status, 504);
    assert.deepEqual(exchange.lines, ['{"error":{"code":4,"message":"context deadline exceeded"}}\n']);
  });

  test('a method that takes one message and streams has it and the end of the requests', () => {
    const log: string[] = [];
    const observe = stream((call) => {
      call.onMessage = () => void log.push('message');
      call.onHalfClose = () => void log.push('half-closed');
      call.onCancel = () => void log.push('cancelled');
    });
    new Exchange({ [OBSERVE]: observe }, '/v3/election/observe').send('{"name":"YQ"}{"name":"Yg"}');
    assert.deepEqual(log, ['message', 'half-closed']);
    const bad = new Exchange({ [OBSERVE]: observe }, '/v3/election/observe').send('{"name":5}');
    assert.deepEqual(bad.answer, [
      400,
      { code: 3, message: 'proto: (line 1:9): invalid value for bytes field name: 5' },
    ]);
    assert.deepEqual(log.slice(2), ['cancelled']);
  });
});
