/**
 * A request that is no gRPC on a connection where such are answered, too: by TLS, where clients negotiate HTTP/2 and then
 * ask for what they like. Its body and its answer's are bytes without the prefix of messages.
 */
import type { HeaderField } from '../http2/hpack-table.js';
import type { RequestHead } from './request-head.js';
import { GrpcServerCall, type ServerCallOwner } from './server-call.js';

/** What who answers sees. */
export interface HttpCall {
  /** Pseudo-header fields included. */
  readonly fields: readonly HeaderField[];
  readonly remoteAddress: string;
  readonly certifiedName: string | undefined;
  /** A piece of the body; the receiver may keep the memory. */
  onMessage: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  /** The body is whole. */
  onHalfClose: (() => void) | undefined;
  /** The client is gone before its answer was whole. */
  onCancel: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  /** Stops and resumes the body (flow control holds the client back; what is on its way still comes). */
  pause(): void;
  resume(): void;
  /** The head of the answer; names in lower case. */
  respond(status: number, fields: readonly (readonly [name: string, value: string])[]): void;
  /** Returns false when the client reads too slowly: wait for `onDrain`. Bytes are copied. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  readonly bufferedBytes: number;
}

export type HttpCallHandler = (call: HttpCall) => void;

/** What a call needs of its connection. */
export interface HttpCallAnswers {
  httpHead(call: GrpcServerCall, status: number, fields: readonly (readonly [string, string])[]): void;
  data(call: GrpcServerCall, bytes: Uint8Array): boolean;
  endData(call: GrpcServerCall): void;
  consume(call: GrpcServerCall, count: number): void;
}

export class HttpServerCall extends GrpcServerCall implements HttpCall {
  readonly #answers: HttpCallAnswers;

  constructor(
    id: number,
    windows: { readonly send: number; readonly receive: number },
    head: RequestHead,
    owner: ServerCallOwner,
    answers: HttpCallAnswers,
  ) {
    super(id, windows.send, windows.receive, head, owner);
    this.#answers = answers;
  }

  get fields(): readonly HeaderField[] {
    return this.head.fields;
  }

  /** A piece of the body has come. */
  takeBody(buf: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (this.finished) return;
    if (this.paused) this.uncreditedBytes += end - start;
    else this.#answers.consume(this, end - start);
    if (end > start) this.onMessage?.(buf, start, end);
    if (isLast && !this.finished) this.onHalfClose?.();
  }

  override resume(): void {
    this.paused = false;
    const count = this.uncreditedBytes;
    this.uncreditedBytes = 0;
    if (count > 0 && !this.gone) this.#answers.consume(this, count);
  }

  respond(status: number, fields: readonly (readonly [name: string, value: string])[]): void {
    if (this.finished || this.headersSent) return;
    this.headersSent = true;
    this.#answers.httpHead(this, status, fields);
  }

  write(bytes: Uint8Array): boolean {
    return this.finished || this.#answers.data(this, bytes);
  }

  end(): void {
    if (this.finished) return;
    this.finished = true;
    if (this.queuedBytes > 0) this.endPending = true;
    else this.#answers.endData(this);
  }

  override writeEnd(): void {
    this.endPending = false;
    this.#answers.endData(this);
  }
}
