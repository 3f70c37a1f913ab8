/** What members store and replicate of leases and no client sends. The field numbers are fixed forever. */
import { bool, int64, int64Id, message, repeated } from './field.js';
import { MessageType } from './message.js';
import { LeaseCheckpoint } from './rpc-lease.js';

/** A lease in the backend: etcd's `leasepb.Lease`, and one field of our own that etcd skips. */
export interface LeaseRecord {
  readonly id: bigint;
  /** Seconds granted. */
  readonly ttl: number;
  /** Seconds left when the leader last told; 0: all. */
  readonly remainingTtl: number;
  /** The leader renews it without telling. */
  readonly keptAlive: boolean;
}
export const LeaseRecord: MessageType<LeaseRecord> = new MessageType('leasepb.Lease', {
  id: int64Id(1, 'ID'),
  ttl: int64(2, 'TTL'),
  remainingTtl: int64(3, 'RemainingTTL'),
  keptAlive: bool(100, 'kept_alive'),
});

/** A member asks the leader to renew leases. */
export interface LeaseRenewals {
  readonly ids: readonly bigint[];
}
export const LeaseRenewals: MessageType<LeaseRenewals> = new MessageType('quoin.LeaseRenewals', {
  ids: repeated(int64Id(1, 'id')),
});

/** The leader's answer: the seconds granted by position, 0 for a lease that is gone. */
export interface LeaseRenewalTtls {
  readonly ttls: readonly number[];
}
export const LeaseRenewalTtls: MessageType<LeaseRenewalTtls> = new MessageType('quoin.LeaseRenewalTtls', {
  ttls: repeated(int64(1, 'ttl')),
});

/** Leases that have ended, as the leader of `term` says. In an entry of another term it is void. */
export interface LeaseExpiry {
  readonly term: number;
  readonly ids: readonly bigint[];
}
export const LeaseExpiry: MessageType<LeaseExpiry> = new MessageType('quoin.LeaseExpiry', {
  term: int64(1),
  ids: repeated(int64Id(2, 'id')),
});

/** How much is left of leases, as the leader of `term` says. In an entry of another term it is void. */
export interface LeaseTimes {
  readonly term: number;
  readonly checkpoints: readonly LeaseCheckpoint[];
}
export const LeaseTimes: MessageType<LeaseTimes> = new MessageType('quoin.LeaseTimes', {
  term: int64(1),
  checkpoints: repeated(message(2, () => LeaseCheckpoint)),
});
