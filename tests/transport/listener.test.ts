/** One port, two protocols. */
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/node/clock.js';
import { connect } from '../../src/node/connector.js';
import { ClientConnection } from '../../src/transport/index.js';
import { freePort, sleep, waitUntil } from '../harness/index.js';
import { type EchoServer, startEchoServer } from './echo-server.js';

/** Longer than anything here takes on a busy machine. */
const WAIT_MS = 10_000;

describe('the client listener', () => {
  let server: EchoServer;
  before(async () => {
    server = await startEchoServer(await freePort());
  });
  after(() => server.stop());

  const client = (onClose?: (reason: string) => void): ClientConnection =>
    new ClientConnection(connect({ host: '127.0.0.1', port: server.port }), {
      clock: systemClock,
      authority: 'test',
      ...(onClose === undefined ? {} : { onClose }),
    });

  const unary = (connection: ClientConnection, message: Uint8Array): Promise<number> =>
    new Promise((resolve) => {
      connection.unary('/test.Echo/Unary', message, undefined, (status) => resolve(status));
    });

  /** Writes pieces with a pause between them; returns what comes until the server closes or `enough` holds. */
  const talk = async (pieces: readonly string[], enough: (text: string) => boolean): Promise<string> => {
    const socket = connectSocket(server.port, '127.0.0.1');
    let text = '';
    let closed = false;
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => {
      closed = true;
    });
    socket.on('error', () => {});
    for (const piece of pieces) {
      socket.write(Buffer.from(piece, 'latin1'));
      await sleep(10);
    }
    assert.ok(await waitUntil(() => closed || enough(text), WAIT_MS), 'an answer');
    socket.destroy();
    return text;
  };

  test('HTTP/1.1, in one piece and byte by byte', async () => {
    const request = 'PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
    for (const pieces of [[request], [...request]]) {
      const text = await talk(pieces, (t) => t.includes('PUT /x\n'));
      assert.match(text, /^HTTP\/1\.1 200/);
    }
  });

  test('two HTTP/1.1 requests on one connection', async () => {
    const request = 'GET /y HTTP/1.1\r\nHost: a\r\n\r\n';
    const text = await talk([request, request], (t) => t.split('GET /y').length === 3);
    assert.equal(text.split('200 OK').length, 3);
  });

  test('the HTTP/2 preface byte by byte', async () => {
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    const settings = '\0\0\0\u0004\0\0\0\0\0';
    const text = await talk([...preface, settings], (t) => t.endsWith('\0\0\0\u0004\u0001\0\0\0\0'));
    assert.equal(text.charCodeAt(3), 4, 'SETTINGS come first');
  });

  test('what is neither is left to HTTP/1.1, which refuses it', async () => {
    const text = await talk(['PRI x HTTP/2.0\r\n\r\n'], (t) => t.length > 10);
    assert.match(text, /^HTTP\/1\.1 400/);
  });

  test('both kinds of connection at the same time, and many of them', async () => {
    const clients = Array.from({ length: 50 }, () => client());
    const statuses = await Promise.all(clients.map((c) => unary(c, Buffer.from('hello'))));
    assert.ok(statuses.every((status) => status === 0));
    assert.ok(server.connections.size >= 50);
    for (const c of clients) c.close();
    assert.ok(await waitUntil(() => server.connections.size === 0, WAIT_MS), 'the server notices the ends');
  });

  test('a client that goes away in mid-call', async () => {
    const before = server.cancelled;
    const c = client();
    c.unary('/test.Echo/Never', Buffer.from('x'), undefined, () => {});
    assert.ok(
      await waitUntil(() => [...server.connections].some((s) => s.streamCount === 1), WAIT_MS),
      'the call runs',
    );
    c.close();
    assert.ok(await waitUntil(() => server.cancelled === before + 1, WAIT_MS), 'the handler hears of it');
  });

  test('a slow reader of large answers gets them whole', async () => {
    const c = client();
    const stream = c.stream('/test.Echo/Bidi');
    const chunk = new Uint8Array(1_000_000);
    let received = 0;
    stream.onMessage = (_buf, start, end) => {
      received += end - start;
      stream.pause();
      setTimeout(() => stream.resume(), 5);
    };
    const status = new Promise<number>((resolve) => {
      stream.onStatus = resolve;
    });
    for (let i = 0; i < 20; i++) stream.send(chunk, 0, chunk.length);
    stream.halfClose();
    assert.equal(await status, 0);
    assert.equal(received, 20_000_000);
    c.close();
  });

  test('a connection that cannot be made ends its calls', async () => {
    const port = await freePort();
    const lost = new ClientConnection(connect({ host: '127.0.0.1', port }), {
      clock: systemClock,
      authority: 'x',
    });
    assert.equal(await unary(lost, Buffer.from('x')), 14);
    assert.equal(lost.usable, false);
  });
});
