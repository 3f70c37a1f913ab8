/** Scenarios about networks that are neither whole nor cut in two. */
import type { Scenario } from './scenario.js';
import {
  type Cue,
  FIRST_CAMPAIGN,
  leads,
  ledTerms,
  missing,
  operation,
  STARTED_MS,
  script,
  wasIn,
} from './staging.js';

const CUT_MS = 1500;

export const BRIDGE: Scenario = {
  id: 'bridge',
  script: script(18, 5, {}, [
    FIRST_CAMPAIGN,
    [
      CUT_MS,
      {
        kind: 'partition',
        groups: [
          [1, 2, 3],
          [3, 4, 5],
        ],
      },
    ],
    [5000, { kind: 'put', via: 1, key: 'x', value: 'bridged' }],
  ]),
  startMs: STARTED_MS,
  endMs: 7000,
  speed: 0.5,
  look: 3,
  missing: (outcome) =>
    missing(
      [leads(outcome) === 1 && ledTerms(outcome).length === 1, 'member 1 leads throughout'],
      [wasIn(outcome, 4, 'pre-candidate', CUT_MS), 'member 4 would like to lead'],
      [operation(outcome, 1)?.status === 'answered', 'writes go on'],
    ),
};

/** Nothing reaches member 1; what it sends arrives. */
const DEAF: readonly Cue[] = [2, 3, 4, 5].map((from) => [
  CUT_MS,
  { kind: 'cut-link', from, to: 1, oneWay: true },
]);

export const ONE_WAY: Scenario = {
  id: 'oneWay',
  script: script(19, 5, {}, [
    FIRST_CAMPAIGN,
    ...DEAF,
    [1700, { kind: 'put', via: 1, key: 'x', value: 'unheard' }],
  ]),
  startMs: STARTED_MS,
  endMs: 7000,
  speed: 0.5,
  look: 1,
  missing: (outcome) =>
    missing(
      [wasIn(outcome, 1, 'follower', CUT_MS), 'member 1 gives up'],
      [leads(outcome) >= 2, 'another one leads'],
      [operation(outcome, 1)?.status !== 'answered', 'its write is not acknowledged'],
    ),
};
