import type { ProgressState, Role } from '../../raft/index.js';

/**
 * `starting`: reads its disk; `joining`: takes part, but has not published itself and serves no clients yet; `paused`: gets
 * no time; `removed`: was a member and is none any more; `absent`: not a machine of the cluster.
 */
export type MemberState = 'absent' | 'starting' | 'joining' | 'up' | 'paused' | 'down' | 'removed';

/** A time-out as it runs: a share `(now - startedMs) / (firesMs - startedMs)` of it is over. */
export interface TimerView {
  readonly startedMs: number;
  /** When it fires if nothing restarts it. */
  readonly firesMs: number;
}

export interface EntryView {
  readonly index: number;
  readonly term: number;
  readonly kind: 'empty' | 'put' | 'delete' | 'txn' | 'compact' | 'conf-change' | 'publish' | 'other';
  /** `x=1`, `add m4`. */
  readonly summary: string;
  /** The client operation it carries out; 0: none of the Lab's. */
  readonly operation: number;
}

/** What a leader knows of a follower. */
export interface ProgressView {
  readonly member: number;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  /** It gets no append until it answers. */
  readonly paused: boolean;
  /** Heard from since the last check of the quorum. */
  readonly active: boolean;
  readonly inflight: number;
}

export interface ConfigurationView {
  readonly voters: readonly number[];
  /** Of the configuration that is being left; empty unless `joint`. */
  readonly votersOutgoing: readonly number[];
  readonly learners: readonly number[];
  readonly joint: boolean;
}

export interface KeyView {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
}

/**
 * One member. Of an entry in `log`: durable on this member's disk up to `durableIndex`, committed as far as this member
 * knows up to `commit`, applied up to `applied`.
 */
export interface MemberView {
  readonly id: number;
  readonly name: string;
  /** Its raft id, hexadecimal; empty while nothing runs. */
  readonly raftId: string;
  readonly state: MemberState;
  readonly learner: boolean;
  readonly role: Role;
  readonly term: number;
  /** Whom it voted for in `term`; 0: nobody. */
  readonly vote: number;
  /** 0: unknown. */
  readonly leader: number;
  /** Of its present campaign, itself included. */
  readonly votesGranted: readonly number[];
  readonly votesRefused: readonly number[];
  /** Of who could campaign. */
  readonly electionTimer: TimerView | null;
  /** A leader's. */
  readonly heartbeatTimer: TimerView | null;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly durableIndex: number;
  /** The newest entries, ascending; at most `LOG_ENTRIES_SHOWN`. */
  readonly log: readonly EntryView[];
  /** Of everybody, if it leads. */
  readonly progress: readonly ProgressView[];
  readonly configuration: ConfigurationView;
  readonly revision: number;
  readonly compactedRevision: number;
  /** By key; at most `KEYS_SHOWN`. */
  readonly kv: readonly KeyView[];
  /** Writes of the log that are ordered and not durable. */
  readonly writing: number;
  /** How long a write takes about now. */
  readonly diskMs: number;
  readonly diskSlow: boolean;
  readonly clockRate: number;
  /** How many times it was started. */
  readonly lives: number;
}
