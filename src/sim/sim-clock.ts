/** One machine's clock: it may run fast or slow, and its wall time may jump. Timers die with the process. */
import type { Clock, Timer } from '../platform/index.js';

export interface TimeSource {
  now(): number;
  /** Runs `fn` in this process after simulated milliseconds, unless it is dead by then. */
  later(ms: number, label: string, fn: () => void): void;
}

/** As in Node.js. Whoever asks again and again until something has happened would otherwise keep it from happening. */
const TIMER_MS_MIN = 1;

export class SimClock implements Clock {
  readonly #source: TimeSource;
  #rate = 1;
  #fastestRate = 1;
  #baseLocal = 0;
  #baseSimulated = 0;
  #wallOffset = 1_700_000_000_000;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  /** Local milliseconds that pass in a simulated one, from now on. */
  setRate(rate: number): void {
    this.#baseLocal = this.now();
    this.#baseSimulated = this.#source.now();
    this.#rate = rate;
    this.#fastestRate = Math.max(this.#fastestRate, rate);
  }

  get rate(): number {
    return this.#rate;
  }

  /** The greatest rate so far. */
  get fastestRate(): number {
    return this.#fastestRate;
  }

  jumpWallTime(ms: number): void {
    this.#wallOffset += ms;
  }

  now(): number {
    return this.#baseLocal + (this.#source.now() - this.#baseSimulated) * this.#rate;
  }

  wallTime(): number {
    return this.#wallOffset + this.now();
  }

  setTimer(ms: number, fn: () => void): Timer {
    let cancelled = false;
    this.#source.later(Math.max(ms, TIMER_MS_MIN) / this.#rate, 'timer', () => {
      if (!cancelled) fn();
    });
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  defer(fn: () => void): void {
    this.#source.later(0, 'turn', fn);
  }
}
