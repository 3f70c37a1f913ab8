/**
 * How often a client may ping (gRFC A8; the rules are those of grpc-go's server, so clients tuned for etcd fit).
 *
 * A ping that comes sooner than `minTimeMs` after the last one is a strike; with no stream open (and no permission to
 * ping then) two hours are the limit instead. Sending anything of a call clears the strikes. The third strike ends the
 * connection with ENHANCE_YOUR_CALM "too_many_pings".
 */
import type { Clock } from '../../platform/index.js';

export interface PingPolicyOptions {
  readonly minTimeMs: number;
  readonly permitWithoutStream: boolean;
}

const STRIKES_MAX = 2;
const IDLE_MIN_TIME_MS = 7_200_000;

export class PingPolicy {
  readonly #clock: Clock;
  readonly #options: PingPolicyOptions;
  #lastPingAt = Number.NEGATIVE_INFINITY;
  #strikes = 0;

  constructor(clock: Clock, options: PingPolicyOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Counts a ping. `active`: something of a call was sent since the last ping. False when it is one too many. */
  accept(active: boolean, streamCount: number): boolean {
    const now = this.#clock.now();
    const sinceMs = now - this.#lastPingAt;
    this.#lastPingAt = now;
    if (active) {
      this.#strikes = 0;
      return true;
    }
    const idle = streamCount === 0 && !this.#options.permitWithoutStream;
    if (sinceMs < (idle ? IDLE_MIN_TIME_MS : this.#options.minTimeMs)) this.#strikes++;
    return this.#strikes <= STRIKES_MAX;
  }
}
