/**
 * A gRPC client that knows no messages: it sends any bytes to any path and gives back bytes, code and message. Built on
 * @grpc/grpc-js, so that the wire below the messages is somebody else's implementation.
 */
import * as grpc from '@grpc/grpc-js';
import { channelCredentials, type TlsAccess } from './tls.js';

export interface UnaryAnswer {
  /** gRPC status code; 0 is OK. */
  readonly code: number;
  /** Status message; empty when OK. */
  readonly message: string;
  /** The response message's bytes; undefined unless OK. */
  readonly body: Buffer | undefined;
}

export interface RawStream {
  send(body: Uint8Array): void;
  /** Ends the client's side only. */
  halfClose(): void;
  cancel(): void;
  /** Stops reading, so that the peer's flow-control window fills. */
  pause(): void;
  resume(): void;
  /** Set once the stream has ended. */
  readonly ended: { code: number; message: string } | undefined;
}

export interface RawClientOptions {
  /** Compress requests with gzip. */
  readonly gzip?: boolean;
  /** Plain text if absent. */
  readonly tls?: TlsAccess | undefined;
}

const identity = (bytes: Buffer): Buffer => bytes;
const GZIP = 2;
const TIMEOUT_MS_DEFAULT = 30_000;

export class RawClient {
  readonly endpoint: string;
  #client: grpc.Client;

  /** @param endpoint host:port. */
  constructor(endpoint: string, options: RawClientOptions = {}) {
    this.endpoint = endpoint;
    this.#client = new grpc.Client(endpoint, channelCredentials(options.tls), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // Each client has a connection of its own, as separate programs would.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.initial_reconnect_backoff_ms': 20,
      ...(options.gzip === true ? { 'grpc.default_compression_algorithm': GZIP } : {}),
    });
  }

  unary(
    path: string,
    body: Uint8Array,
    metadata: Readonly<Record<string, string>> = {},
    timeoutMs = TIMEOUT_MS_DEFAULT,
  ): Promise<UnaryAnswer> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        identity,
        identity,
        Buffer.from(body),
        toMetadata(metadata),
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          if (error !== null) resolve({ code: error.code, message: error.details, body: undefined });
          else resolve({ code: 0, message: '', body: answer });
        },
      );
    });
  }

  /** A unary method called with any number of request messages, which only a faulty client would do. */
  unaryWithMessages(path: string, bodies: readonly Uint8Array[]): Promise<UnaryAnswer> {
    return new Promise((resolve) => {
      const call = this.#client.makeClientStreamRequest<Buffer, Buffer>(
        path,
        identity,
        identity,
        new grpc.Metadata(),
        { deadline: Date.now() + TIMEOUT_MS_DEFAULT },
        (error, answer) => {
          if (error !== null) resolve({ code: error.code, message: error.details, body: undefined });
          else resolve({ code: 0, message: '', body: answer });
        },
      );
      for (const body of bodies) call.write(Buffer.from(body));
      call.end();
    });
  }

  /** A bidirectional stream. `onMessage` gets each message's bytes. */
  stream(
    path: string,
    onMessage: (body: Buffer) => void,
    metadata: Readonly<Record<string, string>> = {},
  ): RawStream {
    const call = this.#client.makeBidiStreamRequest<Buffer, Buffer>(
      path,
      identity,
      identity,
      toMetadata(metadata),
    );
    const stream: { ended: { code: number; message: string } | undefined } & RawStream = {
      ended: undefined,
      send: (body) => {
        call.write(Buffer.from(body));
      },
      halfClose: () => call.end(),
      cancel: () => call.cancel(),
      pause: () => {
        call.pause();
      },
      resume: () => {
        call.resume();
      },
    };
    call.on('data', onMessage);
    call.on('error', () => {}); // The status event tells the same.
    call.on('status', (status: grpc.StatusObject) => {
      stream.ended = { code: status.code, message: status.details };
    });
    return stream;
  }

  close(): void {
    this.#client.close();
  }
}

function toMetadata(entries: Readonly<Record<string, string>>): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  return metadata;
}
