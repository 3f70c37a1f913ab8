/**
 * One member: drives raft, the log, the state machine and the backend in the one order that is safe, and answers those
 * who wait. Everything happens in one thread, in turns: requests of a turn are gathered and proposed together at its
 * end, so a thousand clients cost raft and the disk little more than one.
 */
import type { Credentials } from '../auth/index.js';
import type { Clock, LogSink, Timer } from '../platform/index.js';
import {
  type Entry,
  type MemoryStorage,
  type Message,
  NOBODY,
  type RaftNode,
  type RaftStatus,
  type Snapshot,
  type Update,
} from '../raft/index.js';
import { type HeaderWriter, Reason, type Refusal, type StateMachine } from '../state-machine/index.js';
import { encodeUtf8 } from '../stdx/index.js';
import type { RequestKind } from '../wire/index.js';
import { Applier } from './applier.js';
import type { CompactionContinuation } from './compactor.js';
import { Leadership, type TransferContinuation } from './leadership.js';
import { LeaseKeeper } from './lease-keeper.js';
import { READ_RETRY_MS, REQUEST_TIMEOUT_BASE_MS } from './limits.js';
import { LogWriter, type WriteOrder } from './log-writer.js';
import { MemberCounters } from './member-counters.js';
import type { MemberOptions, MemberParts } from './member-parts.js';
import { PeerIntake } from './peer-intake.js';
import { NO_NETWORK, type PeerNetwork } from './peer-network.js';
import { Proposals } from './proposals.js';
import { Publication } from './publication.js';
import { ReadBarrier, type ReadContinuation } from './read-barrier.js';
import { Reconfiguration } from './reconfiguration.js';
import { isTooLarge } from './request-limit.js';
import { Roster } from './roster.js';
import { SnapshotExchange } from './snapshot-exchange.js';
import { holdsNewestState, isSoleVoter } from './sole-voter.js';
import { StateUpkeep } from './state-upkeep.js';
import { StorageGuard } from './storage-guard.js';
import type { Waiter } from './waiter.js';

export type { MemberOptions, MemberParts } from './member-parts.js';

export class Member {
  readonly options: MemberOptions;
  readonly machine: StateMachine;
  readonly header: HeaderWriter;
  readonly clock: Clock;
  readonly counters = new MemberCounters();
  readonly reconfiguration: Reconfiguration;
  readonly leases: LeaseKeeper;
  readonly guard: StorageGuard;
  readonly #node: RaftNode;
  readonly #log: MemoryStorage;
  readonly #sink: LogSink;
  readonly #proposals: Proposals;
  readonly #reads: ReadBarrier;
  readonly #writer: LogWriter;
  readonly #upkeep: StateUpkeep;
  readonly #snapshots: SnapshotExchange;
  readonly #network: PeerNetwork;
  readonly #leadership: Leadership;
  readonly #applier: Applier;
  readonly #publication: Publication;
  readonly #roster: Roster;
  readonly #intake: PeerIntake;
  #tickTimer: Timer | undefined;
  #turnScheduled = false;
  #stopped = false;
  #failed = false;
  #stopping: Promise<void> | undefined;
  #readsAreLocal = false;
  /** Called once if the member must stop: a broken disk, a bug. */
  onFatal: ((error: Error) => void) | undefined;
  /** Called once when this member was removed from the cluster and nobody needs it any more: it is to be stopped. */
  onRemoved: (() => void) | undefined;

