/**
 * Calls of one server connection: from header lists and DATA to handlers, and back.
 *
 * The common unary call is one DATA frame with one whole message: it goes to its handler from the input buffer, and if
 * the answer fits the windows, headers, message and trailers are written to the output buffer in one go. All else (a
 * message over several frames, compression, answers that must wait) takes the longer ways below.
 *
 * While a connection's answers pile up unsent, further unary requests are parked, and the flow-control credit for them
 * is withheld, so that a client that does not read cannot make us hold more than it has asked for by then.
 */
import { assert, MalformedError } from '../../stdx/index.js';
import type { Http2Connection } from '../http2/connection.js';
import type { ConnectionHost } from '../http2/connection-host.js';
import { ErrorCode } from '../http2/frame.js';
import type { HeaderField } from '../http2/hpack-table.js';
import { STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from '../http2/limits.js';
import { MESSAGE_PREFIX_BYTES } from '../http2/sender.js';
import type { StreamHandler, UnaryHandler } from './call.js';
import { CallCounters } from './call-counters.js';
import { Deadlines } from './deadlines.js';
import { HttpServerCall } from './http-call.js';
import { Assembly, MessageAssembler } from './message-assembler.js';
import { inflateMessage, refuseFlag } from './message-encoding.js';
import { parseRequestHead, type RequestHead } from './request-head.js';
import { ServerAnswers } from './server-answers.js';
import { GrpcServerCall, type ServerCallOwner } from './server-call.js';
import { assemblyBytesMaxOf, type ServerOptions } from './server-options.js';
import type { SlowCalls } from './slow-calls.js';
import { Status } from './status.js';

interface ParkedCall {
  readonly call: GrpcServerCall;
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export class ServerHost implements ConnectionHost<GrpcServerCall, RequestHead>, ServerCallOwner {
  readonly #options: ServerOptions;
  readonly #counters: CallCounters;
  readonly #slowCalls: SlowCalls | undefined;
  readonly #deadlines: Deadlines<GrpcServerCall>;
  readonly #onPong: (payload: number) => void;
  readonly #onIdle: () => void;
  #connection!: Http2Connection<GrpcServerCall, RequestHead>;
  #answers!: ServerAnswers;
  #parked: ParkedCall[] = [];
  #unparking = false;
  #heldBytes = 0;

  constructor(options: ServerOptions, onPong: (payload: number) => void, onIdle: () => void) {
    this.#options = options;
    this.#counters = options.counters ?? new CallCounters();
    this.#slowCalls = options.slowCalls;
    this.#onPong = onPong;
    this.#onIdle = onIdle;
    this.#deadlines = new Deadlines(
      options.clock,
      () => this.#connection.streams(),
      (call) => this.#expire(call),
    );
  }

  /** The connection is made with its host, so it comes second; nothing happens before. */
  attach(connection: Http2Connection<GrpcServerCall, RequestHead>): void {
    this.#connection = connection;
    this.#answers = new ServerAnswers(connection, this.#onIdle);
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get certifiedName(): string | undefined {
    return this.#options.certifiedName;
  }

  // --- requests --------------------------------------------------------------------------------------------------

  parseHead(fields: readonly HeaderField[], overflowed: boolean): RequestHead {
    return parseRequestHead(
      fields,
      overflowed,
      this.#options.services,
      this.#counters,
      this.#options.onHttpCall !== undefined,
    );
  }

  onHead(id: number, known: GrpcServerCall | undefined, head: RequestHead, endStream: boolean): void {
    if (known !== undefined) {
      this.#onTrailers(known, head, endStream);
      return;
    }
    const connection = this.#connection;
    if (head.errorCode !== ErrorCode.NO_ERROR) {
      connection.refuse(id, head.errorCode);
      return;
    }
    if (head.isHttp) return this.#openHttp(id, head, endStream);
    const call = new GrpcServerCall(id, connection.peer.initialWindowBytes, STREAM_WINDOW_BYTES, head, this);
    call.remoteClosed = endStream;
    connection.addStream(call);
    if (head.timeoutMs !== Number.POSITIVE_INFINITY) {
      call.deadlineAt = this.#deadlines.begin(head.timeoutMs);
    }
    const handler = head.handler;
    if (handler === undefined) {
      this.#refuse(call);
      return;
    }
    this.#countStart(call);
    if (handler.kind === 'stream') this.#open(call, handler.handle);
    if (endStream && !call.finished) this.#ended(call);
  }

  /** Such a request cannot wait for room, as its answer may have no end; one that was refused may be made again. */
  #openHttp(id: number, head: RequestHead, endStream: boolean): void {
    if (this.#connection.sender.unsentBytes > UNSENT_BYTES_MAX) {
      return this.#connection.refuse(id, ErrorCode.REFUSED_STREAM);
    }
    const windows = { send: this.#connection.peer.initialWindowBytes, receive: STREAM_WINDOW_BYTES };
    const call = new HttpServerCall(id, windows, head, this, this.#answers);
    call.remoteClosed = endStream;
    this.#connection.addStream(call);
    this.#guard(call, () => {
      this.#options.onHttpCall?.(call);
      if (endStream && !call.finished) call.onHalfClose?.();
    });
  }

  /** What is thrown while a request is answered that is no gRPC is a bug. */
  #guard(call: HttpServerCall, answer: () => void): void {
    try {
      answer();
    } catch (error) {
      this.#connection.reset(call, ErrorCode.INTERNAL_ERROR);
      call.finished = true;
      this.#options.onHandlerError?.(error, call.path);
    }
  }

  #onTrailers(call: GrpcServerCall, head: RequestHead, endStream: boolean): void {
    if (!endStream || head.hasPseudo) {
      this.#connection.reset(call, ErrorCode.PROTOCOL_ERROR);
      this.#cancel(call);
      return;
    }
    this.#ended(call);
  }

  onData(call: GrpcServerCall, buf: Uint8Array, start: number, end: number, endStream: boolean): void {
    const handler = call.head.handler;
    if (
      endStream &&
      handler !== undefined &&
      handler.kind === 'unary' &&
      call.assembler === undefined &&
      !call.dispatched &&
      this.#isOneMessage(buf, start, end)
    ) {
      this.#dispatch(call, handler.handle, buf, start + MESSAGE_PREFIX_BYTES, end);
      return;
    }
    if (call.finished) {
      if (endStream) this.#ended(call);
      return;
    }
    if (call instanceof HttpServerCall) {
      this.#guard(call, () => call.takeBody(buf, start, end, endStream));
      return;
    }
    this.#assemble(call, buf, start, end);
    if (endStream && !call.paused) this.#ended(call);
  }

  /** Exactly one uncompressed message within the size limit. */
  #isOneMessage(buf: Uint8Array, start: number, end: number): boolean {
    const length = end - start - MESSAGE_PREFIX_BYTES;
    return (
      length >= 0 &&
      length <= this.#options.maxRecvMessageBytes &&
      buf[start] === 0 &&
      ((buf[start + 1]! << 24) | (buf[start + 2]! << 16) | (buf[start + 3]! << 8) | buf[start + 4]!) ===
        length
    );
  }

  #dispatch(call: GrpcServerCall, handle: UnaryHandler, buf: Uint8Array, start: number, end: number): void {
    if (call.finished) return;
    call.dispatched = true;
    const { counters } = call.head;
    counters.received++;
    counters.receivedBytes += end - start;
    if (this.#slowCalls !== undefined) {
      call.dispatchedAt = this.#slowCalls.begin();
      call.requestBytes = end - start;
    }
    const sender = this.#connection.sender;
    if (sender.out.congested || sender.queuedBytes > UNSENT_BYTES_MAX || this.#parked.length > 0) {
      this.#parked.push({ call, buf, start, end });
      this.#connection.withhold(end - start);
      return;
    }
    try {
      handle(call, buf, start, end);
    } catch (error) {
      this.#thrown(call, error);
    }
  }

  #open(call: GrpcServerCall, handle: StreamHandler): void {
    try {
      handle(call);
    } catch (error) {
      this.#thrown(call, error);
    }
  }

  #assemble(call: GrpcServerCall, buf: Uint8Array, start: number, end: number): void {
    call.assembler ??= new MessageAssembler(this.#options.maxRecvMessageBytes);
    call.assembler.feed(buf, start, end);
    if (call.paused) call.uncreditedBytes += end - start;
    else this.#connection.consume(call, end - start);
    this.#deliver(call, call.assembler);
  }

  /** Hands on the whole messages there are, as long as the call takes them. */
  #deliver(call: GrpcServerCall, assembler: MessageAssembler): void {
    while (!call.finished && !call.paused && !this.#connection.closed) {
      const result = assembler.next();
      if (result === Assembly.NONE) break;
      if (result === Assembly.TOO_LARGE) {
        const max = this.#options.maxRecvMessageBytes;
        const text = `grpc: received message larger than max (${assembler.announcedBytes} vs. ${max})`;
        this.finish(call, Status.RESOURCE_EXHAUSTED, text);
        break;
      }
      this.#message(call, assembler);
    }
    this.#hold(call, call.finished || call.gone ? 0 : assembler.heldBytes);
  }

  #message(call: GrpcServerCall, assembler: MessageAssembler): void {
    const handler = call.head.handler;
    assert(handler !== undefined, 'calls that take messages have a handler');
    // Further messages on a unary call are ignored, as by grpc-go.
    if (handler.kind === 'unary' && call.dispatched) return;
    let { message, start, end } = assembler;
    const encoding = call.head.encoding;
    const refusal = assembler.flag === 0 ? undefined : refuseFlag(assembler.flag, encoding);
    if (refusal !== undefined) {
      this.finish(call, refusal.code, refusal.message);
      return;
    }
    if (assembler.flag === 1) {
      const inflated = inflateMessage(message.subarray(start, end), this.#options);
      if (!(inflated instanceof Uint8Array)) {
        this.finish(call, inflated.code, inflated.message);
        return;
      }
      message = inflated;
      start = 0;
      end = inflated.length;
    }
    if (handler.kind === 'unary') {
      this.#dispatch(call, handler.handle, message, start, end);
      return;
    }
    call.head.counters.received++;
    call.head.counters.receivedBytes += end - start;
    try {
      call.onMessage?.(message, start, end);
    } catch (error) {
      this.#thrown(call, error);
    }
  }

  /** Counts what is held for a call; a connection that makes us hold too much loses the call that does it. */
  #hold(call: GrpcServerCall, bytes: number): void {
    this.#heldBytes += bytes - call.heldBytes;
    call.heldBytes = bytes;
    if (bytes === 0 || this.#heldBytes <= assemblyBytesMaxOf(this.#options)) return;
    this.#connection.reset(call, ErrorCode.ENHANCE_YOUR_CALM);
    this.#cancel(call);
  }

  /** The caller has ended its side and all its messages were delivered. */
  #ended(call: GrpcServerCall): void {
    if (call.finished) {
      if (call.localClosed) this.#answers.remove(call);
      return;
    }
    const handler = call.head.handler;
    if (call.assembler?.midMessage === true) {
      // grpc-go's words: it reads the prefix first, then the message.
      this.finish(call, Status.UNKNOWN, call.assembler.prefixRead ? 'unexpected EOF' : 'EOF');
    } else if (handler !== undefined && handler.kind === 'unary') {
      if (!call.dispatched) this.finish(call, Status.UNKNOWN, 'EOF');
    } else {
      try {
        call.onHalfClose?.();
      } catch (error) {
        this.#thrown(call, error);
      }
    }
  }

  resumeCall(call: GrpcServerCall): void {
    if (call.finished || call.gone) return;
    const assembler = call.assembler;
    if (assembler !== undefined) {
      this.#deliver(call, assembler);
      if (call.finished) return;
      this.#creditDelivered(call, assembler);
    }
    if (call.remoteClosed && !call.paused && !call.finished) this.#ended(call);
  }

  /**
   * Gives the caller credit for what came while the call was paused, but not for what waits here still: a handler that
   * pauses again after each message takes no more than a window at a time.
   */
  #creditDelivered(call: GrpcServerCall, assembler: MessageAssembler): void {
    const delivered = call.uncreditedBytes - (call.paused ? assembler.unreadBytes : 0);
    if (delivered <= 0) return;
    call.uncreditedBytes -= delivered;
    this.#connection.consume(call, delivered);
  }

  // --- answers ---------------------------------------------------------------------------------------------------

  reply(call: GrpcServerCall, message: Uint8Array, start: number, end: number): void {
    call.finished = true;
    if (call.heldBytes > 0) this.#hold(call, 0);
    this.#countSent(call, end - start);
    this.#countEnd(call, Status.OK);
    if (call.dispatchedAt !== 0) this.#slowCalls!.end(call, Status.OK, end - start);
    this.#answers.reply(call, message, start, end);
  }

  send(call: GrpcServerCall, message: Uint8Array, start: number, end: number): boolean {
    this.#countSent(call, end - start);
    return this.#answers.send(call, message, start, end);
  }

  writeTrailers(call: GrpcServerCall): void {
    this.#answers.trailers(call);
  }

  finish(call: GrpcServerCall, code: number, message: string): void {
    if (call.finished) return;
    call.finished = true;
    call.endCode = code;
    this.#countEnd(call, code);
    if (call.dispatchedAt !== 0) this.#slowCalls!.end(call, code, 0);
    call.endMessage = message;
    this.#hold(call, 0);
    call.assembler = undefined;
    if (call.queuedBytes > 0) call.endPending = true;
    else this.#answers.trailers(call);
  }

  #refuse(call: GrpcServerCall): void {
    const refusal = call.head.refusal;
    assert(refusal !== undefined, 'a head without a handler says why');
    this.finish(call, refusal.code, refusal.message);
  }

  callDrained(call: GrpcServerCall): void {
    if (call.finished) return;
    try {
      call.onDrain?.();
    } catch (error) {
      this.#thrown(call, error);
    }
  }

  onRoom(): void {
    if (this.#parked.length === 0 || this.#unparking) return;
    this.#unparking = true;
    const sender = this.#connection.sender;
    const parked = this.#parked;
    let next = 0;
    while (next < parked.length && !this.#connection.closed) {
      if (sender.out.congested || sender.queuedBytes > UNSENT_BYTES_MAX / 2) break;
      const { call, buf, start, end } = parked[next++]!;
      this.#connection.withhold(start - end);
      const handler = call.head.handler;
      if (call.finished || handler === undefined || handler.kind !== 'unary') continue;
      try {
        handler.handle(call, buf, start, end);
      } catch (error) {
        this.#thrown(call, error);
      }
    }
    this.#parked = parked.slice(next);
    this.#unparking = false;
  }

  // --- counting --------------------------------------------------------------------------------------------------

  #countStart(call: GrpcServerCall): void {
    const { counters, client } = call.head;
    counters.started++;
    client!.count++;
    if (counters.handlingSeconds !== undefined) call.startedAt = this.#options.clock.now();
  }

  #countSent(call: GrpcServerCall, bytes: number): void {
    const { counters } = call.head;
    counters.sent++;
    counters.sentBytes += bytes;
  }

  #countEnd(call: GrpcServerCall, code: number): void {
    const { handled, handlingSeconds } = call.head.counters;
    handled[code]!++;
    if (handlingSeconds !== undefined) {
      handlingSeconds.observe((this.#options.clock.now() - call.startedAt) / 1000);
    }
  }

  // --- ends ------------------------------------------------------------------------------------------------------

  onReset(call: GrpcServerCall): void {
    this.#cancel(call);
    if (this.#connection.streamCount === 0) this.#onIdle();
  }

  onSettings(): void {}

  /** A client that says goodbye still waits for its answers. */
  onGoAway(): void {}

  onPong(payload: number): void {
    this.#onPong(payload);
  }

  onClosed(): void {
    this.#deadlines.stop();
    this.#parked = [];
    this.#answers.close();
    for (const call of this.#connection.streams()) this.#cancel(call);
    this.#options.onConnectionClose?.();
  }

  #cancel(call: GrpcServerCall): void {
    this.#heldBytes -= call.heldBytes;
    call.heldBytes = 0;
    call.assembler = undefined;
    if (call.finished) return;
    call.finished = true;
    if (!call.head.isHttp) this.#countEnd(call, Status.CANCELLED);
    this.#notifyCancel(call);
  }

  #expire(call: GrpcServerCall): void {
    if (call.finished) {
      // Answered, but the caller does not take the answer.
      if (call.queuedBytes > 0) this.#connection.reset(call, ErrorCode.CANCEL);
      return;
    }
    this.#connection.sender.drop(call);
    this.finish(call, Status.DEADLINE_EXCEEDED, 'context deadline exceeded');
    this.#notifyCancel(call);
  }

  #notifyCancel(call: GrpcServerCall): void {
    const onCancel = call.onCancel;
    call.onCancel = undefined;
    try {
      onCancel?.();
    } catch (error) {
      this.#thrown(call, error);
    }
  }

  #thrown(call: GrpcServerCall, error: unknown): void {
    if (error instanceof MalformedError) {
      this.finish(call, Status.INTERNAL, `grpc: error unmarshalling request: ${error.message}`);
      return;
    }
    const text = error instanceof Error ? error.message : String(error);
    this.#options.log?.log('error', 'request handler failed', { path: call.path, error: text });
    this.finish(call, Status.INTERNAL, 'internal error');
    this.#options.onHandlerError?.(error, call.path);
  }
}
