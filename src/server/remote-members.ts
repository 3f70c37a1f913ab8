/**
 * What a running cluster says of its members: `GET /members` on their peer ports, in etcd's JSON. A joiner learns from it
 * who it is; a member of a new cluster, that it has not been started before.
 */
import type { Member as ClusterMember } from '../membership/index.js';
import type { HttpClient, LogSink } from '../platform/index.js';

export interface RemoteCluster {
  readonly clusterId: bigint;
  /** By ascending id. */
  readonly members: readonly ClusterMember[];
}

/** Asks one URL after the other and takes the first good answer; undefined if nobody has one. */
export async function fetchRemoteCluster(
  peerUrls: readonly string[],
  http: HttpClient | undefined,
  timeoutMs: number,
  log: LogSink | undefined,
): Promise<RemoteCluster | undefined> {
  if (http === undefined) return undefined;
  for (const url of peerUrls) {
    const address = `${url}/members`;
    try {
      const answer = await http.get(address, timeoutMs);
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      const members = parseMembers(answer.body);
      if (members.length === 0) throw new Error('there are no members yet');
      return { clusterId: parseId(answer.header('x-etcd-cluster-id')), members };
    } catch (error) {
      log?.log('warn', 'failed to get cluster response', { address, error: (error as Error).message });
    }
  }
  return undefined;
}

function parseId(text: string | undefined): bigint {
  if (text === undefined || !/^[0-9a-f]{1,16}$/i.test(text)) throw new Error('the answer has no cluster id');
  return BigInt(`0x${text}`);
}

/** Ids are numbers of 64 bits in this JSON: they are made strings before anything rounds them. */
function parseMembers(json: string): ClusterMember[] {
  const list: unknown = JSON.parse(json.replaceAll(/"id":\s*(\d+)/g, '"id":"$1"'));
  if (!Array.isArray(list)) throw new Error('the answer is no list of members');
  return list.map(memberOf).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function memberOf(record: unknown): ClusterMember {
  const { id, name, peerURLs, clientURLs, isLearner } = (record ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || !/^\d{1,20}$/.test(id)) throw new Error('a member of the answer has no id');
  return {
    id: BigInt(id),
    name: typeof name === 'string' ? name : '',
    peerUrls: textsOf(peerURLs).sort(),
    clientUrls: textsOf(clientURLs),
    isLearner: isLearner === true,
  };
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}