  constructor(options: MemberOptions, given: MemberParts) {
    const { counters } = this;
    const parts = { ...given, counters, network: given.network ?? NO_NETWORK };
    this.options = options;
    this.machine = parts.machine;
    this.header = parts.header;
    this.clock = parts.clock;
    this.#node = parts.node;
    this.#log = parts.log;
    this.#sink = parts.sink;
    const random = (): number => Math.floor(parts.random.float() * 2 ** 51);
    this.#proposals = new Proposals(random(), counters);
    this.#reads = new ReadBarrier(BigInt(random()) << 12n, counters);
    this.#network = parts.network;
    this.#leadership = new Leadership(options, parts);
    const proposals = this.#proposals;
    const schedule = (): void => this.#schedule();
    this.reconfiguration = new Reconfiguration(options, {
      ...parts,
      proposals,
      schedule,
      successor: () => this.#leadership.bestSuccessor(),
    });
    this.#roster = new Roster(options, parts.clock, parts.network, () => this.onRemoved?.());
    this.#applier = new Applier(parts, proposals, this.reconfiguration, options.warningApplyMs);
    this.#publication = new Publication(this.#proposals, options);
    const readBarrier = (read: ReadContinuation): void => this.readBarrier(read);
    this.leases = new LeaseKeeper(options, { ...parts, proposals, schedule, readBarrier });
    this.guard = new StorageGuard(options, { ...parts, proposals, schedule });
    const fail = (error: Error): void => this.#fail(error);
    this.#writer = new LogWriter({
      ...parts,
      onDurable: (orders) => this.#onDurable(orders),
      onFailure: fail,
    });
    this.#upkeep = new StateUpkeep(options, parts, {
      followersHave: () => this.#snapshots.followersHave(),
      onDurable: (index) => {
        this.#snapshots.noteDurable(index);
        this.guard.quota.noteCommitted();
        schedule();
      },
      onFailure: fail,
    });
    const keptLogBytes = (): number => this.#upkeep.keptLogBytes;
    this.#snapshots = new SnapshotExchange(options, { ...parts, keptLogBytes }, (event) => {
      if (this.#stopped) return;
      this.#guard(() => {
        this.#node.step(event);
        this.#process();
      });
    });
    this.#intake = new PeerIntake(options, {
      ...parts,
      proposals,
      reconfiguration: this.reconfiguration,
      snapshots: this.#snapshots,
      roster: this.#roster,
      leases: this.leases,
      isStopped: () => this.#stopped,
      guard: (work) => this.#guard(work),
      schedule,
    });
  }

  get requestTimeoutMs(): number {
    return REQUEST_TIMEOUT_BASE_MS + 2 * this.options.electionMs;
  }

  get isLeader(): boolean {
    return this.#node.role === 'leader';
  }

  get hasLeader(): boolean {
    return this.#node.leader !== NOBODY;
  }

  get leader(): bigint {
    return this.#node.leader;
  }

  get term(): number {
    return this.#node.term;
  }

  get commitIndex(): number {
    return this.#node.commitIndex;
  }

  /** Whether it has no vote yet: it then serves next to nothing. */
  get isLearner(): boolean {
    return this.#roster.isLearner;
  }

  /** Whether it has published itself and serves clients. */
  get isReady(): boolean {
    return this.#publication.isDone;
  }

  raftStatus(): RaftStatus {
    return this.#node.status();
  }

  /** Begins to take part; resolves when the member is published and serves. */
  start(): Promise<void> {
    const ready = this.#publication.done();
    this.#network.start(this.#intake);
    this.#roster.update(this.machine.cluster);
    this.#guard(() => {
      this.#process();
      // Nobody else could win: a sole voter need not wait for its election time-out.
      if (isSoleVoter(this.machine, this.options.memberId)) this.#node.step({ kind: 'campaign' });
      this.#process();
    });
    this.#armTick();
    return ready;
  }

  /**
   * Replicates a request; the waiter is answered after it was applied here, or told why it was not. `body[start, end)` is
   * copied before the call returns.
   */
  propose(
    kind: RequestKind,
    body: Uint8Array,
    start: number,
    end: number,
    waiter: Waiter,
    who?: Credentials,
  ): void {
    if (this.#stopped) {
      waiter.finish(Reason.STOPPED.code, Reason.STOPPED.message);
      return;
    }
    const credentials =
      who === undefined ? undefined : { username: encodeUtf8(who.user), authRevision: who.revision };
    if (isTooLarge(kind, end - start, credentials, this.options.maxRequestBytes)) {
      waiter.finish(Reason.TOO_LARGE.code, Reason.TOO_LARGE.message);
      return;
    }
    this.#proposals.add(kind, body, start, end, waiter, credentials);
    this.#schedule();
  }

  /** Whether a linearizable read may be answered from the local state right now, without asking anybody. */
  get readsAreLocal(): boolean {
    return this.#readsAreLocal;
  }

  /** Calls back when a linearizable read may be answered from the local state. */
  readBarrier(read: ReadContinuation): void {
    if (this.#stopped) {
      read(Reason.STOPPED);
      return;
    }
    if (this.#readsAreLocal) {
      read(undefined);
      return;
    }
    this.#reads.add(read, this.clock.now());
    this.#schedule();
  }

  /** Since when the peer is connected, on the member's clock; undefined while it is not. */
  connectedSince(peer: bigint): number | undefined {
    return this.#network.connectedSince(peer);
  }

  /** Makes `to` lead, if this member does; calls back when that is so, or with the reason why not. */
  transferLeadership(to: bigint, done: TransferContinuation): void {
    if (this.#stopped) return done(Reason.STOPPED);
    this.#guard(() => this.#leadership.transfer(to, this.clock.now(), done));
    this.#schedule();
  }

  /** Before a stop: hands the leadership to whoever has most of the log, if this member leads and anybody can take it. */
  handOver(): Promise<void> {
    return new Promise((resolve) => {
      const to = this.isLeader && !this.#stopped ? this.#leadership.bestSuccessor() : NOBODY;
      if (to === NOBODY) return resolve();
      // The others hear of it later, and forward to this member until then: it stays to pass that on.
      this.transferLeadership(to, () => void this.clock.setTimer(this.options.heartbeatMs, resolve));
    });
  }

  /** Checks what always holds of the raft node; for simulators. */
  assertInvariants(): void {
    this.#node.assertInvariants();
  }

  /** Calls back once the removal of what was compacted below `revision` is finished and committed. */
  whenCompacted(revision: number, done: CompactionContinuation): void {
    this.#upkeep.whenCompacted(revision, done);
  }

  /** Finishes what is under way and brings the backend up to date. The owner closes files afterwards. */
  stop(): Promise<void> {
    this.#stopping ??= this.#finishAll();
    return this.#stopping;
  }

  async #finishAll(): Promise<void> {
    this.#quiesce();
    await this.#writer.stop();
    this.#network.stop();
    this.#giveUp(Reason.STOPPED);
    await this.#snapshots.stop();
    await this.#upkeep.stop();
  }

  /** Takes nothing new. */
  #quiesce(): void {
    this.#stopped = true;
    this.#publication.giveUp();
    this.leases.stop();
    this.guard.comparison.stop();
    this.#roster.stop();
    this.#readsAreLocal = false;
    this.#tickTimer?.cancel();
    this.#upkeep.quiesce();
  }

  #giveUp(refusal: Refusal): void {
    this.reconfiguration.stop(refusal);
    this.#proposals.failAll(refusal);
    this.#reads.failAll(refusal);
    this.#leadership.failAll(refusal);
  }

  /** What goes wrong below is fatal: the member stops rather than go on from a state that nobody knows. */
  #fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#quiesce();
    this.#upkeep.abandon();
    this.#network.stop();
    void this.#snapshots.stop();
    void this.#writer.stop();
    this.#giveUp(Reason.STOPPED);
    this.#sink.log('fatal', 'member stopped', { error: error.message });
    this.onFatal?.(error);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #armTick(): void {
    this.#tickTimer = this.clock.setTimer(this.options.heartbeatMs, () => {
      if (this.#stopped) return;
      this.#armTick();
      this.#guard(() => this.#tick());
    });
  }

  #tick(): void {
    this.#node.step({ kind: 'tick' });
    const now = this.clock.now();
    this.#proposals.expire(now, this.requestTimeoutMs, (since) => this.#leadership.timeoutReason(since));
    this.#reads.expire(now, this.requestTimeoutMs);
    this.#reads.reask(now - READ_RETRY_MS);
    this.#leadership.tick(now, this.requestTimeoutMs, this.#writer.stalledMs(now));
    this.leases.tick();
    this.guard.comparison.tick(this.isLeader);
    this.#writer.sealWhenIdle();
    if (this.#node.hasUpdate()) this.#process();
    this.#turn();
  }

  /** Asks for a turn after the input at hand, in which all of it is proposed together. */
  #schedule(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    this.clock.defer(this.#runTurn);
  }

  readonly #runTurn = (): void => {
    this.#turnScheduled = false;
    if (this.#stopped) return;
    try {
      this.#turn();
    } catch (error) {
      this.#fail(error as Error);
    }
  };

  #turn(): void {
    this.#askForReads();
    if (this.#mayPropose()) {
      const batch = this.#proposals.takeBatch();
      const entries = this.reconfiguration.judge(batch);
      // What raft refuses had no effect: it waits here for a leader, or for room. What is lost on its way runs out of time.
      if (this.#node.step({ kind: 'propose', entries }) !== 'ok') this.#proposals.putBack(batch);
    }
    if (this.#node.hasUpdate()) this.#process();
  }

  /** A leader gathers what arrives during a write of its log into the next one; a follower has nothing to wait for. */
  #mayPropose(): boolean {
    if (this.#proposals.queuedCount === 0 || !this.hasLeader) return false;
    return !this.isLeader || (!this.#writer.busy && !this.#upkeep.isBehind);
  }

  #askForReads(): void {
    if (this.#reads.isIdle || !this.hasLeader) return;
    const context = this.#reads.nextContext(this.clock.now());
    if (context === undefined) return;
    if (this.#node.step({ kind: 'read-index', context }) !== 'ok') this.#reads.drop(context);
  }

  /** Carries out what raft wants until it wants no more. */
  #process(): void {
    while (this.#node.hasUpdate()) this.#carryOut(this.#node.takeUpdate());
    this.#readsAreLocal = !this.#stopped && holdsNewestState(this.#node, this.machine, this.options.memberId);
    this.leases.update(this.#leadsAndHasApplied() ? this.#node.term : 0, this.#node.leader);
    this.#reads.release(this.machine.appliedIndex);
  }

  #carryOut(update: Update): void {
    if (update.softState !== null) this.#noteRole(update);
    for (const message of update.messages) this.#send(message);
    this.#order(update);
    for (const { context, index } of update.readStates) this.#reads.confirm(context, index);
    for (const context of update.readsDropped) this.#reads.drop(context);
    if (update.committedEntries.length > 0) this.#apply(update.committedEntries);
  }

  #send(message: Message): void {
    if (message.kind === 'snapshot') this.#snapshots.send(message);
    else this.#network.send(message);
  }

  /** Those of the answers that are for others; raft counts its own. */
  #sendOthers(messages: readonly Message[]): void {
    for (const message of messages) if (message.to !== this.options.memberId) this.#send(message);
  }

  /**
   * Hands the durable part to the log. A write that safety does not need waits for company; what it acknowledges speaks
   * for the writes before it and must stay behind them.
   */
  #order(update: Update): void {
    const { append, entries, hardState, snapshot } = update;
    if (snapshot !== null) {
      this.#snapshots.accept(snapshot);
      this.#upkeep.noteReplacing(snapshot.index);
    }
    const isEmpty = entries.length === 0 && snapshot === null;
    const isLazy = !update.mustSync && isEmpty && (append === null || append.responses.length === 0);
    if (isLazy && (append === null || append.ack === null || !this.#writer.busy)) {
      if (hardState !== null) this.#writer.setLazyHardState(hardState);
      if (append !== null) this.#node.step({ kind: 'persisted', append });
      return;
    }
    this.#writer.write({ hardState, entries, snapshot, append });
  }

  #onDurable(orders: readonly WriteOrder[]): void {
    if (this.#failed) return;
    this.#guard(() => {
      for (const { hardState, entries, snapshot, append } of orders) {
        if (snapshot !== null) this.#install(snapshot);
        this.#log.append(entries);
        if (hardState !== null) this.#log.setHardState(hardState);
        if (append === null) continue;
        this.#sendOthers(append.responses);
        this.#node.step({ kind: 'persisted', append });
      }
      this.#process();
      // What arrived during the write and its answers: propose it now, or after the input that waits.
      if (this.#proposals.queuedCount > 0) this.#schedule();
    });
  }

  /** The snapshot's marker is durable: everything moves over to its state in one step. */
  #install(snapshot: Snapshot): void {
    this.#log.installSnapshot(snapshot);
    this.#snapshots.install();
    this.#upkeep.noteReplaced(snapshot.index);
    this.#roster.update(this.machine.cluster);
  }

  #apply(entries: readonly Entry[]): void {
    if (this.#applier.apply(entries)) this.#roster.update(this.machine.cluster);
    const last = entries[entries.length - 1]!;
    this.#node.step({ kind: 'applied', index: last.index });
    this.#upkeep.noteApplied(entries);
  }

  #noteRole(update: Update): void {
    const { role, leader } = update.softState!;
    this.#sink.log('info', 'raft role changed', {
      'local-member-id': this.options.memberId,
      role,
      leader,
      term: this.#node.term,
    });
    const now = this.clock.now();
    // The one who was asked for a read index may be gone.
    if (this.#leadership.note(leader, now)) this.#reads.reask(now);
    if (leader !== NOBODY && !this.isReady) {
      this.#publication.begin();
      this.#schedule();
    }
  }

  /** What earlier leaders committed is applied: an entry of this term stands behind it. */
  #leadsAndHasApplied(): boolean {
    return this.#node.role === 'leader' && this.machine.appliedTerm === this.#node.term;
  }
}
