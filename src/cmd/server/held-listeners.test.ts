import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { freePort } from '../../../tests/harness/index.js';
import { parseMemberUrl } from '../config/urls.js';
import { HELD_MAX, HeldListeners } from './held-listeners.js';

const PATIENCE_MS = 10_000;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** An empty SETTINGS frame, which the server's own begins like. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'it happens in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

class Client {
  readonly socket: Socket;
  heard = '';
  isClosed = false;

  constructor(port: number, first: string | Buffer) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes) => {
      this.heard += bytes.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.write(first);
  }
}

test('connections wait until the member serves; of too many the oldest go', async () => {
  const port = await freePort();
  const listeners = new HeldListeners({
    urls: [parseMemberUrl(`http://127.0.0.1:${port}`)],
    log: { log: () => {} },
    note: 'listening',
    tls: undefined,
    side: 'client',
    maxConcurrentStreams: 10,
    keepalive: { minTimeMs: 0, permitWithoutStream: true, intervalMs: 0, timeoutMs: 0 },
  });
  await listeners.bind();
  const clients: Client[] = [];
  const begin = async (count: number, first: string | Buffer): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const client = new Client(port, first);
      clients.push(client);
      // One after the other, so that they are taken in this order.
      await new Promise((resolve) => client.socket.once('connect', resolve));
    }
  };
  const http2 = Buffer.concat([Buffer.from(PREFACE), SETTINGS]);
  try {
    await begin(2, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await begin(2, http2);
    await begin(HELD_MAX - 2, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => clients[0]!.isClosed && clients[1]!.isClosed);
    await begin(1, http2);
    await until(() => clients[2]!.isClosed);
    assert.equal(clients.filter((client) => client.isClosed).length, 3);
    assert.ok(
      clients.every((client) => client.heard === ''),
      'nobody is answered yet',
    );
    listeners.serve({
      options: { services: new Map(), maxRecvMessageBytes: 1000, gunzip: () => undefined },
      http: createHttpServer((_request, response) => response.end('served')),
    });
    const rest = clients.slice(3);
    await until(() => rest.every((client) => client.heard !== ''));
    assert.ok(rest.every(({ heard }) => heard.startsWith('HTTP/1.1 200') || heard.charCodeAt(3) === 4));
    assert.equal(rest.filter(({ heard }) => heard.charCodeAt(3) === 4).length, 2);
  } finally {
    for (const { socket } of clients) socket.destroy();
    await listeners.close(0);
  }
});
