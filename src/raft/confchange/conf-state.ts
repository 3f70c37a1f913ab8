import { assert } from '../../stdx/index.js';
import type { ConfState, NodeId } from '../entry.js';

export const compareIds = (a: NodeId, b: NodeId): number => (a < b ? -1 : a > b ? 1 : 0);

export const sortedIds = (ids: Iterable<NodeId>): NodeId[] => [...ids].sort(compareIds);

const sameIds = (a: readonly NodeId[], b: readonly NodeId[]): boolean => {
  const x = sortedIds(a);
  const y = sortedIds(b);
  return x.length === y.length && x.every((id, i) => id === y[i]);
};

/** Equal but for the order of the ids. */
export function sameConfState(a: ConfState, b: ConfState): boolean {
  return (
    sameIds(a.voters, b.voters) &&
    sameIds(a.learners, b.learners) &&
    sameIds(a.votersOutgoing, b.votersOutgoing) &&
    sameIds(a.learnersNext, b.learnersNext) &&
    a.autoLeave === b.autoLeave
  );
}

/**
 * What holds of every configuration: learners vote in neither half; who becomes a learner at the end of a joint
 * configuration is still a voter of its outgoing half; and only a joint configuration has a way to be left.
 */
export function assertConfState(conf: ConfState): void {
  for (const id of conf.learners) {
    assert(!conf.voters.includes(id), 'a learner is no voter');
    assert(!conf.votersOutgoing.includes(id), 'a learner is no outgoing voter');
  }
  for (const id of conf.learnersNext) {
    assert(conf.votersOutgoing.includes(id), 'a learner to be is an outgoing voter');
    assert(!conf.voters.includes(id), 'a learner to be is no incoming voter');
    assert(!conf.learners.includes(id), 'a learner to be is no learner yet');
  }
  if (conf.votersOutgoing.length === 0) {
    assert(conf.learnersNext.length === 0, 'only a joint configuration has learners to be');
    assert(!conf.autoLeave, 'only a joint configuration can be left');
  }
}
