/** Messages that members replicate among themselves and that no client sends. The field numbers are fixed forever. */
import { bool, type EnumType, enumeration, int64, repeated, string, uint64Id } from './field.js';
import { MessageType } from './message.js';

/** What a member tells about itself once it has started. */
export interface MemberAttributes {
  readonly memberId: bigint;
  readonly name: string;
  readonly clientUrls: readonly string[];
}
export const MemberAttributes: MessageType<MemberAttributes> = new MessageType('quoin.MemberAttributes', {
  memberId: uint64Id(1, 'member_id'),
  name: string(2),
  clientUrls: repeated(string(3, 'client_urls')),
});

/**
 * The context of a conf change: what raft does not need to know of it. The first five fields are those of
 * etcdserverpb.Member, as which the conf changes of a cluster's first entries were written once.
 */
export interface MemberChange {
  readonly id: bigint;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
  /** As in a replicated request; 0 if nobody waits. */
  readonly requestId: number;
  /** Whether adding a voter is meant to promote a learner. */
  readonly isPromotion: boolean;
  /** How many learners there may be after a learner is added. */
  readonly learnersMax: number;
  /** A {@link MemberChangeVerdict}: the leader sees what others cannot, and its word travels with the change. */
  readonly verdict: number;
}
export const MemberChangeVerdict = { NONE: 0, LEARNER_NOT_READY: 1, NOT_ENOUGH_STARTED: 2 } as const;
export type MemberChangeVerdict = (typeof MemberChangeVerdict)[keyof typeof MemberChangeVerdict];
const MEMBER_CHANGE_VERDICT: EnumType = {
  protoName: 'quoin.MemberChange.Verdict',
  values: MemberChangeVerdict,
};
export const MemberChange: MessageType<MemberChange> = new MessageType('quoin.MemberChange', {
  id: uint64Id(1, 'ID'),
  name: string(2),
  peerUrls: repeated(string(3, 'peerURLs')),
  clientUrls: repeated(string(4, 'clientURLs')),
  isLearner: bool(5),
  requestId: int64(16, 'request_id'),
  isPromotion: bool(17, 'is_promotion'),
  learnersMax: int64(18, 'learners_max'),
  verdict: enumeration(19, MEMBER_CHANGE_VERDICT),
});

/** The version all members can speak. */
export interface ClusterVersion {
  /** `major.minor.patch`. */
  readonly version: string;
}
export const ClusterVersion: MessageType<ClusterVersion> = new MessageType('quoin.ClusterVersion', {
  version: string(1),
});

/** Whether the cluster is on its way to an older version. */
export interface DowngradeTarget {
  readonly enabled: boolean;
  readonly version: string;
}
export const DowngradeTarget: MessageType<DowngradeTarget> = new MessageType('quoin.DowngradeTarget', {
  enabled: bool(1),
  version: string(2),
});

/** The leader's checksum of its keys (HashKV), for the others to hold their own against. */
export interface StateHash {
  readonly revision: number;
  /** The compaction it takes into account; −1: none. */
  readonly compactRevision: number;
  readonly hash: number;
}
export const StateHash: MessageType<StateHash> = new MessageType('quoin.StateHash', {
  revision: int64(1),
  compactRevision: int64(2, 'compact_revision'),
  hash: int64(3),
});

/** A login whose password was checked by the member that replicates it: every member learns the token. */
export interface TokenIssue {
  readonly name: string;
  readonly token: string;
  /** Revision of the auth store at which the password was checked. */
  readonly authRevision: number;
}
export const TokenIssue: MessageType<TokenIssue> = new MessageType('quoin.TokenIssue', {
  name: string(1),
  token: string(2),
  authRevision: int64(3, 'auth_revision'),
});
