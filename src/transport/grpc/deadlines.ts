/**
 * The deadlines of one connection's calls. One timer for all: it is set for the earliest deadline known when it was
 * armed; when it fires, the calls are looked through and it is armed for the earliest left. A call that ends in time,
 * as nearly all do, costs a comparison.
 */
import type { Clock, Timer } from '../../platform/index.js';
import { DEADLINE_SCAN_MS } from './limits.js';

export interface DeadlineCall {
  /** On the clock of `now`; Infinity without one. */
  readonly deadlineAt: number;
}

export class Deadlines<C extends DeadlineCall> {
  readonly #clock: Clock;
  readonly #calls: () => C[];
  readonly #expire: (call: C) => void;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, calls: () => C[], expire: (call: C) => void) {
    this.#clock = clock;
    this.#calls = calls;
    this.#expire = expire;
  }

  /** The deadline of a call that begins now. The caller stores it in the call. */
  begin(timeoutMs: number): number {
    const at = this.#clock.now() + timeoutMs;
    if (at < this.#timerAt) this.#arm(at, timeoutMs);
    return at;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(at: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimer(Math.max(DEADLINE_SCAN_MS, Math.ceil(delayMs)), () => this.#scan());
  }

  #scan(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const call of this.#calls()) {
      if (call.deadlineAt <= now) this.#expire(call);
      else if (call.deadlineAt < next) next = call.deadlineAt;
    }
    if (next < this.#timerAt) this.#arm(next, next - now);
  }
}
