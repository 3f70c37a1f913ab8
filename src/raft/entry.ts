/** What an entry's data means to raft itself. Everything else about it is the state machine's business. */
export const EntryKind = { NORMAL: 0, CONF_CHANGE: 1, CONF_CHANGE_V2: 2 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** One element of the replicated log (thesis 3.5). Empty data is the no-op with which a leader opens its term. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/** A raft participant: the member's 64-bit id; 0n is nobody. */
export type NodeId = bigint;
export const NOBODY: NodeId = 0n;

/** What a node must not forget: durable before any message that depends on it leaves (thesis 3.8). */
export interface HardState {
  readonly term: number;
  /** For whom this node voted in `term`, or {@link NOBODY}. */
  readonly vote: NodeId;
  /** Known committed index; may lag behind the truth after a restart. */
  readonly commit: number;
}

/** The voting configuration, possibly a joint one (thesis 4.3). */
export interface ConfState {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly votersOutgoing: readonly NodeId[];
  readonly learnersNext: readonly NodeId[];
  readonly autoLeave: boolean;
}

export const EMPTY_HARD_STATE: HardState = { term: 0, vote: NOBODY, commit: 0 };

export const EMPTY_CONF_STATE: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};
