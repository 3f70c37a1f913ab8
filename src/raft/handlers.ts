/**
 * The whole protocol on one page: who reacts to what. Terms have been compared before (see `terms.ts`), so a message that
 * belongs to a term belongs to ours.
 */
import { AssertionError } from '../stdx/index.js';
import type { RaftCore } from './core.js';
import type { Message, MessageKind, MessageOf } from './message.js';
import { receiveAppend } from './receive/append.js';
import { receiveAppendResponse } from './receive/append-response.js';
import { receiveHeartbeat } from './receive/heartbeat.js';
import { receiveHeartbeatResponse } from './receive/heartbeat-response.js';
import { receiveReadIndex, receiveReadIndexResponse } from './receive/read-index.js';
import { receiveSnapshot } from './receive/snapshot.js';
import { receiveTimeoutNow } from './receive/timeout-now.js';
import { transferLeader } from './receive/transfer-leader.js';
import { receiveVote } from './receive/vote.js';
import { receiveVoteResponse } from './receive/vote-response.js';
import { becomeFollower, setLeader } from './roles/transition.js';
import type { Role } from './update.js';

/** Proposals, the one message with a result, are the same for everybody: see `receive/propose.ts`. */
type HandledKind = Exclude<MessageKind, 'propose'>;
type Row = { readonly [K in HandledKind]: Receive<MessageOf<K>> };
type FromLeader = MessageOf<'append' | 'heartbeat' | 'snapshot'>;
type Receive<M> = (raft: RaftCore, message: M) => void;

const ignore = (): void => {};

/** Two leaders in one term: what raft exists to prevent. */
const impossible = (): never => {
  throw new AssertionError('a leader hears no other leader of its term');
};

/** A follower that hears its leader waits another election time-out, even if it then rejects what it heard. */
function following<M extends FromLeader>(handler: Receive<M>): Receive<M> {
  return (raft, message) => {
    raft.electionElapsed = 0;
    setLeader(raft, message.from);
    handler(raft, message);
  };
}

/** A candidate that hears the leader of its term has lost (thesis 3.4). */
function giveWay<M extends FromLeader>(handler: Receive<M>): Receive<M> {
  return (raft, message) => {
    becomeFollower(raft, raft.term, message.from, 'leader-of-term');
    handler(raft, message);
  };
}

const anyRole = {
  vote: receiveVote,
  'pre-vote': receiveVote,
  'read-index': receiveReadIndex,
  'read-index-response': receiveReadIndexResponse,
  'transfer-leader': (raft: RaftCore, message: MessageOf<'transfer-leader'>) =>
    transferLeader(raft, message.transferee),
} as const;

const follower: Row = {
  ...anyRole,
  append: following(receiveAppend),
  heartbeat: following(receiveHeartbeat),
  snapshot: following(receiveSnapshot),
  'append-response': ignore,
  'heartbeat-response': ignore,
  'vote-response': ignore,
  'pre-vote-response': ignore,
  'timeout-now': receiveTimeoutNow,
};

const candidate: Row = {
  ...anyRole,
  append: giveWay(receiveAppend),
  heartbeat: giveWay(receiveHeartbeat),
  snapshot: giveWay(receiveSnapshot),
  'append-response': ignore,
  'heartbeat-response': ignore,
  'vote-response': receiveVoteResponse,
  'pre-vote-response': receiveVoteResponse,
  'timeout-now': ignore,
};

const leader: Row = {
  ...anyRole,
  append: impossible,
  heartbeat: impossible,
  snapshot: impossible,
  'append-response': receiveAppendResponse,
  'heartbeat-response': receiveHeartbeatResponse,
  'vote-response': ignore,
  'pre-vote-response': ignore,
  'timeout-now': ignore,
};

const HANDLERS: { readonly [R in Role]: Row } = {
  follower,
  'pre-candidate': candidate,
  candidate,
  leader,
};

export function handle(raft: RaftCore, message: MessageOf<HandledKind>): void {
  const handler = HANDLERS[raft.role][message.kind] as (raft: RaftCore, message: Message) => void;
  handler(raft, message);
}
