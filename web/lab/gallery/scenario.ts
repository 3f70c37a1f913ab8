/** What an entry of the gallery is: a script that gives the same run to everybody, and what is seen in it. */
import type { InvariantName, LabScript, LabView, RunHistory } from '../../../src/lab/index.js';

/** A run at its end. */
export interface Outcome {
  readonly view: LabView;
  readonly history: RunHistory;
  /** What was at a time on the way. */
  readonly at: (ms: number) => LabView;
}

/** The same with a rule switched off. */
export interface BrokenRule {
  readonly script: LabScript;
  readonly endMs: number;
  /** One of these fails. */
  readonly invariants: readonly InvariantName[];
}

export interface Scenario {
  /** Its name in links and in the texts. */
  readonly id: string;
  readonly script: LabScript;
  /** Where it gets interesting; before that the cluster only starts. */
  readonly startMs: number;
  readonly endMs: number;
  /** Moments on the way at which it stands still, to be looked at. */
  readonly pausesMs?: readonly number[];
  readonly speed: number;
  /** The member to look at; 0: none in particular. */
  readonly look: number;
  /** What did not come out as the text says; nothing if all did. */
  readonly missing: (outcome: Outcome) => readonly string[];
  /** Invariants that fail without any rule being switched off, by an option that is unsafe. */
  readonly fails?: readonly InvariantName[];
  readonly broken?: BrokenRule;
}
