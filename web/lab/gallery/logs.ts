/** Scenarios about what becomes of entries (thesis 3.5, 3.6; figures 7 and 8 of the paper). */
import { agree, entryOf, valueIn } from '../lessons/observe.js';
import type { Scenario } from './scenario.js';
import {
  type Cue,
  DIRECTED_MS,
  directed,
  FIRST_CAMPAIGN,
  leads,
  missing,
  operation,
  script,
  withMutants,
} from './staging.js';

const put = (atMs: number, via: number, key: string, value: string): Cue => [
  atMs,
  { kind: 'put', via, key, value },
];
const campaign = (atMs: number, member: number): Cue => [atMs, { kind: 'campaign', member }];
const split = (atMs: number, ...groups: number[][]): Cue => [atMs, { kind: 'partition', groups }];

/**
 * A message takes 100 ms, so whoever campaigns at t leads from t + 205 on, and what it sends then would arrive at t + 305.
 * Cuts at t + 250 leave it alone with entries of its own term. A term in which somebody else got the votes has to be
 * passed over: then a first campaign fails and a second one follows.
 */
const SIX_LOGS: readonly Cue[] = [
  put(0, 1, 'a', '1'),
  // f: entries of an early term that nobody else has.
  campaign(500, 7),
  split(750, [7], [1, 2, 3, 4, 5, 6]),
  put(800, 7, 'f', '1'),
  put(850, 7, 'f', '2'),
  // e: the same, of the next term.
  campaign(1000, 6),
  campaign(1300, 6),
  split(1550, [7], [6], [1, 2, 3, 4, 5]),
  put(1600, 6, 'e', '1'),
  // b misses much: member 3 is left out of what member 1 writes in its term.
  campaign(1800, 1),
  split(2050, [7], [6], [3], [1, 2, 4, 5]),
  put(2200, 1, 'b', '1'),
  put(2400, 1, 'b', '2'),
  // a misses one.
  split(2800, [7], [6], [3], [2], [1, 4, 5]),
  put(2850, 1, 'a', '2'),
  // c has one too many: members 1 and 4 share an entry that the next leader lacks.
  split(3100, [7], [6], [3], [2], [5], [1, 4]),
  put(3150, 1, 'c', '1'),
  // d has entries of a later term too many.
  split(3400, [5], [1, 2, 3, 4, 6, 7]),
  campaign(3400, 4),
  split(3650, [1], [2], [3], [4], [5], [6], [7]),
  put(3700, 4, 'd', '1'),
  [3800, { kind: 'crash', member: 4, losesUnsynced: false }],
  // The next leader, which has neither c's nor d's.
  [4500, { kind: 'heal-all' }],
  campaign(4500, 5),
  campaign(4900, 5),
  [5000, { kind: 'restart', member: 4 }],
];

const PICTURE_MS = DIRECTED_MS + 4400;

export const FIGURE_7: Scenario = {
  id: 'figure7',
  script: directed(8, 7, SIX_LOGS),
  startMs: DIRECTED_MS + 400,
  endMs: DIRECTED_MS + 8000,
  pausesMs: [PICTURE_MS],
  speed: 0.5,
  look: 5,
  missing: (outcome) => {
    const { members } = outcome.view;
    const lostKeys = ['c', 'd', 'e', 'f'].filter((key) => valueIn(members[0]!, key) !== undefined);
    return missing(
      [leads(outcome) === 5, 'member 5 leads in the end'],
      [agree(members), 'all seven logs are equal in the end'],
      [valueIn(members[2]!, 'b') === '2', 'what was committed is there'],
      [lostKeys.length === 0, 'what was not committed and not the leader’s is gone'],
      [
        outcome.history.spans.filter(({ role, fromMs }) => role === 'leader' && fromMs < PICTURE_MS).length >=
          5,
        'five leaders before the picture',
      ],
    );
  },
};

/** Member 1 is S1 of the figure and member 5 is S5. */
const OLD_TERM: readonly Cue[] = [
  // (a) S1 leads and copies an entry to S2 only.
  split(400, [1, 2], [3, 4, 5]),
  put(500, 1, 'x', 'old'),
  // (b) S1 crashes; S5 is elected by the others and accepts an entry of its own, alone.
  [900, { kind: 'crash', member: 1, losesUnsynced: false }],
  campaign(1000, 5),
  split(1250, [1, 2], [3, 4], [5]),
  [1350, { kind: 'crash', member: 5, losesUnsynced: false }],
  // (c) S1 is back, is elected again, and copies its old entry to a majority.
  [1400, { kind: 'restart', member: 1 }],
  split(1500, [1, 2, 3, 4], [5]),
  campaign(1700, 1),
  campaign(2000, 1),
  [2100, { kind: 'restart', member: 5 }],
  split(2650, [1], [2, 3, 4, 5]),
  [2700, { kind: 'crash', member: 1, losesUnsynced: false }],
  // (d) S5 is elected and overwrites it.
  campaign(2900, 5),
  campaign(3300, 5),
];

