/**
 * Log lines about unary calls that took long (etcd's `--warning-unary-request-duration`). The clock is looked at once in
 * a turn and not for each call, which would cost more than the test itself: a call that is answered in the turn in which
 * it came took no time by that clock, so a turn that took long is told as a whole.
 */
import type { Clock, LogSink } from '../../platform/index.js';
import { SLOW_CALL_LINES_EACH, SLOW_CALL_LINES_MAX } from './limits.js';

const SECOND_MS = 1000;

/** What is known of a call when it ends. */
export interface SlowCall {
  readonly path: string;
  readonly remoteAddress: string;
  readonly dispatchedAt: number;
  readonly requestBytes: number;
}

export class SlowCalls {
  readonly #clock: Clock;
  readonly #sink: LogSink;
  readonly #thresholdMs: number;
  /** When this turn began; undefined before its first call. */
  #turnBegan: number | undefined;
  #turnCalls = 0;
  #secondBegan = Number.NEGATIVE_INFINITY;
  #linesInSecond = 0;
  readonly #endTurn = (): void => {
    const began = this.#turnBegan!;
    const now = this.#clock.now();
    this.#turnBegan = undefined;
    if (now - began > this.#thresholdMs) this.#noteTurn(began, now);
    this.#turnCalls = 0;
  };

  constructor(clock: Clock, sink: LogSink, thresholdMs: number) {
    this.#clock = clock;
    this.#sink = sink;
    this.#thresholdMs = thresholdMs;
  }

  /** A call was handed to its handler; returns the time, by the clock of turns. */
  begin(): number {
    this.#turnCalls++;
    return this.#time();
  }

  /** A call has ended. */
  end(call: SlowCall, code: number, responseBytes: number): void {
    const now = this.#time();
    if (now - call.dispatchedAt > this.#thresholdMs) this.#noteCall(call, now, code, responseBytes);
  }

  #time(): number {
    if (this.#turnBegan === undefined) {
      this.#turnBegan = this.#clock.now();
      this.#clock.defer(this.#endTurn);
    }
    return this.#turnBegan;
  }

  /** The names of etcd's fields, with the spaces in them. When it began follows from the line's own time. */
  #noteCall(call: SlowCall, now: number, code: number, responseBytes: number): void {
    if (!this.#mayLog(now)) return;
    const tookMs = now - call.dispatchedAt;
    this.#sink.log('warn', 'request stats', {
      'time spent': `${tookMs.toFixed(3)}ms`,
      remote: call.remoteAddress,
      'response type': call.path,
      'request size': call.requestBytes,
      'response size': responseBytes,
      code,
    });
  }

  #noteTurn(began: number, now: number): void {
    if (!this.#mayLog(now)) return;
    this.#sink.log('warn', 'requests were held up', {
      took: `${(now - began).toFixed(3)}ms`,
      'expected-duration': `${this.#thresholdMs}ms`,
      'request count': this.#turnCalls,
    });
  }

  /** A log must not be what makes an overload worse: the first lines of a second, then some (zap does the same). */
  #mayLog(now: number): boolean {
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now;
      this.#linesInSecond = 0;
    }
    const line = this.#linesInSecond++;
    return line < SLOW_CALL_LINES_MAX || line % SLOW_CALL_LINES_EACH === 0;
  }
}
