/** HTTP/1.1 by `node:http`, for sockets that the listener hands over. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

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

/** Headers must have arrived after this long (etcd's ReadHeaderTimeout). */
const HEADERS_TIMEOUT_MS = 5 * 60 * 1000;

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

/** A server that is given its sockets by `emit('connection', socket)`. */
export function createHttpServer(handler: HttpHandler): Server {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    handler(exchangeOf(request), ({ status, headers, body }) => {
      if (response.destroyed) return;
      response.writeHead(status, { ...headers, 'Content-Length': new TextEncoder().encode(body).length });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  return server;
}
