/**
 * When leases end: the half of the lessor that only the leader knows. It is not replicated, so a renewal costs no entry
 * of the log. What the other members need to take over is told rarely:
 *
 * - A lease that nobody renews runs down from the entry that granted it, and every member can count that.
 * - The first renewal is told (a checkpoint of 0): from then on only the leader knows. Further ones are not.
 * - When half of what the others believe to be left is gone, the leader tells the rest. A client that renews after a
 *   third, as they do, never lets it come to that.
 *
 * A new leader gives each lease what the log says is left of it and one election time-out (`extensionMs`) on top, in
 * which the old leader may still have answered. All times are lease time ({@link LeaseClock}).
 */
import { assert } from '../stdx/index.js';
import type { Lease } from './lease.js';
import type { LeaseListener, Lessor } from './lessor.js';
import { CHECKPOINT_TTL_MIN, REVOKE_RETRY_MS, SPREAD_ENDS_PER_SECOND, SPREAD_LEASES_MIN } from './limits.js';
import { WakeQueue } from './wake-queue.js';

/**
 * `renewed`: it lives `ttl` seconds from now on. `untold`: so it does here, but the others must be told before the client
 * is. `ended`: it has run out and waits for its revocation. `unknown`: there is none.
 */
export type RenewStatus = 'renewed' | 'untold' | 'ended' | 'unknown';

/** What is due: leases to revoke, and leases to tell the others of. */
export interface DueLeases {
  readonly ended: readonly Lease[];
  readonly toCheckpoint: readonly Lease[];
}

export class LeaseDeadlines implements LeaseListener {
  readonly #lessor: Lessor;
  readonly #extensionMs: number;
  readonly #queue = new WakeQueue();
  readonly #now: () => number;
  #isPrimary = false;
  #changes = 0;

  /** `now` tells the lease time. */
  constructor(lessor: Lessor, extensionMs: number, now: () => number) {
    this.#lessor = lessor;
    this.#extensionMs = extensionMs;
    this.#now = now;
    this.replaced();
  }

  /** Whether this member decides when leases end. */
  get isPrimary(): boolean {
    return this.#isPrimary;
  }

  /** How often this member has renewed a lease as the primary, and found one ended. */
  renewedCount = 0;
  endedCount = 0;

  /** How often leases were told or revoked: a renewal that had to wait may succeed after a change. */
  get changes(): number {
    return this.#changes;
  }

