/** Whether a script is one: it may come out of a link that somebody has mistyped. */
import { ACTIONS_MAX, MEMBERS_MAX, SIZE_MAX, SIZE_MIN, TEXT_CHARS_MAX } from '../limits.js';
import type { LabAction } from './action.js';
import { ACTION_FIELDS, type FieldType } from './action-fields.js';
import { MUTANT_NAMES } from './mutant-name.js';
import { DEFAULT_LAB_OPTIONS, type LabOptions, type LabScript, type TimedAction } from './script.js';

/** A script that is none, and why. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ScriptError(message);
}

const MS_MAX = 3_600_000;

function isBetween(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}

function isInteger(value: unknown, low: number, high: number): boolean {
  return Number.isInteger(value) && isBetween(value, low, high);
}

const CHECKS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  member: (value) => isInteger(value, 1, MEMBERS_MAX),
  boolean: (value) => typeof value === 'boolean',
  milliseconds: (value) => isBetween(value, 0, MS_MAX),
  text: (value) => typeof value === 'string' && value.length <= TEXT_CHARS_MAX,
  message: (value) => isInteger(value, 1, Number.MAX_SAFE_INTEGER),
  rate: (value) => isBetween(value, 0.01, 100),
  groups: (value) =>
    Array.isArray(value) &&
    value.length <= MEMBERS_MAX &&
    value.every((group) => Array.isArray(group) && group.every((member) => CHECKS.member(member))),
  'joint-change': (value) => value === 'remove' || value === 'promote',
};

export function assertAction(action: LabAction): void {
  const fields = ACTION_FIELDS[action.kind];
  demand(fields !== undefined, `there is no action called ${String(action.kind)}`);
  const values = action as unknown as Readonly<Record<string, unknown>>;
  for (const [name, type] of fields) {
    const value = values[name];
    demand(CHECKS[type](value), `the action ${action.kind} has no good ${name}: ${JSON.stringify(value)}`);
  }
  demand(Object.keys(action).length === fields.length + 1, `the action ${action.kind} has other fields, too`);
}

function assertPlace({ afterEvent, atMs }: TimedAction): void {
  demand(
    afterEvent === undefined || isInteger(afterEvent, 0, Number.MAX_SAFE_INTEGER),
    'an action follows an event by its number',
  );
  demand(atMs === undefined || isBetween(atMs, 0, Number.MAX_SAFE_INTEGER), 'an action has a time');
  demand(afterEvent !== undefined || atMs !== undefined, 'an action has an event or a time');
}

type OptionCheck = (value: unknown) => boolean;

const OPTION_CHECKS: Readonly<Record<keyof LabOptions, OptionCheck>> = {
  preVote: CHECKS.boolean,
  checkQuorum: CHECKS.boolean,
  leaseReads: CHECKS.boolean,
  heartbeatMs: (value) => isBetween(value, 10, 10_000),
  electionMs: (value) => isBetween(value, 50, 60_000),
  messageMs: (value) => isBetween(value, 0.1, 10_000),
  messageJitterMs: (value) => isBetween(value, 0, 10_000),
  lossChance: (value) => isBetween(value, 0, 1),
  diskMs: (value) => isBetween(value, 0, 10_000),
  smallAppends: CHECKS.boolean,
  snapshotCount: (value) => isInteger(value, 1, 1_000_000),
  keptEntries: (value) => isInteger(value, 0, 1_000_000),
  mutants: (value) => Array.isArray(value) && value.every((name) => MUTANT_NAMES.includes(name)),
};

function assertOptions(options: LabOptions): void {
  for (const name of Object.keys(DEFAULT_LAB_OPTIONS) as (keyof LabOptions)[]) {
    demand(OPTION_CHECKS[name](options[name]), `no good option ${name}: ${JSON.stringify(options[name])}`);
  }
  demand(
    Object.keys(options).length === Object.keys(DEFAULT_LAB_OPTIONS).length,
    'there are other options, too',
  );
  const { electionMs, heartbeatMs, leaseReads, checkQuorum } = options;
  demand(electionMs >= 2 * heartbeatMs, 'an election time-out is at least two heartbeats long');
  demand(checkQuorum || !leaseReads, 'lease reads rest on checks of the quorum');
}

/** @throws ScriptError */
export function assertScript({ seed, size, options, actions }: LabScript): void {
  demand(isInteger(seed, 0, 2 ** 32 - 1), `a seed is a number below 2^32, not ${String(seed)}`);
  demand(isInteger(size, SIZE_MIN, SIZE_MAX), `a cluster has ${SIZE_MIN} to ${SIZE_MAX} members`);
  assertOptions(options);
  demand(actions.length <= ACTIONS_MAX, `a script has at most ${ACTIONS_MAX} actions`);
  for (const timed of actions) {
    assertPlace(timed);
    assertAction(timed.action);
  }
}
