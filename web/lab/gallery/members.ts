/** Scenarios about who belongs to the cluster and how many of them it needs (thesis 4). */
import { agree, running, valueIn } from '../lessons/observe.js';
import type { Scenario } from './scenario.js';
import { FIRST_CAMPAIGN, leads, missing, operation, PLAIN, script } from './staging.js';

export const LEARNER: Scenario = {
  id: 'learner',
  script: script(15, 3, {}, [
    FIRST_CAMPAIGN,
    [1200, { kind: 'put', via: 1, key: 'x', value: '1' }],
    [1400, { kind: 'put', via: 1, key: 'y', value: '1' }],
    [1800, { kind: 'add-member', via: 1, learner: true }],
    [4500, { kind: 'promote', via: 1, member: 4 }],
  ]),
  startMs: 1600,
  endMs: 6500,
  speed: 0.5,
  look: 4,
  missing: (outcome) => {
    const joined = outcome.view.members[3];
    const leader = outcome.view.members[leads(outcome) - 1];
    return missing(
      [joined?.state === 'up', 'a fourth member runs'],
      [joined !== undefined && valueIn(joined, 'x') === '1', 'it has the keys'],
      [joined?.learner === false, 'it is no learner any more'],
      [leader?.configuration.voters.length === 4, 'there are four voters'],
    );
  },
};

const JOINT_MS = 1800;
const LEAVE_MS = 4000;

export const JOINT_CONSENSUS: Scenario = {
  id: 'jointConsensus',
  script: script(21, 5, {}, [
    FIRST_CAMPAIGN,
    [1300, { kind: 'put', via: 1, key: 'x', value: 'before' }],
    [JOINT_MS, { kind: 'joint', change: 'remove', member: 5, stay: true }],
    [3000, { kind: 'put', via: 1, key: 'x', value: 'by both' }],
    [LEAVE_MS, { kind: 'leave-joint' }],
    [5000, { kind: 'put', via: 1, key: 'x', value: 'after' }],
  ]),
  startMs: 1600,
  endMs: 6000,
  speed: 0.2,
  look: 1,
  missing: (outcome) => {
    const during = outcome.at(LEAVE_MS - 100).members[0]!.configuration;
    const after = outcome.view.members[0]!.configuration;
    return missing(
      [
        during.joint && during.votersOutgoing.length === 5 && during.voters.length === 4,
        'two sets of voters',
      ],
      [(operation(outcome, 2)?.answeredMs ?? LEAVE_MS) < LEAVE_MS, 'both decide on a write'],
      [!after.joint && after.voters.length === 4, 'one set of voters in the end'],
      [operation(outcome, 3)?.status === 'answered', 'which decides alone'],
    );
  },
};

export const EVEN_SIZE: Scenario = {
  id: 'evenSize',
  script: script(16, 4, PLAIN, [
    FIRST_CAMPAIGN,
    [1500, { kind: 'crash', member: 4, losesUnsynced: false }],
    [1700, { kind: 'put', via: 1, key: 'a', value: 'one down' }],
    [2500, { kind: 'crash', member: 3, losesUnsynced: false }],
    [2700, { kind: 'put', via: 1, key: 'b', value: 'two down' }],
    [5000, { kind: 'restart', member: 3 }],
  ]),
  startMs: 1400,
  endMs: 7500,
  speed: 0.5,
  look: 1,
  missing: (outcome) =>
    missing(
      [
        (operation(outcome, 1)?.answeredMs ?? Number.POSITIVE_INFINITY) < 2500,
        'a write with one down is answered',
      ],
      [(operation(outcome, 2)?.answeredMs ?? 0) > 5000, 'a write with two down waits for a member'],
    ),
};

export const NO_PROGRESS: Scenario = {
  id: 'noProgress',
  script: script(17, 5, PLAIN, [
    FIRST_CAMPAIGN,
    [1200, { kind: 'put', via: 1, key: 'x', value: '1' }],
    [1600, { kind: 'crash', member: 3, losesUnsynced: false }],
    [1600, { kind: 'crash', member: 4, losesUnsynced: false }],
    [1600, { kind: 'crash', member: 5, losesUnsynced: false }],
    [1800, { kind: 'put', via: 1, key: 'x', value: '2' }],
    [1900, { kind: 'read', via: 2, key: 'x', serializable: false }],
    [2000, { kind: 'read', via: 2, key: 'x', serializable: true }],
    [5000, { kind: 'restart', member: 3 }],
  ]),
  startMs: 1500,
  endMs: 7500,
  speed: 0.5,
  look: 1,
  missing: (outcome) => {
    const [write, linearizable, serializable] = [2, 3, 4].map((id) => operation(outcome, id));
    return missing(
      [(write?.answeredMs ?? 0) > 5000, 'the write waits for a third member'],
      [(linearizable?.answeredMs ?? 0) > 5000, 'the linearizable read too'],
      [linearizable?.stale === false, 'and is right'],
      [
        serializable?.result === '1' && (serializable.answeredMs ?? 9999) < 2500,
        'the serializable read is answered at once',
      ],
      [agree(running(outcome.view)), 'those who run agree in the end'],
    );
  },
};
