/**
 * A raft node as a function of events: {@link RaftNode.step} takes one event, {@link RaftNode.takeUpdate} says what must be
 * done because of all events so far. No clock, no input or output, no randomness but what the configuration injects.
 *
 * The state is in `core.ts`; the reactions are in `receive/`, one message a file, and chosen in `handlers.ts`; changes of
 * role in `roles/`; what a leader does in `leader/`; elections in `election.ts`.
 */
import { assert, unreachable } from '../stdx/index.js';
import type { ConfChange } from './conf-change.js';
import { encodeConfChange } from './confchange/codec.js';
import type { RaftConfig } from './config.js';
import { RaftCore } from './core.js';
import { startElection } from './election.js';
import type { ConfState, NodeId } from './entry.js';
import { EntryKind, NOBODY } from './entry.js';
import type { RaftEvent, StepResult } from './event.js';
import { handle } from './handlers.js';
import { assertState } from './invariants.js';
import type { LogStorage } from './log/storage.js';
import type { Message } from './message.js';
import { forgetLeader } from './receive/forget-leader.js';
import { propose } from './receive/propose.js';
import { requestReadIndex } from './receive/read-index.js';
import { reportSnapshot, reportUnreachable } from './receive/reports.js';
import { transferLeader } from './receive/transfer-leader.js';
import { learnCommit } from './receive/vote-response.js';
import { applyConfChange } from './reconfigure.js';
import { Reporter } from './reporter.js';
import { becomeFollower } from './roles/transition.js';
import type { RaftStatus } from './status.js';
import { applied, persisted } from './storage-acks.js';
import { compareTerms } from './terms.js';
import { tick } from './tick.js';
import type { AppendWork, Role, Update } from './update.js';

/** Answers to what only members are asked: from anybody else they are left over from an earlier configuration. */
function isResponse(message: Message): boolean {
  switch (message.kind) {
    case 'append-response':
    case 'vote-response':
    case 'pre-vote-response':
    case 'heartbeat-response':
    case 'read-index-response':
      return true;
    default:
      return false;
  }
}

export class RaftNode {
  readonly #raft: RaftCore;
  readonly #reporter: Reporter;

  /** Resumes from what `storage` holds, as a follower. */
  constructor(config: RaftConfig, storage: LogStorage) {
    const raft = new RaftCore(config, storage);
    const { id, term, log, tracker, vote } = raft;
    raft.trace?.({ kind: 'config-switched', id, term, confState: tracker.confState });
    becomeFollower(raft, term, NOBODY, 'started');
    assert(raft.vote === vote, 'a restart keeps the vote');
    raft.trace?.({
      kind: 'started',
      id,
      term,
      voters: tracker.confState.voters,
      commit: log.committed,
      applied: log.applied,
      last: log.lastPosition(),
    });
    assertState(raft);
    this.#raft = raft;
    this.#reporter = new Reporter(raft);
  }

  /** The state itself, for simulators and pictures. Whoever changes it breaks what raft promises. */
  static coreOf(node: RaftNode): RaftCore {
    return node.#raft;
  }

  get id(): NodeId {
    return this.#raft.id;
  }

  get term(): number {
    return this.#raft.term;
  }

  get role(): Role {
    return this.#raft.role;
  }

  /** NOBODY while unknown. */
  get leader(): NodeId {
    return this.#raft.leader;
  }

  get commitIndex(): number {
    return this.#raft.log.committed;
  }

  /** Last index the state machine has reported as applied. */
  get appliedIndex(): number {
    return this.#raft.log.applied;
  }

  /** Last index of the log, durable or not. */
  get lastIndex(): number {
    return this.#raft.log.lastIndex();
  }

  /** Whether this leader has committed an entry of its term, and so knows all that is committed. */
  get committedInTerm(): boolean {
    return this.#raft.committedInTerm;
  }

