/** The JSON gateway: POST on HTTP/1.1 by Node.js's own client. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { RpcMethod } from '../../../src/wire/index.js';
import {
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

  stream(method: RpcMethod, request: Fields | undefined, options: CallOptions): ChannelStream {
    const call = this.#request('POST', pathOf(method), headersOf(options));
    const queue = new ArrivalQueue();
    call.on('error', (error) => queue.push({ end: { code: UNAVAILABLE, message: error.message } }));
    call.on('response', (response) => readLines(response, queue));
    if (request === undefined) call.flushHeaders();
    else call.end(JSON.stringify(request));
    return {
      send: (message) => {
        call.write(JSON.stringify(message));
      },
      halfClose: () => call.end(),
      cancel: () => call.destroy(),
      next: (timeoutMs) => queue.next(timeoutMs),
    };
  }

  close(): void {
    this.#agent.destroy();
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
  const take = (line: string): void => {
    if (line.trim() === '') return;
    const parsed = JSON.parse(line) as { result?: Fields };
    if (parsed.result !== undefined) queue.push({ answer: parsed.result });
    else queue.push({ end: statusOf(parsed as Fields, status) });
  };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
  response.on('error', () =>
    queue.push({ end: { code: UNAVAILABLE, message: 'connection lost', http: status } }),
  );
  response.on('end', () => {
    take(rest);
    queue.push({ end: { code: 0, message: '', http: status } });
  });
}
