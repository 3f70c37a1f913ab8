/**
 * From one configuration to the next (thesis chapter 4). At most one voter may come or go at a time, for then any two
 * majorities of old and new overlap; anything more goes through a joint configuration, in which the old voters
 * (outgoing) and the new ones (incoming) decide together:
 *
 *     voters=(1 2 3)  enter-joint r1 v4  voters=(2 3 4)&&(1 2 3)  leave-joint  voters=(2 3 4)
 *
 * A voter that is to become a learner waits in `learnersNext` while it still votes in the outgoing half.
 *
 * All functions leave their arguments alone; a refused change has no effect.
 */
import type { ConfChangeStep } from '../conf-change.js';
import type { ConfState, NodeId } from '../entry.js';
import type { Progress } from '../progress/progress.js';
import type { TrackedNodes } from '../progress/tracker.js';
import { assertConfState, sortedIds } from './conf-state.js';

export type ConfChangeError =
  | 'removed all voters'
  | "can't apply simple config change in joint config"
  | 'more than one voter changed without entering joint config'
  | 'config is already joint'
  | "can't make a zero-voter config joint"
  | "can't leave a non-joint config";

export interface Configuration {
  readonly confState: ConfState;
  readonly nodes: TrackedNodes;
}

export type ChangeResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly error: ConfChangeError };

interface Draft {
  voters: Set<NodeId>;
  votersOutgoing: Set<NodeId>;
  learners: Set<NodeId>;
  learnersNext: Set<NodeId>;
  nodes: Map<NodeId, Progress | null>;
  autoLeave: boolean;
}

function draftOf({ confState, nodes }: Configuration): Draft {
  return {
    voters: new Set(confState.voters),
    votersOutgoing: new Set(confState.votersOutgoing),
    learners: new Set(confState.learners),
    learnersNext: new Set(confState.learnersNext),
    nodes: new Map(nodes),
    autoLeave: confState.autoLeave,
  };
}

function finish(draft: Draft): ChangeResult {
  const confState: ConfState = {
    voters: sortedIds(draft.voters),
    votersOutgoing: sortedIds(draft.votersOutgoing),
    learners: sortedIds(draft.learners),
    learnersNext: sortedIds(draft.learnersNext),
    autoLeave: draft.autoLeave,
  };
  assertConfState(confState);
  return { ok: true, configuration: { confState, nodes: draft.nodes } };
}

const refuse = (error: ConfChangeError): ChangeResult => ({ ok: false, error });

function addVoter(draft: Draft, id: NodeId): void {
  if (!draft.nodes.has(id)) draft.nodes.set(id, null);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  draft.voters.add(id);
}

function addLearner(draft: Draft, id: NodeId): void {
  if (!draft.nodes.has(id)) draft.nodes.set(id, null);
  if (draft.learners.has(id)) return;
  draft.voters.delete(id);
  draft.learnersNext.delete(id);
  if (draft.votersOutgoing.has(id)) draft.learnersNext.add(id);
  else draft.learners.add(id);
}

function remove(draft: Draft, id: NodeId): void {
  draft.voters.delete(id);
  draft.learners.delete(id);
  draft.learnersNext.delete(id);
  // An outgoing voter is still needed until the joint configuration is left.
  if (!draft.votersOutgoing.has(id)) draft.nodes.delete(id);
}

/** Changes the incoming half. */
function applySteps(draft: Draft, steps: readonly ConfChangeStep[]): ConfChangeError | null {
  for (const { type, nodeId } of steps) {
    if (nodeId === 0n) continue;
    if (type === 'add-voter') addVoter(draft, nodeId);
    else if (type === 'add-learner') addLearner(draft, nodeId);
    else if (type === 'remove') remove(draft, nodeId);
  }
  return draft.voters.size === 0 ? 'removed all voters' : null;
}

function votersChanged(before: readonly NodeId[], after: ReadonlySet<NodeId>): number {
  let common = 0;
  for (const id of before) if (after.has(id)) common++;
  return before.length - common + (after.size - common);
}

/** One step after the other, which together change one voter at most (thesis 4.1). */
export function simpleChange(from: Configuration, steps: readonly ConfChangeStep[]): ChangeResult {
  if (from.confState.votersOutgoing.length > 0)
    return refuse("can't apply simple config change in joint config");
  const draft = draftOf(from);
  const error = applySteps(draft, steps);
  if (error !== null) return refuse(error);
  if (votersChanged(from.confState.voters, draft.voters) > 1) {
    return refuse('more than one voter changed without entering joint config');
  }
  return finish(draft);
}

/** Keeps the present voters as the outgoing half and changes the incoming one at will (thesis 4.3). */
export function enterJoint(
  from: Configuration,
  autoLeave: boolean,
  steps: readonly ConfChangeStep[],
): ChangeResult {
  if (from.confState.votersOutgoing.length > 0) return refuse('config is already joint');
  if (from.confState.voters.length === 0) return refuse("can't make a zero-voter config joint");
  const draft = draftOf(from);
  draft.votersOutgoing = new Set(draft.voters);
  const error = applySteps(draft, steps);
  if (error !== null) return refuse(error);
  draft.autoLeave = autoLeave;
  return finish(draft);
}

/** Lets the outgoing half go. */
export function leaveJoint(from: Configuration): ChangeResult {
  if (from.confState.votersOutgoing.length === 0) return refuse("can't leave a non-joint config");
  const draft = draftOf(from);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  for (const id of draft.votersOutgoing) {
    if (!draft.voters.has(id) && !draft.learners.has(id)) draft.nodes.delete(id);
  }
  draft.votersOutgoing.clear();
  draft.autoLeave = false;
  return finish(draft);
}
