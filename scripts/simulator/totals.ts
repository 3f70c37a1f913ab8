/** What many seeds have contained, summed up. */
import type { SimulationResult } from '../../src/sim/index.js';

const SUMMED = [
  'members',
  'lives',
  'events',
  'answered',
  'unknown',
  'revisions',
  'watchEvents',
  'compactions',
  'elections',
  'membershipChanges',
  'revocations',
  'denials',
] as const satisfies readonly (keyof SimulationResult)[];

/** Plain, so that it can be sent between processes. */
export interface Totals {
  seeds: number;
  recoveryMsMax: number;
  readonly sums: Record<string, number>;
  readonly leases: Record<string, number>;
  readonly faults: Record<string, number>;
}

export function noTotals(): Totals {
  return { seeds: 0, recoveryMsMax: 0, sums: {}, leases: {}, faults: {} };
}

function add(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(from)) into[name] = (into[name] ?? 0) + from[name]!;
}

export function count(totals: Totals, result: SimulationResult): void {
  totals.seeds++;
  totals.recoveryMsMax = Math.max(totals.recoveryMsMax, result.recoveryMs);
  for (const name of SUMMED) add(totals.sums, { [name]: result[name] });
  add(totals.leases, { ...result.leases });
  add(totals.faults, { ...result.faults });
}

export function merge(into: Totals, from: Totals): void {
  into.seeds += from.seeds;
  into.recoveryMsMax = Math.max(into.recoveryMsMax, from.recoveryMsMax);
  add(into.sums, from.sums);
  add(into.leases, from.leases);
  add(into.faults, from.faults);
}

export function printTotals(totals: Totals, minutes: string, ms: number): void {
  const seconds = ms / 1000;
  console.log(`${totals.seeds} seeds of ${minutes} simulated minutes, no violation`);
  console.log(`${seconds.toFixed(1)} s, ${Math.round((totals.seeds * 3600) / seconds)} seeds an hour`);
  const { sums, leases, recoveryMsMax, faults } = totals;
  console.log({ ...sums, leases, recoveryMsMax, faults });
}
