/**
 * Leases (Gray and Cheriton, 1989): a promise with an end. Keys that are attached to a lease vanish with it, unless
 * somebody keeps it alive.
 *
 * This is the replicated half: which leases there are and what is attached to them, a function of the log alone. It
 * knows no time. When a lease ends is decided by the leader, with {@link LeaseDeadlines}, and comes back through the
 * log like every other change.
 */
import { assert, BucketHistogram, exponentialBounds } from '../stdx/index.js';
import { Lease, type LeaseState } from './lease.js';
import { LEASE_TTL_MAX } from './limits.js';

export type GrantStatus = 'ok' | 'ttl-too-large' | 'exists';

/** Hears of changes as they are applied. */
export interface LeaseListener {
  granted(lease: Lease): void;
  /** `remainingTtl` and `keptAlive` were set. */
  checkpointed(lease: Lease): void;
  revoked(lease: Lease): void;
  /** All leases have been replaced by those of another state. */
  replaced(): void;
}

export class Lessor {
  readonly #leases = new Map<bigint, Lease>();
  /** Ids that have changed since the last {@link takeChanges}. */
  #changed = new Set<bigint>();
  /** At most one; set by the owner before the log is applied. */
  listener: LeaseListener | undefined;
  /** Seconds of the leases that were granted, and how many were revoked, since the start. */
  readonly grantedTtls = new BucketHistogram(exponentialBounds(1, 2, 24));
  revokedCount = 0;

  get count(): number {
    return this.#leases.size;
  }

  has(id: bigint): boolean {
    return this.#leases.has(id);
  }

  get(id: bigint): Lease | undefined {
    return this.#leases.get(id);
  }

  /** All leases, in the order in which they were granted. */
  all(): IterableIterator<Lease> {
    return this.#leases.values();
  }

  /** Makes a lease of `ttl` seconds. The id was chosen by the member that took the request. */
  grant(id: bigint, ttl: number): GrantStatus {
    assert(id !== 0n, 'a lease has an id');
    if (ttl > LEASE_TTL_MAX) return 'ttl-too-large';
    if (this.#leases.has(id)) return 'exists';
    const lease = new Lease(id, ttl);
    this.#leases.set(id, lease);
    this.#changed.add(id);
    this.grantedTtls.observe(ttl);
    this.listener?.granted(lease);
    return 'ok';
  }

  /** Forgets a lease. Whoever revokes deletes the keys that are attached first. */
  revoke(id: bigint): void {
    const lease = this.#leases.get(id);
    assert(lease !== undefined, 'what is revoked was granted');
    assert(lease.items.size === 0, 'a lease goes after its keys');
    this.#leases.delete(id);
    this.revokedCount++;
    this.#changed.add(id);
    this.listener?.revoked(lease);
  }

  /**
   * The leader says how much is left, in seconds; 0: it renews the lease and says no more. What is said of a lease that
   * is gone, or that was revoked and granted anew for less meanwhile, is void.
   */
  checkpoint(id: bigint, remainingTtl: number): void {
    const lease = this.#leases.get(id);
    if (lease === undefined || remainingTtl > lease.ttl) return;
    assert(remainingTtl >= 0, 'nothing less than nothing is left');
    lease.remainingTtl = remainingTtl;
    lease.keptAlive = remainingTtl === 0;
    this.#changed.add(id);
    this.listener?.checkpointed(lease);
  }

  /** A key has come from one lease to another; 0 is none. The lease it comes to was checked. */
  move(item: number, from: bigint, to: bigint): void {
    if (from !== 0n) this.#leases.get(from)?.items.delete(item);
    if (to === 0n) return;
    const lease = this.#leases.get(to);
    assert(lease !== undefined, 'a key is attached to a lease that was granted');
    assert(!lease.items.has(item), 'a key is attached once');
    lease.items.add(item);
  }

  /** Replaces everything by what was stored. The keys are attached afterwards, by {@link move}. */
  restore(stored: Iterable<LeaseState>): void {
    this.#leases.clear();
    this.#changed.clear();
    for (const { id, ttl, remainingTtl, keptAlive } of stored) {
      const lease = new Lease(id, ttl);
      lease.remainingTtl = remainingTtl;
      lease.keptAlive = keptAlive;
      this.#leases.set(id, lease);
    }
    this.listener?.replaced();
  }

  /** Ids of leases that were granted, changed or revoked since the last call. */
  takeChanges(): ReadonlySet<bigint> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }
}
