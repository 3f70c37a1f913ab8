import { assert } from '../../stdx/index.js';
import type { ConfChangeStep, ConfChangeType } from '../conf-change.js';
import type { ConfState, NodeId } from '../entry.js';
import { EMPTY_CONF_STATE } from '../entry.js';
import type { ChangeResult, Configuration } from './changer.js';
import { enterJoint, simpleChange } from './changer.js';
import { sameConfState } from './conf-state.js';

const steps = (type: ConfChangeType, ids: readonly NodeId[]): ConfChangeStep[] =>
  ids.map((nodeId) => ({ type, nodeId }));

function accepted(result: ChangeResult): Configuration {
  assert(result.ok, () => `a stored configuration can be reached: ${result.ok ? '' : result.error}`);
  return result.configuration;
}

function oneByOne(from: Configuration, changes: readonly ConfChangeStep[]): Configuration {
  let configuration = from;
  for (const change of changes) configuration = accepted(simpleChange(configuration, [change]));
  return configuration;
}

/**
 * Rebuilds a configuration from its stored form by the changes that lead to it, so that a joint one, too, passes the
 * same checks as when it was entered: first the outgoing voters, then one change that enters the joint configuration.
 */
export function restoreConfiguration(confState: ConfState): Configuration {
  const empty: Configuration = { confState: EMPTY_CONF_STATE, nodes: new Map() };
  const incoming = [
    ...steps('add-voter', confState.voters),
    ...steps('add-learner', confState.learners),
    ...steps('add-learner', confState.learnersNext),
  ];
  let result: Configuration;
  if (confState.votersOutgoing.length === 0) {
    result = oneByOne(empty, incoming);
  } else {
    const outgoing = oneByOne(empty, steps('add-voter', confState.votersOutgoing));
    const removals = steps('remove', confState.votersOutgoing);
    result = accepted(enterJoint(outgoing, confState.autoLeave, [...removals, ...incoming]));
  }
  assert(sameConfState(result.confState, confState), 'a restored configuration equals the stored one');
  return result;
}
