/** Everything that can happen to a raft node. Time is a tick; nothing else moves it. */
import type { ConfChange } from './conf-change.js';
import type { NodeId } from './entry.js';
import type { Message, ProposedEntry } from './message.js';
import type { AppendWork } from './update.js';

export type RaftEvent =
  /** One unit of time has passed. */
  | { readonly kind: 'tick' }
  /** A message came from a peer (or, delivered one by one, an {@link AppendWork} response addressed to itself). */
  | { readonly kind: 'receive'; readonly message: Message }
  /** Appends the batch at the leader, or forwards it to the leader. The arrays and bytes must not change afterwards. */
  | { readonly kind: 'propose'; readonly entries: readonly ProposedEntry[] }
  /** As V1 (exactly one change, `auto`) for logs that old readers must understand; V2 otherwise. */
  | { readonly kind: 'propose-conf-change'; readonly change: ConfChange; readonly v1: boolean }
  /** Starts an election (a pre-vote one if configured) as if the election time-out had passed. */
  | { readonly kind: 'campaign' }
  /**
   * Asks for an index at which a read is linearizable (thesis 6.4). `context` must be above every context this node
   * has used before; begin with a random or time-derived high part, so that it also differs from those of an earlier
   * run. The answer comes in {@link Update.readStates} or {@link Update.readsDropped}.
   */
  | { readonly kind: 'read-index'; readonly context: bigint }
  /** What {@link Update.append} asked for is durable. Acks may come late and in any order, also after a truncation. */
  | { readonly kind: 'persisted'; readonly append: AppendWork }
  /** The state machine has applied all committed entries up to `index`. */
  | { readonly kind: 'applied'; readonly index: number }
  /** Hands the leadership to `to`; ignored if that is a learner, unknown, or this node itself. */
  | { readonly kind: 'transfer-leader'; readonly to: NodeId }
  /** A follower forgets its leader, so that it may grant pre-votes (not with lease reads). */
  | { readonly kind: 'forget-leader' }
  /** The last message to this peer was lost for sure. */
  | { readonly kind: 'report-unreachable'; readonly peer: NodeId }
  /**
   * The snapshot to this peer was sent, or given up. To be stepped for every snapshot message, for the peer gets no
   * entries until then, unless its ack comes first.
   */
  | { readonly kind: 'report-snapshot'; readonly peer: NodeId; readonly ok: boolean };

/**
 * What became of an event. All but `ok` mean that it had no effect:
 * - `no-leader`: a proposal or read was dropped, nobody is known to lead;
 * - `not-member`: this leader has been removed from the configuration;
 * - `transferring`: proposals are refused while the leadership is being handed over (thesis 3.10);
 * - `uncommitted-full`: {@link RaftConfig.uncommittedBytesMax} is reached;
 * - `forwarding-disabled`: this follower may not forward proposals;
 * - `reads-full`: too many reads are waiting already;
 * - `unknown-peer`: a response from a node outside the configuration.
 */
export type StepResult =
  | 'ok'
  | 'no-leader'
  | 'not-member'
  | 'transferring'
  | 'uncommitted-full'
  | 'forwarding-disabled'
  | 'reads-full'
  | 'unknown-peer';
