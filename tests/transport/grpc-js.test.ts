/** The engine against @grpc/grpc-js: an independent client of our server, and an independent server of our client. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { systemClock } from '../../src/node/clock.js';
import { connect } from '../../src/node/connector.js';
import { ClientConnection } from '../../src/transport/index.js';
import { freePort, sleep, waitUntil } from '../harness/index.js';
import { type EchoServer, startEchoServer } from './echo-server.js';

const bytes = (b: Buffer): Buffer => b;
const method = (path: string, stream = false): grpc.MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

/** Longer than anything here takes on a busy machine. */
const WAIT_MS = 10_000;

describe('@grpc/grpc-js calls our server', () => {
  let server: EchoServer;
  let client: grpc.Client;

  const unary = (
    path: string,
    message: Buffer,
    metadata = new grpc.Metadata(),
    options: grpc.CallOptions = {},
  ): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, bytes, bytes, message, metadata, options, (error, answer) => {
        if (error === null) resolve(answer!);
        else reject(error);
      });
    });

  before(async () => {
    server = await startEchoServer(await freePort());
    client = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    });
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  test('unary, small, empty and large', async () => {
    for (const size of [0, 1, 16_384, 100_000, 1_500_000]) {
      const message = Buffer.alloc(size, 'x');
      assert.ok((await unary('/test.Echo/Unary', message)).equals(message), `${size} bytes`);
    }
  });

  test('a thousand calls at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => unary('/test.Echo/Unary', Buffer.from(String(i)))),
    );
    assert.deepEqual(
      answers.map(String),
      answers.map((_, i) => String(i)),
    );
  });

  test('status and message, metadata, deadline, cancel', async () => {
    await assert.rejects(unary('/test.Echo/Fail', Buffer.alloc(0)), {
      code: 5,
      details: 'nö such 100% thing',
    });
    await assert.rejects(unary('/test.Echo/None', Buffer.alloc(0)), {
      code: 12,
      details: 'unknown method None for service test.Echo',
    });
    const metadata = new grpc.Metadata();
    metadata.set('token', 'abc');
    metadata.set('x-bin', Buffer.from('hi'));
    await assert.rejects(unary('/test.Echo/Token', Buffer.alloc(0), metadata), {
      code: 2,
      details: 'abc hi',
    });
    const before = server.cancelled;
    await assert.rejects(
      unary('/test.Echo/Never', Buffer.alloc(0), undefined, { deadline: Date.now() + 50 }),
      {
        code: 4,
      },
    );
    assert.ok(
      await waitUntil(() => server.cancelled === before + 1, WAIT_MS),
      'the handler hears of the deadline',
    );
  });

  test('too large a message', async () => {
    await assert.rejects(unary('/test.Echo/Unary', Buffer.alloc(2_097_153)), {
      code: 8,
      details: 'grpc: received message larger than max (2097153 vs. 2097152)',
    });
  });

  test('gzip requests', async () => {
    const zipped = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {
      'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip,
    });
    const message = Buffer.alloc(50_000, 'z');
    const answer = await new Promise<Buffer>((resolve, reject) => {
      zipped.makeUnaryRequest('/test.Echo/Unary', bytes, bytes, message, (error, got) => {
        if (error === null) resolve(got!);
        else reject(error);
      });
    });
    assert.ok(answer.equals(message));
    zipped.close();
  });

  test('a stream both ways', async () => {
    const call = client.makeBidiStreamRequest('/test.Echo/Bidi', bytes, bytes);
    const got: Buffer[] = [];
    const status = new Promise<number>((resolve, reject) => {
      call.on('data', (b: Buffer) => got.push(b));
      call.on('status', (s) => resolve(s.code));
      call.on('error', reject);
    });
    for (let i = 0; i < 200; i++) call.write(Buffer.alloc(20_000, i));
    call.end();
    assert.equal(await status, 0);
    assert.equal(got.length, 200);
    assert.ok(got.every((b, i) => b.length === 20_000 && b[0] === i));
  });

  test('a stream cancelled by the client', async () => {
    // Node's HTTP/2 ends the stream before it resets it: the handler must not take that for the end.
    const before = server.cancelled;
    const call = client.makeBidiStreamRequest('/test.Echo/Hold', bytes, bytes);
    call.on('error', () => {});
    call.write(Buffer.from('x'));
    await new Promise((resolve) => call.once('data', resolve));
    call.cancel();
    assert.ok(await waitUntil(() => server.cancelled === before + 1, WAIT_MS), 'the handler hears of it');
  });

  test('a graceful GOAWAY loses no call', async () => {
    const calls: Promise<Buffer>[] = [];
    for (let i = 0; i < 300; i++) {
      calls.push(unary('/test.Echo/Unary', Buffer.from(String(i))));
      if (i === 150) for (const connection of server.connections) connection.goAway();
      if (i % 10 === 0) await sleep(1);
    }
    const answers = await Promise.all(calls);
    assert.deepEqual(
      answers.map(String),
      calls.map((_, i) => String(i)),
    );
  });
});

describe('our client calls @grpc/grpc-js', () => {
  const server = new grpc.Server();
  let client: ClientConnection;

  before(async () => {
    server.addService(
      {
        Unary: method('/test.Echo/Unary'),
        Fail: method('/test.Echo/Fail'),
        Bidi: method('/test.Echo/Bidi', true),
      },
      {
        Unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
          done(null, call.request),
        Fail: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
          done({ code: 5, details: 'nö such' }),
        Bidi: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
          call.on('data', (b: Buffer) => call.write(b));
          call.on('end', () => call.end());
        },
      },
    );
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    client = new ClientConnection(connect({ host: '127.0.0.1', port }), {
      clock: systemClock,
      authority: `127.0.0.1:${port}`,
    });
  });
  after(() => {
    client.close();
    server.forceShutdown();
  });

  const unary = (path: string, message: Uint8Array): Promise<string> =>
    new Promise((resolve) => {
      client.unary(path, message, undefined, (status, text, buf, start, end) => {
        resolve(
          status === 0
            ? `ok ${Buffer.from(buf.subarray(start, end)).toString('latin1')}`
            : `${status} ${text}`,
        );
      });
    });

  test('unary, good and bad', async () => {
    for (const size of [0, 5, 100_000, 1_000_000]) {
      assert.equal(await unary('/test.Echo/Unary', Buffer.alloc(size, 'q')), `ok ${'q'.repeat(size)}`);
    }
    assert.equal(await unary('/test.Echo/Fail', Buffer.alloc(1)), '5 nö such');
    assert.match(await unary('/test.Echo/None', Buffer.alloc(1)), /^12 /);
    const many = await Promise.all(
      Array.from({ length: 500 }, (_, i) => unary('/test.Echo/Unary', Buffer.from(`${i}`))),
    );
    assert.deepEqual(
      many,
      many.map((_, i) => `ok ${i}`),
    );
  });

  test('a stream both ways', async () => {
    const stream = client.stream('/test.Echo/Bidi');
    let received = 0;
    const status = new Promise<number>((resolve) => {
      stream.onMessage = (_buf, start, end) => {
        received += end - start;
      };
      stream.onStatus = resolve;
    });
    const chunk = new Uint8Array(30_000);
    let sent = 0;
    stream.onDrain = () => {
      while (sent++ < 100) if (!stream.send(chunk, 0, chunk.length)) return;
      stream.halfClose();
    };
    stream.onDrain();
    assert.equal(await status, 0);
    assert.equal(received, 100 * 30_000);
  });
});
