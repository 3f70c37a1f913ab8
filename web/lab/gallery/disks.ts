/** Scenarios about what a disk holds (thesis 3.8). */
import { valueIn } from '../lessons/observe.js';
import type { Scenario } from './scenario.js';
import { type Cue, FIRST_CAMPAIGN, missing, operation, script, withMutants } from './staging.js';

const each = (atMs: number, cue: (member: number) => Cue[1]): Cue[] =>
  [1, 2, 3].map((member) => [atMs, cue(member)]);

/** The power goes while a write is on its way to the disks. */
const POWER_CUT = script(14, 3, {}, [
  FIRST_CAMPAIGN,
  [1200, { kind: 'put', via: 1, key: 'x', value: 'kept' }],
  ...each(1800, (member) => ({ kind: 'slow-disk', member, writeMs: 400 })),
  [2000, { kind: 'put', via: 1, key: 'y', value: 'under way' }],
  ...each(2250, (member) => ({ kind: 'crash', member, losesUnsynced: true })),
  ...each(2600, (member) => ({ kind: 'restart', member })),
  ...each(2700, (member) => ({ kind: 'normal-disk', member })),
]);

export const UNSYNCED: Scenario = {
  id: 'unsynced',
  script: POWER_CUT,
  startMs: 1150,
  endMs: 7000,
  speed: 0.2,
  look: 1,
  missing: (outcome) =>
    missing(
      [operation(outcome, 1)?.status === 'answered', 'the first write is acknowledged'],
      [operation(outcome, 2)?.status !== 'answered', 'the second is not'],
      [outcome.view.members.every((member) => valueIn(member, 'x') === 'kept'), 'the first is there on all'],
      [outcome.view.members.every((member) => valueIn(member, 'y') === undefined), 'the second is lost'],
    ),
  broken: {
    script: withMutants(POWER_CUT, 'ack-before-sync'),
    endMs: 7000,
    invariants: ['kept-promises', 'state-machine-safety', 'leader-completeness', 'commit-by-quorum'],
  },
};
