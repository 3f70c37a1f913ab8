/** etcdserverpb.Lease: keys that vanish unless someone keeps them alive. */

import type { Empty } from './empty.js';
import { bool, bytes, int64, int64Id, message, repeated, string } from './field.js';
import { ResponseHeader } from './header.js';
import { MessageType } from './message.js';

export interface LeaseGrantRequest {
  /** Seconds. */
  readonly ttl: number;
  /** 0n: the server chooses. */
  readonly id: bigint;
}
export const LeaseGrantRequest: MessageType<LeaseGrantRequest> = new MessageType(
  'etcdserverpb.LeaseGrantRequest',
  {
    ttl: int64(1, 'TTL'),
    id: int64Id(2, 'ID'),
  },
);

export interface LeaseGrantResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds granted. */
  readonly ttl: number;
  /** Never set. */
  readonly error: string;
}
export const LeaseGrantResponse: MessageType<LeaseGrantResponse> = new MessageType(
  'etcdserverpb.LeaseGrantResponse',
  {
    header: message(1, () => ResponseHeader),
    id: int64Id(2, 'ID'),
    ttl: int64(3, 'TTL'),
    error: string(4),
  },
);

export interface LeaseRevokeRequest {
  readonly id: bigint;
}
export const LeaseRevokeRequest: MessageType<LeaseRevokeRequest> = new MessageType(
  'etcdserverpb.LeaseRevokeRequest',
  {
    id: int64Id(1, 'ID'),
  },
);

export interface LeaseRevokeResponse {
  readonly header: ResponseHeader | undefined;
}
export const LeaseRevokeResponse: MessageType<LeaseRevokeResponse> = new MessageType(
  'etcdserverpb.LeaseRevokeResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface LeaseCheckpoint {
  readonly id: bigint;
  /** Seconds left. */
  readonly remainingTtl: number;
}
export const LeaseCheckpoint: MessageType<LeaseCheckpoint> = new MessageType('etcdserverpb.LeaseCheckpoint', {
  id: int64Id(1, 'ID'),
  remainingTtl: int64(2, 'remaining_TTL'),
});

/** Replicated among members; no RPC carries it. */
export interface LeaseCheckpointRequest {
  readonly checkpoints: readonly LeaseCheckpoint[];
}
export const LeaseCheckpointRequest: MessageType<LeaseCheckpointRequest> = new MessageType(
  'etcdserverpb.LeaseCheckpointRequest',
  {
    checkpoints: repeated(message(1, () => LeaseCheckpoint)),
  },
);

export interface LeaseCheckpointResponse {
  readonly header: ResponseHeader | undefined;
}
export const LeaseCheckpointResponse: MessageType<LeaseCheckpointResponse> = new MessageType(
  'etcdserverpb.LeaseCheckpointResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface LeaseKeepAliveRequest {
  readonly id: bigint;
}
export const LeaseKeepAliveRequest: MessageType<LeaseKeepAliveRequest> = new MessageType(
  'etcdserverpb.LeaseKeepAliveRequest',
  {
    id: int64Id(1, 'ID'),
  },
);

export interface LeaseKeepAliveResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds from now, 0 when there is no such lease. */
  readonly ttl: number;
}
export const LeaseKeepAliveResponse: MessageType<LeaseKeepAliveResponse> = new MessageType(
  'etcdserverpb.LeaseKeepAliveResponse',
  {
    header: message(1, () => ResponseHeader),
    id: int64Id(2, 'ID'),
    ttl: int64(3, 'TTL'),
  },
);

export interface LeaseTimeToLiveRequest {
  readonly id: bigint;
  readonly keys: boolean;
}
export const LeaseTimeToLiveRequest: MessageType<LeaseTimeToLiveRequest> = new MessageType(
  'etcdserverpb.LeaseTimeToLiveRequest',
  {
    id: int64Id(1, 'ID'),
    keys: bool(2),
  },
);

export interface LeaseTimeToLiveResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds left, -1 when there is no such lease. */
  readonly ttl: number;
  readonly grantedTtl: number;
  readonly keys: readonly Uint8Array[];
}
export const LeaseTimeToLiveResponse: MessageType<LeaseTimeToLiveResponse> = new MessageType(
  'etcdserverpb.LeaseTimeToLiveResponse',
  {
    header: message(1, () => ResponseHeader),
    id: int64Id(2, 'ID'),
    ttl: int64(3, 'TTL'),
    grantedTtl: int64(4, 'grantedTTL'),
    keys: repeated(bytes(5)),
  },
);

export type LeaseLeasesRequest = Empty;
export const LeaseLeasesRequest: MessageType<LeaseLeasesRequest> = new MessageType(
  'etcdserverpb.LeaseLeasesRequest',
  {},
);

export interface LeaseStatus {
  readonly id: bigint;
}
export const LeaseStatus: MessageType<LeaseStatus> = new MessageType('etcdserverpb.LeaseStatus', {
  id: int64Id(1, 'ID'),
});

export interface LeaseLeasesResponse {
  readonly header: ResponseHeader | undefined;
  readonly leases: readonly LeaseStatus[];
}
export const LeaseLeasesResponse: MessageType<LeaseLeasesResponse> = new MessageType(
  'etcdserverpb.LeaseLeasesResponse',
  {
    header: message(1, () => ResponseHeader),
    leases: repeated(message(2, () => LeaseStatus)),
  },
);
