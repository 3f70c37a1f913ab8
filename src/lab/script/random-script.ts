/** Scripts by chance, for the proof that a script gives the same run on every platform. */
import { Prng } from '../../stdx/index.js';
import type { LabAction } from './action.js';
import { MUTANT_NAMES } from './mutant-name.js';
import { DEFAULT_LAB_OPTIONS, type LabOptions, type LabScript, type TimedAction } from './script.js';

/** Simulated time over which the actions are spread; a run of a little more shows them all. */
export const RANDOM_SCRIPT_MS = 6000;
const ACTIONS_MIN = 4;
const ACTIONS_MORE = 16;
const KEYS = ['x', 'y', 'z'] as const;

function drawOptions(prng: Prng): LabOptions {
  const checkQuorum = prng.chance(0.8);
  return {
    ...DEFAULT_LAB_OPTIONS,
    preVote: prng.chance(0.7),
    checkQuorum,
    leaseReads: checkQuorum && prng.chance(0.2),
    electionMs: prng.pick([400, 1000]),
    heartbeatMs: prng.pick([50, 100]),
    messageMs: prng.pick([1, 5, 20]),
    messageJitterMs: prng.pick([0, 5, 40]),
    lossChance: prng.pick([0, 0, 0.05]),
    diskMs: prng.pick([1, 5, 30]),
    smallAppends: prng.chance(0.2),
    snapshotCount: prng.pick([3, 10_000]),
    keptEntries: prng.pick([1, 5000]),
    mutants: prng.chance(0.1) ? [prng.pick(MUTANT_NAMES)] : [],
  };
}

function drawGroups(prng: Prng, size: number): number[][] {
  const groups: number[][] = [[], []];
  for (let member = 1; member <= size; member++) groups[prng.below(2)]!.push(member);
  return groups;
}

function drawOnMachine(prng: Prng, member: number): LabAction {
  switch (prng.below(9)) {
    case 0:
    case 1:
      return { kind: 'crash', member, losesUnsynced: prng.chance(0.5) };
    case 2:
    case 3:
      return { kind: 'restart', member };
    case 4:
      return { kind: 'pause', member };
    case 5:
      return { kind: 'resume', member };
    case 6:
      return { kind: 'slow-disk', member, writeMs: prng.between(50, 500) };
    case 7:
      return { kind: 'clock-rate', member, rate: prng.pick([0.5, 1, 2]) };
    default:
      return { kind: 'campaign', member };
  }
}

function drawOnNetwork(prng: Prng, size: number, from: number, to: number): LabAction {
  switch (prng.below(5)) {
    case 0:
      return { kind: 'cut-link', from, to, oneWay: prng.chance(0.5) };
    case 1:
      return { kind: 'partition', groups: drawGroups(prng, size) };
    case 2:
      return { kind: 'drop-message', message: prng.between(1, 500) };
    case 3:
      return { kind: 'delay-message', message: prng.between(1, 500), ms: prng.between(1, 500) };
    default:
      return { kind: 'heal-all' };
  }
}

function drawAction(prng: Prng, size: number): LabAction {
  const member = prng.between(1, size);
  const other = prng.between(1, size);
  const key = prng.pick(KEYS);
  switch (prng.below(12)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'put', via: member, key, value: `v${prng.below(1000)}` };
    case 3:
      return { kind: 'read', via: member, key, serializable: prng.chance(0.5) };
    case 4:
      return { kind: 'delete', via: member, key };
    case 5:
      return { kind: 'transfer-leader', to: member };
    case 6:
      return prng.chance(0.5)
        ? { kind: 'add-member', via: member, learner: prng.chance(0.7) }
        : { kind: 'remove', via: member, member: other };
    case 7:
    case 8:
      return drawOnNetwork(prng, size, member, other);
    default:
      return drawOnMachine(prng, member);
  }
}

/** The script that follows from a seed. */
export function randomScript(seed: number): LabScript {
  const prng = new Prng(seed);
  const size = prng.between(3, 7);
  const options = drawOptions(prng);
  const count = ACTIONS_MIN + prng.below(ACTIONS_MORE);
  const times = Array.from({ length: count }, () => Math.round(prng.float() * RANDOM_SCRIPT_MS));
  times.sort((a, b) => a - b);
  const actions = times.map((atMs): TimedAction => ({ atMs, action: drawAction(prng, size) }));
  return { seed, size, options, actions };
}
