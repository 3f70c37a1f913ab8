/** Each rule that can be switched off is one that something rests on: with it the scenario is sound, without it it is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabRun } from '../run/lab-run.js';
import type { LabAction } from '../script/action.js';
import { MUTANT_NAMES, type MutantName } from '../script/mutant-name.js';
import { type LabOptions, labScript, type TimedAction } from '../script/script.js';
import type { InvariantName, LabView } from '../view/view.js';

interface Scenario {
  /** Switched off in the healthy run, on in the other. */
  readonly mutants: readonly MutantName[];
  readonly size?: number;
  /** Where chance must help: which half of a write a crash leaves. Default: 1. */
  readonly seed?: number;
  readonly options?: Partial<LabOptions>;
  readonly actions: readonly TimedAction[];
  readonly ms: number;
  /** What is found broken. */
  readonly invariant: InvariantName;
}

const at = (atMs: number, ...actions: LabAction[]): TimedAction[] =>
  actions.map((action) => ({ atMs, action }));
const campaign = (member: number): LabAction => ({ kind: 'campaign', member });
const put = (via: number, key: string, value: string): LabAction => ({ kind: 'put', via, key, value });
const read = (via: number, key: string): LabAction => ({ kind: 'read', via, key, serializable: false });
const crash = (member: number, losesUnsynced = false): LabAction => ({
  kind: 'crash',
  member,
  losesUnsynced,
});
const restart = (member: number): LabAction => ({ kind: 'restart', member });
const partition = (...groups: number[][]): LabAction => ({ kind: 'partition', groups });
const slowDisk = (member: number, writeMs: number): LabAction => ({ kind: 'slow-disk', member, writeMs });
const normalDisk = (member: number): LabAction => ({ kind: 'normal-disk', member });
const HEAL: LabAction = { kind: 'heal-all' };
const ALL = [1, 2, 3];
/** Nobody campaigns by himself, and everybody answers who does. */
const BY_HAND: Partial<LabOptions> = { preVote: false, checkQuorum: false, electionMs: 60_000 };

const SCENARIOS: readonly Scenario[] = [
  {
    mutants: ['ack-before-sync'],
    actions: [
      ...at(600, campaign(1)),
      ...at(4000, ...ALL.map((member) => slowDisk(member, 5000)), put(1, 'x', '1')),
      ...at(4090, ...ALL.map((member) => crash(member, true)), ...ALL.map(restart)),
      ...at(4090, ...ALL.map(normalDisk)),
      ...at(12_000, ...ALL.map((member) => read(member, 'x'))),
    ],
    ms: 15_000,
    invariant: 'kept-promises',
  },
  {
    mutants: ['volatile-disk'],
    actions: [
      ...at(600, campaign(1)),
      ...at(4000, put(1, 'x', '1')),
      ...at(4500, ...ALL.map((member) => crash(member, true))),
      ...at(5000, ...ALL.map(restart)),
    ],
    ms: 8000,
    invariant: 'member-state',
  },
  {
    mutants: ['vote-not-persisted'],
    actions: [...at(600, campaign(1)), ...at(3000, crash(2)), ...at(3200, restart(2))],
    ms: 5000,
    invariant: 'kept-promises',
  },
  {
    mutants: ['vote-to-shorter-log'],
    options: BY_HAND,
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, partition([1, 2], [3]), put(1, 'x', '1')),
      ...at(4000, crash(1), HEAL, campaign(3)),
    ],
    ms: 6000,
    invariant: 'leader-completeness',
  },
  {
    mutants: ['vote-twice'],
    size: 5,
    options: BY_HAND,
    actions: at(600, campaign(1), campaign(2)),
    ms: 3000,
    invariant: 'election-safety',
  },
  {
    mutants: ['leader-counts-itself-early'],
    options: BY_HAND,
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, partition([1, 2], [3]), slowDisk(1, 10_000), put(1, 'x', '1')),
      ...at(3500, crash(1, true), normalDisk(1), restart(1)),
    ],
    ms: 5000,
    invariant: 'kept-promises',
  },
  {
    mutants: ['commit-without-majority'],
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, partition([1], [2, 3]), put(1, 'x', '1')),
      ...at(6000, put(2, 'x', '2'), put(3, 'x', '3')),
      ...at(7000, HEAL),
    ],
    ms: 9000,
    invariant: 'commit-by-quorum',
  },
  // Figure 8 of the paper, its members by their numbers.
  {
    mutants: ['commit-old-term-by-count', 'no-empty-entry'],
    size: 5,
    options: { ...BY_HAND, smallAppends: true },
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, partition([1, 2], [3], [4], [5]), put(1, 'x', 'a')),
      ...at(3500, partition([3, 4, 5], [1, 2]), campaign(5)),
      ...at(4000, partition([1, 2], [3], [4], [5]), put(5, 'x', 'b')),
      // Whoever leads hears of newer terms by the campaigns of others.
      ...at(4500, partition([1, 2, 3], [4], [5]), campaign(2)),
      ...at(5000, campaign(1)),
      ...at(6000, partition([2, 3, 4, 5], [1]), campaign(4)),
      ...at(6500, campaign(5)),
    ],
    ms: 8000,
    invariant: 'leader-completeness',
  },
  {
    mutants: ['read-without-quorum'],
    options: { checkQuorum: false },
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, partition([1], [2, 3])),
      ...at(7000, put(2, 'x', '2')),
      ...at(8000, read(1, 'x')),
    ],
    ms: 9000,
    invariant: 'linearizability',
  },
  {
    mutants: ['read-before-apply'],
    actions: [
      ...at(600, campaign(1)),
      ...at(3000, slowDisk(2, 3000), put(1, 'x', '1')),
      ...at(4000, read(2, 'x')),
    ],
    ms: 5000,
    invariant: 'linearizability',
  },
  {
    mutants: ['split-apply'],
    seed: 6,
    actions: [
      ...at(600, campaign(1)),
      ...[0, 1, 2, 3, 4, 5].flatMap((round) => [
        ...at(4000 + 3000 * round, slowDisk(2, 200), put(1, `k${round}`, '1')),
        // Half of a commit of the backend may be done by then.
        ...at(4750 + 3000 * round, crash(2, true), normalDisk(2), restart(2)),
      ]),
      ...at(24_000, put(1, 'y', '1')),
    ],
    ms: 26_000,
    invariant: 'state-machine-safety',
  },
];

async function endOf(scenario: Scenario, mutants: readonly MutantName[]): Promise<LabView> {
  const { seed = 1, size = 3, options, actions, ms } = scenario;
  const run = await LabRun.create({ ...labScript(seed, size, { ...options, mutants }), actions });
  await run.runUntil({ ms });
  return run.view();
}

for (const scenario of SCENARIOS) {
  const { mutants, invariant } = scenario;
  test(`${mutants.join(' and ')} breaks ${invariant}`, async () => {
    const healthy = await endOf(scenario, []);
    assert.deepEqual(healthy.violations, [], 'the rule in force');
    const broken = await endOf(scenario, mutants);
    const found = broken.violations.map((each) => each.invariant);
    const told = broken.violations.map(({ message }) => message).join('\n');
    assert.ok(found.includes(invariant), `found ${found.join()}\n${told}`);
    const first = broken.violations[0]!;
    assert.ok(first.event > 0 && first.event <= broken.event && first.message.length > 10);
  });
}

test('every mutant has its scenario', () => {
  const shown = new Set(SCENARIOS.flatMap(({ mutants }) => mutants));
  assert.deepEqual(
    MUTANT_NAMES.filter((name) => !shown.has(name)),
    [],
  );
});