  step(event: RaftEvent): StepResult {
    const raft = this.#raft;
    switch (event.kind) {
      case 'receive':
        return this.#receive(event.message);
      case 'propose':
        return propose(raft, event.entries);
      case 'propose-conf-change':
        return this.#proposeConfChange(event.change, event.v1);
      case 'read-index':
        return requestReadIndex(raft, event.context);
      case 'tick':
        tick(raft);
        return 'ok';
      case 'persisted':
        this.#persisted(event.append);
        return 'ok';
      case 'applied':
        applied(raft, event.index);
        return 'ok';
      case 'campaign':
        startElection(raft, raft.config.preVote ? 'pre-vote' : 'vote');
        return 'ok';
      case 'transfer-leader':
        transferLeader(raft, event.to);
        return 'ok';
      case 'forget-leader':
        forgetLeader(raft);
        return 'ok';
      case 'report-unreachable':
        reportUnreachable(raft, event.peer);
        return 'ok';
      case 'report-snapshot':
        reportSnapshot(raft, event.peer, event.ok);
        return 'ok';
      default:
        return unreachable(event);
    }
  }

  #receive(message: Message): StepResult {
    const raft = this.#raft;
    if (isResponse(message) && raft.tracker.get(message.from) === null) return 'unknown-peer';
    return this.#accept(message);
  }

  #accept(message: Message): StepResult {
    const raft = this.#raft;
    assert(message.to === raft.id, 'a message reaches whom it is addressed to');
    if (message.kind === 'propose') return propose(raft, message.entries);
    if (message.kind === 'vote-response' || message.kind === 'pre-vote-response') learnCommit(raft, message);
    if (compareTerms(raft, message)) handle(raft, message);
    return 'ok';
  }

  #proposeConfChange(change: ConfChange, v1: boolean): StepResult {
    const kind = v1 ? EntryKind.CONF_CHANGE : EntryKind.CONF_CHANGE_V2;
    return propose(this.#raft, [{ kind, data: encodeConfChange(change, v1) }]);
  }

  #persisted(append: AppendWork): void {
    for (const message of append.responses) if (message.to === this.#raft.id) this.#accept(message);
    if (append.ack !== null) persisted(this.#raft, append.ack);
  }

  /** Whether {@link takeUpdate} has anything to say. */
  hasUpdate(): boolean {
    return this.#reporter.hasUpdate();
  }

  /** What is to be done; counts as accepted, each thing is handed out once. */
  takeUpdate(): Update {
    return this.#reporter.take();
  }

  /** Synchronous contract only: everything in the last update is durable and applied. */
  advance(): void {
    assert(!this.#raft.config.asyncStorageWrites, 'asynchronous writes are reported one by one');
    const { responses, ack, appliedIndex } = this.#reporter.takeCompletion();
    this.#persisted({ responses, ack });
    if (appliedIndex > 0) applied(this.#raft, appliedIndex);
  }

  /**
   * Switches to the configuration after `change`, a conf change entry that is being applied. Must be called for each
   * such entry, in order, before `applied` is stepped for its index. A change that was refused by the state machine is
   * passed as `auto` with one step for node 0n, which changes nothing.
   */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#raft, change);
  }

  status(): RaftStatus {
    const { id, role, term, vote, leader, log, tracker, transferee } = this.#raft;
    return {
      id,
      role,
      term,
      vote,
      leader,
      commit: log.committed,
      applied: log.applied,
      lastIndex: log.lastIndex(),
      transferee,
      confState: tracker.confState,
      progress: role === 'leader' ? tracker.members.map((progress) => progress.status()) : [],
    };
  }

  /** Checks everything that always holds of one node; for simulators and tests, see `invariants.ts`. */
  assertInvariants(): void {
    assertState(this.#raft);
  }

  /** Overrides the present election time-out until it is drawn anew (role or term change). For tests and scripts. */
  setRandomizedElectionTicks(ticks: number): void {
    this.#raft.randomizedElectionTicks = ticks;
  }
}
