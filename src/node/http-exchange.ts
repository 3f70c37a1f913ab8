/** One request of `node:http` and its answer, as the endpoints see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { certifiedNameOf } from './certified-socket.js';

/** Who is given a request's body. */
export interface HttpBodyReader {
  onChunk(bytes: Uint8Array): void;
  onEnd(): void;
}

/** Where an answer's body is written to, piece by piece. */
export interface HttpBodyWriter {
  write(text: string): boolean;
  end(): void;
  readonly bufferedBytes: number;
  onDrain: (() => void) | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | ((writer: HttpBodyWriter) => void);
}

/** A target may be a whole URL, which servers must take although proxies alone are sent such (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?]*/i;

export class HttpExchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  onGone: (() => void) | undefined;
  readonly #request: IncomingMessage;
  #isTaken = false;

  constructor(request: IncomingMessage) {
    this.#request = request;
    const url = (request.url ?? '').replace(ORIGIN, '') || '/';
    const question = url.indexOf('?');
    const { socket } = request;
    this.method = request.method ?? 'GET';
    this.path = question < 0 ? url : url.slice(0, question);
    this.query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
    this.remoteAddress =
      socket.remoteAddress === undefined ? '@' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
    this.isSecure = isTls(socket);
  }

  get headers(): readonly (readonly [string, string])[] {
    const { rawHeaders } = this.#request;
    const pairs: (readonly [string, string])[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
    return pairs;
  }

  get certificateName(): string {
    return certifiedNameOf(this.#request.socket) ?? '';
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  readBody(reader: HttpBodyReader): { pause(): void; resume(): void } {
    this.#isTaken = true;
    const request = this.#request;
    request.on('data', (chunk: Buffer) => {
      reader.onChunk(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    request.on('end', () => reader.onEnd());
    return { pause: () => void request.pause(), resume: () => void request.resume() };
  }

  /** After the request has been handed in: a body that nobody took is in the way of the next request. */
  dropBodyUnlessTaken(): void {
    if (!this.#isTaken) this.#request.resume();
  }
}

function isTls(socket: Socket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

class ResponseWriter implements HttpBodyWriter {
  onDrain: (() => void) | undefined;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', () => this.onDrain?.());
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  write(text: string): boolean {
    return this.#response.destroyed || this.#response.write(text);
  }

  end(): void {
    this.#response.end();
  }
}

export function writeAnswer(method: string, response: ServerResponse, answer: HttpAnswer): void {
  if (response.destroyed) return;
  const { status, headers, body } = answer;
  if (typeof body === 'function') {
    response.writeHead(status, headers);
    // The client shall know that it is served before there is anything to tell.
    response.flushHeaders();
    if (method === 'HEAD') response.end();
    else body(new ResponseWriter(response));
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
}
