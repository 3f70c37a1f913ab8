/** A tiny gRPC service on a real socket, with an HTTP/1.1 server on the same port. */
import { createServer } from 'node:http';
import { systemClock } from '../../src/node/clock.js';
import { gunzip } from '../../src/node/gunzip.js';
import { type Listener, listenClient } from '../../src/node/listener.js';
import {
  FlushQueue,
  RECV_MESSAGE_BYTES_DEFAULT,
  type ServerCall,
  ServerConnection,
  type ServerOptions,
  type ServiceTable,
  Status,
  type StreamCall,
} from '../../src/transport/index.js';

export interface EchoServer {
  readonly port: number;
  /** Connections open now. */
  readonly connections: ReadonlySet<ServerConnection>;
  /** Calls cancelled by their callers. */
  cancelled: number;
  stop(): Promise<void>;
}

function services(onCancel: () => void): ServiceTable {
  const echo = (call: StreamCall): void => {
    call.onMessage = (buf, start, end) => {
      if (!call.send(buf, start, end)) call.pause();
    };
    call.onDrain = () => call.resume();
    call.onHalfClose = () => call.finish(Status.OK, '');
    call.onCancel = onCancel;
  };
  return new Map([
    [
      '/test.Echo/Unary',
      {
        kind: 'unary',
        handle: (call: ServerCall, b: Uint8Array, s: number, e: number) => call.reply(b, s, e),
      },
    ],
    [
      '/test.Echo/Fail',
      { kind: 'unary', handle: (call: ServerCall) => call.finish(Status.NOT_FOUND, 'nö such 100% thing') },
    ],
    [
      '/test.Echo/Token',
      {
        kind: 'unary',
        handle: (call: ServerCall) =>
          call.finish(Status.UNKNOWN, `${call.metadata('token')} ${call.metadata('x-bin')}`),
      },
    ],
    [
      '/test.Echo/Never',
      {
        kind: 'unary',
        handle: (call: ServerCall) => {
          call.onCancel = onCancel;
        },
      },
    ],
    ['/test.Echo/Bidi', { kind: 'stream', handle: echo }],
    [
      // Goes on after the caller's half-close, as a watch does.
      '/test.Echo/Hold',
      {
        kind: 'stream',
        handle: (call: StreamCall) => {
          echo(call);
          call.onHalfClose = undefined;
        },
      },
    ],
  ] as const);
}

/** `port` 0 takes any. */
export async function startEchoServer(
  port: number,
  options: Partial<ServerOptions> = {},
): Promise<EchoServer> {
  const flushQueue = new FlushQueue(systemClock);
  const connections = new Set<ServerConnection>();
  const http = createServer((request, response) =>
    response.end(`http/1.1 ${request.method} ${request.url}\n`),
  );
  const onHttp2 = (stream: ConstructorParameters<typeof ServerConnection>[0]): void => {
    const connection = new ServerConnection(stream, {
      services: services(() => server.cancelled++),
      clock: systemClock,
      maxRecvMessageBytes: RECV_MESSAGE_BYTES_DEFAULT,
      maxConcurrentStreams: 0xffffffff,
      keepalive: { minTimeMs: 5000, permitWithoutStream: false, intervalMs: 7_200_000, timeoutMs: 20_000 },
      gunzip,
      flushQueue,
      ...options,
      onConnectionClose: () => connections.delete(connection),
    });
    connections.add(connection);
  };
  const listener: Listener = await listenClient(
    { host: '127.0.0.1', port },
    { onHttp2, onHttp1: (socket) => http.emit('connection', socket) && socket.resume() },
  );
  const server: EchoServer = {
    port: listener.port,
    connections,
    cancelled: 0,
    async stop() {
      for (const connection of connections) connection.close();
      http.closeAllConnections();
      await listener.close();
    },
  };
  return server;
}
