/** etcdserverpb.Cluster: who is a member. */
import { bool, message, repeated, string, uint64Id } from './field.js';
import { ResponseHeader } from './header.js';
import { MessageType } from './message.js';

export interface Member {
  readonly id: bigint;
  /** Empty until the member has started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}
export const Member: MessageType<Member> = new MessageType('etcdserverpb.Member', {
  id: uint64Id(1, 'ID'),
  name: string(2),
  peerUrls: repeated(string(3, 'peerURLs')),
  clientUrls: repeated(string(4, 'clientURLs')),
  isLearner: bool(5),
});

export interface MemberAddRequest {
  readonly peerUrls: readonly string[];
  readonly isLearner: boolean;
}
export const MemberAddRequest: MessageType<MemberAddRequest> = new MessageType(
  'etcdserverpb.MemberAddRequest',
  {
    peerUrls: repeated(string(1, 'peerURLs')),
    isLearner: bool(2),
  },
);

export interface MemberAddResponse {
  readonly header: ResponseHeader | undefined;
  readonly member: Member | undefined;
  readonly members: readonly Member[];
}
export const MemberAddResponse: MessageType<MemberAddResponse> = new MessageType(
  'etcdserverpb.MemberAddResponse',
  {
    header: message(1, () => ResponseHeader),
    member: message(2, () => Member),
    members: repeated(message(3, () => Member)),
  },
);

export interface MemberRemoveRequest {
  readonly id: bigint;
}
export const MemberRemoveRequest: MessageType<MemberRemoveRequest> = new MessageType(
  'etcdserverpb.MemberRemoveRequest',
  {
    id: uint64Id(1, 'ID'),
  },
);

export interface MemberRemoveResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}
export const MemberRemoveResponse: MessageType<MemberRemoveResponse> = new MessageType(
  'etcdserverpb.MemberRemoveResponse',
  {
    header: message(1, () => ResponseHeader),
    members: repeated(message(2, () => Member)),
  },
);

export interface MemberUpdateRequest {
  readonly id: bigint;
  readonly peerUrls: readonly string[];
}
export const MemberUpdateRequest: MessageType<MemberUpdateRequest> = new MessageType(
  'etcdserverpb.MemberUpdateRequest',
  {
    id: uint64Id(1, 'ID'),
    peerUrls: repeated(string(2, 'peerURLs')),
  },
);

export interface MemberUpdateResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}
export const MemberUpdateResponse: MessageType<MemberUpdateResponse> = new MessageType(
  'etcdserverpb.MemberUpdateResponse',
  {
    header: message(1, () => ResponseHeader),
    members: repeated(message(2, () => Member)),
  },
);

export interface MemberListRequest {
  readonly linearizable: boolean;
}
export const MemberListRequest: MessageType<MemberListRequest> = new MessageType(
  'etcdserverpb.MemberListRequest',
  {
    linearizable: bool(1),
  },
);

export interface MemberListResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}
export const MemberListResponse: MessageType<MemberListResponse> = new MessageType(
  'etcdserverpb.MemberListResponse',
  {
    header: message(1, () => ResponseHeader),
    members: repeated(message(2, () => Member)),
  },
);

export interface MemberPromoteRequest {
  readonly id: bigint;
}
export const MemberPromoteRequest: MessageType<MemberPromoteRequest> = new MessageType(
  'etcdserverpb.MemberPromoteRequest',
  {
    id: uint64Id(1, 'ID'),
  },
);

export interface MemberPromoteResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: readonly Member[];
}
export const MemberPromoteResponse: MessageType<MemberPromoteResponse> = new MessageType(
  'etcdserverpb.MemberPromoteResponse',
  {
    header: message(1, () => ResponseHeader),
    members: repeated(message(2, () => Member)),
  },
);
