/**
 * What the leader says of leases through the log: which have ended, how much is left of others, which are renewed. Each
 * entry names the leader's term, outside of which it is void.
 */
import type { Lease, LeaseDeadlines } from '../lease/index.js';
import { LeaseExpiry, LeaseTimes, RequestKind } from '../wire/index.js';
import { EXPIRIES_IN_FLIGHT_MAX, EXPIRY_KEYS_MAX, EXPIRY_LEASES_MAX, LEASE_TIMES_MAX } from './limits.js';
import type { Waiter } from './waiter.js';

/** Replicates a request of the member itself. */
export type Proposer = (kind: RequestKind, body: Uint8Array, waiter: Waiter) => void;

export class LeaseNotices {
  readonly #deadlines: LeaseDeadlines;
  readonly #propose: Proposer;
  /** The term in which this member is the primary; 0: it is not. */
  #term = 0;
  #expiriesInFlight = 0;
  /** Leases whose renewal the others are being told of. */
  readonly #telling = new Set<bigint>();
  #untold: bigint[] = [];

  constructor(deadlines: LeaseDeadlines, propose: Proposer) {
    this.#deadlines = deadlines;
    this.#propose = propose;
  }

  /** Entries of an earlier term count no longer. */
  begin(term: number): void {
    this.#term = term;
    this.#expiriesInFlight = 0;
    this.#telling.clear();
    this.#untold = [];
  }

  /** Says that a lease is renewed, with the next {@link flush}. */
  tell(id: bigint): void {
    if (this.#telling.has(id)) return;
    this.#telling.add(id);
    this.#untold.push(id);
  }

  /** Sends off what was told since the last call. */
  flush(): void {
    while (this.#untold.length > 0) {
      const ids = this.#untold.splice(0, LEASE_TIMES_MAX);
      for (const id of ids) this.#deadlines.noteTelling(id);
      const checkpoints = ids.map((id) => ({ id, remainingTtl: 0 }));
      const term = this.#term;
      this.#send(RequestKind.LEASE_CHECKPOINT, LeaseTimes.toBytes({ term, checkpoints }), () => {
        for (const id of ids) this.#telling.delete(id);
      });
    }
  }

  /** Revokes what has ended, as far as the log takes it; what is left over follows as soon as that is applied. */
  scan(): void {
    if (this.#term === 0) return;
    while (this.#expiriesInFlight < EXPIRIES_IN_FLIGHT_MAX) {
      const { ended, toCheckpoint } = this.#deadlines.takeDue(EXPIRY_LEASES_MAX, EXPIRY_KEYS_MAX);
      if (ended.length === 0 && toCheckpoint.length === 0) return;
      if (toCheckpoint.length > 0) this.#checkpoint(toCheckpoint);
      if (ended.length > 0) this.#expire(ended);
    }
  }

  #expire(ended: readonly Lease[]): void {
    const ids = ended.map(({ id }) => id);
    this.#expiriesInFlight++;
    this.#send(RequestKind.LEASE_EXPIRE, LeaseExpiry.toBytes({ term: this.#term, ids }), () => {
      this.#expiriesInFlight--;
      this.scan();
    });
  }

  #checkpoint(leases: readonly Lease[]): void {
    const checkpoints = leases.map((lease) => {
      const seconds = Math.ceil(this.#deadlines.remainingMs(lease) / 1000);
      return { id: lease.id, remainingTtl: Math.min(Math.max(seconds, 1), lease.ttl) };
    });
    const body = LeaseTimes.toBytes({ term: this.#term, checkpoints });
    this.#send(RequestKind.LEASE_CHECKPOINT, body, () => {});
  }

  /** `settled` is called when the entry is applied or given up, unless the term has ended by then. */
  #send(kind: RequestKind, body: Uint8Array, settled: () => void): void {
    const term = this.#term;
    const end = (): void => {
      if (this.#term === term) settled();
    };
    this.#propose(kind, body, { reply: end, finish: end });
  }
}
