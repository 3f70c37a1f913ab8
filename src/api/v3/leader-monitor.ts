/**
 * Ends streams that asked for a leader (`hasleader: true`) when none is known for a while: etcd looks once per
 * election time-out and gives up at the third look in a row without one, because reconnecting streams is dear. The
 * timer runs only while such streams are open.
 */
import type { Clock, Timer } from '../../platform/index.js';

const LEADERLESS_CHECKS_MAX = 3;

export interface LeaderDependent {
  /** Called once, after the stream was taken off the monitor. */
  onLeaderLost(): void;
}

export class LeaderMonitor {
  readonly #clock: Clock;
  readonly #hasLeader: () => boolean;
  readonly #intervalMs: number;
  readonly #streams = new Set<LeaderDependent>();
  #timer: Timer | undefined;
  #leaderlessChecks = 0;

  constructor(clock: Clock, hasLeader: () => boolean, electionTimeoutMs: number) {
    this.#clock = clock;
    this.#hasLeader = hasLeader;
    this.#intervalMs = electionTimeoutMs;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  add(stream: LeaderDependent): void {
    this.#streams.add(stream);
    if (this.#timer === undefined) this.#arm();
  }

  remove(stream: LeaderDependent): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#leaderlessChecks = 0;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(this.#intervalMs, this.#check);
  }

  readonly #check = (): void => {
    this.#timer = undefined;
    this.#leaderlessChecks = this.#hasLeader() ? 0 : this.#leaderlessChecks + 1;
    if (this.#leaderlessChecks >= LEADERLESS_CHECKS_MAX) {
      this.#leaderlessChecks = 0;
      const lost = [...this.#streams];
      this.#streams.clear();
      for (const stream of lost) stream.onLeaderLost();
    }
    if (this.#streams.size > 0 && this.#timer === undefined) this.#arm();
  };
}
