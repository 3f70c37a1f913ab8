/** etcdserverpb.KV: ranges, puts, deletions, transactions, compaction (spec: rpc.proto of etcd v3). */
import {
  bool,
  bytes,
  type EnumType,
  enumeration,
  int64,
  int64Id,
  message,
  oneof,
  repeated,
} from './field.js';
import { ResponseHeader } from './header.js';
import { KeyValue } from './kv.js';
import { MessageType } from './message.js';

/** Direction of a sorted range. */
export const SortOrder = { NONE: 0, ASCEND: 1, DESCEND: 2 } as const;
export type SortOrder = (typeof SortOrder)[keyof typeof SortOrder];
const SORT_ORDER: EnumType = { protoName: 'etcdserverpb.RangeRequest.SortOrder', values: SortOrder };

/** What a range is sorted by. Not numbered like {@link CompareTarget}. */
export const SortTarget = { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } as const;
export type SortTarget = (typeof SortTarget)[keyof typeof SortTarget];
const SORT_TARGET: EnumType = { protoName: 'etcdserverpb.RangeRequest.SortTarget', values: SortTarget };

export interface RangeRequest {
  readonly key: Uint8Array;
  /** Exclusive. Empty: the one key. A single 0x00: all keys from `key` on. */
  readonly rangeEnd: Uint8Array;
  /** 0 or less: no limit. */
  readonly limit: number;
  /** 0 or less: the present one. */
  readonly revision: number;
  /** A {@link SortOrder}, or a number this version does not know. */
  readonly sortOrder: number;
  /** A {@link SortTarget}, or a number this version does not know. */
  readonly sortTarget: number;
  readonly serializable: boolean;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}
export const RangeRequest: MessageType<RangeRequest> = new MessageType('etcdserverpb.RangeRequest', {
  key: bytes(1),
  rangeEnd: bytes(2, 'range_end'),
  limit: int64(3),
  revision: int64(4),
  sortOrder: enumeration(5, SORT_ORDER, 'sort_order'),
  sortTarget: enumeration(6, SORT_TARGET, 'sort_target'),
  serializable: bool(7),
  keysOnly: bool(8, 'keys_only'),
  countOnly: bool(9, 'count_only'),
  minModRevision: int64(10, 'min_mod_revision'),
  maxModRevision: int64(11, 'max_mod_revision'),
  minCreateRevision: int64(12, 'min_create_revision'),
  maxCreateRevision: int64(13, 'max_create_revision'),
});

export interface RangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly kvs: readonly KeyValue[];
  /** Keys beyond the limit exist. */
  readonly more: boolean;
  /** Keys in the interval, whatever the limit and the filters. */
  readonly count: number;
}
export const RangeResponse: MessageType<RangeResponse> = new MessageType('etcdserverpb.RangeResponse', {
  header: message(1, () => ResponseHeader),
  kvs: repeated(message(2, () => KeyValue)),
  more: bool(3),
  count: int64(4),
});

/** Since 3.7. Merging all messages of a stream gives the answer to the plain range. */
export interface RangeStreamResponse {
  readonly rangeResponse: RangeResponse | undefined;
}
export const RangeStreamResponse: MessageType<RangeStreamResponse> = new MessageType(
  'etcdserverpb.RangeStreamResponse',
  {
    rangeResponse: message(1, () => RangeResponse, 'range_response'),
  },
);

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  readonly prevKv: boolean;
  /** Keep the present value. */
  readonly ignoreValue: boolean;
  /** Keep the present lease. */
  readonly ignoreLease: boolean;
}
export const PutRequest: MessageType<PutRequest> = new MessageType('etcdserverpb.PutRequest', {
  key: bytes(1),
  value: bytes(2),
  lease: int64Id(3),
  prevKv: bool(4, 'prev_kv'),
  ignoreValue: bool(5, 'ignore_value'),
  ignoreLease: bool(6, 'ignore_lease'),
});

export interface PutResponse {
  readonly header: ResponseHeader | undefined;
  readonly prevKv: KeyValue | undefined;
}
export const PutResponse: MessageType<PutResponse> = new MessageType('etcdserverpb.PutResponse', {
  header: message(1, () => ResponseHeader),
  prevKv: message(2, () => KeyValue, 'prev_kv'),
});

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly prevKv: boolean;
}
export const DeleteRangeRequest: MessageType<DeleteRangeRequest> = new MessageType(
  'etcdserverpb.DeleteRangeRequest',
  {
    key: bytes(1),
    rangeEnd: bytes(2, 'range_end'),
    prevKv: bool(3, 'prev_kv'),
  },
);

export interface DeleteRangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}
export const DeleteRangeResponse: MessageType<DeleteRangeResponse> = new MessageType(
  'etcdserverpb.DeleteRangeResponse',
  {
    header: message(1, () => ResponseHeader),
    deleted: int64(2),
    prevKvs: repeated(message(3, () => KeyValue, 'prev_kvs')),
  },
);

