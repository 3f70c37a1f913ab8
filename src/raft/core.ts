/** The state of a raft node, which the handlers read and change, and how it sends. It decides nothing by itself. */
import { assert } from '../stdx/index.js';
import { restoreConfiguration } from './confchange/restore.js';
import type { RaftConfig } from './config.js';
import { assertRaftConfig } from './config.js';
import type { HardState, NodeId } from './entry.js';
import { NOBODY } from './entry.js';
import { RaftLog } from './log/log.js';
import type { LogStorage } from './log/storage.js';
import type { Message } from './message.js';
import { Tracker } from './progress/tracker.js';
import { ReadQueue } from './reads/read-queue.js';
import type { TraceEvent } from './trace.js';
import type { Role } from './update.js';

export class RaftCore {
  readonly id: NodeId;
  readonly config: RaftConfig;
  readonly trace: ((event: TraceEvent) => void) | null;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly reads = new ReadQueue();

  term: number;
  /** Whom this node voted for in `term`. */
  vote: NodeId;
  role: Role = 'follower';
  /** The leader of `term`, as far as known; change it with `setLeader` only. */
  leader: NodeId = NOBODY;

  /** Follower: ticks since the leader was heard or a vote given. Leader: since the last quorum check. */
  electionElapsed = 0;
  /** Leader: ticks since the last heartbeats. */
  heartbeatElapsed = 0;
  /** Drawn anew at each change of role or term, so that split votes do not repeat (thesis 3.4). */
  randomizedElectionTicks = 0;

  /** Leader: to whom the leadership is being handed over. */
  transferee: NodeId = NOBODY;
  /** Leader: a TimeoutNow has left in this term, so another node may be elected within the lease. */
  leaseVoided = false;
  /** Leader: no conf change is appended before this index is applied. An upper bound: a new leader does not look. */
  pendingConfIndex = 0;
  /** Leader: payload appended and not yet applied. */
  uncommittedBytes = 0;

  /** To be sent at once. */
  messages: Message[] = [];
  /** To be sent when everything that is unstable now is durable. */
  messagesAfterAppend: Message[] = [];

  constructor(config: RaftConfig, storage: LogStorage) {
    assertRaftConfig(config);
    this.id = config.id;
    this.config = config;
    this.trace = config.trace;
    const { hardState, confState } = storage.initialState();
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.log = new RaftLog(storage, config.applyingBytesMax);
    this.#loadPointers(hardState, config.applied);
    this.tracker = new Tracker(confState, config.inflightMessagesMax, config.inflightBytesMax);
    const configuration = restoreConfiguration(confState);
    this.tracker.switchTo(configuration.confState, configuration.nodes, this.log.lastIndex());
  }

  #loadPointers(hardState: HardState, applied: number): void {
    const log = this.log;
    assert(hardState.commit <= log.lastIndex(), 'the stored commit index lies within the stored log');
    assert(applied <= log.lastIndex(), 'what was applied is in the stored log');
    // Right after a snapshot was installed the hard state may still lag behind it. And what is applied is committed, even
    // if the hard state that said so was not synced.
    log.committed = Math.max(log.committed, hardState.commit, applied);
    if (applied > log.applied) log.appliedTo(applied);
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  get isLeader(): boolean {
    return this.role === 'leader';
  }

  /** A message that depends on nothing unstable. */
  send(message: Message): void {
    assert(message.to !== NOBODY, 'a message goes to somebody');
    this.messages.push(message);
  }

  /** A promise about term, vote or log, requests for votes included: it must not leave before those are durable (thesis 3.8). */
  sendAfterAppend(message: Message): void {
    assert(message.to !== NOBODY, 'a message goes to somebody');
    this.messagesAfterAppend.push(message);
  }

  /** Whether this node may become leader: a voter of either half, with no snapshot waiting to be installed. */
  get promotable(): boolean {
    const progress = this.tracker.get(this.id);
    return progress !== null && !progress.learner && this.log.unstable.snapshot === null;
  }

  /** Only then does a leader know what is committed (thesis 6.4, step 1). */
  get committedInTerm(): boolean {
    return this.log.term(this.log.committed) === this.term;
  }
}
