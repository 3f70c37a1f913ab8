/**
 * Detects a dead peer: after `intervalMs` without a byte from it a PING is sent, and if nothing comes within
 * `timeoutMs` either, the connection is given up. Any byte counts as life. One timer at a time.
 */
import type { Clock, Timer } from '../../platform/index.js';

export interface KeepaliveOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface KeepaliveTarget {
  sendPing(): void;
  /** The peer did not answer. */
  onSilence(): void;
}

export class Keepalive {
  /** Set by the connection with every chunk it gets. */
  heard = false;
  readonly #clock: Clock;
  readonly #options: KeepaliveOptions;
  readonly #target: KeepaliveTarget;
  #timer: Timer | undefined;

  constructor(clock: Clock, options: KeepaliveOptions, target: KeepaliveTarget) {
    this.#clock = clock;
    this.#options = options;
    this.#target = target;
    this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    this.heard = false;
    this.#timer = this.#clock.setTimer(this.#options.intervalMs, () => {
      if (this.heard) this.#wait();
      else this.#probe();
    });
  }

  #probe(): void {
    this.#timer = this.#clock.setTimer(this.#options.timeoutMs, () => {
      if (this.heard) this.#wait();
      else this.#target.onSilence();
    });
    this.#target.sendPing();
  }
}