  /** This member leads, and has applied all that earlier leaders have committed. */
  promote(): void {
    if (this.#isPrimary) return;
    this.#isPrimary = true;
    const now = this.#now();
    const leases = [...this.#lessor.all()];
    for (const lease of leases) {
      const countedFrom = lease.keptAlive ? now : lease.countedFromMs;
      lease.deadlineMs = countedFrom + lease.believedTtl * 1000 + this.#extensionMs;
      lease.checkpointPending = false;
      lease.tellsPending = 0;
    }
    if (leases.length >= SPREAD_LEASES_MIN) spread(leases, now);
    for (const lease of leases) this.#queue.set(lease, this.#nextWake(lease));
  }

  /** Another member decides, or nobody. */
  demote(): void {
    if (!this.#isPrimary) return;
    this.#isPrimary = false;
    this.#queue.clear();
    for (const lease of this.#lessor.all()) lease.deadlineMs = Number.POSITIVE_INFINITY;
  }

  granted(lease: Lease): void {
    const now = this.#now();
    lease.countedFromMs = now;
    if (!this.#isPrimary) return;
    lease.deadlineMs = now + lease.ttl * 1000;
    this.#queue.set(lease, this.#nextWake(lease));
  }

  checkpointed(lease: Lease): void {
    this.#changes++;
    lease.countedFromMs = this.#now();
    // Entries are applied in the order in which the leader made them: a checkpoint that was under way before the renewal
    // was told has been applied, or is lost.
    lease.checkpointPending = false;
    if (lease.keptAlive && lease.tellsPending > 0) lease.tellsPending--;
    if (this.#isPrimary) this.#queue.set(lease, this.#nextWake(lease));
  }

  revoked(lease: Lease): void {
    this.#changes++;
    this.#queue.remove(lease);
  }

  replaced(): void {
    assert(!this.#isPrimary, 'a leader is sent no state');
    const now = this.#now();
    for (const lease of this.#lessor.all()) lease.countedFromMs = now;
  }

  /** Lets a lease begin anew. Only for the primary. */
  renew(id: bigint): RenewStatus {
    assert(this.#isPrimary, 'only the leader renews');
    const lease = this.#lessor.get(id);
    if (lease === undefined) return 'unknown';
    const now = this.#now();
    if (lease.deadlineMs <= now) return 'ended';
    lease.deadlineMs = Math.max(lease.deadlineMs, now + lease.ttl * 1000);
    const isKnown = lease.keptAlive && !lease.checkpointPending;
    if (isKnown) this.renewedCount++;
    return isKnown ? 'renewed' : 'untold';
  }

  /** The others are being told that a lease is renewed. */
  noteTelling(id: bigint): void {
    const lease = this.#lessor.get(id);
    if (lease !== undefined) lease.tellsPending++;
  }

  /** Milliseconds left, negative once it has ended; Infinity on a member that does not lead. */
  remainingMs(lease: Lease): number {
    return lease.deadlineMs - this.#now();
  }

  /** Leases by what is left of them, soonest first. */
  byDeadline(): Lease[] {
    return [...this.#lessor.all()].sort((a, b) => compareNumbers(a.deadlineMs, b.deadlineMs));
  }

  /**
   * What is due now, up to so many leases, or to those with so many items in sum (one at least): what is left over is due
   * still. A lease to revoke is given out again after a while if it is still there.
   */
  takeDue(leasesMax: number, itemsMax: number): DueLeases {
    const now = this.#now();
    const ended: Lease[] = [];
    const toCheckpoint: Lease[] = [];
    let items = 0;
    const queue = this.#queue;
    for (let lease = queue.first; lease !== undefined; lease = queue.first) {
      if (lease.wakeMs > now) break;
      if (lease.deadlineMs <= now) {
        items += lease.items.size;
        if (ended.length > 0 && items > itemsMax) break;
        ended.push(lease);
        queue.set(lease, now + REVOKE_RETRY_MS);
      } else {
        if (this.#checkpointAt(lease) <= now) {
          lease.checkpointPending = true;
          toCheckpoint.push(lease);
        }
        queue.set(lease, this.#nextWake(lease));
      }
      if (ended.length >= leasesMax || toCheckpoint.length >= leasesMax) break;
    }
    this.endedCount += ended.length;
    return { ended, toCheckpoint };
  }

  /**
   * When half of what the others believe to be left will be gone. Not while they are being told of a renewal: a
   * checkpoint behind that would speak of an older state.
   */
  #checkpointAt(lease: Lease): number {
    const believed = lease.believedTtl;
    if (lease.checkpointPending || lease.tellsPending > 0 || believed < CHECKPOINT_TTL_MIN)
      return Number.POSITIVE_INFINITY;
    return lease.deadlineMs - believed * 500;
  }

  #nextWake(lease: Lease): number {
    return Math.min(lease.deadlineMs, this.#checkpointAt(lease));
  }
}

function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Moves ends that lie too close together to later times, in order. */
function spread(leases: Lease[], nowMs: number): void {
  leases.sort((a, b) => compareNumbers(a.deadlineMs, b.deadlineMs));
  const stepMs = 1000 / SPREAD_ENDS_PER_SECOND;
  let nextMs = nowMs;
  for (const lease of leases) {
    if (lease.deadlineMs < nextMs) lease.deadlineMs = nextMs;
    nextMs = lease.deadlineMs + stepMs;
  }
}
