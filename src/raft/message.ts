/**
 * What raft nodes say to one another (thesis figures 3.1 and 5.3, sections 3.10, 6.4 and 9.6). These are plain values;
 * their bytes are made in `wire`. A message is immutable once it has left the node: it may wait in a queue while the
 * node goes on.
 *
 * `term` is the sender's term, except in vote requests and their answers (the campaign's term) and in the forwarded
 * requests, which belong to no term and carry none.
 */
import type { ConfState, Entry, EntryKind, NodeId } from './entry.js';

/** A state up to and including `index`, and the configuration it was taken in (thesis 5.1). */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
  /** Opaque to raft; empty when the bytes travel on a stream of their own. */
  readonly data: Uint8Array;
}

/** An entry before the leader gives it index and term. */
export interface ProposedEntry {
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
}

/** AppendEntries. Without entries it moves the commit index or probes the follower's log. */
export interface AppendMessage extends Envelope {
  readonly kind: 'append';
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
  /** The leader's commit index, not clamped to what the follower holds. */
  readonly commit: number;
  readonly entries: readonly Entry[];
}

/** The answer to an append or a snapshot; leaves only after what it speaks of is durable. */
export interface AppendResponseMessage extends Envelope {
  readonly kind: 'append-response';
  readonly term: number;
  /** Accepted: the last index known to match. Rejected: the `prevIndex` that did not match. */
  readonly index: number;
  readonly reject: boolean;
  /** Rejected: where the logs may meet, and the follower's term there; lets the leader skip whole terms. */
  readonly hintIndex: number;
  readonly hintTerm: number;
}

/** RequestVote, or its dry run which changes nobody's term (thesis 9.6). */
export interface VoteMessage extends Envelope {
  readonly kind: 'vote' | 'pre-vote';
  /** The term campaigned for; for a pre-vote one above the sender's own. */
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The present leader asked for this campaign (thesis 3.10), so its lease does not forbid the vote. */
  readonly transfer: boolean;
}

export interface VoteResponseMessage extends Envelope {
  readonly kind: 'vote-response' | 'pre-vote-response';
  /** Granted: the request's term, so that a pre-vote counts. Rejected: the voter's own term. */
  readonly term: number;
  readonly reject: boolean;
  /**
   * In the rejection of a node that is no voter in its own configuration: the last entry it knows to be committed. The
   * candidate may need this vote only because it does not know that the change which removed the voter is committed;
   * without being told, a cluster could be left with nobody who can win. Elsewhere 0 and 0.
   */
  readonly commitIndex: number;
  readonly commitTerm: number;
}

/** Keeps the leader's authority, and confirms it for reads. Never waits behind bulk data. */
export interface HeartbeatMessage extends Envelope {
  readonly kind: 'heartbeat';
  readonly term: number;
  /** Not above what the follower is known to hold. */
  readonly commit: number;
  /** The latest round of read confirmation in this term; 0 if there was none. */
  readonly readRound: number;
}

export interface HeartbeatResponseMessage extends Envelope {
  readonly kind: 'heartbeat-response';
  readonly term: number;
  /** The heartbeat's `readRound`. */
  readonly readRound: number;
}

/** InstallSnapshot, for a follower whose next entry is compacted away. */
export interface SnapshotMessage extends Envelope {
  readonly kind: 'snapshot';
  readonly term: number;
  readonly snapshot: Snapshot;
}

/** Tells the receiver to campaign at once (thesis 3.10). */
export interface TimeoutNowMessage extends Envelope {
  readonly kind: 'timeout-now';
  readonly term: number;
}

/** Proposals on their way from a follower to the leader. */
export interface ProposeMessage extends Envelope {
  readonly kind: 'propose';
  readonly entries: readonly ProposedEntry[];
}

/** A follower's request for a read index (thesis 6.4). */
export interface ReadIndexMessage extends Envelope {
  readonly kind: 'read-index';
  readonly context: bigint;
}

export interface ReadIndexResponseMessage extends Envelope {
  readonly kind: 'read-index-response';
  readonly context: bigint;
  /** Meaningless if `reject`. */
  readonly index: number;
  /** The leader gave the request up (it lost its leadership or has too many waiting); it may be asked anew. */
  readonly reject: boolean;
}

/** A follower passes on the wish that `transferee` should lead. */
export interface TransferLeaderMessage extends Envelope {
  readonly kind: 'transfer-leader';
  readonly transferee: NodeId;
}

export type Message =
  | AppendMessage
  | AppendResponseMessage
  | VoteMessage
  | VoteResponseMessage
  | HeartbeatMessage
  | HeartbeatResponseMessage
  | SnapshotMessage
  | TimeoutNowMessage
  | ProposeMessage
  | ReadIndexMessage
  | ReadIndexResponseMessage
  | TransferLeaderMessage;

export type MessageKind = Message['kind'];

/** The messages of a kind. */
export type MessageOf<K extends MessageKind, M extends Message = Message> = K extends MessageKind
  ? M extends Message
    ? K extends M['kind']
      ? M
      : never
    : never
  : never;
