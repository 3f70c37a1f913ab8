/**
 * What follows for this member from who the members are: whom it talks to, whether it votes, and its end when it was
 * removed. It learns that by applying the change itself, and then stays for a moment: the others may still need to hear
 * from it that the change is committed. Or a peer refuses it: then somebody else knows, and nobody needs it any more.
 */
import type { Cluster } from '../membership/index.js';
import type { Clock, Timer } from '../platform/index.js';
import type { PeerNetwork } from './peer-network.js';

/** Election time-outs that a removed member stays. */
const ELECTION_TIMEOUTS_STAYED = 2;

export class Roster {
  readonly #memberId: bigint;
  readonly #clock: Clock;
  readonly #network: PeerNetwork;
  readonly #stayMs: number;
  readonly #onRemoved: () => void;
  #isLearner = false;
  #timer: Timer | undefined;
  #isOver = false;

  /** `onRemoved` is called once at most. */
  constructor(
    options: { readonly memberId: bigint; readonly electionMs: number },
    clock: Clock,
    network: PeerNetwork,
    onRemoved: () => void,
  ) {
    this.#memberId = options.memberId;
    this.#clock = clock;
    this.#network = network;
    this.#stayMs = ELECTION_TIMEOUTS_STAYED * options.electionMs;
    this.#onRemoved = onRemoved;
  }

  get isLearner(): boolean {
    return this.#isLearner;
  }

  /** The members may have changed. */
  update(cluster: Cluster): void {
    this.#network.setPeers(cluster.list().filter(({ id }) => id !== this.#memberId));
    this.#network.setRemoved(new Set(cluster.removedIds()));
    this.#isLearner = cluster.get(this.#memberId)?.isLearner ?? false;
    if (this.#timer !== undefined || this.#isOver || !cluster.isRemoved(this.#memberId)) return;
    this.#timer = this.#clock.setTimer(this.#stayMs, () => this.told());
  }

  /** A peer said that this member was removed. */
  told(): void {
    if (this.#isOver) return;
    this.stop();
    this.#onRemoved();
  }

  /** The member stops: whatever becomes of its membership matters no more. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }
}
