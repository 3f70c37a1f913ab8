/** Turns what has happened in a node since the last update into the next one. */
import { assert } from '../stdx/index.js';
import type { RaftCore } from './core.js';
import type { Entry, HardState, NodeId } from './entry.js';
import { broadcastHeartbeat } from './leader/replication.js';
import type { Message } from './message.js';
import type { AppendAck, AppendWork, ReadState, Role, SoftState, Update } from './update.js';

const NO_ENTRIES: readonly Entry[] = [];
const NO_STATES: readonly ReadState[] = [];
const NO_CONTEXTS: readonly bigint[] = [];

/** Synchronous contract: what `advance` has to count. */
export interface Completion {
  /** Promises of the node to itself. */
  readonly responses: readonly Message[];
  readonly ack: AppendAck | null;
  /** 0 if nothing was applied. */
  readonly appliedIndex: number;
}

export class Reporter {
  readonly #raft: RaftCore;
  #role: Role;
  #leader: NodeId;
  #hardState: HardState;
  #completion: Completion | null = null;

  /** What the node is at the start counts as reported. */
  constructor(raft: RaftCore) {
    this.#raft = raft;
    this.#role = raft.role;
    this.#leader = raft.leader;
    this.#hardState = raft.hardState;
  }

  #softChanged(): boolean {
    return this.#role !== this.#raft.role || this.#leader !== this.#raft.leader;
  }

  #hardChanged(): boolean {
    const { term, vote, log } = this.#raft;
    const last = this.#hardState;
    return term !== last.term || vote !== last.vote || log.committed !== last.commit;
  }

  get #applyUnstable(): boolean {
    // Asynchronously, applying may overtake writing: then only what is known to be written may be applied.
    return !this.#raft.config.asyncStorageWrites;
  }

  hasUpdate(): boolean {
    const { log, reads, messages, messagesAfterAppend } = this.#raft;
    return (
      messages.length > 0 ||
      messagesAfterAppend.length > 0 ||
      log.unstable.hasPendingEntries ||
      this.#hardChanged() ||
      log.hasCommittedEntries(this.#applyUnstable) ||
      this.#softChanged() ||
      log.unstable.hasPendingSnapshot ||
      reads.states.length > 0 ||
      reads.dropped.length > 0 ||
      reads.roundWanted
    );
  }

  take(): Update {
    const raft = this.#raft;
    assert(this.#completion === null, 'the last update was completed by advance');
    if (raft.reads.roundWanted && raft.isLeader) broadcastHeartbeat(raft);
    const { log } = raft;
    const softState: SoftState | null = this.#softChanged() ? { role: raft.role, leader: raft.leader } : null;
    const hardState = this.#hardChanged() ? raft.hardState : null;
    const entries = log.unstable.hasPendingEntries ? log.unstable.pendingEntries() : NO_ENTRIES;
    const snapshot = log.unstable.hasPendingSnapshot ? log.unstable.snapshot : null;
    const committedEntries = log.committedEntries(this.#applyUnstable);
    const mustSync = entries.length > 0 || this.#promiseChanged();
    const ack = this.#ackFor(snapshot);
    const after = raft.messagesAfterAppend;
    const writes = entries.length > 0 || hardState !== null || snapshot !== null || after.length > 0;
    const isAsync = raft.config.asyncStorageWrites;
    const append: AppendWork | null = isAsync && writes ? { responses: after, ack } : null;
    let { messages } = raft;
    if (!isAsync) messages = this.#completeLater(messages, after, ack, committedEntries);
    const { states, dropped } = raft.reads;
    this.#accept(committedEntries, hardState);
    return {
      softState,
      hardState,
      readStates: states.length > 0 ? states : NO_STATES,
      readsDropped: dropped.length > 0 ? dropped : NO_CONTEXTS,
      entries,
      snapshot,
      committedEntries,
      messages,
      append,
      mustSync,
    };
  }

  /** Term and vote must not be forgotten; a commit index that lags behind is learnt anew. */
  #promiseChanged(): boolean {
    return this.#raft.term !== this.#hardState.term || this.#raft.vote !== this.#hardState.vote;
  }

  /**
   * The ack that will come with this write. It speaks for all that is unstable, handed out now or before: a write that
   * has only a hard state confirms the entries of those before it, whose acks may have been overtaken by a new term.
   */
  #ackFor(snapshot: AppendAck['snapshot']): AppendAck | null {
    const { log, term } = this.#raft;
    if (log.unstable.count === 0) {
      return snapshot === null ? null : { term, index: 0, indexTerm: 0, snapshot };
    }
    const last = log.lastPosition();
    return { term, index: last.index, indexTerm: last.term, snapshot };
  }

  /** Synchronous contract: the node's own promises wait for `advance`, the others leave with the messages. */
  #completeLater(
    messages: Message[],
    after: readonly Message[],
    ack: AppendAck | null,
    committedEntries: readonly Entry[],
  ): Message[] {
    const responses: Message[] = [];
    for (const message of after) (message.to === this.#raft.id ? responses : messages).push(message);
    const appliedIndex =
      committedEntries.length > 0 ? committedEntries[committedEntries.length - 1]!.index : 0;
    this.#completion = { responses, ack, appliedIndex };
    return messages;
  }

  #accept(committedEntries: readonly Entry[], hardState: HardState | null): void {
    const raft = this.#raft;
    this.#role = raft.role;
    this.#leader = raft.leader;
    if (hardState !== null) this.#hardState = hardState;
    raft.messages = [];
    raft.messagesAfterAppend = [];
    raft.reads.states = [];
    raft.reads.dropped = [];
    raft.log.unstable.accept();
    raft.log.acceptApplying(committedEntries, this.#applyUnstable);
  }

  takeCompletion(): Completion {
    const completion = this.#completion;
    assert(completion !== null, 'advance follows an update');
    this.#completion = null;
    return completion;
  }
}
