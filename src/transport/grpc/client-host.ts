/**
 * Calls of one client connection. As on the server, the common unary call is one pass each way: head and message are
 * written to the output buffer together, and an answer that is one DATA frame is handed on from the input buffer.
 * Calls above the server's stream limit wait here, in order, with their messages in their queues.
 */
import type { Http2Connection } from '../http2/connection.js';
import type { ConnectionHost } from '../http2/connection-host.js';
import { ErrorCode, Flag, FRAME_HEADER_BYTES, FrameType, putFrameHeader } from '../http2/frame.js';
import type { HeaderField } from '../http2/hpack-table.js';
import { STREAM_WINDOW_BYTES, WINDOW_BYTES_LIMIT } from '../http2/limits.js';
import { MESSAGE_PREFIX_BYTES, putMessage } from '../http2/sender.js';
import { type ClientCallOwner, GrpcClientCall, type UnaryDone } from './client-call.js';
import type { ClientOptions } from './client-options.js';
import { Deadlines } from './deadlines.js';
import { WAITING_CALLS_MAX } from './limits.js';
import { Assembly, MessageAssembler } from './message-assembler.js';
import type { Metadata } from './metadata.js';
import { RequestBlocks } from './request-blocks.js';
import { statusOfReset } from './reset-status.js';
import { parseResponseHead, type ResponseHead, statusOfHttp } from './response-head.js';
import { Status } from './status.js';

const NO_METADATA: Metadata = [];

interface WaitingCall {
  readonly call: GrpcClientCall;
  readonly path: string;
  readonly metadata: Metadata;
  readonly timeoutMs: number;
}

export class ClientHost implements ConnectionHost<GrpcClientCall, ResponseHead>, ClientCallOwner {
  readonly #options: ClientOptions;
  readonly #maxRecvMessageBytes: number;
  readonly #deadlines: Deadlines<GrpcClientCall>;
  readonly #onClosed: (reason: string) => void;
  /** Called when a ping was answered. */
  pong: (() => void) | undefined;
  #connection!: Http2Connection<GrpcClientCall, ResponseHead>;
  #blocks!: RequestBlocks;
  #nextId = 1;
  #waiting: WaitingCall[] = [];
  #waitingHead = 0;
  /** Why there are no new calls: the server's GOAWAY, the end, or ids used up. */
  #refusal: string | undefined;

