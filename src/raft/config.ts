import { assert } from '../stdx/index.js';
import type { NodeId } from './entry.js';
import { NOBODY } from './entry.js';
import type { TraceEvent } from './trace.js';

/** `safe` confirms the leadership by a round of heartbeats per read; `lease` trusts clocks and check-quorum (thesis 6.4.1). */
export type ReadOnlyMode = 'safe' | 'lease';

export interface RaftConfig {
  readonly id: NodeId;
  /** Ticks without a leader's message until a follower campaigns; each time a random 1 to 2 times as many. */
  readonly electionTicks: number;
  /** Ticks between a leader's heartbeats; well below `electionTicks`. */
  readonly heartbeatTicks: number;
  /** Ask before campaigning, so that a node that was cut off cannot raise the term (thesis 9.6). */
  readonly preVote: boolean;
  /** A leader that does not hear from a quorum for an election time-out steps down; voters keep its lease meanwhile. */
  readonly checkQuorum: boolean;
  readonly readOnly: ReadOnlyMode;
  /** Payload of one append; at least one entry is always sent. */
  readonly bytesPerMessageMax: number;
  /** Appends under way to one follower. */
  readonly inflightMessagesMax: number;
  /** Payload under way to one follower; Infinity for no bound. */
  readonly inflightBytesMax: number;
  /** Proposed and not yet committed at the leader; Infinity for no bound. */
  readonly uncommittedBytesMax: number;
  /** Committed entries handed out and not yet applied. */
  readonly applyingBytesMax: number;
  /** Which of the two contracts of {@link Update} holds. */
  readonly asyncStorageWrites: boolean;
  /** Followers drop proposals instead of forwarding them. */
  readonly disableProposalForwarding: boolean;
  /**
   * A leader steps down when it applies its own removal or demotion, instead of leading on without counting itself (thesis
   * 4.2.2) until its owner ends it. It may do so before any other node knows that the change is committed; it must run on
   * for a while, so that a candidate which still needs its vote can learn that from it.
   */
  readonly stepDownOnRemoval: boolean;
  /** Append conf changes even while another one is pending; only for users who validate themselves. */
  readonly disableConfChangeValidation: boolean;
  /** Last index the state machine has durably applied before this start; may be ahead of the stored commit index. */
  readonly applied: number;
  /** Uniform in [0, 1): spreads the election time-outs (thesis 3.4). */
  readonly random: () => number;
  /** Told of each decision, with its reason; must not call back. */
  readonly trace: ((event: TraceEvent) => void) | null;
}

/** Sane values for a server; `id` and `random` have no default. */
export const DEFAULT_RAFT_CONFIG = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  readOnly: 'safe',
  bytesPerMessageMax: 512 * 1024,
  inflightMessagesMax: 512,
  inflightBytesMax: 64 * 1024 * 1024,
  uncommittedBytesMax: 256 * 1024 * 1024,
  applyingBytesMax: 64 * 1024 * 1024,
  asyncStorageWrites: true,
  disableProposalForwarding: false,
  stepDownOnRemoval: false,
  disableConfChangeValidation: false,
  applied: 0,
  trace: null,
} as const satisfies Omit<RaftConfig, 'id' | 'random'>;

export function assertRaftConfig(config: RaftConfig): void {
  assert(config.id !== NOBODY, 'a node needs an id');
  assert(config.heartbeatTicks > 0, 'the heartbeat interval is positive');
  assert(
    config.electionTicks > config.heartbeatTicks,
    'the election time-out exceeds the heartbeat interval',
  );
  assert(config.inflightMessagesMax > 0, 'at least one append may be under way');
  assert(config.inflightBytesMax > 0, 'the bytes under way are bounded by a positive number');
  assert(config.applyingBytesMax > 0, 'something must be allowed to be applied');
  assert(config.readOnly !== 'lease' || config.checkQuorum, 'lease reads rest on check-quorum');
}
