/** A clock that a test moves. */
import type { Clock, Timer } from '../../platform/index.js';

interface ManualTimer {
  readonly at: number;
  readonly fn: () => void;
}

export class ManualClock implements Clock {
  #now = 0;
  #deferred: (() => void)[] = [];
  readonly #timers = new Set<ManualTimer>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  defer(fn: () => void): void {
    this.#deferred.push(fn);
  }

  /** Runs what is deferred; false if there was nothing. */
  runDeferred(): boolean {
    const due = this.#deferred;
    this.#deferred = [];
    for (const fn of due) fn();
    return due.length > 0;
  }

  /** Moves time and fires the timers that fall due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      let next: ManualTimer | undefined;
      for (const timer of this.#timers) {
        if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
      }
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = until;
  }

  get timerCount(): number {
    return this.#timers.size;
  }
}
