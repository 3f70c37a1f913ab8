/**
 * What a load generator asks of a gRPC connection; the transport's client half has this shape. Request bytes are
 * copied before a call returns, so that one buffer serves all of them; answers are passed as (buffer, start, end).
 */
import { Status } from '../transport/index.js';
import { CALL_TIMEOUT_MS } from './limits.js';

export type Metadata = readonly (readonly [string, string])[];

/** `message[start, end)` is the answer when `status` is OK. */
export type UnaryDone = (
  status: number,
  statusMessage: string,
  message: Uint8Array,
  start: number,
  end: number,
) => void;

export interface LoadConnection {
  unary(
    path: string,
    message: Uint8Array,
    metadata: Metadata | undefined,
    onDone: UnaryDone,
    timeoutMs?: number,
  ): void;
  stream(path: string, metadata?: Metadata): LoadStream;
  /** False once the connection is lost or about to be closed: calls on it fail at once. */
  readonly usable: boolean;
  close(): void;
}

export interface LoadStream {
  send(message: Uint8Array, start: number, end: number): void;
  cancel(): void;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  onStatus: ((status: number, statusMessage: string) => void) | undefined;
}

/** How servers are reached by TLS; paths of PEM files, '' for none. */
export interface LoadTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly skipVerify: boolean;
}

/** Opens a connection, in plain text without `tls`; fails with an error whose message names the endpoint. */
export type Connect = (endpoint: Endpoint, tls?: LoadTls) => Promise<LoadConnection>;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** It was given with `https:`. */
  readonly isSecure?: true;
}

/** `host:port`, with or without `http://` or `https://`; undefined if it is neither. IPv6 addresses stand in brackets. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(http:\/\/|https:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})\/?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const port = Number(match[4]);
  if (port === 0 || port > 65535) return undefined;
  const host = (match[2] ?? match[3])!;
  return match[1] === 'https://' ? { host, port, isSecure: true } : { host, port };
}

/** A call ended with another status than OK. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One call outside the measured loop; resolves to the answer's bytes, rejects with {@link CallError}. */
export function callUnary(
  connection: LoadConnection,
  path: string,
  message: Uint8Array,
  metadata?: Metadata,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    connection.unary(
      path,
      message,
      metadata,
      (status, statusMessage, answer, start, end) => {
        if (status === Status.OK) resolve(answer.subarray(start, end));
        else reject(new CallError(status, statusMessage));
      },
      CALL_TIMEOUT_MS,
    );
  });
}
