import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '../../stdx/index.js';
import type { BodyWriter, HttpRequest, Respond } from '../http/exchange.js';
import { type BridgedRouter, bridgeWebSocket, type WebSocketPort } from './websocket-bridge.js';

class FakeSocket implements WebSocketPort {
  readonly sent: string[] = [];
  isClosed = false;
  isPaused = false;
  bufferedBytes = 0;
  onMessage: ((bytes: Uint8Array) => void) | undefined;
  onClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

class FakeRouter implements BridgedRouter {
  request: HttpRequest | undefined;
  respond: Respond | undefined;
  isAnswering = true;

  answersFor(): boolean {
    return this.isAnswering;
  }

  handle(request: HttpRequest, respond: Respond): void {
    this.request = request;
    this.respond = respond;
  }
}

function upgradeOf(path: string, headers: Record<string, string> = {}): HttpRequest {
  return {
    method: 'GET',
    path,
    query: new URLSearchParams(),
    header: (name) => headers[name],
    headers: Object.entries(headers),
    remoteAddress: 'test',
    isSecure: false,
    certificateName: '',
    readBody: () => assert.fail('an upgrade has no body'),
    onGone: undefined,
  };
}

function bridged(headers: Record<string, string> = {}): { socket: FakeSocket; router: FakeRouter } {
  const router = new FakeRouter();
  const socket = new FakeSocket();
  bridgeWebSocket(router, upgradeOf('/v3/watch', headers))!(socket);
  return { socket, router };
}

test('only for the gateway, and only under a name that is ours', () => {
  const router = new FakeRouter();
  assert.equal(bridgeWebSocket(router, upgradeOf('/health')), undefined);
  assert.equal(bridgeWebSocket(router, upgradeOf('/v3')), undefined);
  assert.notEqual(bridgeWebSocket(router, upgradeOf('/v3beta/watch')), undefined);
  router.isAnswering = false;
  assert.equal(bridgeWebSocket(router, upgradeOf('/v3/watch')), undefined);
});

test('messages are lines of the body, lines of the answer are messages', () => {
  const { socket, router } = bridged();
  assert.equal(router.request!.method, 'POST');
  let body = '';
  const flow = router.request!.readBody({
    onChunk: (bytes) => void (body += decodeUtf8(bytes)),
    onEnd: () => {},
  });
  socket.onMessage!(encodeUtf8('{"a":1}'));
  socket.onMessage!(encodeUtf8('{'));
  assert.equal(body, '{"a":1}\n{\n');
  flow.pause();
  assert.equal(socket.isPaused, true);
  flow.resume();
  assert.equal(socket.isPaused, false);
  let writer: BodyWriter | undefined;
  router.respond!({ status: 200, headers: {}, body: (each) => void (writer = each) });
  assert.equal(writer!.write('{"x":1}\n{"y":2}\n'), true);
  assert.deepEqual(socket.sent, ['{"x":1}', '{"y":2}']);
  socket.bufferedBytes = 1_000_000;
  assert.equal(writer!.write('{}\n'), false);
  let drained = 0;
  writer!.onDrain = () => void drained++;
  socket.onDrain!();
  socket.onDrain!();
  assert.equal(drained, 1, 'once for each wait');
  writer!.end();
  assert.equal(socket.isClosed, true);
});

test('an answer in one piece is a message, and the end', () => {
  const { socket, router } = bridged();
  router.respond!({ status: 404, headers: {}, body: '{"code":5}' });
  assert.deepEqual([socket.sent, socket.isClosed], [['{"code":5}'], true]);
});

test('who closes has gone away', () => {
  const { socket, router } = bridged();
  let gone = 0;
  router.request!.onGone = () => void gone++;
  socket.onClose!();
  assert.equal(gone, 1);
});

test('a token comes as a sub-protocol or as a cookie, and few other headers come at all', () => {
  const authorization = (headers: Record<string, string>): string | undefined =>
    bridged(headers).router.request!.header('authorization');
  assert.equal(authorization({ 'sec-websocket-protocol': 'Bearer, abc.def' }), 'Bearer abc.def');
  assert.equal(authorization({ 'sec-websocket-protocol': 'Bearer' }), undefined);
  assert.equal(authorization({ cookie: 'x=1; token=t1' }), 'Bearer t1');
  assert.equal(authorization({ cookie: 'mytoken=t1', 'sec-websocket-protocol': 'Bearer,t2' }), 'Bearer t2');
  assert.equal(authorization({ authorization: 'direct' }), undefined);
  const { request } = bridged({ origin: 'o', referer: 'r', host: 'h', 'grpc-metadata-token': 't' }).router;
  assert.deepEqual(request!.headers, [
    ['host', 'h'],
    ['origin', 'o'],
    ['referer', 'r'],
  ]);
});
