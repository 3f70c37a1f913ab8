/**
 * Field tables of the messages that the proofs send and read. They are kept apart from the product's own codecs on
 * purpose: a proof that shares the code it checks proves little.
 */

/** A scalar type, or the name of a message in {@link SCHEMA}. */
export type FieldType = 'bytes' | 'string' | 'int64' | 'uint64' | 'bool' | (string & {});

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
}

export type MessageSchema = ReadonlyMap<number, Field>;

/** "number name type" per field; "[]" before the type marks a repeated one. */
function message(text: string): MessageSchema {
  const fields = new Map<number, Field>();
  for (const part of text.split(',')) {
    const [number, name, type] = part.trim().split(' ') as [string, string, string];
    if (number === '') continue;
    const repeated = type.startsWith('[]');
    fields.set(Number(number), { name, type: repeated ? type.slice(2) : type, repeated });
  }
  return fields;
}

const header = '1 header ResponseHeader';

export const SCHEMA: Readonly<Record<string, MessageSchema>> = {
  ResponseHeader: message('1 cluster_id uint64, 2 member_id uint64, 3 revision int64, 4 raft_term uint64'),
  KeyValue: message(
    '1 key bytes, 2 create_revision int64, 3 mod_revision int64, 4 version int64, 5 value bytes, 6 lease int64',
  ),
  Event: message('1 type int64, 2 kv KeyValue, 3 prev_kv KeyValue'),
  RangeRequest: message(
    '1 key bytes, 2 range_end bytes, 3 limit int64, 4 revision int64, 5 sort_order int64, 6 sort_target int64, ' +
      '7 serializable bool, 8 keys_only bool, 9 count_only bool, 10 min_mod_revision int64, ' +
      '11 max_mod_revision int64, 12 min_create_revision int64, 13 max_create_revision int64',
  ),
  RangeResponse: message(`${header}, 2 kvs []KeyValue, 3 more bool, 4 count int64`),
  PutRequest: message(
    '1 key bytes, 2 value bytes, 3 lease int64, 4 prev_kv bool, 5 ignore_value bool, 6 ignore_lease bool',
  ),
  PutResponse: message(`${header}, 2 prev_kv KeyValue`),
  DeleteRangeRequest: message('1 key bytes, 2 range_end bytes, 3 prev_kv bool'),
  DeleteRangeResponse: message(`${header}, 2 deleted int64, 3 prev_kvs []KeyValue`),
  RequestOp: message(
    '1 request_range RangeRequest, 2 request_put PutRequest, 3 request_delete_range DeleteRangeRequest, ' +
      '4 request_txn TxnRequest',
  ),
  ResponseOp: message(
    '1 response_range RangeResponse, 2 response_put PutResponse, 3 response_delete_range DeleteRangeResponse, ' +
      '4 response_txn TxnResponse',
  ),
  Compare: message(
    '1 result int64, 2 target int64, 3 key bytes, 4 version int64, 5 create_revision int64, 6 mod_revision int64, ' +
      '7 value bytes, 8 lease int64, 64 range_end bytes',
  ),
  TxnRequest: message('1 compare []Compare, 2 success []RequestOp, 3 failure []RequestOp'),
  TxnResponse: message(`${header}, 2 succeeded bool, 3 responses []ResponseOp`),
  CompactionRequest: message('1 revision int64, 2 physical bool'),
  CompactionResponse: message(header),
  WatchRequest: message(
    '1 create_request WatchCreateRequest, 2 cancel_request WatchCancelRequest, 3 progress_request Empty',
  ),
  WatchCreateRequest: message(
    '1 key bytes, 2 range_end bytes, 3 start_revision int64, 4 progress_notify bool, 5 filters []int64, ' +
      '6 prev_kv bool, 7 watch_id int64, 8 fragment bool',
  ),
  WatchCancelRequest: message('1 watch_id int64'),
  WatchResponse: message(
    `${header}, 2 watch_id int64, 3 created bool, 4 canceled bool, 5 compact_revision int64, ` +
      '6 cancel_reason string, 7 fragment bool, 11 events []Event',
  ),
  Empty: message(''),
  StatusResponse: message(
    `${header}, 2 version string, 3 dbSize int64, 4 leader uint64, 5 raftIndex uint64, 6 raftTerm uint64, ` +
      '7 raftAppliedIndex uint64, 8 errors []string, 9 dbSizeInUse int64, 10 isLearner bool, ' +
      '11 storageVersion string, 12 dbSizeQuota int64, 13 downgradeInfo Empty',
  ),
  HashKVRequest: message('1 revision int64'),
  HashKVResponse: message(`${header}, 2 hash uint64, 3 compact_revision int64, 4 hash_revision int64`),
  LeaseGrantRequest: message('1 TTL int64, 2 ID int64'),
  LeaseGrantResponse: message(`${header}, 2 ID int64, 3 TTL int64, 4 error string`),
  LeaseRevokeRequest: message('1 ID int64'),
  LeaseRevokeResponse: message(header),
  LeaseKeepAliveRequest: message('1 ID int64'),
  LeaseKeepAliveResponse: message(`${header}, 2 ID int64, 3 TTL int64`),
  LeaseTimeToLiveRequest: message('1 ID int64, 2 keys bool'),
  LeaseTimeToLiveResponse: message(`${header}, 2 ID int64, 3 TTL int64, 4 grantedTTL int64, 5 keys []bytes`),
  LeaseLeasesResponse: message(`${header}, 2 leases []LeaseStatus`),
  LeaseStatus: message('1 ID int64'),
  Member: message('1 ID uint64, 2 name string, 3 peerURLs []string, 4 clientURLs []string, 5 isLearner bool'),
  MemberListResponse: message(`${header}, 2 members []Member`),
  MemberAddRequest: message('1 peerURLs []string, 2 isLearner bool'),
  MemberAddResponse: message(`${header}, 2 member Member, 3 members []Member`),
  MemberRemoveRequest: message('1 ID uint64'),
  HealthCheckRequest: message('1 service string'),
  HealthCheckResponse: message('1 status int64'),
};

export function schemaOf(name: string): MessageSchema {
  const schema = SCHEMA[name];
  if (schema === undefined) throw new Error(`no schema for message ${name}`);
  return schema;
}
