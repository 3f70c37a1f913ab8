/**
 * The gateway over WebSockets, as etcd's proxy does it: a connection is one request. Each message that comes is a line of
 * its body, each line of the answer is a message, and the answer's end is the connection's.
 */
import { encodeUtf8 } from '../../stdx/index.js';
import type { BodyReader, BodyWriter, HttpRequest, HttpResponse, Respond } from '../http/exchange.js';
import { BETA_ROOT, GATEWAY_ROOT } from './gateway.js';
import { SOCKET_BYTES_HIGH } from './limits.js';

/** An open WebSocket. */
export interface WebSocketPort {
  send(text: string): void;
  /** Says that it is over once what was sent has gone. */
  close(): void;
  pause(): void;
  resume(): void;
  /** What the client has not taken yet. */
  readonly bufferedBytes: number;
  onMessage: ((bytes: Uint8Array) => void) | undefined;
  /** The connection is gone. */
  onClose: (() => void) | undefined;
  /** Little is left of what was sent. */
  onDrain: (() => void) | undefined;
}

/** Where the bridge hands its requests in. */
export interface BridgedRouter {
  /** Whether this server answers for the host that is named. */
  answersFor(request: HttpRequest): boolean;
  handle(request: HttpRequest, respond: Respond): void;
}

/** Of the headers of the upgrade, those that the request has, too. */
const FORWARDED = ['host', 'origin', 'referer'];

const NEWLINE = encodeUtf8('\n');

/** What to do with the WebSocket that a request asks for; undefined if there is none for it here. */
export function bridgeWebSocket(
  router: BridgedRouter,
  request: HttpRequest,
): ((socket: WebSocketPort) => void) | undefined {
  const isBelow = request.path.startsWith(GATEWAY_ROOT) || request.path.startsWith(BETA_ROOT);
  if (!isBelow || !router.answersFor(request)) return undefined;
  return (socket) => {
    const bridged = new BridgedRequest(request, socket);
    router.handle(bridged, (response) => answer(socket, response));
  };
}

/** A browser cannot set the header, so the token comes as a sub-protocol, or as a cookie. */
function authorizationOf(request: HttpRequest): string | undefined {
  const cookie = /(?:^|;)\s*token=([^;]*)/.exec(request.header('cookie') ?? '');
  if (cookie !== null) return `Bearer ${cookie[1]!.trim()}`;
  const protocols = request.header('sec-websocket-protocol') ?? '';
  const at = protocols.indexOf('Bearer,');
  return at < 0 ? undefined : `Bearer ${protocols.slice(at + 'Bearer,'.length).trim()}`;
}

class BridgedRequest implements HttpRequest {
  readonly method = 'POST';
  readonly path: string;
  readonly query: HttpRequest['query'];
  readonly headers: readonly (readonly [string, string])[];
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly certificateName: string;
  onGone: (() => void) | undefined;
  readonly #socket: WebSocketPort;

  constructor(upgrade: HttpRequest, socket: WebSocketPort) {
    this.path = upgrade.path;
    this.query = upgrade.query;
    this.remoteAddress = upgrade.remoteAddress;
    this.isSecure = upgrade.isSecure;
    this.certificateName = upgrade.certificateName;
    this.#socket = socket;
    const headers: [string, string][] = [];
    for (const name of FORWARDED) {
      const value = upgrade.header(name);
      if (value !== undefined) headers.push([name, value]);
    }
    const authorization = authorizationOf(upgrade);
    if (authorization !== undefined) headers.push(['authorization', authorization]);
    this.headers = headers;
    socket.onClose = () => this.onGone?.();
  }

  header(name: string): string | undefined {
    return this.headers.find(([each]) => each === name)?.[1];
  }

  readBody(reader: BodyReader): { pause(): void; resume(): void } {
    this.#socket.onMessage = (bytes) => {
      reader.onChunk(bytes);
      reader.onChunk(NEWLINE);
    };
    return { pause: () => this.#socket.pause(), resume: () => this.#socket.resume() };
  }
}

function answer(socket: WebSocketPort, { body }: HttpResponse): void {
  const writer = new FrameWriter(socket);
  if (typeof body === 'function') return body(writer);
  if (typeof body === 'string') writer.write(body);
  writer.end();
}

class FrameWriter implements BodyWriter {
  onDrain: (() => void) | undefined;
  readonly #socket: WebSocketPort;
  /** Somebody was told that there is no room. */
  #isAwaited = false;

  constructor(socket: WebSocketPort) {
    this.#socket = socket;
    socket.onDrain = () => {
      if (!this.#isAwaited) return;
      this.#isAwaited = false;
      this.onDrain?.();
    };
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  write(text: string): boolean {
    for (const line of text.split('\n')) if (line !== '') this.#socket.send(line);
    this.#isAwaited = this.bufferedBytes >= SOCKET_BYTES_HIGH;
    return !this.#isAwaited;
  }

  end(): void {
    this.#socket.close();
  }
}
