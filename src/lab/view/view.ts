/**
 * What can be seen of a cluster behind an event. Views never change, and what did not change from one to the next is the
 * same object, so that whoever draws them compares by reference.
 */
import type { MemberView } from './member-view.js';
import type { MessageView } from './message-view.js';
import type { OperationView } from './operation-view.js';

/** A direction of a link through which nothing passes. */
export interface CutView {
  readonly from: number;
  readonly to: number;
}

/** A rule that was broken. */
export interface ViolationView {
  /** The event behind which it was seen. */
  readonly event: number;
  readonly timeMs: number;
  readonly invariant: InvariantName;
  readonly members: readonly number[];
  /** The entry it concerns; 0: none in particular. */
  readonly index: number;
  readonly message: string;
}

export const INVARIANT_NAMES = [
  'election-safety',
  'log-matching',
  'leader-completeness',
  'state-machine-safety',
  'commit-by-quorum',
  'kept-promises',
  'linearizability',
  'member-state',
] as const;

export type InvariantName = (typeof INVARIANT_NAMES)[number];

export interface LabView {
  /** How many events there were; 0 before the first. */
  readonly event: number;
  /** Simulated. */
  readonly timeMs: number;
  /** Fingerprint of all that happened so far, 16 hexadecimal digits. */
  readonly hash: string;
  /** By number, absent ones included: `members[i].id === i + 1`. */
  readonly members: readonly MemberView[];
  /** Under way. */
  readonly messages: readonly MessageView[];
  readonly cuts: readonly CutView[];
  /** All so far, oldest first. */
  readonly operations: readonly OperationView[];
  readonly violations: readonly ViolationView[];
}
