/** What a client connection is given. */
import type { Clock } from '../../platform/index.js';
import type { FlushQueue } from '../http2/flush-queue.js';
import type { KeepaliveOptions } from '../http2/keepalive.js';

export interface ClientOptions {
  readonly clock: Clock;
  /** `:authority` of the requests: host and port. */
  readonly authority: string;
  readonly scheme?: 'http' | 'https';
  readonly userAgent?: string;
  /** Largest answer message accepted; without it there is no limit. */
  readonly maxRecvMessageBytes?: number;
  /** Detects a dead server; without it there are no pings. */
  readonly keepalive?: KeepaliveOptions;
  /** Told how long the answer to each ping of the keepalive took. */
  readonly onRoundTrip?: (ms: number) => void;
  /** One for all connections of a program; without it the connection has its own. */
  readonly flushQueue?: FlushQueue;
  /** The connection is over, after its calls have ended. */
  readonly onClose?: (reason: string) => void;
}
