/**
 * All operations of a run, and how far each has come: seen from outside, by what goes into the members' raft nodes and
 * what their logs hold.
 */
import { EntryKind, type ProposedEntry } from '../../raft/index.js';
import { compareSlices } from '../../stdx/index.js';
import { ReplicatedRequestView } from '../../wire/index.js';
import type { MemberView } from '../view/member-view.js';
import type { OperationView } from '../view/operation-view.js';
import type { NodeProbe, ProbeListener } from '../world/node-probe.js';
import { type Moment, OpenOperation, type OperationRequest } from './open-operation.js';

/** Operations that are followed at a time, unless more are open. */
const WATCHED_MAX = 30;

export class OperationLog implements ProbeListener {
  readonly #now: () => Moment;
  readonly #all: OpenOperation[] = [];
  readonly #open = new Set<OpenOperation>();
  /** Those that may still change: open ones, and a few whose entries are still being copied. */
  readonly #watched = new Set<OpenOperation>();
  readonly #byRequestId = new Map<number, OpenOperation>();
  readonly #request = new ReplicatedRequestView();
  #views: readonly OperationView[] = [];
  #members: readonly MemberView[] = [];

  constructor(now: () => Moment) {
    this.#now = now;
  }

  get all(): readonly OpenOperation[] {
    return this.#all;
  }

