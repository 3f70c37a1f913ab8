import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import type { HttpAnswer, HttpExchange } from './http-exchange.js';
import { createHttpServer, type HttpHandler, type UpgradeHandler } from './http-server.js';

/** Sends bytes to a server that is given its sockets, and reads until it closes the connection. */
async function exchange(handler: HttpHandler, request: string): Promise<string> {
  const http = createHttpServer(handler);
  const listener = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.write(request);
    });
  } finally {
    http.closeAllConnections();
    listener.close();
  }
}

const OK: HttpAnswer = { status: 200, headers: { 'X-Test': 'yes' }, body: 'grüße\n' };

test('a request is seen with path, query and headers; the answer has its length in bytes', async () => {
  const seen: HttpExchange[] = [];
  const answer = await exchange((request, respond) => {
    seen.push(request);
    respond(OK);
  }, 'GET /a%20b?x=1&x=2&y HTTP/1.1\r\nHost: h:1\r\nOrigin: o\r\nConnection: close\r\n\r\n');
  const [request] = seen;
  assert.deepEqual([request!.method, request!.path], ['GET', '/a%20b']);
  assert.deepEqual([request!.query.getAll('x'), request!.query.has('y')], [['1', '2'], true]);
  assert.deepEqual(
    [request!.header('host'), request!.header('origin'), request!.header('z')],
    ['h:1', 'o', undefined],
  );
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nX-Test: yes\r\n/);
  assert.match(answer, /\r\nContent-Length: 8\r\n/);
  assert.ok(answer.endsWith('\r\n\r\ngrüße\n'));
});

test('a target may be a whole URL', async () => {
  const paths: string[] = [];
  for (const target of ['http://h:1/a/b?x', 'HTTPS://h/a/b', 'http://h']) {
    await exchange((request, respond) => {
      paths.push(request.path);
      respond(OK);
    }, `GET ${target} HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n`);
  }
  assert.deepEqual(paths, ['/a/b', '/a/b', '/']);
});

test('HEAD gets the head alone, and a body that is sent is read away', async () => {
  const head = await exchange(
    (_request, respond) => respond(OK),
    'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  );
  assert.ok(head.endsWith('\r\n\r\n'));
  const post = await exchange(
    (_request, respond) => setImmediate(respond, OK),
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  );
  assert.equal(post.split('HTTP/1.1 200 OK').length, 3, 'both requests are answered');
});

test('an answer to somebody who has left is dropped', async () => {
  let late: ((answer: HttpAnswer) => void) | undefined;
  const http = createHttpServer((_request, respond) => {
    late = respond;
  });
  const listener = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  while (late === undefined) await new Promise((resolve) => setImmediate(resolve));
  const closed = new Promise((resolve) => listener.once('close', resolve));
  socket.destroy();
  http.closeAllConnections();
  listener.close();
  await closed;
  late(OK);
});

test('a connection whose next request does not come whole in time is ended, one that is answered slowly is not', async () => {
  const http = createHttpServer(
    (request, respond) => {
      setTimeout(respond, request.path === '/slow' ? 150 : 0, OK);
    },
    { headTimeoutMs: 50 },
  );
  const listener = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const text = (request: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        got += chunk.toString('utf8');
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(got));
      socket.write(request);
    });
  assert.equal(await text('GET / HTTP/1.1\r\nHost'), '');
  assert.match(await text('GET /slow HTTP/1.1\r\nHost: h\r\n\r\n'), /grüße/);
  assert.match(await text('GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n'), /grüße/);
  const both = await text('GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /slow HTTP/1.1\r\nHost: h\r\n\r\n');
  assert.equal(both.match(/grüße/g)?.length, 2, 'a slow answer behind another one, too');
  listener.close();
});

