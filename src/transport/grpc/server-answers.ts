/**
 * Answers of one server connection: headers, messages and trailers, and the end of streams.
 *
 * An answer that fits the windows is written in one go, three frames in a row. A stream whose caller has not ended its
 * side when it is answered is reset, but only just before the next flush: END_STREAM often comes in the same turn.
 */
import { copyBytes } from '../../stdx/index.js';
import type { Http2Connection } from '../http2/connection.js';
import { ErrorCode, Flag, FRAME_HEADER_BYTES, FrameType, putFrameHeader } from '../http2/frame.js';
import { MESSAGE_PREFIX_BYTES, putMessage, type Sender } from '../http2/sender.js';
import { PLAIN_CONTENT_TYPE, type RequestHead } from './request-head.js';
import { ResponseBlocks } from './response-blocks.js';
import type { GrpcServerCall } from './server-call.js';
import { Status } from './status.js';

const WHOLE_ANSWER_FRAMES_BYTES = 3 * FRAME_HEADER_BYTES + MESSAGE_PREFIX_BYTES;

export class ServerAnswers {
  readonly #connection: Http2Connection<GrpcServerCall, RequestHead>;
  readonly #sender: Sender;
  readonly #blocks: ResponseBlocks;
  readonly #onIdle: () => void;
  /** Answered calls whose caller has not ended its side. */
  #lateEnds: GrpcServerCall[] = [];

  /** `onIdle` is called when the last stream is gone. */
  constructor(connection: Http2Connection<GrpcServerCall, RequestHead>, onIdle: () => void) {
    this.#connection = connection;
    this.#sender = connection.sender;
    this.#blocks = new ResponseBlocks(connection.encoder);
    this.#onIdle = onIdle;
    connection.sender.out.beforeFlush = () => this.#resetLateEnds();
  }

  close(): void {
    this.#lateEnds = [];
  }

  reply(call: GrpcServerCall, message: Uint8Array, start: number, end: number): void {
    const sender = this.#sender;
    const count = MESSAGE_PREFIX_BYTES + end - start;
    if (call.headersSent || call.head.contentType !== PLAIN_CONTENT_TYPE || !sender.fits(call, count)) {
      this.#sendHead(call);
      sender.message(call, message, start, end, false);
      if (call.queuedBytes > 0) call.endPending = true;
      else this.trailers(call);
      return;
    }
    const out = sender.out;
    const head = this.#blocks.head();
    const ok = this.#blocks.ok();
    out.reserve(WHOLE_ANSWER_FRAMES_BYTES + head.length + end - start + ok.length);
    const buf = out.buf;
    let at = putFrameHeader(buf, out.len, head.length, FrameType.HEADERS, Flag.END_HEADERS, call.id);
    for (let i = 0; i < head.length; i++) buf[at++] = head[i]!;
    at = putFrameHeader(buf, at, count, FrameType.DATA, 0, call.id);
    at = putMessage(buf, at, message, start, end);
    at = putFrameHeader(buf, at, ok.length, FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, call.id);
    copyBytes(buf, at, ok, 0, ok.length);
    out.len = at + ok.length;
    sender.window -= count;
    call.sendWindow -= count;
    sender.active = true;
    this.#closeLocal(call);
  }

  send(call: GrpcServerCall, message: Uint8Array, start: number, end: number): boolean {
    this.#sendHead(call);
    const sender = this.#sender;
    sender.message(call, message, start, end, false);
    return !sender.shouldWait(call);
  }

  trailers(call: GrpcServerCall): void {
    if (call.gone) return;
    const sender = this.#sender;
    if (call.headersSent && call.endCode === Status.OK && call.endMessage === '') {
      const ok = this.#blocks.ok();
      sender.headers(call.id, ok, ok.length, true);
    } else {
      const httpStatus = call.headersSent ? undefined : (call.head.refusal?.httpStatus ?? 200);
      sender.headersFrom(
        call.id,
        this.#blocks.status(call.endCode, call.endMessage, httpStatus, call.head.contentType),
        true,
      );
    }
    this.#closeLocal(call);
  }

  /** The head of an answer that is no gRPC. */
  httpHead(call: GrpcServerCall, status: number, fields: readonly (readonly [string, string])[]): void {
    if (call.gone) return;
    this.#sender.headersFrom(call.id, this.#blocks.http(status, fields), false);
  }

  data(call: GrpcServerCall, bytes: Uint8Array): boolean {
    if (call.gone || bytes.length === 0) return true;
    this.#sender.data(call, bytes);
    return !this.#sender.shouldWait(call);
  }

  endData(call: GrpcServerCall): void {
    if (call.gone) return;
    this.#sender.endStream(call);
    this.#closeLocal(call);
  }

  /** Bytes of a body have been taken. */
  consume(call: GrpcServerCall, count: number): void {
    this.#connection.consume(call, count);
  }

  #sendHead(call: GrpcServerCall): void {
    if (call.headersSent) return;
    call.headersSent = true;
    const sender = this.#sender;
    const contentType = call.head.contentType;
    if (contentType === PLAIN_CONTENT_TYPE) {
      const head = this.#blocks.head();
      sender.headers(call.id, head, head.length, false);
    } else {
      sender.headersFrom(call.id, this.#blocks.headOf(contentType), false);
    }
  }

  #closeLocal(call: GrpcServerCall): void {
    call.localClosed = true;
    if (call.remoteClosed) this.remove(call);
    else this.#lateEnds.push(call);
  }

  /** Callers that have their answer and may send no more; END_STREAM often comes in the same turn, then none is due. */
  #resetLateEnds(): void {
    const calls = this.#lateEnds;
    if (calls.length === 0) return;
    this.#lateEnds = [];
    for (const call of calls) {
      if (call.gone) continue;
      if (!call.remoteClosed) this.#connection.reset(call, ErrorCode.NO_ERROR);
      this.remove(call);
    }
  }

  remove(call: GrpcServerCall): void {
    this.#connection.remove(call);
    if (this.#connection.streamCount === 0) this.#onIdle();
  }
}
