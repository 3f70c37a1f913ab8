/** The server's end of one client connection: the public face over HTTP/2 connection, calls and keepalive. */
import type { ByteStream, Timer } from '../../platform/index.js';
import { Http2Connection } from '../http2/connection.js';
import { FlushQueue } from '../http2/flush-queue.js';
import { ErrorCode } from '../http2/frame.js';
import { Keepalive } from '../http2/keepalive.js';
import { WINDOW_BYTES_LIMIT } from '../http2/limits.js';
import { PingPolicy } from '../http2/ping-policy.js';
import { GOAWAY_GRACE_MS, HANDSHAKE_MS_MAX } from './limits.js';
import type { RequestHead } from './request-head.js';
import type { GrpcServerCall } from './server-call.js';
import { ServerHost } from './server-host.js';
import type { ServerOptions } from './server-options.js';

/** Marks the ping whose answer tells that the client has seen our GOAWAY. */
const GOAWAY_PING = 0x676f6177;
const KEEPALIVE_PING = 0x6b656570;

export class ServerConnection {
  readonly #connection: Http2Connection<GrpcServerCall, RequestHead>;
  readonly #options: ServerOptions;
  #draining = false;
  #goAwayTimer: Timer | undefined;

  constructor(stream: ByteStream, options: ServerOptions) {
    this.#options = options;
    let keepalive: Keepalive | undefined;
    const host = new ServerHost(
      {
        ...options,
        onConnectionClose: () => {
          keepalive?.stop();
          handshake.cancel();
          this.#goAwayTimer?.cancel();
          options.onConnectionClose?.();
        },
      },
      (payload) => {
        if (payload === GOAWAY_PING) this.#settleGoAway();
      },
      () => this.#endIfDrained(),
    );
    this.#connection = new Http2Connection(stream, host, {
      role: 'server',
      clock: options.clock,
      flushQueue: options.flushQueue ?? new FlushQueue(options.clock),
      maxConcurrentStreams: options.maxConcurrentStreams,
      pingPolicy: new PingPolicy(options.clock, options.keepalive),
    });
    host.attach(this.#connection);
    const handshake = options.clock.setTimer(HANDSHAKE_MS_MAX, () => {
      if (!this.#connection.established) this.#connection.destroy('no HTTP/2 handshake');
    });
    const { intervalMs, timeoutMs } = options.keepalive;
    if (intervalMs <= 0 || timeoutMs <= 0) return;
    const alive = new Keepalive(
      options.clock,
      { intervalMs, timeoutMs },
      {
        sendPing: () => this.#connection.sendPing(KEEPALIVE_PING),
        onSilence: () => this.#connection.destroy('keepalive ping not answered'),
      },
    );
    keepalive = alive;
    this.#connection.onHeard = () => {
      alive.heard = true;
    };
  }

  get streamCount(): number {
    return this.#connection.streamCount;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  /**
   * Graceful shutdown (RFC 9113, section 6.8): announces it with the highest id there can be, so that calls on their way
   * are still taken; fixes the last id once the client must have heard; closes when the calls are finished.
   */
  goAway(): void {
    if (this.#draining || this.#connection.closed) return;
    this.#draining = true;
    this.#connection.sendGoAway(WINDOW_BYTES_LIMIT, ErrorCode.NO_ERROR, '');
    this.#connection.sendPing(GOAWAY_PING);
    this.#goAwayTimer = this.#options.clock.setTimer(GOAWAY_GRACE_MS, () => this.#settleGoAway());
  }

  /** Closes at once; running calls are cancelled. */
  close(): void {
    if (this.#connection.closed) return;
    this.#connection.sendGoAway(this.#connection.lastStreamId, ErrorCode.NO_ERROR, '');
    this.#connection.end('server stopped');
  }

  #settleGoAway(): void {
    if (this.#goAwayTimer === undefined || this.#connection.closed) return;
    this.#goAwayTimer.cancel();
    this.#goAwayTimer = undefined;
    this.#connection.sendGoAway(this.#connection.lastStreamId, ErrorCode.NO_ERROR, '');
    this.#endIfDrained();
  }

  #endIfDrained(): void {
    if (!this.#draining || this.#goAwayTimer !== undefined || this.#connection.streamCount > 0) return;
    this.#connection.end('server stopped');
  }
}
