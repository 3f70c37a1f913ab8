/**
 * Flushes of many connections in one deferred call: all requests of one poll of the event loop are handled before the
 * first answer is written, so each connection's answers leave in one write. One queue is meant to serve all
 * connections of a server.
 */
import type { Clock } from '../../platform/index.js';

export interface Flushable {
  flush(): void;
}

export class FlushQueue {
  readonly #clock: Clock;
  #waiting: Flushable[] = [];
  #spare: Flushable[] = [];
  readonly #run = (): void => {
    const due = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = [];
    for (let i = 0; i < due.length; i++) due[i]!.flush();
    due.length = 0;
    this.#spare = due;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(item: Flushable): void {
    if (this.#waiting.length === 0) this.#clock.defer(this.#run);
    this.#waiting.push(item);
  }
}
