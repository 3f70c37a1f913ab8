/**
 * `--force-new-cluster`: a member that has lost its majority for good becomes the only one of its cluster, with all that
 * was committed as far as it knows. Entries that are not known to be committed are dropped; behind the others the log is
 * given the removal of everybody else, as committed, so that it is replayed like any other change of the members
 * (etcd's restart as a standalone node). The ids stay. A member that is alone already has nothing to force.
 */
import { Cluster, type Member } from '../membership/index.js';
import type { LogSink } from '../platform/index.js';
import {
  type ConfChangeStep,
  decodeConfChange,
  type Entry,
  EntryKind,
  encodeConfChange,
  type HardState,
  NOBODY,
} from '../raft/index.js';
import { changeMembers, type StateMachine } from '../state-machine/index.js';
import type { RecoveredWal, Wal } from '../storage/index.js';
import { MemberChange } from '../wire/index.js';
import { BootstrapError } from './bootstrap-error.js';

/** The members as of the last committed entry: the state machine's, and the changes that it has not seen yet. */
function membersAt(machine: StateMachine, entries: readonly Entry[]): Cluster {
  const cluster = new Cluster();
  for (const member of machine.cluster.list()) cluster.add(member);
  for (const id of machine.cluster.removedIds()) cluster.remove(id);
  for (const { kind, index, data } of entries) {
    if (kind === EntryKind.NORMAL || index <= machine.appliedIndex) continue;
    changeMembers(cluster, decodeConfChange(kind, data));
  }
  return cluster;
}

interface Step {
  readonly step: ConfChangeStep;
  readonly context: Partial<MemberChange>;
}

/** What makes `self` the only member. It comes first itself: a cluster is never without a voter. */
function stepsTo(self: Member, members: readonly Member[]): Step[] {
  const promotion: Step = {
    step: { type: 'add-voter', nodeId: self.id },
    context: { ...self, isPromotion: true },
  };
  const removals = members
    .filter(({ id }) => id !== self.id)
    .map(({ id: nodeId }): Step => ({ step: { type: 'remove', nodeId }, context: {} }));
  return self.isLearner ? [promotion, ...removals] : removals;
}

function entryOf({ step, context }: Step, index: number, term: number): Entry {
  const change = {
    transition: 'auto',
    changes: [step],
    context: MemberChange.toBytes(MemberChange.create(context)),
  } as const;
  return { index, term, kind: EntryKind.CONF_CHANGE, data: encodeConfChange(change, true) };
}

/** Writes that to the log, and returns what the log holds then. */
export async function forceNewCluster(
  wal: Wal,
  recovered: RecoveredWal,
  machine: StateMachine,
  sink: LogSink,
): Promise<RecoveredWal> {
  const { memberId, clusterId } = recovered.metadata;
  const commit = Math.max(recovered.hardState.commit, machine.appliedIndex);
  const kept = recovered.entries.filter(({ index }) => index <= commit);
  const dropped = recovered.entries.length - kept.length;
  const cluster = membersAt(machine, kept);
  const self = cluster.get(memberId);
  if (self === undefined) {
    throw new BootstrapError('the member has been permanently removed from the cluster');
  }
  // A term of its own: nobody else ever has, or had, other entries of the same index and term.
  const term = recovered.hardState.term + 1;
  const added = stepsTo(self, cluster.list()).map((step, i) => entryOf(step, commit + 1 + i, term));
  if (added.length === 0) return recovered;
  if (dropped > 0) sink.log('info', 'discarding uncommitted WAL entries', { 'number-of-entries': dropped });
  sink.log('warn', 'forcing restart member', {
    'cluster-id': clusterId,
    'local-member-id': memberId,
    'commit-index': commit,
  });
  const hardState: HardState = { term, vote: NOBODY, commit: commit + added.length };
  await new Promise<void>((resolve, reject) => {
    wal.append(hardState, added, (error) => (error === undefined ? resolve() : reject(error)));
  });
  return { ...recovered, hardState, entries: [...kept, ...added] };
}
