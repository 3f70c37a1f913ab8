/** v3electionpb.Election: leader election among clients. */
import { bytes, int64, int64Id, message } from './field.js';
import { ResponseHeader } from './header.js';
import { KeyValue } from './kv.js';
import { MessageType } from './message.js';

/** What a leader shows to prove that it leads. */
export interface LeaderKey {
  /** The election. */
  readonly name: Uint8Array;
  /** The candidate's key. */
  readonly key: Uint8Array;
  /** Create revision of `key`. */
  readonly rev: number;
  readonly lease: bigint;
}
export const LeaderKey: MessageType<LeaderKey> = new MessageType('v3electionpb.LeaderKey', {
  name: bytes(1),
  key: bytes(2),
  rev: int64(3),
  lease: int64Id(4),
});

export interface CampaignRequest {
  readonly name: Uint8Array;
  readonly lease: bigint;
  readonly value: Uint8Array;
}
export const CampaignRequest: MessageType<CampaignRequest> = new MessageType('v3electionpb.CampaignRequest', {
  name: bytes(1),
  lease: int64Id(2),
  value: bytes(3),
});

export interface CampaignResponse {
  readonly header: ResponseHeader | undefined;
  readonly leader: LeaderKey | undefined;
}
export const CampaignResponse: MessageType<CampaignResponse> = new MessageType(
  'v3electionpb.CampaignResponse',
  {
    header: message(1, () => ResponseHeader),
    leader: message(2, () => LeaderKey),
  },
);

export interface LeaderRequest {
  readonly name: Uint8Array;
}
export const LeaderRequest: MessageType<LeaderRequest> = new MessageType('v3electionpb.LeaderRequest', {
  name: bytes(1),
});

export interface LeaderResponse {
  readonly header: ResponseHeader | undefined;
  readonly kv: KeyValue | undefined;
}
export const LeaderResponse: MessageType<LeaderResponse> = new MessageType('v3electionpb.LeaderResponse', {
  header: message(1, () => ResponseHeader),
  kv: message(2, () => KeyValue),
});

export interface ProclaimRequest {
  readonly leader: LeaderKey | undefined;
  readonly value: Uint8Array;
}
export const ProclaimRequest: MessageType<ProclaimRequest> = new MessageType('v3electionpb.ProclaimRequest', {
  leader: message(1, () => LeaderKey),
  value: bytes(2),
});

export interface ProclaimResponse {
  readonly header: ResponseHeader | undefined;
}
export const ProclaimResponse: MessageType<ProclaimResponse> = new MessageType(
  'v3electionpb.ProclaimResponse',
  {
    header: message(1, () => ResponseHeader),
  },
);

export interface ResignRequest {
  readonly leader: LeaderKey | undefined;
}
export const ResignRequest: MessageType<ResignRequest> = new MessageType('v3electionpb.ResignRequest', {
  leader: message(1, () => LeaderKey),
});

export interface ResignResponse {
  readonly header: ResponseHeader | undefined;
}
export const ResignResponse: MessageType<ResignResponse> = new MessageType('v3electionpb.ResignResponse', {
  header: message(1, () => ResponseHeader),
});
