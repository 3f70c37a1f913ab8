/**
 * One RPC without a connection: services see it as any other call. Requests come from JSON, answers go to who makes JSON
 * of them.
 */
import type { Clock, Timer } from '../../platform/index.js';
import { MalformedError } from '../../stdx/index.js';
import { type MethodCounters, type MethodHandler, Status, type StreamCall } from '../../transport/index.js';
import type { Caller } from './caller.js';

/** Where a call's answer goes. */
export interface CallAnswer {
  /** What the client has not taken yet. */
  readonly bufferedBytes: number;
  /** One message, which is only there during the call. Returns whether there is room for more. */
  message(bytes: Uint8Array, start: number, end: number): boolean;
  /** The call has ended with a status (0 is OK). */
  end(code: number, message: string): void;
}

export interface CallParts {
  readonly path: string;
  readonly handler: MethodHandler;
  readonly caller: Caller;
  /** Shared with the calls that come by gRPC. */
  readonly counters: MethodCounters;
  readonly clock: Clock;
  readonly answer: CallAnswer;
  /** A handler threw what is no `MalformedError`: a bug. */
  readonly onHandlerError: (error: unknown, path: string) => void;
}

/** Timers take 31 bits of milliseconds. */
const TIMER_MS_MAX = 2_000_000_000;

export class GatewayCall implements StreamCall {
  finished = false;
  onCancel: (() => void) | undefined;
  onMessage: ((message: Uint8Array, start: number, end: number) => void) | undefined;
  onHalfClose: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  /** The service takes messages again. */
  onResume: (() => void) | undefined;
  paused = false;
  readonly #parts: CallParts;
  #deadline: Timer | undefined;
  readonly #startedAt: number;

  constructor(parts: CallParts) {
    this.#parts = parts;
    parts.counters.started++;
    this.#startedAt = parts.clock.now();
    const { timeoutMs } = parts.caller;
    if (timeoutMs > TIMER_MS_MAX) return;
    this.#deadline = parts.clock.setTimer(Math.max(0, Math.ceil(timeoutMs)), () =>
      this.fail(Status.DEADLINE_EXCEEDED, 'context deadline exceeded'),
    );
  }

  get path(): string {
    return this.#parts.path;
  }

  get timeoutMs(): number {
    return this.#parts.caller.timeoutMs;
  }

  get remoteAddress(): string {
    return this.#parts.caller.remoteAddress;
  }

  get bufferedBytes(): number {
    return this.#parts.answer.bufferedBytes;
  }

  metadata(name: string): string | undefined {
    return this.#parts.caller.metadata(name);
  }

  reply(message: Uint8Array, start: number, end: number): void {
    if (this.finished) return;
    if (!this.#isWritten(end - start, () => this.#parts.answer.message(message, start, end))) return;
    this.finish(Status.OK, '');
  }

  send(message: Uint8Array, start: number, end: number): boolean {
    if (this.finished) return true;
    let hasRoom = true;
    this.#isWritten(end - start, () => {
      hasRoom = this.#parts.answer.message(message, start, end);
    });
    return hasRoom;
  }

  finish(code: number, message: string): void {
    if (this.finished) return;
    this.#over(code);
    this.#parts.answer.end(code, message);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.onResume?.();
  }

  /** Hands a stream to its service, before any message. */
  open(): void {
    const { handler } = this.#parts;
    if (handler.kind === 'stream') this.#guarded(() => handler.handle(this));
  }

  /** Hands a message to the service. */
  deliver(message: Uint8Array): void {
    if (this.finished) return;
    const { handler, counters } = this.#parts;
    counters.received++;
    counters.receivedBytes += message.length;
    this.#guarded(() => {
      if (handler.kind === 'unary') handler.handle(this, message, 0, message.length);
      else this.onMessage?.(message, 0, message.length);
    });
  }

  halfClose(): void {
    if (!this.finished) this.#guarded(() => this.onHalfClose?.());
  }

  drained(): void {
    if (!this.finished) this.#guarded(() => this.onDrain?.());
  }

  /** Ends the call from outside, with a status for the client. */
  fail(code: number, message: string): void {
    if (this.finished) return;
    this.finish(code, message);
    this.#guarded(() => this.onCancel?.());
  }

  /** The client is gone. */
  cancel(): void {
    if (this.finished) return;
    this.#over(Status.CANCELLED);
    this.#guarded(() => this.onCancel?.());
  }

  #over(code: number): void {
    this.finished = true;
    this.#deadline?.cancel();
    const { clock, counters } = this.#parts;
    counters.handled[code]!++;
    counters.handlingSeconds?.observe((clock.now() - this.#startedAt) / 1000);
  }

  /** False if the answer is longer than a string can be; then the call has ended. */
  #isWritten(bytes: number, write: () => void): boolean {
    try {
      write();
      this.#parts.counters.sent++;
      this.#parts.counters.sentBytes += bytes;
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fail(Status.RESOURCE_EXHAUSTED, 'grpc: trying to send message larger than max');
      return false;
    }
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof MalformedError) {
        this.finish(Status.INTERNAL, `grpc: error unmarshalling request: ${error.message}`);
        return;
      }
      this.finish(Status.INTERNAL, 'internal error');
      this.#parts.onHandlerError(error, this.path);
    }
  }
}