  constructor(options: ClientOptions, onClosed: (reason: string) => void) {
    this.#options = options;
    this.#maxRecvMessageBytes = options.maxRecvMessageBytes ?? WINDOW_BYTES_LIMIT;
    this.#onClosed = onClosed;
    this.#deadlines = new Deadlines(
      options.clock,
      () => this.#allCalls(),
      (call) => this.#expire(call),
    );
  }

  attach(connection: Http2Connection<GrpcClientCall, ResponseHead>): void {
    this.#connection = connection;
    this.#blocks = new RequestBlocks(connection.encoder, {
      scheme: this.#options.scheme ?? 'http',
      authority: this.#options.authority,
      userAgent: this.#options.userAgent ?? 'quoin',
    });
  }

  get callCount(): number {
    return this.#connection.streamCount + this.#waiting.length - this.#waitingHead;
  }

  /** Whether new calls are taken. */
  get usable(): boolean {
    return this.#refusal === undefined && !this.#connection.closed;
  }

  // --- requests --------------------------------------------------------------------------------------------------

  unary(
    path: string,
    message: Uint8Array,
    metadata: Metadata | undefined,
    onDone: UnaryDone,
    timeoutMs: number,
  ): GrpcClientCall {
    const call = new GrpcClientCall(0, 0, STREAM_WINDOW_BYTES, this, onDone);
    if (!this.#begin(call, path, metadata ?? NO_METADATA, timeoutMs, message)) return call;
    if (!call.localClosed) this.#connection.sender.message(call, message, 0, message.length, true);
    return call;
  }

  stream(path: string, metadata: Metadata | undefined, timeoutMs: number): GrpcClientCall {
    const call = new GrpcClientCall(0, 0, STREAM_WINDOW_BYTES, this, undefined);
    this.#begin(call, path, metadata ?? NO_METADATA, timeoutMs, undefined);
    return call;
  }

  /** Opens the call, or lets it wait. False if it has failed at once. */
  #begin(
    call: GrpcClientCall,
    path: string,
    metadata: Metadata,
    timeoutMs: number,
    message: Uint8Array | undefined,
  ): boolean {
    const refusal = this.#connection.closed ? 'connection closed' : this.#refusal;
    if (refusal !== undefined || this.#waiting.length >= WAITING_CALLS_MAX) {
      call.finished = true;
      const text = refusal ?? 'too many calls wait for the server';
      this.#options.clock.defer(() => this.#report(call, Status.UNAVAILABLE, text));
      return false;
    }
    if (timeoutMs !== Number.POSITIVE_INFINITY) call.deadlineAt = this.#deadlines.begin(timeoutMs);
    if (this.#hasRoom()) this.#open(call, path, metadata, timeoutMs, message);
    else this.#waiting.push({ call, path, metadata, timeoutMs });
    return true;
  }

  #hasRoom(): boolean {
    const connection = this.#connection;
    return this.#waiting.length === 0 && connection.streamCount < connection.peer.maxConcurrentStreams;
  }

  #open(
    call: GrpcClientCall,
    path: string,
    metadata: Metadata,
    timeoutMs: number,
    message: Uint8Array | undefined,
  ): void {
    const connection = this.#connection;
    const sender = connection.sender;
    call.id = this.#nextId;
    connection.lastOpened = call.id;
    this.#nextId += 2;
    if (this.#nextId > WINDOW_BYTES_LIMIT) this.#refusal = 'stream ids of the connection are used up';
    call.sendWindow = connection.peer.initialWindowBytes;
    connection.addStream(call);
    if (metadata.length > 0 || timeoutMs !== Number.POSITIVE_INFINITY) {
      sender.headersFrom(call.id, this.#blocks.extended(path, metadata, timeoutMs), false);
      return;
    }
    const block = this.#blocks.plain(path);
    const count = message === undefined ? 0 : MESSAGE_PREFIX_BYTES + message.length;
    if (message === undefined || !sender.fits(call, count)) {
      sender.headers(call.id, block, block.length, false);
      return;
    }
    const out = sender.out;
    out.reserve(2 * FRAME_HEADER_BYTES + block.length + count);
    const buf = out.buf;
    let at = putFrameHeader(buf, out.len, block.length, FrameType.HEADERS, Flag.END_HEADERS, call.id);
    for (let i = 0; i < block.length; i++) buf[at++] = block[i]!;
    at = putFrameHeader(buf, at, count, FrameType.DATA, Flag.END_STREAM, call.id);
    out.len = putMessage(buf, at, message, 0, message.length);
    sender.active = true;
    sender.window -= count;
    call.sendWindow -= count;
    call.localClosed = true;
  }

  /** Opens waiting calls as far as the server's limit allows. */
  #openWaiting(): void {
    const connection = this.#connection;
    while (this.#waitingHead < this.#waiting.length && !connection.closed) {
      if (connection.streamCount >= connection.peer.maxConcurrentStreams) break;
      const { call, path, metadata, timeoutMs } = this.#waiting[this.#waitingHead++]!;
      if (call.finished) continue;
      this.#open(call, path, metadata, timeoutMs, undefined);
      if (call.queuedBytes > 0) connection.sender.streamOpened(call);
      else if (call.endPending) call.writeEnd();
    }
    if (this.#waitingHead === this.#waiting.length) {
      this.#waiting = [];
      this.#waitingHead = 0;
    }
  }

  send(call: GrpcClientCall, message: Uint8Array, start: number, end: number): boolean {
    const sender = this.#connection.sender;
    sender.message(call, message, start, end, false);
    return !sender.shouldWait(call);
  }

  halfClose(call: GrpcClientCall): void {
    if (call.localClosed || call.endPending) return;
    if (call.id === 0 || call.queuedBytes > 0) call.endPending = true;
    else this.writeEnd(call);
  }

  writeEnd(call: GrpcClientCall): void {
    if (!call.gone) this.#connection.sender.endStream(call);
  }

  cancelCall(call: GrpcClientCall): void {
    this.#abort(call, Status.CANCELLED, 'context canceled');
  }

  /** Our own end of a call: the server is told, the caller as well. */
  #abort(call: GrpcClientCall, status: number, message: string): void {
    if (call.id === 0) this.#connection.sender.drop(call);
    else this.#connection.reset(call, ErrorCode.CANCEL);
    this.#finish(call, status, message);
  }

  // --- answers ---------------------------------------------------------------------------------------------------

  parseHead(fields: readonly HeaderField[], overflowed: boolean): ResponseHead {
    return parseResponseHead(fields, overflowed);
  }

  onHead(_id: number, call: GrpcClientCall | undefined, head: ResponseHead, endStream: boolean): void {
    if (call === undefined || call.finished) return;
    if (head.malformed) {
      this.#abort(call, Status.INTERNAL, 'malformed response headers');
      return;
    }
    if (endStream) {
      this.#onTrailers(call, head);
      return;
    }
    if (head.httpStatus >= 100 && head.httpStatus < 200) return;
    if (call.headSeen) {
      this.#abort(call, Status.INTERNAL, 'malformed response headers');
      return;
    }
    call.headSeen = true;
    if (head.httpStatus === 200 && head.isGrpc) return;
    const text = `unexpected HTTP status code received from server: ${head.httpStatus}`;
    this.#abort(call, statusOfHttp(head.httpStatus), text);
  }

  #onTrailers(call: GrpcClientCall, head: ResponseHead): void {
    if (head.grpcStatus >= 0) {
      this.#complete(call, head.grpcStatus, head.grpcMessage);
      return;
    }
    if (head.httpStatus >= 0 && head.httpStatus !== 200) {
      const text = `unexpected HTTP status code received from server: ${head.httpStatus}`;
      this.#complete(call, statusOfHttp(head.httpStatus), text);
      return;
    }
    this.#complete(call, Status.INTERNAL, 'server closed the stream without sending trailers');
  }

  onData(call: GrpcClientCall, buf: Uint8Array, start: number, end: number, endStream: boolean): void {
    if (call.finished) return;
    const length = end - start - MESSAGE_PREFIX_BYTES;
    if (
      call.assembler === undefined &&
      call.onDone !== undefined &&
      !call.answered &&
      length >= 0 &&
      length <= this.#maxRecvMessageBytes &&
      buf[start] === 0 &&
      ((buf[start + 1]! << 24) | (buf[start + 2]! << 16) | (buf[start + 3]! << 8) | buf[start + 4]!) ===
        length
    ) {
      this.#answer(call, buf, start + MESSAGE_PREFIX_BYTES, end);
      if (!endStream) {
        this.#connection.consume(call, end - start);
        return;
      }
    } else {
      call.assembler ??= new MessageAssembler(this.#maxRecvMessageBytes);
      call.assembler.feed(buf, start, end);
      if (call.paused) call.uncreditedBytes += end - start;
      else this.#connection.consume(call, end - start);
      this.#deliver(call, call.assembler);
    }
    if (endStream) this.#complete(call, Status.INTERNAL, 'server closed the stream without sending trailers');
  }

  #answer(call: GrpcClientCall, buf: Uint8Array, start: number, end: number): void {
    call.answer = buf;
    call.answerStart = start;
    call.answerEnd = end;
    call.answered = true;
  }

  #deliver(call: GrpcClientCall, assembler: MessageAssembler): void {
    while (!call.finished && !call.paused) {
      const result = assembler.next();
      if (result === Assembly.NONE) return;
      if (result === Assembly.TOO_LARGE) {
        const text = `received message larger than max (${assembler.announcedBytes} vs. ${this.#maxRecvMessageBytes})`;
        this.#abort(call, Status.RESOURCE_EXHAUSTED, text);
        return;
      }
      if (assembler.flag !== 0) {
        this.#abort(call, Status.INTERNAL, 'compressed message, but no compression was offered');
        return;
      }
      if (call.onDone === undefined) call.onMessage?.(assembler.message, assembler.start, assembler.end);
      else this.#answer(call, assembler.message, assembler.start, assembler.end);
    }
  }

  resumeCall(call: GrpcClientCall): void {
    if (call.finished) return;
    const assembler = call.assembler;
    if (assembler !== undefined) {
      this.#deliver(call, assembler);
      if (call.finished) return;
      // Not for what waits here still: a receiver that pauses after each message takes a window at a time.
      const delivered = call.uncreditedBytes - (call.paused ? assembler.unreadBytes : 0);
      if (delivered > 0) {
        call.uncreditedBytes -= delivered;
        this.#connection.consume(call, delivered);
      }
    }
    if (call.heldStatus >= 0 && !call.paused) this.#complete(call, call.heldStatus, call.heldMessage);
  }

  /** The server has ended the call. */
  #complete(call: GrpcClientCall, status: number, message: string): void {
    if (call.paused && call.assembler?.midMessage === true) {
      call.heldStatus = status;
      call.heldMessage = message;
      return;
    }
    const connection = this.#connection;
    if (call.localClosed) connection.remove(call);
    else connection.reset(call, ErrorCode.NO_ERROR);
    if (status === Status.OK && call.assembler?.midMessage === true) {
      this.#finish(call, Status.INTERNAL, 'unexpected end of the answer');
    } else if (status === Status.OK && call.onDone !== undefined && !call.answered) {
      this.#finish(call, Status.INTERNAL, 'no answer before the trailers');
    } else {
      this.#finish(call, status, message);
    }
  }

  #finish(call: GrpcClientCall, status: number, message: string): void {
    if (call.finished) return;
    call.finished = true;
    if (this.#waiting.length > 0) this.#openWaiting();
    this.#report(call, status, message);
    if (this.#refusal !== undefined && this.callCount === 0) this.#connection.end(this.#refusal);
  }

  #report(call: GrpcClientCall, status: number, message: string): void {
    if (call.onDone === undefined) call.onStatus?.(status, message);
    else call.onDone(status, message, call.answer, call.answerStart, call.answerEnd);
  }

  // --- connection ------------------------------------------------------------------------------------------------

  onReset(call: GrpcClientCall, errorCode: number): void {
    const text = `stream terminated by RST_STREAM with error code: ${errorCode}`;
    this.#finish(call, statusOfReset(errorCode), text);
  }

  onRoom(): void {}

  /** A ping was answered. */
  onPong(): void {
    this.pong?.();
  }

  onSettings(): void {
    this.#openWaiting();
  }

  /** Calls above the last id were not begun and can be made again elsewhere; the others are finished here. */
  onGoAway(lastStreamId: number, errorCode: number, text: string): void {
    this.#refusal = `server closes the connection: error code ${errorCode}${text === '' ? '' : `, ${text}`}`;
    const refusal = this.#refusal;
    for (const { call } of this.#waiting.splice(0)) this.#finish(call, Status.UNAVAILABLE, refusal);
    this.#waitingHead = 0;
    for (const call of this.#connection.streams()) {
      if (call.id <= lastStreamId) continue;
      this.#connection.remove(call);
      this.#finish(call, Status.UNAVAILABLE, refusal);
    }
    if (this.callCount === 0) this.#connection.end(refusal);
  }

  onClosed(reason: string): void {
    this.#deadlines.stop();
    const why = this.#refusal ?? reason;
    const calls = this.#allCalls();
    this.#waiting = [];
    this.#waitingHead = 0;
    for (const call of calls) this.#finish(call, Status.UNAVAILABLE, why);
    this.#onClosed(why);
  }

  #allCalls(): GrpcClientCall[] {
    const calls = this.#connection.streams();
    for (let i = this.#waitingHead; i < this.#waiting.length; i++) calls.push(this.#waiting[i]!.call);
    return calls;
  }

  #expire(call: GrpcClientCall): void {
    if (!call.finished) this.#abort(call, Status.DEADLINE_EXCEEDED, 'context deadline exceeded');
  }
}
