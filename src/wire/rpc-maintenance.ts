/** etcdserverpb.Maintenance: status, alarms, hashes, snapshots. */

import type { Empty } from './empty.js';
import {
  bool,
  bytes,
  type EnumType,
  enumeration,
  int64,
  message,
  repeated,
  string,
  uint32,
  uint64,
  uint64Id,
} from './field.js';
import { ResponseHeader } from './header.js';
import { MessageType } from './message.js';

export const AlarmType = { NONE: 0, NOSPACE: 1, CORRUPT: 2 } as const;
export type AlarmType = (typeof AlarmType)[keyof typeof AlarmType];
const ALARM_TYPE: EnumType = { protoName: 'etcdserverpb.AlarmType', values: AlarmType };

export const AlarmAction = { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 } as const;
export type AlarmAction = (typeof AlarmAction)[keyof typeof AlarmAction];
const ALARM_ACTION: EnumType = { protoName: 'etcdserverpb.AlarmRequest.AlarmAction', values: AlarmAction };

export interface AlarmRequest {
  /** An {@link AlarmAction}. */
  readonly action: number;
  /** 0n: any member (GET only). */
  readonly memberId: bigint;
  /** An {@link AlarmType}. */
  readonly alarm: number;
}
export const AlarmRequest: MessageType<AlarmRequest> = new MessageType('etcdserverpb.AlarmRequest', {
  action: enumeration(1, ALARM_ACTION),
  memberId: uint64Id(2, 'memberID'),
  alarm: enumeration(3, ALARM_TYPE),
});

export interface AlarmMember {
  readonly memberId: bigint;
  /** An {@link AlarmType}. */
  readonly alarm: number;
}
export const AlarmMember: MessageType<AlarmMember> = new MessageType('etcdserverpb.AlarmMember', {
  memberId: uint64Id(1, 'memberID'),
  alarm: enumeration(2, ALARM_TYPE),
});

export interface AlarmResponse {
  readonly header: ResponseHeader | undefined;
  readonly alarms: readonly AlarmMember[];
}
export const AlarmResponse: MessageType<AlarmResponse> = new MessageType('etcdserverpb.AlarmResponse', {
  header: message(1, () => ResponseHeader),
  alarms: repeated(message(2, () => AlarmMember)),
});

export type StatusRequest = Empty;
export const StatusRequest: MessageType<StatusRequest> = new MessageType('etcdserverpb.StatusRequest', {});

export interface DowngradeInfo {
  readonly enabled: boolean;
  readonly targetVersion: string;
}
export const DowngradeInfo: MessageType<DowngradeInfo> = new MessageType('etcdserverpb.DowngradeInfo', {
  enabled: bool(1),
  targetVersion: string(2),
});

export interface StatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
  /** Bytes of the file. */
  readonly dbSize: number;
  /** 0n: none known. */
  readonly leader: bigint;
  readonly raftIndex: number;
  readonly raftTerm: number;
  readonly raftAppliedIndex: number;
  readonly errors: readonly string[];
  /** Bytes that hold data. */
  readonly dbSizeInUse: number;
  readonly isLearner: boolean;
  readonly storageVersion: string;
  readonly dbSizeQuota: number;
  readonly downgradeInfo: DowngradeInfo | undefined;
}
export const StatusResponse: MessageType<StatusResponse> = new MessageType('etcdserverpb.StatusResponse', {
  header: message(1, () => ResponseHeader),
  version: string(2),
  dbSize: int64(3),
  leader: uint64Id(4),
  raftIndex: uint64(5),
  raftTerm: uint64(6),
  raftAppliedIndex: uint64(7),
  errors: repeated(string(8)),
  dbSizeInUse: int64(9),
  isLearner: bool(10),
  storageVersion: string(11),
  dbSizeQuota: int64(12),
  downgradeInfo: message(13, () => DowngradeInfo),
});