/** One operation of a transaction: at most one property is defined. */
export interface RequestOp {
  readonly requestRange: RangeRequest | undefined;
  readonly requestPut: PutRequest | undefined;
  readonly requestDeleteRange: DeleteRangeRequest | undefined;
  readonly requestTxn: TxnRequest | undefined;
}
export const RequestOp: MessageType<RequestOp> = new MessageType('etcdserverpb.RequestOp', {
  requestRange: oneof(
    'request',
    message(1, () => RangeRequest, 'request_range'),
  ),
  requestPut: oneof(
    'request',
    message(2, () => PutRequest, 'request_put'),
  ),
  requestDeleteRange: oneof(
    'request',
    message(3, () => DeleteRangeRequest, 'request_delete_range'),
  ),
  requestTxn: oneof(
    'request',
    message(4, () => TxnRequest, 'request_txn'),
  ),
});

/** The answer to one {@link RequestOp}: exactly one property is defined. */
export interface ResponseOp {
  readonly responseRange: RangeResponse | undefined;
  readonly responsePut: PutResponse | undefined;
  readonly responseDeleteRange: DeleteRangeResponse | undefined;
  readonly responseTxn: TxnResponse | undefined;
}
export const ResponseOp: MessageType<ResponseOp> = new MessageType('etcdserverpb.ResponseOp', {
  responseRange: oneof(
    'response',
    message(1, () => RangeResponse, 'response_range'),
  ),
  responsePut: oneof(
    'response',
    message(2, () => PutResponse, 'response_put'),
  ),
  responseDeleteRange: oneof(
    'response',
    message(3, () => DeleteRangeResponse, 'response_delete_range'),
  ),
  responseTxn: oneof(
    'response',
    message(4, () => TxnResponse, 'response_txn'),
  ),
});

/** Stored side, operator, given side. */
export const CompareResult = { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } as const;
export type CompareResult = (typeof CompareResult)[keyof typeof CompareResult];
const COMPARE_RESULT: EnumType = { protoName: 'etcdserverpb.Compare.CompareResult', values: CompareResult };

/** What of a key is compared. Not numbered like {@link SortTarget}. */
export const CompareTarget = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;
export type CompareTarget = (typeof CompareTarget)[keyof typeof CompareTarget];
const COMPARE_TARGET: EnumType = { protoName: 'etcdserverpb.Compare.CompareTarget', values: CompareTarget };

/** A condition of a transaction. Of the five values that which `target` names counts, and absence is 0 or empty. */
export interface Compare {
  /** A {@link CompareResult}. */
  readonly result: number;
  /** A {@link CompareTarget}. */
  readonly target: number;
  readonly key: Uint8Array;
  readonly version: number | undefined;
  readonly createRevision: number | undefined;
  readonly modRevision: number | undefined;
  readonly value: Uint8Array | undefined;
  readonly lease: bigint | undefined;
  /** Then the condition must hold for every key of the interval. */
  readonly rangeEnd: Uint8Array;
}
export const Compare: MessageType<Compare> = new MessageType('etcdserverpb.Compare', {
  result: enumeration(1, COMPARE_RESULT),
  target: enumeration(2, COMPARE_TARGET),
  key: bytes(3),
  version: oneof('target_union', int64(4)),
  createRevision: oneof('target_union', int64(5, 'create_revision')),
  modRevision: oneof('target_union', int64(6, 'mod_revision')),
  value: oneof('target_union', bytes(7)),
  lease: oneof('target_union', int64Id(8)),
  rangeEnd: bytes(64, 'range_end'),
});

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}
export const TxnRequest: MessageType<TxnRequest> = new MessageType('etcdserverpb.TxnRequest', {
  compare: repeated(message(1, () => Compare)),
  success: repeated(message(2, () => RequestOp)),
  failure: repeated(message(3, () => RequestOp)),
});

export interface TxnResponse {
  readonly header: ResponseHeader | undefined;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}
export const TxnResponse: MessageType<TxnResponse> = new MessageType('etcdserverpb.TxnResponse', {
  header: message(1, () => ResponseHeader),
  succeeded: bool(2),
  responses: repeated(message(3, () => ResponseOp)),
});

export interface CompactionRequest {
  readonly revision: number;
  /** Answer only when the old revisions are gone from the disk. */
  readonly physical: boolean;
}
export const CompactionRequest: MessageType<CompactionRequest> = new MessageType(
  'etcdserverpb.CompactionRequest',
  {
    revision: int64(1),
    physical: bool(2),
  },
);

export interface CompactionResponse {
  readonly header: ResponseHeader | undefined;
}
export const CompactionResponse: MessageType<CompactionResponse> = new MessageType(
  'etcdserverpb.CompactionResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);
