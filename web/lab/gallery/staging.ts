/** How scenarios are written: options, and what is done at which simulated millisecond. */
import {
  type LabAction,
  type LabOptions,
  type LabScript,
  labScript,
  type MutantName,
} from '../../../src/lab/index.js';
import { leaderOf } from '../lessons/observe.js';
import type { Outcome } from './scenario.js';

export type Cue = readonly [atMs: number, action: LabAction];

/**
 * Member 1 campaigns when all members have read their disks and before any timer ends, so that everybody knows who leads
 * at first.
 */
export const FIRST_CAMPAIGN: Cue = [800, { kind: 'campaign', member: 1 }];
/** By then all members have published themselves and serve clients. */
export const STARTED_MS = 1000;

export function script(
  seed: number,
  size: number,
  options: Partial<LabOptions>,
  cues: readonly Cue[],
): LabScript {
  return {
    ...labScript(seed, size, options),
    actions: cues.map(([atMs, action]) => ({ atMs, action })),
  };
}

export function withMutants(told: LabScript, ...mutants: MutantName[]): LabScript {
  return { ...told, options: { ...told.options, mutants } };
}

/** Raft as the paper has it. */
export const PLAIN: Partial<LabOptions> = { preVote: false, checkQuorum: false };

/** Time-outs so long that only cues make members campaign; messages all take the same time. */
export const DIRECTED: Partial<LabOptions> = {
  ...PLAIN,
  electionMs: 60_000,
  messageMs: 100,
  messageJitterMs: 0,
  diskMs: 5,
};

/** When a cluster with slow messages has started and serves clients: founders ask one another first. */
export const DIRECTED_MS = 2600;
const DIRECTED_CAMPAIGN_MS = 1500;

/** A script of which only cues decide; their times count from {@link DIRECTED_MS}, when member 1 leads. */
export function directed(
  seed: number,
  size: number,
  cues: readonly Cue[],
  options: Partial<LabOptions> = {},
): LabScript {
  return script(seed, size, { ...DIRECTED, ...options }, [
    [DIRECTED_CAMPAIGN_MS, { kind: 'campaign', member: 1 }],
    ...cues.map(([atMs, action]): Cue => [DIRECTED_MS + atMs, action]),
  ]);
}

/** A list of what does not hold, in words for whoever maintains the scenario. */
export function missing(...facts: readonly (readonly [holds: boolean, what: string])[]): readonly string[] {
  return facts.filter(([holds]) => !holds).map(([, what]) => what);
}

/** Terms in which somebody led. */
export function ledTerms({ history }: Outcome): readonly number[] {
  return [...new Set(history.spans.filter(({ role }) => role === 'leader').map(({ term }) => term))];
}

/** Whether a member was in a role at some time behind `fromMs`. */
export function wasIn({ history }: Outcome, member: number, role: string, fromMs = 0): boolean {
  return history.spans.some((span) => span.member === member && span.role === role && span.fromMs >= fromMs);
}

export function termOf({ view }: Outcome, member: number): number {
  return view.members[member - 1]?.term ?? 0;
}

export function leads({ view }: Outcome): number {
  return leaderOf(view)?.id ?? 0;
}

export function operation({ view }: Outcome, id: number) {
  return view.operations[id - 1];
}
