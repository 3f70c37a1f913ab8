/** The client's end of one connection: the public face. */
import type { ByteStream } from '../../platform/index.js';
import { Http2Connection } from '../http2/connection.js';
import { FlushQueue } from '../http2/flush-queue.js';
import { Keepalive } from '../http2/keepalive.js';
import type { ClientCall, ClientStream, GrpcClientCall, UnaryDone } from './client-call.js';
import { ClientHost } from './client-host.js';
import type { ClientOptions } from './client-options.js';
import type { Metadata } from './metadata.js';
import type { ResponseHead } from './response-head.js';

const KEEPALIVE_PING = 0x6b656570;

export class ClientConnection {
  readonly #connection: Http2Connection<GrpcClientCall, ResponseHead>;
  readonly #host: ClientHost;

  constructor(stream: ByteStream, options: ClientOptions) {
    let keepalive: Keepalive | undefined;
    this.#host = new ClientHost(options, (reason) => {
      keepalive?.stop();
      options.onClose?.(reason);
    });
    this.#connection = new Http2Connection(stream, this.#host, {
      role: 'client',
      clock: options.clock,
      flushQueue: options.flushQueue ?? new FlushQueue(options.clock),
      maxConcurrentStreams: 0,
      pingPolicy: undefined,
    });
    this.#host.attach(this.#connection);
    if (options.keepalive === undefined) return;
    let pingedAt = 0;
    this.#host.pong = () => options.onRoundTrip?.(options.clock.now() - pingedAt);
    const alive = new Keepalive(options.clock, options.keepalive, {
      sendPing: () => {
        pingedAt = options.clock.now();
        this.#connection.sendPing(KEEPALIVE_PING);
      },
      onSilence: () => this.#connection.destroy('keepalive ping not answered'),
    });
    keepalive = alive;
    this.#connection.onHeard = () => {
      alive.heard = true;
    };
  }

  /**
   * A unary call. The message is copied before this returns; `onDone` is called once, never before this returns.
   * Without `timeoutMs` the call has no deadline.
   */
  unary(
    path: string,
    message: Uint8Array,
    metadata: Metadata | undefined,
    onDone: UnaryDone,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): ClientCall {
    return this.#host.unary(path, message, metadata, onDone, timeoutMs);
  }

  /** A call with a stream on either side or both. Set its callbacks before the next turn. */
  stream(path: string, metadata?: Metadata, timeoutMs: number = Number.POSITIVE_INFINITY): ClientStream {
    return this.#host.stream(path, metadata, timeoutMs);
  }

  /** Calls open or waiting. */
  get callCount(): number {
    return this.#host.callCount;
  }

  /** False once the connection is closed or the server has said it will close it. */
  get usable(): boolean {
    return this.#host.usable;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  /** Sends what is written, then closes; calls still open end with UNAVAILABLE. */
  close(): void {
    this.#connection.end('client connection closed');
  }
}
