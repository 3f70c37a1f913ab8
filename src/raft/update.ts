/**
 * What a raft node wants done, in the order in which it must be done (thesis 3.8 and 10.2).
 *
 * Asynchronous contract (`asyncStorageWrites`), for each update:
 * 1. send {@link Update.messages} at once: a leader's appends go out in parallel to its own write (thesis 10.2.1). Requests
 *    for votes are not among them: see `append.responses`;
 * 2. if {@link Update.append} is set, write `entries`, `snapshot` and `hardState` to stable storage, in the order of the
 *    updates (a snapshot replaces the log; entries overwrite what is stored from their first index on). When durable,
 *    put them into the {@link LogStorage}, send those of `append.responses` that are addressed to others, and step
 *    `{ kind: 'persisted', append }`, which counts the node's own. Without `mustSync` the write need not be synced for
 *    safety, but `persisted` and its responses must still wait for all writes ordered before it: the ack speaks for them;
 * 3. apply {@link Update.committedEntries} in order; for a conf change call `applyConfChange`; then step
 *    `{ kind: 'applied', index }`. Steps 2 and 3 may run at the same time, also with those of later updates. From the
 *    update on that has a snapshot, entries at or below its index that still wait to be applied are skipped, conf changes
 *    included: its configuration is in force already, and its state comes with the write.
 *
 * Synchronous contract: write, apply, send `messages`, then `advance()`; `append` is null, and the messages that depend on
 * the write are among `messages`.
 */
import type { Entry, HardState, NodeId } from './entry.js';
import type { Message, Snapshot } from './message.js';

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** What need not be durable. */
export interface SoftState {
  readonly role: Role;
  /** NOBODY while no leader is known. */
  readonly leader: NodeId;
}

/** A read with this context may be answered from a state at or above `index`. */
export interface ReadState {
  readonly context: bigint;
  readonly index: number;
}

/**
 * Says up to where the log was written. Carries the last entry's term as well as its index, so that an ack which comes
 * after that entry was overwritten is told from one for its successor (the ABA case).
 */
export interface AppendAck {
  /** The node's term when the write was ordered. */
  readonly term: number;
  /** Last entry of the log at that time; 0 if the write left no unstable entry. */
  readonly index: number;
  readonly indexTerm: number;
  readonly snapshot: Snapshot | null;
}

/** The part of an update that waits for the write. */
export interface AppendWork {
  /** Promises. To release only when the write is durable, in order; some are addressed to the node itself. */
  readonly responses: readonly Message[];
  readonly ack: AppendAck | null;
}

export interface Update {
  /** Set if role or leader changed since the last update. */
  readonly softState: SoftState | null;
  /** Set if term, vote or commit changed since the last update. */
  readonly hardState: HardState | null;
  /** Reads that may go ahead. */
  readonly readStates: readonly ReadState[];
  /** Contexts of reads that were given up; they may be asked again under a new context. */
  readonly readsDropped: readonly bigint[];
  /** To be written to stable storage. Read-only: the log shares these objects. */
  readonly entries: readonly Entry[];
  /** To be installed in storage and state machine; `entries` is empty then. */
  readonly snapshot: Snapshot | null;
  /** To be applied, in index order, each exactly once. */
  readonly committedEntries: readonly Entry[];
  /** To be sent now. */
  readonly messages: readonly Message[];
  readonly append: AppendWork | null;
  /** Whether the write must be durable before anything that depends on it happens. */
  readonly mustSync: boolean;
}
