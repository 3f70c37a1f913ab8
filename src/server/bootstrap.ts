/**
 * Brings a member to where it was, or to a beginning. The log decides: where there is one, its ids and the backend's
 * state hold and the settings of the first start are ignored, as in etcd.
 */
import { Cluster, type Member as ClusterMember } from '../membership/index.js';
import type { ReplaceableBackend, Store } from '../mvcc/index.js';
import type { Disk, Random } from '../platform/index.js';
import {
  DEFAULT_RAFT_CONFIG,
  EMPTY_CONF_STATE,
  type Entry,
  EntryKind,
  encodeConfChange,
  MemoryStorage,
  NOBODY,
  type RaftConfig,
  RaftNode,
} from '../raft/index.js';
import { holdsState, StateMachine } from '../state-machine/index.js';
import { type Checksum, type RecoveredWal, Wal, type WalOptions } from '../storage/index.js';
import { HeaderEncoder, Member as WireMember } from '../wire/index.js';
import { BootstrapError } from './bootstrap-error.js';
import { type FirstStartOptions, type FirstStartPorts, firstStart } from './first-start.js';
import { forceNewCluster } from './force-new-cluster.js';
import { Member, type MemberOptions } from './member.js';
import type { Peer, PeerNetwork } from './peer-network.js';
import { recoverStaged } from './snapshot-receiver.js';

export interface BootstrapOptions extends Omit<MemberOptions, 'clusterId' | 'memberId'>, FirstStartOptions {
  readonly name: string;
  readonly walDir: string;
  readonly preVote: boolean;
  /** Whether the first election time-out is a short one. Default: no. */
  readonly initialElectionTickAdvance?: boolean;
  /** What differs from a server's raft; for simulators. */
  readonly raft?: RaftChoices;
  /** Sizes of the log's segments; for simulators. */
  readonly segments?: Pick<WalOptions, 'segmentBytesFirst' | 'segmentBytesMax'>;
  /** Whether a member with data becomes the only one of its cluster. Default: no. */
  readonly forceNewCluster?: boolean;
}

export type RaftChoices = Partial<
  Pick<RaftConfig, 'checkQuorum' | 'readOnly' | 'bytesPerMessageMax' | 'trace'>
>;

/** Who the member is, for its network. */
export interface NetworkIdentity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /**
   * Members that a joiner was told of. It must be able to answer them before its own log says who they are: entries of
   * long ago may name others.
   */
  readonly remotes: readonly Peer[];
}

export interface BootstrapPorts extends FirstStartPorts {
  readonly disk: Disk;
  readonly backend: ReplaceableBackend;
  /** Restored already. */
  readonly store: Store;
  readonly checksum: Checksum;
  readonly random: Random;
  /** Makes the way to the other members, once; undefined if there are none. */
  readonly openNetwork?: ((self: NetworkIdentity) => PeerNetwork) | undefined;
}

interface Recovery {
  readonly wal: Wal;
  readonly recovered: RecoveredWal;
  readonly remotes: readonly Peer[];
}

export interface Bootstrapped {
  readonly member: Member;
  /** The member's own: for who looks at it, not for who drives it. */
  readonly node: RaftNode;
  readonly wal: Wal;
}

/** Opens or creates the log and makes the member. Rejects with {@link BootstrapError} or an error of the storage. */
export async function bootstrapMember(
  options: BootstrapOptions,
  ports: BootstrapPorts,
): Promise<Bootstrapped> {
  const cluster = new Cluster();
  const isRestart = await Wal.exists(ports.disk, options.walDir);
  if (!isRestart && holdsState(ports.backend)) {
    throw new BootstrapError(`the backend holds data, but there is no write-ahead log in ${options.walDir}`);
  }
  const { wal, remotes, ...opened } = isRestart
    ? await openLog(options, ports)
    : await createLog(options, ports);
  let { recovered } = opened;
  if (await recoverStaged(ports.backend, recovered.snapshotMarker)) ports.store.reload();
  const { clusterId, memberId } = recovered.metadata;
  const header = new HeaderEncoder(clusterId, memberId);
  const machine = new StateMachine(ports.store, cluster, header);
  machine.restore(ports.backend);
  claimBackend(machine, recovered, options.walDir);
  if (isRestart && options.forceNewCluster === true) {
    recovered = await forceNewCluster(wal, recovered, machine, ports.sink);
  }
  const log = rebuildLog(recovered, machine, options.walDir);
  const node = new RaftNode(
    {
      ...DEFAULT_RAFT_CONFIG,
      ...options.raft,
      id: memberId,
      electionTicks: Math.floor(options.electionMs / options.heartbeatMs),
      heartbeatTicks: 1,
      preVote: options.preVote,
      applied: machine.appliedIndex,
      random: () => ports.random.float(),
    },
    log,
  );
  if (options.initialElectionTickAdvance === true) advanceElection(node, options);
  ports.sink.log('info', isRestart ? 'restarting local member' : 'starting local member', {
    'cluster-id': clusterId,
    'local-member-id': memberId,
    'commit-index': node.commitIndex,
    'applied-index': machine.appliedIndex,
  });
  const parts = {
    node,
    log,
    wal,
    machine,
    backend: ports.backend,
    header,
    clock: ports.clock,
    random: ports.random,
    sha1: ports.sha1,
    sink: ports.sink,
    network: ports.openNetwork?.({ clusterId, memberId, remotes }),
  };
  return { member: new Member({ ...options, clusterId, memberId }, parts), node, wal };
}

