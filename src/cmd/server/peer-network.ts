/** The network between members, on sockets. */
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { type ConnectTarget, connect, connectByTls } from '../../node/connector.js';
import { systemRandom } from '../../node/random.js';
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { ByteStream, LogSink } from '../../platform/index.js';
import type { PeerNetwork } from '../../server/index.js';
import { GrpcPeerNetwork, type Peer } from '../../transport/index.js';
import { isSecure, parseMemberUrl, serverNameOf, UrlError } from '../config/urls.js';
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
  /** For `https:` and `unixs:`; without it they cannot be reached. */
  readonly tls: ReloadingFiles | undefined;
}

/** Begins a connection to a peer URL; undefined for one of a kind that there is no way to. What Node.js refuses is thrown. */
function connectTo(text: string, tls: ReloadingFiles | undefined): ByteStream | undefined {
  try {
    const url = parseMemberUrl(text);
    const target: ConnectTarget = url.path === '' ? { host: url.host, port: url.port } : { path: url.path };
    if (!isSecure(url)) return connect(target);
    return tls === undefined
      ? undefined
      : connectByTls({ address: target, serverName: serverNameOf(url) }, tls);
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
    connect: (url) => connectTo(url, parts.tls),
    clock: systemClock,
    random: systemRandom,
    log: parts.log,
    checksum: NODE_CRC32,
    electionMs: config.electionMs,
    entryBytesMax: config.maxRequestBytes,
  });
}