test('a body is given to who takes it, and an answer is written while the request is read', async () => {
  const answer = await exchange((request, respond) => {
    assert.deepEqual(
      request.headers.map(([name]) => name),
      ['Host', 'X-Spelled-So', 'Transfer-Encoding', 'Connection'],
    );
    respond({
      status: 200,
      headers: {},
      body: (writer) => {
        request.readBody({
          onChunk: (bytes) => void writer.write(`<${Buffer.from(bytes).toString('utf8')}>`),
          onEnd: () => writer.end(),
        });
      },
    });
  }, 'POST / HTTP/1.1\r\nHost: h\r\nX-Spelled-So: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
  assert.match(answer, /\r\nTransfer-Encoding: chunked\r\n/);
  assert.ok(answer.endsWith('\r\n\r\n5\r\n<abc>\r\n0\r\n\r\n'), answer);
});

test('who goes away before the answer is complete is told of, once', async () => {
  let gone = 0;
  let begun: (() => void) | undefined;
  const told = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const http = createHttpServer((request, respond) => {
    request.onGone = () => {
      gone++;
      begun!();
    };
    respond({ status: 200, headers: {}, body: (writer) => void writer.write('begun') });
  });
  const listener = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => {
    if (chunk.toString('latin1').includes('begun')) socket.destroy();
  });
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{');
  await told;
  assert.equal(gone, 1);
  http.closeAllConnections();
  listener.close();
});

test('a connection may rest between requests, and nothing else is announced', async () => {
  const http = createHttpServer((_request, respond) => respond(OK));
  const listener = createServer((socket) => http.emit('connection', socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1')));
  });
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  // Node.js announces the time it would wait, which by default is five seconds.
  assert.doesNotMatch(await answered, /keep-alive: timeout/i);
  assert.equal(http.keepAliveTimeout, 0);
  socket.destroy();
  http.closeAllConnections();
  listener.close();
});

describe('offers to speak something else', () => {
  async function served(
    use: (port: number) => Promise<void>,
    handler: UpgradeHandler = () => undefined,
  ): Promise<void> {
    const seen: HttpHandler = (request, respond) => {
      let body = '';
      request.readBody({
        onChunk: (bytes) => {
          body += Buffer.from(bytes).toString('utf8');
        },
        onEnd: () => respond({ ...OK, body: `${request.method} ${request.header('upgrade')} ${body}` }),
      });
    };
    const http = createHttpServer(seen, { upgrade: { handler, messageBytesMax: 100 } });
    const listener = createServer((socket) => http.emit('connection', socket));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    try {
      await use((listener.address() as AddressInfo).port);
    } finally {
      http.closeAllConnections();
      listener.close();
    }
  }

  function textOf(port: number, request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.write(request);
    });
  }

  test('that are not taken are overlooked, bodies and later requests included', async () => {
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n';
    await served(async (port) => {
      const text = await textOf(
        port,
        `POST / HTTP/1.1\r\nHost: h\r\n${offer}Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      );
      assert.match(text, /POST undefined hello/);
      assert.match(text, /GET undefined $/);
      const socketOffer = 'Connection: Upgrade, close\r\nUpgrade: websocket\r\n';
      assert.match(await textOf(port, `GET / HTTP/1.1\r\nHost: h\r\n${socketOffer}\r\n`), /GET undefined $/);
    });
  });

  test('leave nothing behind at a connection, however many there are', async () => {
    const listeners: number[] = [];
    const http = createHttpServer(
      (request, respond) => {
        request.readBody({ onChunk: () => {}, onEnd: () => respond(OK) });
      },
      { upgrade: { handler: () => undefined, messageBytesMax: 100 } },
    );
    const listener = createServer((socket) => {
      http.on('request', () => void listeners.push(socket.listenerCount('close')));
      http.emit('connection', socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    for (let i = 0; i < 10; i++) {
      const answered = new Promise((resolve) => client.once('data', resolve));
      client.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      await answered;
    }
    client.destroy();
    listener.close();
    assert.equal(listeners.length, 10);
    assert.ok(listeners.at(-1)! <= listeners[0]!, String(listeners));
  });

  test('WebSockets carry messages both ways, are closed, and tell when the other side has gone', async () => {
    let gone: (() => void) | undefined;
    const told = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const echo: UpgradeHandler = (request) => (socket) => {
      socket.onMessage = (bytes) => {
        socket.send(`${request.path} ${Buffer.from(bytes).toString('utf8')}`);
        if (bytes.length === 3) socket.close();
      };
      socket.onClose = () => gone!();
    };
    await served(async (port) => {
      const client = new WebSocket(`ws://127.0.0.1:${port}/x`, ['Bearer', 'token']);
      const got: string[] = [];
      client.on('open', () => {
        client.send('hello');
        client.send(Buffer.from('bye'));
      });
      client.on('message', (message: Buffer, isBinary) => void got.push(`${isBinary} ${message.toString()}`));
      const code = await new Promise((resolve) => client.on('close', resolve));
      assert.deepEqual([code, client.protocol, got], [1000, 'Bearer', ['false /x hello', 'false /x bye']]);
      await told;
      const large = new WebSocket(`ws://127.0.0.1:${port}/x`);
      large.on('open', () => large.send('x'.repeat(101)));
      assert.equal(await new Promise((resolve) => large.on('close', resolve)), 1009);
    }, echo);
  });
});
