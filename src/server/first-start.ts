/**
 * Who a member is when it starts for the first time. In a new cluster that follows from the settings alone, which are
 * the same on all its members: equal settings give equal ids, and an equal beginning of the log. A member that joins a
 * running cluster was given its id when it was added, and asks the others for it.
 */
import {
  type Member as ClusterMember,
  computeClusterId,
  computeMemberId,
  type Sha1,
} from '../membership/index.js';
import type { Clock, HttpClient, LogSink } from '../platform/index.js';
import type { WalMetadata } from '../storage/index.js';
import { BootstrapError } from './bootstrap-error.js';
import { ASK_BEFORE_NEW_MS, ASK_TO_JOIN_MS, RESOLVE_HOSTS_MS } from './limits.js';
import { differenceOfUrls, type HostLookup, type HostResolver } from './peer-urls.js';
import { fetchRemoteCluster, type RemoteCluster } from './remote-members.js';

export interface FirstStartOptions {
  readonly name: string;
  /** Name and peer URLs of each member of the first start. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  /** `existing` joins a running cluster, to which the member was added before. */
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  /** The member's peer URLs as advertised, which a new cluster's settings must agree with; undefined if they are not. */
  readonly advertisePeerUrls?: readonly string[];
}

export interface FirstStartPorts {
  readonly sha1: Sha1;
  readonly clock: Clock;
  readonly sink: LogSink;
  /** Undefined if nobody can be asked. */
  readonly http?: HttpClient | undefined;
  /** Undefined if URLs are compared as text only. */
  readonly resolveHost?: HostResolver | undefined;
}

export interface FirstStart {
  readonly metadata: WalMetadata;
  /** Whose conf changes begin the log, by ascending id; none for a joiner, who is sent the log of the others. */
  readonly founders: readonly ClusterMember[];
  /** The others, as far as a joiner was told. */
  readonly remotes: readonly ClusterMember[];
}

/**
 * `hasLog` says that the member has begun before and has a log, to which nothing was written.
 *
 * Rejects with {@link BootstrapError} for settings with which no member can start.
 */
export async function firstStart(
  options: FirstStartOptions,
  ports: FirstStartPorts,
  hasLog = false,
): Promise<FirstStart> {
  const own = options.initialCluster.get(options.name);
  if (own === undefined) {
    throw new BootstrapError(
      `couldn't find local name ${JSON.stringify(options.name)} in the initial cluster configuration`,
    );
  }
  if (options.initialClusterState === 'existing') {
    refuseDuplicateUrls(options.initialCluster);
    return join(options, ports, hasLog);
  }
  await checkAdvertised(options, own, ports);
  refuseDuplicateUrls(options.initialCluster);
  return found(options, ports);
}

