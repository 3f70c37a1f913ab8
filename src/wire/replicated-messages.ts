/** Messages that members replicate among themselves and that no client sends. The field numbers are fixed forever. */
import { bool, int64, repeated, string, uint64Id } from './field.js';
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
