/** The JSON gateway: POST on HTTP/1.1 by Node.js's own client, and WebSockets by `ws`. */
import * as http from 'node:http';
import * as https from 'node:https';
import { WebSocket } from 'ws';
import type { RpcMethod } from '../../../src/wire/index.js';
import {
  type Arrival,
  ArrivalQueue,
  CALL_TIMEOUT_MS,
  type CallOptions,
  type Channel,
  type ChannelStream,
  type Outcome,
} from './channel.js';
import type { Fields } from './rpc.js';

/** The deadline that a client sets is the server's affair; this one ends a call that nobody answers. */
const DEADLINE_SLACK_MS = 5000;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export class GatewayChannel implements Channel {
  readonly #url: string;
  readonly #agent: http.Agent;
  readonly #ca: Buffer | undefined;

  constructor(url: string, ca?: Buffer) {
    this.#url = url;
    this.#ca = ca;
    this.#agent =
      ca === undefined ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ca });
  }

  async unary(method: RpcMethod, request: Fields, options: CallOptions): Promise<Outcome> {
    return this.post(pathOf(method), JSON.stringify(request), options);
  }

  /** Any body to any path. */
  async post(path: string, body: string, options: CallOptions): Promise<Outcome> {
    const timeoutMs = (options.timeoutMs ?? CALL_TIMEOUT_MS) + DEADLINE_SLACK_MS;
    let answer: HttpAnswer;
    try {
      answer = await this.exchange('POST', path, body, headersOf(options), timeoutMs);
    } catch (error) {
      return { code: UNAVAILABLE, message: `no answer: ${(error as Error).message}` };
    }
    return outcomeOf(answer);
  }

  exchange(
    verb: string,
    path: string,
    body: string,
    headers: http.OutgoingHttpHeaders,
    timeoutMs: number,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const request = this.#request(verb, path, headers);
      request.setTimeout(timeoutMs, () => request.destroy(new Error('timed out')));
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, body: text }));
      });
      request.end(body);
    });
  }

  #request(verb: string, path: string, headers: http.OutgoingHttpHeaders): http.ClientRequest {
    const options = { method: verb, agent: this.#agent, headers };
    const url = new URL(path, this.#url);
    if (this.#ca === undefined) return http.request(url, options);
    return https.request(url, { ...options, ca: this.#ca });
  }

  /**
   * Where the client streams too, a conversation needs a WebSocket: Go's HTTP/1.1 server sends nothing before it has read
   * the whole body. But a WebSocket carries no metadata; with metadata the first message is the whole body.
   */
  stream(method: RpcMethod, request: Fields | undefined, options: CallOptions): ChannelStream {
    if (method.kind === 'bidiStream' && options.metadata === undefined)
      return new WebSocketStream(new URL(pathOf(method), this.#url), this.#ca);
    const call = this.#request('POST', pathOf(method), headersOf(options));
    const queue = new ArrivalQueue();
    call.on('error', (error) => queue.push({ end: { code: UNAVAILABLE, message: error.message } }));
    call.on('response', (response) => readLines(response, queue));
    if (request !== undefined) call.end(JSON.stringify(request));
    return {
      send: (message) => {
        if (call.writableEnded) throw new Error('with metadata there is one message only');
        call.end(JSON.stringify(message));
      },
      halfClose: () => {},
      cancel: () => call.destroy(),
      next: (timeoutMs) => queue.next(timeoutMs),
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}

class WebSocketStream implements ChannelStream {
  readonly #socket: WebSocket;
  readonly #queue = new ArrivalQueue();
  /** What is said before the socket is open. */
  readonly #early: string[] = [];

  constructor(url: URL, ca: Buffer | undefined) {
    const address = url.href.replace(/^http/, 'ws');
    this.#socket = ca === undefined ? new WebSocket(address) : new WebSocket(address, { ca });
    this.#socket.on('open', () => {
      for (const text of this.#early.splice(0)) this.#socket.send(text);
    });
    this.#socket.on('message', (data: Buffer) => takeLine(data.toString('utf8'), 0, this.#queue));
    this.#socket.on('error', () => {}); // The close event follows.
    this.#socket.on('close', () => this.#queue.push({ end: { code: 0, message: 'closed', http: 0 } }));
  }

  send(message: Fields): void {
    const text = JSON.stringify(message);
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#early.push(text);
    else this.#socket.send(text);
  }

  halfClose(): void {
    throw new Error('a WebSocket is closed as a whole');
  }

  cancel(): void {
    this.#socket.terminate();
  }

  next(timeoutMs: number): Promise<Arrival> {
    return this.#queue.next(timeoutMs);
  }
}

function pathOf(method: RpcMethod): string {
  const path = method.gatewayPaths[0];
  if (path === undefined) throw new Error(`the gateway has no path for ${method.path}`);
  return path;
}

function headersOf({ metadata, timeoutMs }: CallOptions): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {};
  for (const [key, value] of Object.entries(metadata ?? {})) headers[`Grpc-Metadata-${key}`] = value;
  if (timeoutMs !== undefined) headers['Grpc-Timeout'] = `${timeoutMs}m`;
  return headers;
}

function outcomeOf({ status, body }: HttpAnswer): Outcome {
  let answer: Fields;
  try {
    answer = JSON.parse(body) as Fields;
  } catch {
    return { code: -1, message: `no JSON: ${body.trim()}`, http: status };
  }
  if (status === 200) return { code: 0, message: '', http: status, answer };
  return statusOf(answer, status);
}

function statusOf(body: Fields, http: number): Outcome {
  const status = (body['error'] ?? body) as Fields;
  if (typeof status !== 'object') return { code: -1, message: JSON.stringify(body), http };
  const shape = body['error'] === undefined ? '' : '{error} ';
  const code = Number(status['code'] ?? -1);
  const message =
    code === DEADLINE_EXCEEDED ? String(status['message']) : `${shape}${String(status['message'])}`;
  return { code, message, http };
}

/** Each line is `{"result":...}` or `{"error":...}`; an error before the first is a body of its own. */
function readLines(response: http.IncomingMessage, queue: ArrivalQueue): void {
  const status = response.statusCode!;
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) takeLine(line, status, queue);
  });
  response.on('error', () =>
    queue.push({ end: { code: UNAVAILABLE, message: 'connection lost', http: status } }),
  );
  response.on('end', () => {
    takeLine(rest, status, queue);
    queue.push({ end: { code: 0, message: '', http: status } });
  });
}

function takeLine(line: string, status: number, queue: ArrivalQueue): void {
  if (line.trim() === '') return;
  let parsed: { readonly result?: Fields };
  try {
    parsed = JSON.parse(line) as { readonly result?: Fields };
  } catch {
    return queue.push({ end: { code: -1, message: `no JSON: ${line}`, http: status } });
  }
  if (parsed.result !== undefined) queue.push({ answer: parsed.result });
  else queue.push({ end: statusOf(parsed as Fields, status) });
}