  begin(request: OperationRequest, body: Uint8Array): OpenOperation {
    const operation = new OpenOperation(this.#all.length + 1, request, this.#now(), body);
    this.#all.push(operation);
    this.#open.add(operation);
    this.#watched.add(operation);
    this.#forgetOld();
    return operation;
  }

  /** Which operation made a replicated request; 0: none. */
  operationOf(requestId: number): number {
    return this.#byRequestId.get(requestId)?.id ?? 0;
  }

  proposed({ member, core }: NodeProbe, entries: readonly ProposedEntry[], firstIndex: number): void {
    entries.forEach((entry, i) => {
      const operation = this.#recognise(entry, member);
      if (operation === undefined) return;
      if (core.isLeader) this.#appended(operation, firstIndex + i, core.term);
      else operation.reach('forwarded', this.#now());
    });
  }

  appendedForwarded({ core }: NodeProbe, entries: readonly ProposedEntry[], firstIndex: number): void {
    entries.forEach((entry, i) => {
      const operation = this.#recognise(entry, 0);
      if (operation !== undefined) this.#appended(operation, firstIndex + i, core.term);
    });
  }

  readAsked(probe: NodeProbe, context: bigint): void {
    for (const operation of this.#waitingReads(probe.member)) {
      if (operation.context !== 0n) continue;
      operation.context = context;
      if (!probe.core.isLeader) operation.reach('asked-leader', this.#now());
    }
    if (probe.core.isLeader) this.readReceived(probe, context);
  }

  readReceived({ core, member }: NodeProbe, context: bigint): void {
    if (!core.reads.hasWaiting) return;
    for (const operation of this.#withContext(context)) {
      operation.round = core.reads.round + 1;
      operation.roundLeader = member;
      operation.voters = core.tracker.voterIds().length;
    }
  }

  readConfirmed({ member }: NodeProbe, context: bigint, index: number): void {
    for (const operation of this.#withContext(context)) {
      if (operation.request.via !== member) continue;
      operation.readIndex = index;
      operation.reach('heartbeat-round', this.#now());
      operation.reach('read-index', this.#now());
    }
  }

  /** It will be asked again, under another context. */
  readDropped({ member }: NodeProbe, context: bigint): void {
    for (const operation of this.#withContext(context)) {
      if (operation.request.via === member) operation.context = 0n;
    }
  }

  ended(operation: OpenOperation): void {
    this.#open.delete(operation);
  }

  /** The present views: the same objects as before, as far as nothing has changed. */
  look(members: readonly MemberView[], probes: ReadonlyMap<number, NodeProbe>): readonly OperationView[] {
    const isMoved = members !== this.#members;
    this.#members = members;
    let next: OperationView[] | undefined;
    for (const operation of this.#watched) {
      if (isMoved && operation.index > 0) this.#followEntry(operation, members);
      if (operation.isRead && operation.isOpen) this.#followRead(operation, members, probes);
      const view = operation.look();
      if (this.#views[operation.id - 1] === view) continue;
      next ??= [...this.#views];
      next[operation.id - 1] = view;
    }
    if (next !== undefined) this.#views = next;
    return this.#views;
  }

  /** The entries of long answered operations are everywhere, or their story is over. */
  #forgetOld(): void {
    for (const operation of this.#watched) {
      if (this.#watched.size <= WATCHED_MAX) return;
      if (!operation.isOpen) this.#watched.delete(operation);
    }
  }

  #recognise({ kind, data }: ProposedEntry, member: number): OpenOperation | undefined {
    if (kind !== EntryKind.NORMAL || data.length === 0) return undefined;
    const request = this.#request;
    request.decode(data, 0, data.length);
    const { requestId, requestStart, requestEnd } = request;
    const known = this.#byRequestId.get(requestId);
    if (known !== undefined || member === 0) return known;
    for (const operation of this.#open) {
      const { body } = operation;
      if (operation.requestId !== 0 || operation.request.via !== member || operation.isRead) continue;
      if (compareSlices(body, 0, body.length, data, requestStart, requestEnd) !== 0) continue;
      operation.requestId = requestId;
      this.#byRequestId.set(requestId, operation);
      return operation;
    }
    return undefined;
  }

  #appended(operation: OpenOperation, index: number, term: number): void {
    operation.index = index;
    operation.term = term;
    operation.reach('appended', this.#now());
  }

  *#waitingReads(member: number): Iterable<OpenOperation> {
    for (const operation of this.#open) {
      if (operation.request.kind === 'read' && operation.request.via === member) yield operation;
    }
  }

  *#withContext(context: bigint): Iterable<OpenOperation> {
    for (const operation of this.#open) if (operation.context === context) yield operation;
  }

  #followEntry(operation: OpenOperation, members: readonly MemberView[]): void {
    const { index, term, request } = operation;
    const holders = members.filter(({ log }) => holds(log, index, term));
    operation.copies = holders.filter((each) => each.durableIndex >= index).map(({ id }) => id);
    const leader = holders.find((each) => each.role === 'leader' && each.state !== 'down');
    if (leader !== undefined) operation.voters = leader.configuration.voters.length;
    const now = this.#now();
    if (operation.voters > 0 && operation.copies.length > operation.voters / 2) {
      operation.reach('replicated', now);
    }
    if (holders.some((each) => each.commit >= index)) operation.reach('committed', now);
    if (holders.some((each) => each.id === request.via && each.applied >= index)) {
      operation.reach('applied', now);
    }
  }

  #followRead(
    operation: OpenOperation,
    members: readonly MemberView[],
    probes: ReadonlyMap<number, NodeProbe>,
  ): void {
    const { round, roundLeader, readIndex, request } = operation;
    const core = probes.get(roundLeader)?.core;
    if (round > 0 && core?.isLeader === true) {
      const answered = core.tracker.members.filter((progress) => progress.readRound >= round);
      const numbers = answered.map((progress) => numberOf(members, progress.id));
      operation.copies = numbers;
    }
    if (readIndex === 0) return;
    const via = members[request.via - 1];
    if (via !== undefined && via.applied >= readIndex) operation.reach('applied', this.#now());
  }
}

function holds(log: MemberView['log'], index: number, term: number): boolean {
  const first = log[0];
  if (first === undefined || index < first.index) return false;
  return log[index - first.index]?.term === term;
}

function numberOf(members: readonly MemberView[], raftId: bigint): number {
  const hex = raftId.toString(16);
  return members.find((member) => member.raftId === hex)?.id ?? 0;
}
