/**
 * Only the leader knows how far a learner is. A follower proposes a promotion like any other change, and the leader writes
 * its verdict into the entry when it takes it: so the answer comes back through the log, whoever was asked.
 */
import { mayPromote } from '../membership/index.js';
import {
  decodeConfChange,
  EntryKind,
  encodeConfChange,
  type ProposedEntry,
  type RaftNode,
} from '../raft/index.js';
import type { StateMachine } from '../state-machine/index.js';
import { EMPTY_BYTES, MalformedError } from '../stdx/index.js';
import { MemberChange, MemberChangeVerdict } from '../wire/index.js';

/** A learner may vote when it has this part of the leader's log (etcd's readyPercent). */
const LEARNER_READY_SHARE = 0.9;

/** An entry that changes nothing. */
const NOTHING: ProposedEntry = { kind: EntryKind.NORMAL, data: EMPTY_BYTES };

export class PromotionJudge {
  readonly #node: RaftNode;
  readonly #machine: StateMachine;
  readonly #isStrict: boolean;

  constructor(node: RaftNode, machine: StateMachine, isStrict: boolean) {
    this.#node = node;
    this.#machine = machine;
    this.#isStrict = isStrict;
  }

  /** The entries as this member takes them: if it leads, with its verdict on each promotion among them. */
  judge(entries: readonly ProposedEntry[]): readonly ProposedEntry[] {
    if (this.#node.role !== 'leader') return entries;
    let judged: ProposedEntry[] | undefined;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry.kind === EntryKind.NORMAL) continue;
      judged ??= [...entries];
      judged[i] = this.#judgeOne(entry);
    }
    return judged ?? entries;
  }

  /** What no member of this version proposes would stop all members once it is applied: nothing comes of it instead. */
  #judgeOne(entry: ProposedEntry): ProposedEntry {
    try {
      const change = decodeConfChange(entry.kind, entry.data);
      const context = MemberChange.decode(change.context);
      const [step] = change.changes;
      if (entry.kind !== EntryKind.CONF_CHANGE || step === undefined) return NOTHING;
      const verdict = context.isPromotion ? this.#verdictOn(step.nodeId) : MemberChangeVerdict.NONE;
      if (verdict === context.verdict) return entry;
      const judged = { ...change, context: MemberChange.toBytes({ ...context, verdict }) };
      return { kind: entry.kind, data: encodeConfChange(judged, true) };
    } catch (error) {
      if (error instanceof MalformedError) return NOTHING;
      throw error;
    }
  }

  /** A member that is unknown or votes already is told so when the entry is applied. */
  #verdictOn(id: bigint): MemberChangeVerdict {
    const { progress } = this.#node.status();
    const learner = progress.find((one) => one.id === id);
    const leader = progress.find((one) => one.id === this.#node.id);
    if (learner === undefined || leader === undefined) return MemberChangeVerdict.NONE;
    if (learner.match < leader.match * LEARNER_READY_SHARE) return MemberChangeVerdict.LEARNER_NOT_READY;
    if (!this.#isStrict || mayPromote(this.#machine.cluster) === undefined) return MemberChangeVerdict.NONE;
    return MemberChangeVerdict.NOT_ENOUGH_STARTED;
  }
}
