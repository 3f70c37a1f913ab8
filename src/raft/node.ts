/**
 * A raft node as a function of events: {@link RaftNode.step} takes one event, {@link RaftNode.takeUpdate} says what must be
 * done because of all events so far. No clock, no input or output, no randomness but what the configuration injects.
 */

import type { ConfChange } from './conf-change.js';
import type { RaftConfig } from './config.js';
import type { ConfState, NodeId } from './entry.js';
import type { RaftEvent, StepResult } from './event.js';
import type { LogStorage } from './log/storage.js';
import type { RaftStatus } from './status.js';
import type { Role, Update } from './update.js';

export declare class RaftNode {
  /** Resumes from what `storage` holds, as a follower. */
  constructor(config: RaftConfig, storage: LogStorage);
  get id(): NodeId;
  get term(): number;
  get role(): Role;
  /** NOBODY while unknown. */
  get leader(): NodeId;
  get commitIndex(): number;
  /** Last index the state machine has reported as applied. */
  get appliedIndex(): number;
  /** Last index of the log, durable or not. */
  get lastIndex(): number;
  step(event: RaftEvent): StepResult;
  /** Whether {@link takeUpdate} has anything to say. */
  hasUpdate(): boolean;
  /** What is to be done; counts as accepted, each thing is handed out once. */
  takeUpdate(): Update;
  /** Synchronous contract only: everything in the last update is durable and applied. */
  advance(): void;
  /**
   * Switches to the configuration after `change`, a conf change entry that is being applied. Must be called for each
   * such entry, in order, before `applied` is stepped for its index. A change that was refused by the state machine is
   * passed as `auto` with one step for node 0n, which changes nothing.
   */
  applyConfChange(change: ConfChange): ConfState;
  status(): RaftStatus;
  /** Overrides the present election time-out until it is drawn anew (role or term change). For tests and scripts. */
  setRandomizedElectionTicks(ticks: number): void;
}
