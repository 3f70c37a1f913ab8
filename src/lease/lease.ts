/** What is replicated of a lease: equal on all members at the same index of the log. */
export interface LeaseState {
  /** Any 64-bit number but 0. */
  readonly id: bigint;
  /** Seconds granted. */
  readonly ttl: number;
  /** Seconds that were left when the leader last told; 0: all of them. */
  readonly remainingTtl: number;
  /**
   * The leader renews the lease without telling, so only the leader knows its end. False: the lease has run down ever
   * since the entry that set `remainingTtl`, and every member can count.
   */
  readonly keptAlive: boolean;
}

export class Lease implements LeaseState {
  readonly id: bigint;
  readonly ttl: number;
  remainingTtl = 0;
  keptAlive = false;
  /** Keys attached, as numbers that their owner has for them. */
  readonly items = new Set<number>();

  // Of this member alone, in lease time (see LeaseClock).

  /** When the entry that set `remainingTtl` was applied here. */
  countedFromMs = 0;
  /** While this member is the leader's: when the lease ends. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** A lower bound of the next time at which something is to be done. */
  wakeMs = 0;
  /** Place in the queue of wakes, −1 if not in it. */
  wakeIndex = -1;
  /** A checkpoint is on its way through the log: a renewal must come behind it. */
  checkpointPending = false;
  /** Entries under way that tell of a renewal; one that is lost counts until the leader changes. */
  tellsPending = 0;

  constructor(id: bigint, ttl: number) {
    this.id = id;
    this.ttl = ttl;
  }

  /** Seconds that a member which does not lead takes as left when `remainingTtl` was set. */
  get believedTtl(): number {
    return this.remainingTtl === 0 ? this.ttl : this.remainingTtl;
  }
}
