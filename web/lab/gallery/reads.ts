/** Scenarios about reads (thesis 6.4). */
import type { Scenario } from './scenario.js';
import { FIRST_CAMPAIGN, leads, missing, operation, PLAIN, script, withMutants } from './staging.js';

const DEPOSED = script(12, 5, PLAIN, [
  FIRST_CAMPAIGN,
  [1200, { kind: 'put', via: 1, key: 'x', value: 'old' }],
  [
    1600,
    {
      kind: 'partition',
      groups: [
        [1, 2],
        [3, 4, 5],
      ],
    },
  ],
  [1700, { kind: 'campaign', member: 3 }],
  [2000, { kind: 'put', via: 3, key: 'x', value: 'new' }],
  [2400, { kind: 'read', via: 1, key: 'x', serializable: false }],
]);

export const STALE_LEADER_READ: Scenario = {
  id: 'staleLeaderRead',
  script: DEPOSED,
  startMs: 1500,
  endMs: 3400,
  speed: 0.1,
  look: 1,
  missing: (outcome) =>
    missing(
      [leads(outcome) === 3, 'member 3 leads'],
      [outcome.view.members[0]!.role === 'leader', 'member 1 believes that it does'],
      [operation(outcome, 2)?.status === 'answered', 'the new value is acknowledged'],
      [operation(outcome, 3)?.status === 'open', 'the read is not answered'],
    ),
  broken: {
    script: withMutants(DEPOSED, 'read-without-quorum'),
    endMs: 3400,
    invariants: ['linearizability'],
  },
};

const THROUGH_SLOW = script(13, 3, {}, [
  FIRST_CAMPAIGN,
  [1200, { kind: 'put', via: 1, key: 'x', value: '1' }],
  [1700, { kind: 'slow-disk', member: 3, writeMs: 1500 }],
  [1800, { kind: 'put', via: 1, key: 'x', value: '2' }],
  [2000, { kind: 'read', via: 3, key: 'x', serializable: false }],
]);

export const READ_INDEX: Scenario = {
  id: 'readIndex',
  script: THROUGH_SLOW,
  startMs: 1650,
  endMs: 3800,
  speed: 0.1,
  look: 3,
  missing: (outcome) => {
    const read = operation(outcome, 3);
    const done = read?.steps.filter(({ ms }) => ms !== undefined).map(({ step }) => step) ?? [];
    return missing(
      [read?.result === '2' && !read.stale, 'the read sees the newest value'],
      [(read?.answeredMs ?? 0) > 3000, 'it waits for the slow member'],
      [
        done.includes('asked-leader') && done.includes('heartbeat-round'),
        'the leader was asked and confirmed itself',
      ],
      [read?.index === 0, 'no entry was written'],
    );
  },
  broken: {
    script: withMutants(THROUGH_SLOW, 'read-before-apply'),
    endMs: 3800,
    invariants: ['linearizability'],
  },
};

export const LEASE_CLOCK: Scenario = {
  id: 'leaseClock',
  script: script(14, 3, { leaseReads: true }, [
    FIRST_CAMPAIGN,
    [1200, { kind: 'put', via: 1, key: 'x', value: 'old' }],
    [1500, { kind: 'clock-rate', member: 1, rate: 0.1 }],
    [1600, { kind: 'partition', groups: [[1], [2, 3]] }],
    [5000, { kind: 'put', via: 2, key: 'x', value: 'new' }],
    [5600, { kind: 'read', via: 1, key: 'x', serializable: false }],
  ]),
  startMs: 1400,
  endMs: 6500,
  speed: 0.5,
  look: 1,
  missing: (outcome) => {
    const read = operation(outcome, 3);
    return missing(
      [leads(outcome) >= 2, 'the others elect'],
      [operation(outcome, 2)?.status === 'answered', 'and write'],
      [read?.result === 'old' && read.stale, 'the slow clock answers with the old value'],
    );
  },
  fails: ['linearizability'],
};
