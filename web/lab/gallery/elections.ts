/** Scenarios about who leads (thesis 3.4, 3.6, 6.2, 9.6). */
import { valueIn } from '../lessons/observe.js';
import type { Scenario } from './scenario.js';
import {
  DIRECTED,
  DIRECTED_MS,
  directed,
  FIRST_CAMPAIGN,
  leads,
  ledTerms,
  missing,
  PLAIN,
  STARTED_MS,
  script,
  termOf,
  wasIn,
  withMutants,
} from './staging.js';

export const SPLIT_VOTE: Scenario = {
  id: 'splitVote',
  script: script(22, 4, { ...PLAIN, messageMs: 20, messageJitterMs: 40 }, [
    FIRST_CAMPAIGN,
    [800, { kind: 'campaign', member: 2 }],
  ]),
  startMs: 750,
  endMs: 6000,
  speed: 0.2,
  look: 1,
  missing: (outcome) => {
    const candidacies = outcome.history.spans.filter(({ role }) => role === 'candidate');
    const split = candidacies.find(
      ({ member, term }) =>
        member === 1 && candidacies.some((other) => other.member === 2 && other.term === term),
    );
    const led = ledTerms(outcome);
    return missing(
      [split !== undefined && !led.includes(split.term), 'a term with two candidates and no leader'],
      [split !== undefined && led.some((term) => term > split.term), 'a leader in a later term'],
    );
  },
};

const CUT_OFF_MS = 1500;
const BACK_MS = 6500;

/** Member 5 is away for five seconds. */
const awayAndBack = (seed: number, options: Parameters<typeof script>[2]) =>
  script(seed, 5, options, [
    FIRST_CAMPAIGN,
    [CUT_OFF_MS, { kind: 'partition', groups: [[5], [1, 2, 3, 4]] }],
    [BACK_MS, { kind: 'heal-all' }],
  ]);

export const PRE_VOTE: Scenario = {
  id: 'preVote',
  script: awayAndBack(2, {}),
  startMs: STARTED_MS,
  endMs: 8500,
  speed: 1,
  look: 5,
  missing: (outcome) =>
    missing(
      [leads(outcome) === 1, 'member 1 leads throughout'],
      [ledTerms(outcome).length === 1, 'one term'],
      [wasIn(outcome, 5, 'pre-candidate', CUT_OFF_MS), 'member 5 asks before it campaigns'],
      [termOf(outcome, 5) === termOf(outcome, 1), 'its term stays'],
    ),
};

export const DISRUPTIVE: Scenario = {
  id: 'disruptive',
  script: awayAndBack(3, PLAIN),
  startMs: STARTED_MS,
  endMs: 12_000,
  speed: 1,
  look: 5,
  missing: (outcome) => {
    const [first] = ledTerms(outcome);
    return missing(
      [wasIn(outcome, 1, 'leader'), 'member 1 leads at first'],
      [wasIn(outcome, 1, 'follower', BACK_MS), 'it steps down when member 5 is back'],
      [first !== undefined && termOf(outcome, 1) > first + 1, 'the term has climbed'],
      [leads(outcome) !== 0, 'somebody leads in the end'],
    );
  },
};

export const CHECK_QUORUM: Scenario = {
  id: 'checkQuorum',
  script: script(4, 5, {}, [
    FIRST_CAMPAIGN,
    [
      CUT_OFF_MS,
      {
        kind: 'partition',
        groups: [
          [1, 2],
          [3, 4, 5],
        ],
      },
    ],
  ]),
  startMs: STARTED_MS,
  endMs: 6000,
  speed: 0.5,
  look: 1,
  missing: (outcome) =>
    missing(
      [wasIn(outcome, 1, 'leader'), 'member 1 leads at first'],
      [outcome.view.members[0]!.role !== 'leader', 'it gives up'],
      [termOf(outcome, 1) === ledTerms(outcome)[0], 'without having heard of a new term'],
      [leads(outcome) >= 3, 'the other side elects'],
    ),
};

export const TRANSFER: Scenario = {
  id: 'transfer',
  script: script(5, 3, {}, [
    FIRST_CAMPAIGN,
    [1200, { kind: 'put', via: 1, key: 'x', value: '1' }],
    [CUT_OFF_MS, { kind: 'transfer-leader', to: 3 }],
    [2200, { kind: 'put', via: 2, key: 'x', value: '2' }],
  ]),
  startMs: 1400,
  endMs: 2800,
  speed: 0.1,
  look: 3,
  missing: (outcome) => {
    const next = outcome.history.spans.find(({ member, role }) => member === 3 && role === 'leader');
    return missing(
      [leads(outcome) === 3, 'member 3 leads'],
      [outcome.history.messages.some(({ kind }) => kind === 'timeout-now'), 'it was told to campaign'],
      [next !== undefined && next.fromMs < CUT_OFF_MS + 500, 'long before a time-out'],
      [outcome.view.operations[1]?.status === 'answered', 'the write behind it is answered'],
    );
  },
};

/** A vote of member 3 in the first term that is campaigned for, then a loss of power, then a question from member 2. */
const TWO_ASK = script(6, 3, DIRECTED, [
  [700, { kind: 'cut-link', from: 1, to: 2, oneWay: false }],
  FIRST_CAMPAIGN,
  [1050, { kind: 'partition', groups: [[1], [2, 3]] }],
  [1100, { kind: 'crash', member: 3, losesUnsynced: true }],
  [1200, { kind: 'restart', member: 3 }],
  [1700, { kind: 'campaign', member: 2 }],
]);

export const FORGOTTEN_VOTE: Scenario = {
  id: 'forgottenVote',
  script: TWO_ASK,
  startMs: 650,
  endMs: 2500,
  speed: 0.1,
  look: 3,
  missing: (outcome) =>
    missing(
      [leads(outcome) === 1, 'member 1 leads'],
      [termOf(outcome, 2) === termOf(outcome, 1), 'member 2 campaigns in the same term'],
      [outcome.view.members[1]!.votesRefused.includes(3), 'member 3 refuses it'],
    ),
  broken: {
    script: withMutants(TWO_ASK, 'vote-not-persisted'),
    endMs: 2500,
    invariants: ['kept-promises', 'election-safety'],
  },
};

/** Member 5 misses a committed entry and campaigns among those who have it. */
const SHORT_ASKS = directed(7, 5, [
  [0, { kind: 'partition', groups: [[5], [1, 2, 3, 4]] }],
  [100, { kind: 'put', via: 1, key: 'x', value: 'kept' }],
  [1000, { kind: 'crash', member: 1, losesUnsynced: false }],
  [1100, { kind: 'heal-all' }],
  [1200, { kind: 'campaign', member: 5 }],
  [2000, { kind: 'campaign', member: 2 }],
]);

export const SHORTER_LOG: Scenario = {
  id: 'shorterLog',
  script: SHORT_ASKS,
  startMs: DIRECTED_MS - 100,
  endMs: DIRECTED_MS + 3500,
  speed: 0.2,
  look: 5,
  missing: (outcome) =>
    missing(
      [leads(outcome) === 2, 'member 2 leads'],
      [!wasIn(outcome, 5, 'leader'), 'member 5 never leads'],
      [valueIn(outcome.view.members[4]!, 'x') === 'kept', 'the committed write reaches member 5'],
    ),
  broken: {
    script: withMutants(SHORT_ASKS, 'vote-to-shorter-log'),
    endMs: DIRECTED_MS + 3500,
    invariants: ['leader-completeness', 'state-machine-safety'],
  },
};
