/**
 * What a service sees of one RPC on the server side.
 *
 * Message bytes are passed as (buffer, start, end) so that no view object is made per request. A handler may keep the
 * buffer it is given (nobody will change it) but must not write to it. Bytes passed to `reply` and `send` are copied
 * before the call returns: the caller reuses its scratch buffer at once.
 */
export interface ServerCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** What the caller's `grpc-timeout` leaves, in milliseconds; Infinity without one. */
  readonly timeoutMs: number;
  /** Where the caller is, for logs. */
  readonly remoteAddress: string;
  /**
   * The common name of the certificate by which the caller's connection has shown who it is; undefined if it was not asked
   * to.
   */
  readonly certifiedName?: string | undefined;
  /** True once the call was finished, cancelled, or its connection is gone; replies are then ignored. */
  readonly finished: boolean;
  /** The first value of a metadata key (lower case), or undefined. */
  metadata(name: string): string | undefined;
  /** Unary answer: message and status OK in one go. */
  reply(message: Uint8Array, start: number, end: number): void;
  /** One message of a streamed answer. Returns false when the caller reads too slowly: wait for `onDrain`. */
  send(message: Uint8Array, start: number, end: number): boolean;
  /** Bytes sent with `send` that the connection has not been able to hand over yet. */
  readonly bufferedBytes: number;
  /** Ends the call with a status (0 is OK). The message is plain text; it is percent-encoded on the wire. */
  finish(code: number, message: string): void;
  /** Called once if the call ends from outside: caller's cancel, lost connection, deadline (`finished` is true then). */
  onCancel: (() => void) | undefined;
}

/** Streaming calls also deliver messages as they arrive. */
export interface StreamCall extends ServerCall {
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  /** The caller sends no more messages. */
  onHalfClose: (() => void) | undefined;
  /** Unsent bytes from which on `send` returns false; to be set by who sends what is cheaper kept elsewhere. */
  queueBytesHigh?: number;
  /** Bytes that would leave at once now; undefined if that is not known. */
  readonly roomBytes?: number;
  /** After `send` returned false: there is room again. */
  onDrain: (() => void) | undefined;
  /** Stops and resumes reading the caller's messages (flow control holds the caller back). */
  pause(): void;
  resume(): void;
}

/** Answers by `reply` or `finish`, at once or later. A throw becomes status 13 (INTERNAL). */
export type UnaryHandler = (call: ServerCall, message: Uint8Array, start: number, end: number) => void;

/** Sets the call's callbacks, and answers by `send` and `finish`. */
export type StreamHandler = (call: StreamCall) => void;

export type MethodHandler =
  | { readonly kind: 'unary'; readonly handle: UnaryHandler }
  | { readonly kind: 'stream'; readonly handle: StreamHandler };

/** Path (`/package.Service/Method`) to handler. A server-streaming method is a stream that takes one message. */
export type ServiceTable = ReadonlyMap<string, MethodHandler>;