/** The URLs of the settings as one text, as the flag is written. */
function textOf(cluster: ReadonlyMap<string, readonly string[]>): string {
  return [...cluster]
    .flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`))
    .sort()
    .join(',');
}

function refuseDuplicateUrls(cluster: ReadonlyMap<string, readonly string[]>): void {
  const urls = [...cluster.values()].flat();
  if (new Set(urls).size < urls.length) {
    throw new BootstrapError(`initial cluster ${textOf(cluster)} has duplicate url`);
  }
}

async function checkAdvertised(
  options: FirstStartOptions,
  own: readonly string[],
  ports: FirstStartPorts,
): Promise<void> {
  const { name, advertisePeerUrls: advertised } = options;
  if (advertised === undefined) return;
  const difference = await differenceOfUrls(advertised, own, hostLookup(ports));
  if (difference === undefined) return;
  const notAdvertised = own.filter((url) => !advertised.includes(url));
  if (notAdvertised.length > 0) {
    throw new BootstrapError(
      `--initial-cluster has ${notAdvertised.map((url) => `${name}=${url}`).join(',')} but missing from --initial-advertise-peer-urls=${advertised.join(',')} (${difference})`,
    );
  }
  const missing = advertised.filter((url) => !own.includes(url));
  throw new BootstrapError(
    `--initial-advertise-peer-urls has ${missing.join(',')} but missing from --initial-cluster=${textOf(new Map([[name, advertised]]))}`,
  );
}

function hostLookup(ports: FirstStartPorts): HostLookup | undefined {
  const { resolveHost: resolve, clock } = ports;
  return resolve && { resolve, clock, deadline: clock.now() + RESOLVE_HOSTS_MS };
}

/** Peer URLs of everybody else. */
function urlsOfOthers(options: FirstStartOptions): string[] {
  return [...options.initialCluster].filter(([name]) => name !== options.name).flatMap(([, urls]) => urls);
}

/** A member tells its client URLs when it runs for the first time. */
function refuseIfStarted(self: ClusterMember | undefined): void {
  if (self === undefined || self.clientUrls.length === 0) return;
  throw new BootstrapError(
    `member ${self.id.toString(16)} has already been bootstrapped: if its data is lost, remove it from the cluster and add it again`,
  );
}

async function found(options: FirstStartOptions, ports: FirstStartPorts): Promise<FirstStart> {
  const founders = [...options.initialCluster].map(([name, peerUrls]): ClusterMember => {
    const sorted = [...peerUrls].sort();
    const id = computeMemberId(ports.sha1, sorted, options.initialClusterToken);
    return { id, name, peerUrls: sorted, clientUrls: [], isLearner: false };
  });
  founders.sort((a, b) => (a.id < b.id ? -1 : 1));
  const memberId = founders.find(({ name }) => name === options.name)!.id;
  // Without its log a member must not vote again as if it never had: it would break what it promised before.
  const remote = await fetchRemoteCluster(urlsOfOthers(options), ports.http, ASK_BEFORE_NEW_MS, undefined);
  refuseIfStarted(remote?.members.find(({ id }) => id === memberId));
  const ids = founders.map(({ id }) => id);
  return { metadata: { clusterId: computeClusterId(ports.sha1, ids), memberId }, founders, remotes: [] };
}

async function join(
  options: FirstStartOptions,
  ports: FirstStartPorts,
  hasLog: boolean,
): Promise<FirstStart> {
  const remote = await fetchRemoteCluster(urlsOfOthers(options), ports.http, ASK_TO_JOIN_MS, ports.sink);
  if (remote === undefined) {
    throw new BootstrapError(
      'cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs',
    );
  }
  const memberId = await identify(options, remote, ports);
  // The others count on what it has acknowledged and promised. A log to which nothing was written yet proves that this is
  // nothing, even if the member was quick enough to tell its URLs.
  if (!hasLog) refuseIfStarted(remote.members.find(({ id }) => id === memberId));
  return {
    metadata: { clusterId: remote.clusterId, memberId },
    founders: [],
    remotes: remote.members.filter(({ id }) => id !== memberId),
  };
}

/** Which of the cluster's members this one is. The settings must name all members, by the URLs that the cluster knows. */
async function identify(
  options: FirstStartOptions,
  remote: RemoteCluster,
  ports: FirstStartPorts,
): Promise<bigint> {
  const unmatched = new Map(options.initialCluster);
  if (unmatched.size !== remote.members.length) throw mismatch(remote, 'member count is unequal');
  const names = new Map<bigint, string>();
  // Those that are equal as text first: names are resolved for what is left only.
  let lastProblem = '';
  for (const hosts of [undefined, hostLookup(ports)]) {
    if (unmatched.size === 0) break;
    for (const { id, peerUrls } of remote.members) {
      if (names.has(id)) continue;
      for (const [name, urls] of unmatched) {
        const difference = await differenceOfUrls(peerUrls, urls, hosts);
        if (difference === undefined) {
          names.set(id, name);
          unmatched.delete(name);
          break;
        }
        lastProblem = difference;
      }
    }
  }
  if (unmatched.size > 0) {
    const { id, peerUrls } = remote.members.find((member) => !names.has(member.id))!;
    throw mismatch(
      remote,
      `PeerURLs: no match found for existing member (${id.toString(16)}, [${peerUrls.join(' ')}]), last resolver error (${lastProblem})`,
    );
  }
  return remote.members.find(({ id }) => names.get(id) === options.name)!.id;
}

function mismatch({ clusterId, members }: RemoteCluster, problem: string): BootstrapError {
  const listed = members.map(({ id, name, peerUrls, clientUrls, isLearner }) => {
    const raft = `RaftAttributes:{PeerURLs:[${peerUrls.join(' ')}] IsLearner:${isLearner}}`;
    return `{ID:${id.toString(16)} ${raft} Attributes:{Name:${name} ClientURLs:[${clientUrls.join(' ')}]}}`;
  });
  return new BootstrapError(
    `error validating peerURLs {ClusterID:${clusterId.toString(16)} Members:[${listed.join(' ')}]}: ${problem}`,
  );
}