const FIGURE_8_SCRIPT = directed(9, 5, OLD_TERM, { smallAppends: true });

/** S1 has copied its old entry to a majority, and not yet the one of its own term. */
const COPIED_MS = DIRECTED_MS + 2630;

export const FIGURE_8: Scenario = {
  id: 'figure8',
  script: FIGURE_8_SCRIPT,
  startMs: DIRECTED_MS + 300,
  endMs: DIRECTED_MS + 5000,
  pausesMs: [COPIED_MS],
  speed: 0.2,
  look: 3,
  missing: (outcome) => {
    const written = operation(outcome, 1);
    const index = written?.index ?? 0;
    const copy = entryOf(outcome.view.members[2]!, index);
    const holders = outcome
      .at(COPIED_MS)
      .members.filter((member) => entryOf(member, index)?.term === written?.term);
    return missing(
      [leads(outcome) === 5, 'S5 leads in the end'],
      [written !== undefined && written.status !== 'answered', 'the write was never acknowledged'],
      [holders.length >= 3, 'it was on a majority'],
      [holders.every(({ commit }) => commit < index), 'and committed nowhere'],
      [copy !== undefined && copy.term > (written?.term ?? 0), 'it was overwritten'],
      [valueIn(outcome.view.members[2]!, 'x') === undefined, 'and nowhere applied'],
    );
  },
  broken: {
    script: withMutants(FIGURE_8_SCRIPT, 'commit-old-term-by-count'),
    endMs: DIRECTED_MS + 5000,
    invariants: ['commit-by-quorum', 'leader-completeness', 'state-machine-safety'],
  },
};

const ALONE = directed(10, 5, [
  split(0, [1], [2, 3, 4, 5]),
  put(100, 1, 'x', 'alone'),
  campaign(500, 2),
  put(1200, 2, 'x', 'together'),
]);

export const HASTY: Scenario = {
  id: 'hasty',
  script: ALONE,
  startMs: DIRECTED_MS - 100,
  endMs: DIRECTED_MS + 2500,
  speed: 0.2,
  look: 1,
  missing: (outcome) => {
    const [alone, together] = [operation(outcome, 1), operation(outcome, 2)];
    return missing(
      [alone?.status === 'open', 'the write of one is not answered'],
      [together?.status === 'answered', 'the write of four is'],
      [valueIn(outcome.view.members[0]!, 'x') === undefined, 'member 1 applied nothing'],
      [valueIn(outcome.view.members[2]!, 'x') === 'together', 'the others did'],
    );
  },
  broken: {
    script: withMutants(ALONE, 'commit-without-majority'),
    endMs: DIRECTED_MS + 2500,
    invariants: ['commit-by-quorum', 'state-machine-safety', 'leader-completeness', 'kept-promises'],
  },
};

const LEFT_BEHIND_MS = 3000;

export const SNAPSHOT: Scenario = {
  id: 'snapshot',
  script: script(11, 3, { snapshotCount: 4, keptEntries: 1 }, [
    FIRST_CAMPAIGN,
    put(1200, 1, 'x', '1'),
    [1500, { kind: 'crash', member: 3, losesUnsynced: false }],
    put(1700, 1, 'x', '2'),
    put(1900, 1, 'y', '1'),
    put(2100, 1, 'y', '2'),
    put(2300, 1, 'z', '1'),
    put(2500, 1, 'z', '2'),
    put(2700, 1, 'z', '3'),
    [LEFT_BEHIND_MS, { kind: 'restart', member: 3 }],
  ]),
  startMs: 1400,
  endMs: 5000,
  speed: 0.2,
  look: 3,
  missing: (outcome) => {
    const late = outcome.view.members[2]!;
    const sent = outcome.history.messages.filter(({ kind, to }) => kind === 'snapshot' && to === 3);
    return missing(
      [sent.length > 0, 'a snapshot is sent to member 3'],
      [late.firstIndex > 1, 'its log begins behind the snapshot'],
      [valueIn(late, 'y') === '2' && valueIn(late, 'z') === '3', 'it has the state'],
    );
  },
};
