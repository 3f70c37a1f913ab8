/**
 * Brings a member to where it was, or to a beginning. The log decides: where there is one, its ids and the backend's
 * state hold and the settings of the first start are ignored, as in etcd.
 */
import {
  Cluster,
  type Member as ClusterMember,
  computeClusterId,
  computeMemberId,
  type Sha1,
} from '../membership/index.js';
import type { Backend, Store } from '../mvcc/index.js';
import type { Clock, Disk, LogSink, Random } from '../platform/index.js';
import {
  DEFAULT_RAFT_CONFIG,
  EMPTY_CONF_STATE,
  type Entry,
  EntryKind,
  encodeConfChange,
  MemoryStorage,
  NOBODY,
  RaftNode,
} from '../raft/index.js';
import { holdsState, StateMachine } from '../state-machine/index.js';
import { type Checksum, type RecoveredWal, Wal, type WalMetadata } from '../storage/index.js';
import { HeaderEncoder, Member as WireMember } from '../wire/index.js';
import { Member, type MemberOptions } from './member.js';
import type { PeerNetwork } from './peer-network.js';

export interface BootstrapOptions extends Omit<MemberOptions, 'clusterId' | 'memberId'> {
  readonly walDir: string;
  /** Name and peer URLs of each member of the first start. */
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  /** `existing` would join a running cluster. */
  readonly initialClusterState: 'new' | 'existing';
  readonly initialClusterToken: string;
  readonly preVote: boolean;
}

export interface BootstrapPorts {
  readonly disk: Disk;
  readonly backend: Backend;
  /** Restored already. */
  readonly store: Store;
  readonly checksum: Checksum;
  readonly sha1: Sha1;
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: LogSink;
  /** The way to the other members; undefined if there are none. */
  readonly network?: PeerNetwork | undefined;
}

/** The member cannot start with these settings or this data; the message is for the operator. */
export class BootstrapError extends Error {
  override readonly name = 'BootstrapError';
}

interface Recovery {
  readonly wal: Wal;
  readonly recovered: RecoveredWal;
}

export interface Bootstrapped {
  readonly member: Member;
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
  const { wal, recovered } = isRestart ? await openLog(options, ports) : await createLog(options, ports);
  const { clusterId, memberId } = recovered.metadata;
  const header = new HeaderEncoder(clusterId, memberId);
  const machine = new StateMachine(ports.store, cluster, header);
  machine.restore(ports.backend);
  claimBackend(machine, recovered, options.walDir);
  const log = rebuildLog(recovered, machine, options.walDir);
  const node = new RaftNode(
    {
      ...DEFAULT_RAFT_CONFIG,
      id: memberId,
      electionTicks: Math.floor(options.electionMs / options.heartbeatMs),
      heartbeatTicks: 1,
      preVote: options.preVote,
      applied: machine.appliedIndex,
      random: () => ports.random.float(),
    },
    log,
  );
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
    header,
    clock: ports.clock,
    random: ports.random,
    sink: ports.sink,
    network: ports.network,
  };
  return { member: new Member({ ...options, clusterId, memberId }, parts), wal };
}

async function openLog(options: BootstrapOptions, ports: BootstrapPorts): Promise<Recovery> {
  const opened = await Wal.open(ports.disk, options.walDir, { checksum: ports.checksum, log: ports.sink });
  const { wal, recovered } = opened;
  if (recovered.bytesCut > 0) {
    ports.sink.log('warn', 'an unfinished write was cut from the end of the log', {
      bytes: recovered.bytesCut,
    });
  }
  // Killed between the creation of the log and its first entries: begin again.
  const isEmpty = recovered.entries.length === 0 && recovered.snapshotMarker.index === 0;
  if (!isEmpty) return opened;
  const { metadata } = firstMembers(options, ports.sha1);
  if (
    metadata.clusterId !== recovered.metadata.clusterId ||
    metadata.memberId !== recovered.metadata.memberId
  ) {
    throw new BootstrapError(
      `the log in ${options.walDir} was begun with other initial settings and holds nothing: use those, or remove it`,
    );
  }
  return { wal, recovered: await writeFirstEntries(wal, recovered, options, ports) };
}

interface FirstMembers {
  readonly members: readonly ClusterMember[];
  readonly metadata: WalMetadata;
}

/** Who takes part in the first start, and who this member is among them. */
function firstMembers(options: BootstrapOptions, sha1: Sha1): FirstMembers {
  const members = initialMembers(options, sha1);
  const self = members.find((member) => member.name === options.name);
  if (self === undefined) {
    throw new BootstrapError(
      `couldn't find local name "${options.name}" in the initial cluster configuration`,
    );
  }
  if (options.initialClusterState === 'existing') {
    throw new BootstrapError(
      "--initial-cluster-state is 'existing', but this version of Quoin cannot join a running cluster",
    );
  }
  if (members.length > 1) {
    throw new BootstrapError(
      '--initial-cluster names several members; this version of Quoin runs a single one',
    );
  }
  const ids = members.map((member) => member.id);
  return { members, metadata: { clusterId: computeClusterId(sha1, ids), memberId: self.id } };
}

async function createLog(options: BootstrapOptions, ports: BootstrapPorts): Promise<Recovery> {
  const { metadata } = firstMembers(options, ports.sha1);
  const walOptions = { checksum: ports.checksum, log: ports.sink, random: ports.random };
  const wal = await Wal.create(ports.disk, options.walDir, metadata, walOptions);
  const empty: RecoveredWal = {
    metadata,
    hardState: { term: 0, vote: NOBODY, commit: 0 },
    snapshotMarker: { index: 0, term: 0, confState: EMPTY_CONF_STATE },
    entries: [],
    bytesCut: 0,
    segments: 1,
  };
  return { wal, recovered: await writeFirstEntries(wal, empty, options, ports) };
}

/**
 * The first start of a new cluster: every member writes the same first entries, one conf change per member, as committed
 * (etcd does the same), so that all logs agree from index 1 on.
 */
async function writeFirstEntries(
  wal: Wal,
  empty: RecoveredWal,
  options: BootstrapOptions,
  ports: BootstrapPorts,
): Promise<RecoveredWal> {
  const entries = firstMembers(options, ports.sha1).members.map((member, i): Entry => {
    const context = WireMember.toBytes({ ...member, name: '' });
    const change = {
      transition: 'auto',
      changes: [{ type: 'add-voter', nodeId: member.id }],
      context,
    } as const;
    return { index: i + 1, term: 1, kind: EntryKind.CONF_CHANGE, data: encodeConfChange(change, true) };
  });
  const hardState = { term: 1, vote: NOBODY, commit: entries.length };
  await new Promise<void>((resolve, reject) => {
    wal.append(hardState, entries, (error) => (error === undefined ? resolve() : reject(error)));
  });
  return { ...empty, hardState, entries };
}

function initialMembers(options: BootstrapOptions, sha1: Sha1): ClusterMember[] {
  const seen = new Set<string>();
  const members: ClusterMember[] = [];
  for (const [name, peerUrls] of options.initialCluster) {
    for (const url of peerUrls) {
      if (seen.has(url)) throw new BootstrapError(`initial cluster ${name}=${url} has duplicate url`);
      seen.add(url);
    }
    const sorted = [...peerUrls].sort();
    const id = computeMemberId(sha1, sorted, options.initialClusterToken);
    members.push({ id, name, peerUrls: sorted, clientUrls: [], isLearner: false });
  }
  return members.sort((a, b) => (a.id < b.id ? -1 : 1));
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
