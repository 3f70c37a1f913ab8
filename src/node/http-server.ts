/** HTTP/1.1 by `node:http`, for sockets that the listener hands over. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpAnswer, HttpExchange, writeAnswer } from './http-exchange.js';
import { type NodeWebSocket, WebSocketAcceptor } from './web-socket.js';

/** What to do with a WebSocket that a request asks for; undefined if it shall be answered as if it had not asked. */
export type UpgradeHandler = (request: HttpExchange) => ((socket: NodeWebSocket) => void) | undefined;

export interface HttpServerOptions {
  /** Default: etcd's. */
  readonly headTimeoutMs?: number;
  readonly upgrade?: { readonly handler: UpgradeHandler; readonly messageBytesMax: number };
}

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
  /** Answers under way: clients may ask on before they have one. */
  readonly #answers = new WeakMap<Socket, number>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** A connection was made. One that comes back, after an offer that was not taken, is known. */
  begin(socket: Socket): void {
    if (!this.#timers.has(socket)) socket.once('close', () => this.end(socket));
    this.#await(socket);
  }

  end(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
  }

  answerBegins(socket: Socket): void {
    this.end(socket);
    this.#answers.set(socket, (this.#answers.get(socket) ?? 0) + 1);
  }

  answerEnds(socket: Socket): void {
    const left = this.#answers.get(socket)! - 1;
    this.#answers.set(socket, left);
    if (left === 0) this.#await(socket);
  }

  #await(socket: Socket): void {
    this.end(socket);
    if (!socket.destroyed) this.#timers.set(socket, setTimeout(() => socket.destroy(), this.#ms).unref());
  }
}

/**
 * A server that is given its sockets by `emit('connection', socket)`. Who gives them closes them: the server keeps no
 * list.
 */
export function createHttpServer(handler: HttpHandler, options: HttpServerOptions = {}): Server {
  const heads = new HeadTimeouts(options.headTimeoutMs ?? HEAD_TIMEOUT_MS);
  // Requests may go on for as long as they like: a watch is one.
  // Between two of them a connection may rest, as with etcd, until the next head is late: who closes it earlier does so
  // under clients that are about to use it again.
  const limits = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: 0, keepAliveTimeout: 0 };
  const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const exchange = new HttpExchange(request);
    heads.answerBegins(socket);
    response.once('close', () => {
      heads.answerEnds(socket);
      if (!response.writableFinished) exchange.onGone?.();
    });
    // A body that breaks off is told by the answer's close.
    request.on('error', () => {});
    response.on('error', () => {});
    handler(exchange, (answer) => writeAnswer(exchange.method, response, answer));
    exchange.dropBodyUnlessTaken();
  });
  server.on('connection', (socket: Socket) => heads.begin(socket));
  if (options.upgrade !== undefined) takeUpgrades(server, heads, options.upgrade);
  return server;
}

/**
 * Node.js gives away every connection that offers to speak something else, be it HTTP/2 as curl does. One whose offer is
 * not taken is handed in again, without the offer.
 */
function takeUpgrades(
  server: Server,
  heads: HeadTimeouts,
  { handler, messageBytesMax }: NonNullable<HttpServerOptions['upgrade']>,
): void {
  const acceptor = new WebSocketAcceptor(messageBytesMax);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    heads.end(socket);
    const isWebSocket = request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
    const use = isWebSocket ? handler(new HttpExchange(request)) : undefined;
    if (use !== undefined) return acceptor.accept(request, socket, head, use);
    socket.unshift(Buffer.concat([headWithoutOffer(request), head]));
    server.emit('connection', socket);
    socket.resume();
  });
}

/** Headers of an offer to speak something else. */
const OFFER_HEADERS = ['upgrade', 'connection', 'http2-settings'];

function headWithoutOffer({ method, url, httpVersion, rawHeaders, headers }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!OFFER_HEADERS.includes(rawHeaders[i]!.toLowerCase())) {
      lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
    }
  }
  if (/\bclose\b/i.test(headers.connection ?? '')) lines.push('Connection: close');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
