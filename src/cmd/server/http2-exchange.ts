/** HTTP requests that came by HTTP/2, as the endpoints see them, which do not know by what they are asked. */
import type { HttpRequest, HttpResponse, Respond } from '../../api/index.js';
import type { HttpCall, HttpCallHandler } from '../../transport/index.js';

type BodyReader = Parameters<HttpRequest['readBody']>[0];
type BodyWriter = Parameters<Extract<HttpResponse['body'], (writer: never) => void>>[0];

/** Fields of one HTTP/1.1 hop, which HTTP/2 has no use for (RFC 9113, section 8.2.2). */
const HOP_FIELDS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

class Http2Exchange implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: readonly (readonly [string, string])[];
  readonly isSecure = true;
  onGone: (() => void) | undefined;
  readonly #call: HttpCall;

  constructor(call: HttpCall) {
    this.#call = call;
    const pseudo = new Map<string, string>();
    const headers: [string, string][] = [];
    for (const { name, value } of call.fields) {
      if (name.startsWith(':')) pseudo.set(name, value);
      else headers.push([name, value]);
    }
    const authority = pseudo.get(':authority');
    if (authority !== undefined) headers.push(['host', authority]);
    const url = pseudo.get(':path') ?? '/';
    const question = url.indexOf('?');
    this.method = pseudo.get(':method') ?? 'GET';
    this.path = question < 0 ? url : url.slice(0, question);
    this.query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
    this.headers = headers;
    call.onCancel = () => this.onGone?.();
  }

  get remoteAddress(): string {
    return this.#call.remoteAddress;
  }

  get certificateName(): string {
    return this.#call.certifiedName ?? '';
  }

  header(name: string): string | undefined {
    return this.headers.find(([each]) => each === name)?.[1];
  }

  readBody(reader: BodyReader): { pause(): void; resume(): void } {
    const call = this.#call;
    call.onMessage = (bytes, start, end) => reader.onChunk(bytes.slice(start, end));
    call.onHalfClose = () => reader.onEnd();
    return call;
  }
}

class CallWriter implements BodyWriter {
  onDrain: (() => void) | undefined;
  readonly #call: HttpCall;

  constructor(call: HttpCall) {
    this.#call = call;
    call.onDrain = () => this.onDrain?.();
  }

  get bufferedBytes(): number {
    return this.#call.bufferedBytes;
  }

  write(text: string): boolean {
    return this.#call.write(Buffer.from(text, 'utf8'));
  }

  end(): void {
    this.#call.end();
  }
}

function writeAnswer(call: HttpCall, method: string, { status, headers, body }: HttpResponse): void {
  const fields = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !HOP_FIELDS.has(name));
  if (typeof body === 'function') {
    call.respond(status, fields);
    if (method === 'HEAD') call.end();
    else body(new CallWriter(call));
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  call.respond(status, [...fields, ['content-length', String(bytes.length)]]);
  if (method !== 'HEAD') call.write(bytes);
  call.end();
}

/** Lets `answer` answer requests that come by HTTP/2. */
export function answerHttp2(answer: (request: HttpRequest, respond: Respond) => void): HttpCallHandler {
  return (call) => {
    const exchange = new Http2Exchange(call);
    answer(exchange, (response) => writeAnswer(call, exchange.method, response));
  };
}
