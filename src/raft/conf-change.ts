/**
 * Changes of the voting configuration (thesis chapter 4), with etcd's two forms: a V1 entry holds exactly one change,
 * a V2 entry any number and the way to make them.
 */
import type { NodeId } from './entry.js';

/**
 * `add-voter` also promotes a learner, `add-learner` also demotes a voter; `update` changes nothing in raft and exists
 * for what the context says about the node.
 */
export type ConfChangeType = 'add-voter' | 'remove' | 'update' | 'add-learner';

export interface ConfChangeStep {
  readonly type: ConfChangeType;
  /** 0n is skipped: a change that was found invalid when applied is neutralised that way. */
  readonly nodeId: NodeId;
}

/**
 * How to get from the old to the new configuration. `auto`: one change at most goes directly, more go through a joint
 * configuration that the leader leaves by itself; `implicit`: joint even for one, left automatically; `explicit`:
 * joint until an empty change is proposed.
 */
export type ConfChangeTransition = 'auto' | 'implicit' | 'explicit';

/** `auto` with no changes means: leave the joint configuration. */
export interface ConfChange {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeStep[];
  /** Opaque to raft, e.g. the member's addresses. */
  readonly context: Uint8Array;
}

export const isLeaveJoint = (change: ConfChange): boolean =>
  change.transition === 'auto' && change.changes.length === 0;

/** Whether the change passes through a joint configuration, and whether that is left automatically. */
export function jointMode(change: ConfChange): 'none' | 'auto-leave' | 'explicit-leave' {
  if (change.transition === 'auto' && change.changes.length <= 1) return 'none';
  return change.transition === 'explicit' ? 'explicit-leave' : 'auto-leave';
}
