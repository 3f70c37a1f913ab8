/**
 * The way to the leader for what only it knows of leases. A failure of any kind (no connection, no leader there, too
 * late) is told as undefined: whoever asks tries again for as long as its client waits.
 */
export interface LeaseForwarder {
  /** Asks `leader` to renew leases; the answer has the seconds granted by position, 0 for a lease that is gone. */
  renew(leader: bigint, ids: readonly bigint[], done: (ttls: readonly number[] | undefined) => void): void;
  /** Asks `leader` how long a lease lives. */
  timeToLive(
    leader: bigint,
    id: bigint,
    keys: boolean,
    done: (answer: LeaseTimeToLive | undefined) => void,
  ): void;
}

/** What the leader knows of a lease. */
export interface LeaseTimeToLive {
  /** Whole seconds left, toward zero; −1 if there is no such lease. */
  readonly ttl: number;
  /** 0 if there is no such lease. */
  readonly grantedTtl: number;
  /** Ascending; empty unless asked for. */
  readonly keys: readonly Uint8Array[];
}

/** The answer to a renewal or question of another member. */
export interface LeaseResponder {
  renewForPeer(ids: readonly bigint[], done: (ttls: readonly number[] | undefined) => void): void;
  timeToLiveForPeer(id: bigint, keys: boolean, done: (answer: LeaseTimeToLive | undefined) => void): void;
}
