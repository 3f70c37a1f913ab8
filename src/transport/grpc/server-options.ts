/** What a server connection is given. */
import type { Clock, LogSink } from '../../platform/index.js';
import type { FlushQueue } from '../http2/flush-queue.js';
import { ASSEMBLY_BYTES_MAX, STREAM_WINDOW_BYTES } from '../http2/limits.js';
import type { ServiceTable } from './call.js';
import type { CallCounters } from './call-counters.js';
import type { HttpCallHandler } from './http-call.js';
import type { SlowCalls } from './slow-calls.js';

export interface ServerKeepaliveOptions {
  /** A client that pings more often is sent away. */
  readonly minTimeMs: number;
  /** Whether a client may ping without a call. */
  readonly permitWithoutStream: boolean;
  /** Silence after which we ping, and then wait `timeoutMs`; 0 for never. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface ServerOptions {
  readonly services: ServiceTable;
  readonly clock: Clock;
  readonly maxRecvMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly keepalive: ServerKeepaliveOptions;
  /** Decompresses; undefined if the bytes are no gzip, 'too large' if the content would exceed `maxBytes`. */
  readonly gunzip: (bytes: Uint8Array, maxBytes: number) => Uint8Array | undefined | 'too large';
  /** One for all connections of a server; without it the connection has its own. */
  readonly flushQueue?: FlushQueue;
  /** See `ByteStream`: whom the connection's certificate names. */
  readonly certifiedName?: string | undefined;
  /** One for all connections of a server; without it nobody reads what is counted. */
  readonly counters?: CallCounters;
  /** Told of unary calls; without it nobody looks how long they take. */
  readonly slowCalls?: SlowCalls;
  /** Answers requests that are no gRPC; without it they are refused (415). */
  readonly onHttpCall?: HttpCallHandler | undefined;
  readonly log?: LogSink;
  readonly onConnectionClose?: () => void;
  /** A handler or callback threw what is no `MalformedError`: a bug. The call has been answered with INTERNAL. */
  readonly onHandlerError?: (error: unknown, path: string) => void;
}

/**
 * Bytes of messages begun or waiting that one connection may have: {@link ASSEMBLY_BYTES_MAX}, but never less than one
 * message of the largest size takes, with what comes behind it: a message that is promised to be taken must come through.
 */
export function assemblyBytesMaxOf({
  maxRecvMessageBytes,
}: Pick<ServerOptions, 'maxRecvMessageBytes'>): number {
  return Math.max(ASSEMBLY_BYTES_MAX, maxRecvMessageBytes + STREAM_WINDOW_BYTES);
}
