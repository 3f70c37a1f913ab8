/**
 * The records of etcd's that Quoin keeps in another shape: members and the voting configuration are JSON there, the
 * applied index big-endian.
 */
import type { Cluster, Member } from '../membership/index.js';
import type { ConfState } from '../raft/index.js';
import { encodeUtf8 } from '../stdx/index.js';

export type EtcdRecord = readonly [key: Uint8Array, value: Uint8Array];

/**
 * What the file says of the cluster's version: one that every etcd from 3.5 on starts from. A higher one would keep
 * etcd 3.5 from starting, and newer versions raise it by themselves.
 */
const CLUSTER_VERSION = '3.5.0';

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  let rest = value;
  for (let i = 7; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

const record = (key: string, value: string | Uint8Array): EtcdRecord => [
  encodeUtf8(key),
  typeof value === 'string' ? encodeUtf8(value) : value,
];

/** Ids are JSON numbers beyond 2^53, which `JSON.stringify` cannot write. */
const idList = (ids: readonly bigint[]): string => `[${ids.join(',')}]`;

function encodeConfState(conf: ConfState): string {
  const fields: string[] = [];
  const add = (name: string, ids: readonly bigint[]): void => {
    if (ids.length > 0) fields.push(`"${name}":${idList(ids)}`);
  };
  add('voters', conf.voters);
  add('learners', conf.learners);
  add('voters_outgoing', conf.votersOutgoing);
  add('learners_next', conf.learnersNext);
  fields.push(`"auto_leave":${conf.autoLeave}`);
  return `{${fields.join(',')}}`;
}

function encodeMember(member: Member): string {
  const fields = [`"id":${member.id}`, `"peerURLs":${JSON.stringify(member.peerUrls)}`];
  if (member.isLearner) fields.push('"isLearner":true');
  if (member.name !== '') fields.push(`"name":${JSON.stringify(member.name)}`);
  if (member.clientUrls.length > 0) fields.push(`"clientURLs":${JSON.stringify(member.clientUrls)}`);
  return `{${fields.join(',')}}`;
}

/** Of the bucket `meta`, all but the compaction marks; keys ascend. */
export function metaRecords(index: number, term: number, conf: ConfState): EtcdRecord[] {
  return [
    record('confState', encodeConfState(conf)),
    record('consistent_index', uint64(index)),
    record('term', uint64(term)),
  ];
}

export function clusterRecords(): EtcdRecord[] {
  return [record('clusterVersion', CLUSTER_VERSION)];
}

/** By ascending text of the id, which has no leading zeros. */
function byIdText(ids: readonly bigint[], value: (id: bigint) => string): EtcdRecord[] {
  const texts = ids.map((id) => [id.toString(16), id] as const);
  texts.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return texts.map(([text, id]) => record(text, value(id)));
}

export function memberRecords(cluster: Cluster): EtcdRecord[] {
  const ids = cluster.list().map((member) => member.id);
  return byIdText(ids, (id) => encodeMember(cluster.get(id)!));
}

export function removedMemberRecords(cluster: Cluster): EtcdRecord[] {
  return byIdText(cluster.removedIds(), () => 'removed');
}
