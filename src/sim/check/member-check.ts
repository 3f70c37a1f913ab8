/** What must hold of one member between any two events, and of whoever is elected. */
import { assertStep, type RaftStatus } from '../../raft/index.js';
import { demand } from '../violation.js';
import type { AppliedLog } from './applied-log.js';
import type { RaftTraffic } from './raft-traffic.js';

/** The part of a member that is looked at. */
export interface ObservedMember {
  assertInvariants(): void;
  raftStatus(): RaftStatus;
  readonly machine: { readonly store: { readonly revision: number } };
}

export class MemberCheck {
  readonly #name: string;
  readonly #traffic: RaftTraffic;
  readonly #applied: AppliedLog;
  #status: RaftStatus | undefined;
  #revision = 0;

  constructor(name: string, traffic: RaftTraffic, applied: AppliedLog) {
    this.#name = name;
    this.#traffic = traffic;
    this.#applied = applied;
  }

  get isLeader(): boolean {
    return this.#status?.role === 'leader';
  }

  /** A life has ended or begins. */
  forget(): void {
    this.#status = undefined;
    this.#revision = 0;
  }

  look(member: ObservedMember): void {
    member.assertInvariants();
    const status = member.raftStatus();
    if (this.#status !== undefined) assertStep(this.#status, status);
    if (status.role === 'leader') this.#checkLeader(this.#status, status);
    this.#status = status;
    const { revision } = member.machine.store;
    demand(revision >= this.#revision, () => `the revision fell from ${this.#revision} to ${revision}`);
    this.#revision = revision;
  }

  #checkLeader(before: RaftStatus | undefined, { id, role, term, commit, lastIndex }: RaftStatus): void {
    this.#traffic.noteLeader(id, term);
    if (before?.role === role && before.term === term) {
      if (commit > before.commit) this.#traffic.checkCommitted(id, term, commit);
      return;
    }
    // An election may be over, and nobody has noticed.
    if (term < this.#traffic.newestTerm) return;
    // Leader completeness: whoever is elected has all that anybody has applied.
    demand(
      lastIndex >= this.#applied.last,
      () =>
        `${this.#name} leads term ${term} with a log up to ${lastIndex}; ${this.#applied.last} is applied elsewhere`,
      () => ({ rule: 'leader-completeness', members: [this.#name], index: this.#applied.last }),
    );
  }
}
