/**
 * The end of a member that was removed. It learns that by applying the change itself, and then stays for a moment: the
 * others may still need its answers to commit the change and to elect a new leader. Or it was cut off or down, and a
 * peer tells it; then nobody needs it any more.
 */
import type { Cluster } from '../membership/index.js';
import type { Clock, Timer } from '../platform/index.js';

/** Election time-outs that a removed member stays. */
const ELECTION_TIMEOUTS_STAYED = 2;

export class Removal {
  readonly #memberId: bigint;
  readonly #clock: Clock;
  readonly #stayMs: number;
  readonly #onRemoved: () => void;
  #timer: Timer | undefined;
  #isTold = false;

  /** `onRemoved` is called once at most. */
  constructor(
    options: { readonly memberId: bigint; readonly electionMs: number },
    clock: Clock,
    onRemoved: () => void,
  ) {
    this.#memberId = options.memberId;
    this.#clock = clock;
    this.#stayMs = ELECTION_TIMEOUTS_STAYED * options.electionMs;
    this.#onRemoved = onRemoved;
  }

  /** The members have changed. Returns whether this one has just left them. */
  note(cluster: Cluster): boolean {
    if (this.#timer !== undefined || this.#isTold || !cluster.isRemoved(this.#memberId)) return false;
    this.#timer = this.#clock.setTimer(this.#stayMs, () => this.told());
    return true;
  }

  /** A peer said so. */
  told(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#timer?.cancel();
    this.#onRemoved();
  }

  /** The member stops for another reason. */
  cancel(): void {
    this.#isTold = true;
    this.#timer?.cancel();
  }
}