/** Ticks that are left of the shortest first election time-out: a leader there is must have had time for a heartbeat. */
const FIRST_ELECTION_TICKS = 2;

/**
 * Nobody has been heard from for as long as the member was down, so it need not wait a whole election time-out for a
 * leader (etcd's `--initial-election-tick-advance`). Only with pre-vote: otherwise a hasty candidate deposes a leader
 * whose connection takes a moment.
 */
function advanceElection(node: RaftNode, options: BootstrapOptions): void {
  if (!options.preVote) return;
  const ticks = Math.floor(options.electionMs / options.heartbeatMs) - FIRST_ELECTION_TICKS;
  for (let i = 0; i < ticks; i++) node.step({ kind: 'tick' });
}

async function openLog(options: BootstrapOptions, ports: BootstrapPorts): Promise<Recovery> {
  const opened = await Wal.open(ports.disk, options.walDir, {
    checksum: ports.checksum,
    log: ports.sink,
    ...options.segments,
  });
  const { wal, recovered } = opened;
  if (recovered.bytesCut > 0) {
    ports.sink.log('warn', 'an unfinished write was cut from the end of the log', {
      bytes: recovered.bytesCut,
    });
  }
  const { entries, snapshotMarker, hardState } = recovered;
  const isEmpty = entries.length === 0 && snapshotMarker.index === 0 && hardState.term === 0;
  if (!isEmpty) return { wal, recovered, remotes: [] };
  // Killed between the creation of the log and the first write to it: begin again.
  const { metadata, founders, remotes } = await firstStart(options, ports, true);
  if (
    metadata.clusterId !== recovered.metadata.clusterId ||
    metadata.memberId !== recovered.metadata.memberId
  ) {
    throw new BootstrapError(
      `the log in ${options.walDir} was begun with other initial settings and holds nothing: use those, or remove it`,
    );
  }
  return { wal, recovered: await writeFirstEntries(wal, recovered, founders), remotes };
}

async function createLog(options: BootstrapOptions, ports: BootstrapPorts): Promise<Recovery> {
  const { metadata, founders, remotes } = await firstStart(options, ports);
  const walOptions = { checksum: ports.checksum, log: ports.sink, random: ports.random, ...options.segments };
  const wal = await Wal.create(ports.disk, options.walDir, metadata, walOptions);
  const empty: RecoveredWal = {
    metadata,
    hardState: { term: 0, vote: NOBODY, commit: 0 },
    snapshotMarker: { index: 0, term: 0, confState: EMPTY_CONF_STATE },
    entries: [],
    bytesCut: 0,
    segments: 1,
  };
  return { wal, recovered: await writeFirstEntries(wal, empty, founders), remotes };
}

/**
 * The first start of a new cluster: every member writes the same first entries, one conf change per member, as committed
 * (etcd does the same), so that all logs agree from index 1 on. A joiner has no founders and writes nothing.
 */
async function writeFirstEntries(
  wal: Wal,
  empty: RecoveredWal,
  founders: readonly ClusterMember[],
): Promise<RecoveredWal> {
  if (founders.length === 0) return empty;
  const entries = founders.map((member, i): Entry => {
    const change = {
      transition: 'auto',
      changes: [{ type: 'add-voter', nodeId: member.id }],
      context: WireMember.toBytes(member),
    } as const;
    return { index: i + 1, term: 1, kind: EntryKind.CONF_CHANGE, data: encodeConfChange(change, true) };
  });
  const hardState = { term: 1, vote: NOBODY, commit: entries.length };
  await new Promise<void>((resolve, reject) => {
    wal.append(hardState, entries, (error) => (error === undefined ? resolve() : reject(error)));
  });
  return { ...empty, hardState, entries };
}

/** Log and backend must be of one member: parts of two would give a state that never was. */
function claimBackend(machine: StateMachine, recovered: RecoveredWal, walDir: string): void {
  const { clusterId, memberId } = recovered.metadata;
  const found = machine.identity;
  if (found === undefined) {
    machine.claim({ clusterId, memberId });
  } else if (found.clusterId !== clusterId || found.memberId !== memberId) {
    throw new BootstrapError(
      `the log in ${walDir} is of member ${memberId.toString(16)} of cluster ${clusterId.toString(16)}, but the database file is of member ${found.memberId.toString(16)} of cluster ${found.clusterId.toString(16)}`,
    );
  }
}

/** Raft's view of what the disk holds: the log from the snapshot marker on, with the state machine's configuration. */
function rebuildLog(recovered: RecoveredWal, machine: StateMachine, walDir: string): MemoryStorage {
  const { snapshotMarker: marker, entries, hardState } = recovered;
  const last = entries.length === 0 ? marker.index : entries[entries.length - 1]!.index;
  if (machine.appliedIndex < marker.index) {
    throw new BootstrapError(
      `database file (index ${machine.appliedIndex}) does not match with snapshot (index ${marker.index}) of the log in ${walDir}`,
    );
  }
  if (machine.appliedIndex > last) {
    throw new BootstrapError(
      `database file (index ${machine.appliedIndex}) is ahead of the log in ${walDir}, which ends at index ${last}`,
    );
  }
  const log = new MemoryStorage();
  if (marker.index > 0) log.installSnapshot({ ...marker, data: new Uint8Array(0) });
  log.append(entries);
  log.setConfState(machine.confState);
  // What was applied was committed, even if the commit index that says so was not written any more.
  log.setHardState({ ...hardState, commit: Math.max(hardState.commit, machine.appliedIndex) });
  return log;
}
