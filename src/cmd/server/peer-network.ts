/** The network between members, on sockets. */
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { connect } from '../../node/connector.js';
import { systemRandom } from '../../node/random.js';
import type { ByteStream, LogSink } from '../../platform/index.js';
import type { PeerNetwork } from '../../server/index.js';
import { GrpcPeerNetwork, type Peer } from '../../transport/index.js';
import { parseMemberUrl, UrlError } from '../config/urls.js';
import { QUOIN_VERSION } from '../version.js';

export interface PeerNetworkSettings {
  readonly electionMs: number;
  readonly maxRequestBytes: number;
  readonly advertisePeerUrls: readonly string[];
}

export interface PeerNetworkParts {
  readonly config: PeerNetworkSettings;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Known before any configuration is: of a member that joins, the others. */
  readonly remotes: readonly Peer[];
  readonly log: LogSink;
}

/** Begins a connection to a peer URL; undefined for what this version cannot reach. */
function connectTo(url: string): ByteStream | undefined {
  try {
    const { scheme, host, port, path } = parseMemberUrl(url);
    if (scheme === 'http') return connect({ host, port });
    return scheme === 'unix' ? connect({ path }) : undefined;
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** Fits the member's port by shape; the compiler compares here. */
export function openPeerNetwork(parts: PeerNetworkParts): GrpcPeerNetwork & PeerNetwork {
  const { config, clusterId, memberId } = parts;
  return new GrpcPeerNetwork({
    self: { clusterId, memberId, version: QUOIN_VERSION, peerUrls: config.advertisePeerUrls },
    remotes: parts.remotes,
    connect: connectTo,
    clock: systemClock,
    random: systemRandom,
    log: parts.log,
    checksum: NODE_CRC32,
    electionMs: config.electionMs,
    entryBytesMax: config.maxRequestBytes,
  });
}
