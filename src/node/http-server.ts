/** HTTP/1.1 by `node:http`, for sockets that the listener hands over. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpAnswer, HttpExchange, writeAnswer } from './http-exchange.js';

export type HttpHandler = (request: HttpExchange, respond: (answer: HttpAnswer) => void) => void;

/** A request's head must have arrived after this long (etcd's ReadHeaderTimeout). */
const HEAD_TIMEOUT_MS = 5 * 60 * 1000;

/** Headers of one request together: what HTTP/2 is allowed, too. */
const HEADER_BYTES_MAX = 65_536;

/**
 * Ends connections on which a request's head takes too long. A server that listens does it by itself, but this one is
 * given its sockets.
 */
class HeadTimeouts {
  readonly #ms: number;
  readonly #timers = new WeakMap<Socket, NodeJS.Timeout>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** The next head is awaited from now on. */
  begin(socket: Socket): void {
    this.end(socket);
    if (!socket.destroyed) this.#timers.set(socket, setTimeout(() => socket.destroy(), this.#ms).unref());
  }

  end(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
  }
}

/**
 * A server that is given its sockets by `emit('connection', socket)`. Who gives them closes them: the server keeps no
 * list.
 */
export function createHttpServer(handler: HttpHandler, headTimeoutMs: number = HEAD_TIMEOUT_MS): Server {
  const heads = new HeadTimeouts(headTimeoutMs);
  // Requests may go on for as long as they like: a watch is one.
  const limits = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: 0 };
  const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const exchange = new HttpExchange(request);
    heads.end(socket);
    response.once('close', () => {
      heads.begin(socket);
      if (!response.writableFinished) exchange.onGone?.();
    });
    // A body that breaks off is told by the answer's close.
    request.on('error', () => {});
    response.on('error', () => {});
    handler(exchange, (answer) => writeAnswer(exchange.method, response, answer));
    exchange.dropBodyUnlessTaken();
  });
  server.on('connection', (socket: Socket) => {
    heads.begin(socket);
    socket.once('close', () => heads.end(socket));
  });
  return server;
}
