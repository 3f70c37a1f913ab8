/** One life of a member: what the server program wires together, on the ports of the simulator. */
import {
  type ApiContext,
  authService,
  clusterService,
  electionService,
  healthService,
  kvService,
  leaseService,
  lockService,
  maintenanceService,
  watchService,
} from '../api/index.js';
import type { Sha1 } from '../membership/index.js';
import { type ReplaceableBackend, Store, WatchableStore } from '../mvcc/index.js';
import type { Clock, Disk, HttpClient, LogSink, PasswordHasher, Random } from '../platform/index.js';
import type { RaftNode } from '../raft/index.js';
import {
  BackgroundWork,
  type BootstrapPorts,
  bootstrapMember,
  type Member,
  type RaftChoices,
} from '../server/index.js';
import { ByteWriter, encodeUtf8, equalBytes } from '../stdx/index.js';
import { CRC32C, openDataDir, type Wal } from '../storage/index.js';
import type { ServiceTable } from '../transport/index.js';
import { KnownCallers } from './known-callers.js';
import type { MemberTuning } from './options.js';

const DATA_DIR = 'data';
const SCRATCH_BYTES = 64 * 1024;
/** etcd's defaults for what is not tuned. */
const MAX_REQUEST_BYTES = 1_572_864;
const TOKEN_TTL_MS = 300_000;
/** Nothing is secret here. */
const PLAIN_TEXT: PasswordHasher = {
  hash: async (password) => encodeUtf8(password),
  matches: async (password, stored) => equalBytes(encodeUtf8(password), stored),
};
const MAX_TXN_OPS = 128;

export interface ProcessPorts {
  readonly disk: Disk;
  readonly backend: ReplaceableBackend;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: LogSink;
  readonly sha1: Sha1;
  readonly http: HttpClient;
  readonly openNetwork: BootstrapPorts['openNetwork'];
}

/** What an operator would give as flags. */
export interface ProcessSettings {
  readonly name: string;
  readonly tuning: MemberTuning;
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
  readonly hashSeed: number;
  /** Default: yes. */
  readonly preVote?: boolean;
  readonly raft?: RaftChoices;
}

export interface MemberProcess {
  readonly member: Member;
  readonly node: RaftNode;
  readonly store: Store;
  readonly backend: ReplaceableBackend;
  readonly wal: Wal;
  readonly services: ServiceTable;
}

/** Opens what the machine's disk holds. The member takes part after `member.start()`. */
export async function openProcess(settings: ProcessSettings, ports: ProcessPorts): Promise<MemberProcess> {
  const { name, tuning, hashSeed } = settings;
  const { disk, backend, clock, random, sink, sha1, http, openNetwork } = ports;
  const folders = await openDataDir(disk, DATA_DIR, { log: sink });
  let watchable: WatchableStore | undefined;
  const store = new Store(backend, {
    ringBytes: tuning.ringBytes,
    hashSeed,
    commitListener: {
      onCommit: (committed) => watchable?.onCommit(committed),
      onReplaced: () => watchable?.onReplaced(),
    },
  });
  store.restore();
  const options = {
    ...tuning,
    name,
    clientUrls: [`http://${name}:2379`],
    maxRequestBytes: MAX_REQUEST_BYTES,
    walDir: folders.walDir,
    initialCluster: settings.initialCluster,
    initialClusterState: settings.initialClusterState,
    initialClusterToken: 'simulation',
    preVote: settings.preVote ?? true,
    ...(settings.raft !== undefined && { raft: settings.raft }),
    // What an operator should not do is done here: safety must not rest on it.
    strictReconfigCheck: false,
    maxLearners: 2,
  };
  const bootstrapped = await bootstrapMember(options, {
    disk,
    backend,
    store,
    checksum: CRC32C,
    sha1,
    clock,
    random,
    sink,
    http,
    openNetwork,
  });
  const { member, node, wal } = bootstrapped;
  const background = new BackgroundWork(clock, () => member.counters.pendingProposals());
  watchable = new WatchableStore(store, {
    defer: (fn) => clock.defer(fn),
    background: (slice) => background.run(slice),
    logBytes: tuning.watchLogBytes,
  });
  return { member, node, store, backend, wal, services: servicesOf(member, watchable, tuning, ports) };
}

function servicesOf(
  member: Member,
  watchable: WatchableStore,
  tuning: MemberTuning,
  { backend, clock, random }: ProcessPorts,
): ServiceTable {
  const context: ApiContext = {
    member,
    machine: member.machine,
    logins: new KnownCallers(member, {
      hasher: PLAIN_TEXT,
      signer: undefined,
      simpleTokenTtlMs: TOKEN_TTL_MS,
      random,
    }),
    options: { maxTxnOps: MAX_TXN_OPS, version: '3.6.0' },
    scratch: new ByteWriter(SCRATCH_BYTES),
  };
  const config = {
    maxRequestBytes: MAX_REQUEST_BYTES,
    electionMs: tuning.electionMs,
    watchProgressNotifyMs: tuning.progressNotifyMs,
  };
  return new Map([
    ...kvService(context),
    ...authService(context),
    ...leaseService(context),
    ...watchService(context, watchable, { clock, random, config }),
    ...clusterService(context),
    ...lockService(context, watchable),
    ...electionService(context, watchable),
    ...maintenanceService(context, {
      size: () => backend.size(),
      snapshot: () => backend.snapshot(),
      defragment: () => Promise.resolve(),
    }),
    ...healthService(context),
  ]);
}
