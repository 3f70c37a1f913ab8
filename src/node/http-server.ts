/** HTTP/1.1 by `node:http`, for sockets that the listener hands over. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One request as the endpoints see it. */
export interface HttpExchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type HttpHandler = (request: HttpExchange, respond: (answer: HttpAnswer) => void) => void;

/** A request's head must have arrived after this long (etcd's ReadHeaderTimeout). */
const HEAD_TIMEOUT_MS = 5 * 60 * 1000;

function exchangeOf(request: IncomingMessage): HttpExchange {
  const url = request.url ?? '/';
  const question = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

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
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    heads.end(socket);
    response.once('close', () => heads.begin(socket));
    request.resume();
    handler(exchangeOf(request), ({ status, headers, body }) => {
      if (response.destroyed) return;
      response.writeHead(status, { ...headers, 'Content-Length': new TextEncoder().encode(body).length });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  server.on('connection', (socket: Socket) => {
    heads.begin(socket);
    socket.once('close', () => heads.end(socket));
  });
  return server;
}