export type DefragmentRequest = Empty;
export const DefragmentRequest: MessageType<DefragmentRequest> = new MessageType(
  'etcdserverpb.DefragmentRequest',
  {},
);

export interface DefragmentResponse {
  readonly header: ResponseHeader | undefined;
}
export const DefragmentResponse: MessageType<DefragmentResponse> = new MessageType(
  'etcdserverpb.DefragmentResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export type HashRequest = Empty;
export const HashRequest: MessageType<HashRequest> = new MessageType('etcdserverpb.HashRequest', {});

export interface HashResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
}
export const HashResponse: MessageType<HashResponse> = new MessageType('etcdserverpb.HashResponse', {
  header: message(1, () => ResponseHeader),
  hash: uint32(2),
});

export interface HashKVRequest {
  /** 0: the present one. */
  readonly revision: number;
}
export const HashKVRequest: MessageType<HashKVRequest> = new MessageType('etcdserverpb.HashKVRequest', {
  revision: int64(1),
});

export interface HashKVResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
  readonly compactRevision: number;
  readonly hashRevision: number;
}
export const HashKVResponse: MessageType<HashKVResponse> = new MessageType('etcdserverpb.HashKVResponse', {
  header: message(1, () => ResponseHeader),
  hash: uint32(2),
  compactRevision: int64(3, 'compact_revision'),
  hashRevision: int64(4, 'hash_revision'),
});

export type SnapshotRequest = Empty;
export const SnapshotRequest: MessageType<SnapshotRequest> = new MessageType(
  'etcdserverpb.SnapshotRequest',
  {},
);

export interface SnapshotResponse {
  readonly header: ResponseHeader | undefined;
  readonly remainingBytes: number;
  readonly blob: Uint8Array;
  readonly version: string;
}
export const SnapshotResponse: MessageType<SnapshotResponse> = new MessageType(
  'etcdserverpb.SnapshotResponse',
  {
    header: message(1, () => ResponseHeader),
    remainingBytes: uint64(2, 'remaining_bytes'),
    blob: bytes(3),
    version: string(4),
  },
);

export interface MoveLeaderRequest {
  readonly targetId: bigint;
}
export const MoveLeaderRequest: MessageType<MoveLeaderRequest> = new MessageType(
  'etcdserverpb.MoveLeaderRequest',
  {
    targetId: uint64Id(1, 'targetID'),
  },
);

export interface MoveLeaderResponse {
  readonly header: ResponseHeader | undefined;
}
export const MoveLeaderResponse: MessageType<MoveLeaderResponse> = new MessageType(
  'etcdserverpb.MoveLeaderResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export const DowngradeAction = { VALIDATE: 0, ENABLE: 1, CANCEL: 2 } as const;
export type DowngradeAction = (typeof DowngradeAction)[keyof typeof DowngradeAction];
const DOWNGRADE_ACTION: EnumType = {
  protoName: 'etcdserverpb.DowngradeRequest.DowngradeAction',
  values: DowngradeAction,
};

export interface DowngradeRequest {
  /** A {@link DowngradeAction}. */
  readonly action: number;
  readonly version: string;
}
export const DowngradeRequest: MessageType<DowngradeRequest> = new MessageType(
  'etcdserverpb.DowngradeRequest',
  {
    action: enumeration(1, DOWNGRADE_ACTION),
    version: string(2),
  },
);

export interface DowngradeResponse {
  readonly header: ResponseHeader | undefined;
  readonly version: string;
}
export const DowngradeResponse: MessageType<DowngradeResponse> = new MessageType(
  'etcdserverpb.DowngradeResponse',
  {
    header: message(1, () => ResponseHeader),
    version: string(2),
  },
);

/** Used by tests of mixed versions only. */
export interface DowngradeVersionTestRequest {
  readonly ver: string;
}
export const DowngradeVersionTestRequest: MessageType<DowngradeVersionTestRequest> = new MessageType(
  'etcdserverpb.DowngradeVersionTestRequest',
  {
    ver: string(1),
  },
);
