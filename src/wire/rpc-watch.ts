/** etcdserverpb.Watch: one bidirectional stream carries many watchers. */

import type { Empty } from './empty.js';
import { bool, bytes, type EnumType, enumeration, int64, message, oneof, repeated, string } from './field.js';
import { ResponseHeader } from './header.js';
import { Event } from './kv.js';
import { MessageType } from './message.js';

/** Kinds of events a watcher does not want. */
export const FilterType = { NOPUT: 0, NODELETE: 1 } as const;
export type FilterType = (typeof FilterType)[keyof typeof FilterType];
const FILTER_TYPE: EnumType = { protoName: 'etcdserverpb.WatchCreateRequest.FilterType', values: FilterType };

export interface WatchCreateRequest {
  /** Empty: the single byte 0x00. */
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  /** 0: from now on. */
  readonly startRevision: number;
  /** Send the revision now and then while nothing happens. */
  readonly progressNotify: boolean;
  /** {@link FilterType}s. */
  readonly filters: readonly number[];
  readonly prevKv: boolean;
  /** 0: the server chooses. */
  readonly watchId: number;
  /** Large answers may be split. */
  readonly fragment: boolean;
}
export const WatchCreateRequest: MessageType<WatchCreateRequest> = new MessageType(
  'etcdserverpb.WatchCreateRequest',
  {
    key: bytes(1),
    rangeEnd: bytes(2, 'range_end'),
    startRevision: int64(3, 'start_revision'),
    progressNotify: bool(4, 'progress_notify'),
    filters: repeated(enumeration(5, FILTER_TYPE)),
    prevKv: bool(6, 'prev_kv'),
    watchId: int64(7, 'watch_id'),
    fragment: bool(8),
  },
);

export interface WatchCancelRequest {
  readonly watchId: number;
}
export const WatchCancelRequest: MessageType<WatchCancelRequest> = new MessageType(
  'etcdserverpb.WatchCancelRequest',
  {
    watchId: int64(1, 'watch_id'),
  },
);

export type WatchProgressRequest = Empty;
export const WatchProgressRequest: MessageType<WatchProgressRequest> = new MessageType(
  'etcdserverpb.WatchProgressRequest',
  {},
);

/** At most one property is defined. */
export interface WatchRequest {
  readonly createRequest: WatchCreateRequest | undefined;
  readonly cancelRequest: WatchCancelRequest | undefined;
  readonly progressRequest: WatchProgressRequest | undefined;
}
export const WatchRequest: MessageType<WatchRequest> = new MessageType('etcdserverpb.WatchRequest', {
  createRequest: oneof(
    'request_union',
    message(1, () => WatchCreateRequest, 'create_request'),
  ),
  cancelRequest: oneof(
    'request_union',
    message(2, () => WatchCancelRequest, 'cancel_request'),
  ),
  progressRequest: oneof(
    'request_union',
    message(3, () => WatchProgressRequest, 'progress_request'),
  ),
});

export interface WatchResponse {
  readonly header: ResponseHeader | undefined;
  readonly watchId: number;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Not 0: the watch was cancelled because it started at a revision before this one. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** More of the same revision follows. */
  readonly fragment: boolean;
  readonly events: readonly Event[];
}
export const WatchResponse: MessageType<WatchResponse> = new MessageType('etcdserverpb.WatchResponse', {
  header: message(1, () => ResponseHeader),
  watchId: int64(2, 'watch_id'),
  created: bool(3),
  canceled: bool(4),
  compactRevision: int64(5, 'compact_revision'),
  cancelReason: string(6, 'cancel_reason'),
  fragment: bool(7),
  events: repeated(message(11, () => Event)),
});
