/** What a member is told, and what it is made of. */
import type { Sha1 } from '../membership/index.js';
import type { ReplaceableBackend } from '../mvcc/index.js';
import type { Clock, LogSink, Random } from '../platform/index.js';
import type { MemoryStorage, RaftNode } from '../raft/index.js';
import type { HeaderWriter, StateMachine } from '../state-machine/index.js';
import type { Wal } from '../storage/index.js';
import type { PeerNetwork } from './peer-network.js';
import type { ReconfigurationOptions } from './reconfiguration.js';

export interface MemberOptions extends ReconfigurationOptions {
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly maxRequestBytes: number;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly backendBatchMs: number;
  readonly backendBatchLimit: number;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  /** Bytes that the backend may have in use; 0 or undefined: etcd's default; negative: no bound. */
  readonly quotaBackendBytes?: number;
  /** A batch of entries that takes longer to apply is logged and counted; default: etcd's. */
  readonly warningApplyMs?: number;
  /** How often the leader lets all members compare their states, if there were changes. */
  readonly stateComparisonMs?: number | undefined;
}

/** What a member is made of; `bootstrap.ts` brings the parts to where they were. */
export interface MemberParts {
  readonly node: RaftNode;
  readonly log: MemoryStorage;
  readonly wal: Wal;
  readonly machine: StateMachine;
  readonly backend: ReplaceableBackend;
  readonly header: HeaderWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly sha1: Sha1;
  readonly sink: LogSink;
  /** Undefined if there are no others. */
  readonly network: PeerNetwork | undefined;
}
