/** etcdserverpb.ResponseHeader: the first field of nearly every answer. */
import { int64, uint64, uint64Id } from './field.js';
import { MessageType } from './message.js';

/** Who answered, and how far its store was. */
export interface ResponseHeader {
  readonly clusterId: bigint;
  /** The member that answered, not the leader. */
  readonly memberId: bigint;
  /** Revision of the store, 0 where revisions do not apply. */
  readonly revision: number;
  readonly raftTerm: number;
}
export const ResponseHeader: MessageType<ResponseHeader> = new MessageType('etcdserverpb.ResponseHeader', {
  clusterId: uint64Id(1, 'cluster_id'),
  memberId: uint64Id(2, 'member_id'),
  revision: int64(3),
  raftTerm: uint64(4, 'raft_term'),
});
