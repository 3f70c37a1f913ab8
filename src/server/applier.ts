/** Applies committed entries in order, and answers those on this member who wait for one of them. */
import type { Clock, LogSink } from '../platform/index.js';
import { decodeConfChange, type Entry, EntryKind, type RaftNode } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { ByteWriter } from '../stdx/index.js';
import { ReplicatedRequestView } from '../wire/index.js';
import { ANSWER_BYTES_KEPT, WARNING_APPLY_MS_DEFAULT } from './limits.js';
import type { MemberCounters } from './member-counters.js';
import type { Proposals } from './proposals.js';
import type { Reconfiguration } from './reconfiguration.js';

export interface ApplierParts {
  readonly node: RaftNode;
  readonly machine: StateMachine;
  readonly clock: Clock;
  readonly sink: LogSink;
  readonly counters: MemberCounters;
}

export class Applier {
  readonly #node: RaftNode;
  readonly #machine: StateMachine;
  readonly #clock: Clock;
  readonly #sink: LogSink;
  readonly #counters: MemberCounters;
  readonly #warningMs: number;
  readonly #proposals: Proposals;
  readonly #reconfiguration: Reconfiguration;
  readonly #request = new ReplicatedRequestView();
  readonly #answer = new ByteWriter(64 * 1024);

  /** A batch that takes longer than `warningMs` is logged. */
  constructor(
    parts: ApplierParts,
    proposals: Proposals,
    reconfiguration: Reconfiguration,
    warningMs: number = WARNING_APPLY_MS_DEFAULT,
  ) {
    this.#node = parts.node;
    this.#machine = parts.machine;
    this.#clock = parts.clock;
    this.#sink = parts.sink;
    this.#counters = parts.counters;
    this.#warningMs = warningMs;
    this.#proposals = proposals;
    this.#reconfiguration = reconfiguration;
  }

  /** Returns whether the members may have changed. Raft is not told yet that the entries are applied. */
  apply(entries: readonly Entry[]): boolean {
    const began = this.#clock.now();
    let isMembershipChanged = false;
    for (const entry of entries) {
      if (entry.kind !== EntryKind.NORMAL) {
        this.#applyConfChange(entry);
        isMembershipChanged = true;
      } else if (entry.data.length === 0) {
        this.#machine.applyEmpty(entry);
      } else {
        this.#applyRequest(entry);
      }
    }
    this.#noteBatch(entries, this.#clock.now() - began);
    return isMembershipChanged;
  }

  #noteBatch(entries: readonly Entry[], tookMs: number): void {
    this.#counters.applies.endBatch(tookMs / 1000);
    if (tookMs <= this.#warningMs) return;
    this.#counters.slowApplies++;
    this.#sink.log('warn', 'apply request took too long', {
      took: `${tookMs.toFixed(3)}ms`,
      'expected-duration': `${this.#warningMs}ms`,
      entries: entries.length,
      'last-index': entries[entries.length - 1]!.index,
    });
  }

  #applyConfChange(entry: Entry): void {
    const change = decodeConfChange(entry.kind, entry.data);
    const outcome = this.#machine.applyConfChange(entry, change, (allowed) =>
      this.#node.applyConfChange(allowed),
    );
    this.#reconfiguration.applied(change, outcome);
  }

  #applyRequest(entry: Entry): void {
    const request = this.#request;
    request.decode(entry.data, 0, entry.data.length);
    const waiter = this.#proposals.take(request.requestId);
    if (waiter === undefined) {
      const refusal = this.#machine.apply(entry, request, undefined);
      this.#counters.applies.note(request.kind, refusal === undefined);
      return;
    }
    const answer = this.#answer;
    answer.resetWithin(ANSWER_BYTES_KEPT);
    const refusal = this.#machine.apply(entry, request, answer);
    this.#counters.applies.note(request.kind, refusal === undefined);
    if (refusal !== undefined) waiter.finish(refusal.code, refusal.message);
    else waiter.reply(answer.buf, 0, answer.len);
  }
}
