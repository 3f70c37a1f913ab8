import type { ConfState, NodeId } from './entry.js';
import type { Role } from './update.js';

/** How the leader feeds a follower: feeling for its log, streaming, or waiting for a snapshot to arrive. */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** A follower as its leader sees it. */
export interface ProgressStatus {
  readonly id: NodeId;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly learner: boolean;
  readonly paused: boolean;
  /** 0 unless a snapshot is on its way. */
  readonly pendingSnapshot: number;
  /** Heard from within the present or last election time-out. */
  readonly recentActive: boolean;
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  readonly inflightFull: boolean;
}

/** A snapshot of the node for people and metrics; not for the hot path. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly vote: NodeId;
  readonly leader: NodeId;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  /** NOBODY unless a transfer of leadership is under way. */
  readonly transferee: NodeId;
  readonly confState: ConfState;
  /** By ascending id; empty unless this node leads. */
  readonly progress: readonly ProgressStatus[];
}
