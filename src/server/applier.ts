/** Applies committed entries in order, and answers those on this member who wait for one of them. */
import { decodeConfChange, type Entry, EntryKind, type RaftNode } from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { ByteWriter } from '../stdx/index.js';
import { ReplicatedRequestView } from '../wire/index.js';
import { ANSWER_BYTES_KEPT } from './limits.js';
import type { Proposals } from './proposals.js';
import type { Reconfiguration } from './reconfiguration.js';

export class Applier {
  readonly #node: RaftNode;
  readonly #machine: StateMachine;
  readonly #proposals: Proposals;
  readonly #reconfiguration: Reconfiguration;
  readonly #request = new ReplicatedRequestView();
  readonly #answer = new ByteWriter(64 * 1024);

  constructor(node: RaftNode, machine: StateMachine, proposals: Proposals, reconfiguration: Reconfiguration) {
    this.#node = node;
    this.#machine = machine;
    this.#proposals = proposals;
    this.#reconfiguration = reconfiguration;
  }

  /** Returns whether the members may have changed. Raft is not told yet that the entries are applied. */
  apply(entries: readonly Entry[]): boolean {
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
    return isMembershipChanged;
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
      this.#machine.apply(entry, request, undefined);
      return;
    }
    const answer = this.#answer;
    answer.resetWithin(ANSWER_BYTES_KEPT);
    const refusal = this.#machine.apply(entry, request, answer);
    if (refusal !== undefined) waiter.finish(refusal.code, refusal.message);
    else waiter.reply(answer.buf, 0, answer.len);
  }
}
