/** The member with what is durable of it, and its way to the others: everything up to the point where it can take part. */
import { createHash } from 'node:crypto';
import { Store, WatchableStore } from '../../mvcc/index.js';
import { NODE_CRC32 } from '../../node/checksum.js';
import { systemClock } from '../../node/clock.js';
import { resolveHost } from '../../node/host-resolver.js';
import { NodeHttpClient } from '../../node/http-client.js';
import { openJwtSigner } from '../../node/jwt.js';
import { LmdbBackend } from '../../node/lmdb-backend.js';
import { bcryptHasher } from '../../node/password-hash.js';
import { systemRandom } from '../../node/random.js';
import { NodeServiceResolver } from '../../node/service-resolver.js';
import type { ReloadingFiles } from '../../node/tls/reloading-files.js';
import type { Disk, LogSink } from '../../platform/index.js';
import { BackgroundWork, bootstrapMember, Logins, type Member } from '../../server/index.js';
import { must } from '../../stdx/index.js';
import { type DataDir, Wal } from '../../storage/index.js';
import type { GrpcPeerNetwork } from '../../transport/index.js';
import type { ServerConfig } from '../config/server-config.js';
import type { Closing } from './closing.js';
import { discoverByRegistry } from './discover-by-registry.js';
import { discoverCluster } from './discover-cluster.js';
import { openPeerNetwork } from './peer-network.js';
import { RegistryClient } from './registry-client.js';

/** Records kept in memory beside the backend's pages, which the system caches too. */
const RING_BYTES = 64 * 1024 * 1024;

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

export interface OpenMember {
  readonly member: Member;
  readonly backend: LmdbBackend;
  readonly watchable: WatchableStore;
  readonly network: GrpcPeerNetwork;
  readonly wal: Wal;
  readonly logins: Logins;
}

/** The members are looked for at the first start only: after that the log knows. */
async function initialClusterOf(
  config: ServerConfig,
  folders: DataDir,
  disk: Disk,
  log: LogSink,
): Promise<Pick<ServerConfig, 'initialCluster' | 'initialClusterToken'>> {
  const { discovery, initialCluster, initialClusterToken } = config;
  if (discovery === undefined || (await Wal.exists(disk, folders.walDir))) {
    return { initialCluster, initialClusterToken };
  }
  if (discovery.kind === 'dns') {
    const found = await discoverCluster({ ...config, discovery }, new NodeServiceResolver());
    return { initialCluster: found, initialClusterToken };
  }
  const registry = new RegistryClient(discovery, log);
  const { token } = discovery;
  const found = await discoverByRegistry({ ...config, token }, registry, sha1, log);
  registry.close();
  return { initialCluster: found, initialClusterToken: token };
}

/** Before anything reads the backend; what goes wrong there leaves it as it was. */
async function tidyUp(backend: LmdbBackend, thresholdBytes: number, log: LogSink): Promise<void> {
  const { allocatedBytes, inUseBytes } = backend.size();
  const fields = {
    'current-db-size-bytes': allocatedBytes,
    'current-db-size-in-use-bytes': inUseBytes,
    'bootstrap-defrag-threshold-bytes': thresholdBytes,
  };
  if (allocatedBytes - inUseBytes < thresholdBytes) {
    log.log('info', 'Skipping defragmentation', fields);
    return;
  }
  await backend.defragment();
  log.log('info', 'finished defragmenting directory', {
    ...fields,
    'current-db-size-bytes-diff': backend.size().allocatedBytes - allocatedBytes,
  });
}

/** Opens what the folders hold, or makes a beginning there; `closing` is told what to close. */
export async function openMember(
  config: ServerConfig,
  folders: DataDir,
  disk: Disk,
  log: LogSink,
  closing: Closing,
  peerTls: ReloadingFiles,
): Promise<OpenMember> {
  // Keys that cannot be read are to be told before anything is opened.
  const signer = config.jwt === undefined ? undefined : openJwtSigner(config.jwt);
  const backend = await LmdbBackend.open(folders.backendPath);
  if (config.defragmentAboveBytes > 0) await tidyUp(backend, config.defragmentAboveBytes, log);
  // The store tells of commits, and who listens reads the store: one of the two must come first.
  let watchable: WatchableStore | undefined;
  const store = new Store(backend, {
    ringBytes: RING_BYTES,
    hashSeed: Math.floor(systemRandom.float() * 2 ** 32),
    commitListener: {
      onCommit: (committed) => watchable?.onCommit(committed),
      onReplaced: () => watchable?.onReplaced(),
    },
  });
  store.restore();
  log.log('info', 'kvstore restored', { 'current-rev': store.revision });
  const initial = await initialClusterOf(config, folders, disk, log);
  let network: GrpcPeerNetwork | undefined;
  const { member, wal } = await bootstrapMember(
    { ...config, ...initial, walDir: folders.walDir, clientUrls: config.advertiseClientUrls },
    {
      disk,
      backend,
      store,
      checksum: NODE_CRC32,
      sha1,
      clock: systemClock,
      random: systemRandom,
      sink: log,
      http: new NodeHttpClient(peerTls),
      resolveHost,
      openNetwork: (self) => (network = openPeerNetwork({ ...self, config, log, tls: peerTls })),
    },
  );
  const background = new BackgroundWork(systemClock, () => member.counters.pendingProposals());
  watchable = new WatchableStore(store, {
    defer: (fn) => systemClock.defer(fn),
    background: (slice) => background.run(slice),
  });
  // Before anything is applied: the log tells of logins, too.
  const logins = new Logins(member, {
    hasher: bcryptHasher(config.bcryptCost),
    signer,
    simpleTokenTtlMs: config.simpleTokenTtlMs,
    random: systemRandom,
  });
  closing.add(() => backend.close());
  closing.add(() => wal.close());
  closing.add(() => logins.stop());
  const peers = must(network, 'a member is made with its network');
  return { member, backend, watchable, logins, network: peers, wal };
}
