/**
 * A run of the Lab as a value: seed, options and what was done when. Equal scripts give equal runs, on every platform,
 * so a script is all that a link carries.
 */
import type { LabAction } from './action.js';
import type { MutantName } from './mutant-name.js';

export interface LabOptions {
  /** Ask before campaigning (thesis 9.6). */
  readonly preVote: boolean;
  /** A leader that hears no quorum steps down (thesis 6.2). */
  readonly checkQuorum: boolean;
  /** Linearizable reads trust the leader's lease (thesis 6.4.1); needs `checkQuorum`. */
  readonly leaseReads: boolean;
  readonly heartbeatMs: number;
  /** Of the shortest election time-out; each is a random one to two times as long. */
  readonly electionMs: number;
  /** How long a message takes at least, and at most so much longer. */
  readonly messageMs: number;
  readonly messageJitterMs: number;
  /** Share of messages that are lost. */
  readonly lossChance: number;
  /** How long a write of the disk takes. */
  readonly diskMs: number;
  /** One entry an append, so that each travels and is acknowledged by itself. */
  readonly smallAppends: boolean;
  /** So many applied entries until the log is cut and lagging members get a snapshot. */
  readonly snapshotCount: number;
  /** So many entries stay when it is cut, for those who lag a little. */
  readonly keptEntries: number;
  readonly mutants: readonly MutantName[];
}

/**
 * An action and its place: behind an event of the run (with `atMs`: so long after it that this time has come, and before
 * the next one), or at a simulated time, whatever has happened by then.
 */
export type TimedAction =
  | { readonly afterEvent: number; readonly atMs?: number; readonly action: LabAction }
  | { readonly afterEvent?: undefined; readonly atMs: number; readonly action: LabAction };

export interface LabScript {
  readonly seed: number;
  /** Members of the cluster at the start: 3 to 7. */
  readonly size: number;
  readonly options: LabOptions;
  /** In the order in which they are done. */
  readonly actions: readonly TimedAction[];
}

export const DEFAULT_LAB_OPTIONS: LabOptions = {
  preVote: true,
  checkQuorum: true,
  leaseReads: false,
  heartbeatMs: 100,
  electionMs: 1000,
  messageMs: 20,
  messageJitterMs: 10,
  lossChance: 0,
  diskMs: 5,
  smallAppends: false,
  snapshotCount: 10_000,
  keptEntries: 5000,
  mutants: [],
};

/** A script without actions. */
export function labScript(seed: number, size: number, options: Partial<LabOptions> = {}): LabScript {
  return { seed, size, options: { ...DEFAULT_LAB_OPTIONS, ...options }, actions: [] };
}
