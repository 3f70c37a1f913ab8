/** What a chaos run says at its end. */
import type { ChaosResult } from './chaos-run.js';

const ELECTION_TIMEOUT_MS = 1000;
/** Fewer leaders killed say nothing about a median. */
const HEALS_MIN = 3;

/** Whether the first write after the death of a leader came within twice the election time-out, in the median. */
export function isHealedInTime({ healMs }: ChaosResult): boolean {
  return healMs.length < HEALS_MIN || medianOf(healMs) <= 2 * ELECTION_TIMEOUT_MS;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export function formatChaos(result: ChaosResult, seconds: number): string {
  const { healMs } = result;
  const heal =
    healMs.length === 0
      ? 'no leader was killed'
      : `first write after the death of a leader: median ${medianOf(healMs).toFixed(0)} ms, worst ` +
        `${Math.max(...healMs).toFixed(0)} ms of ${healMs.length}${isHealedInTime(result) ? '' : ': TOO LATE'}`;
  return [
    ...result.faults.map((fault) => `FAULT ${fault}`),
    ...[...result.refusals]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 12)
      .map(([said, count]) => `  ${count} x ${said}`),
    `${result.rounds} rounds; ${result.answered} calls answered, ${result.unknown} of unknown fate, revision ${result.revision}, ` +
      `${result.compactions} compactions; ${result.watchedEvents} events on ${result.watchStreams} watch streams`,
    heal,
    `${seconds.toFixed(0)} s; ${result.faults.length} faults`,
  ].join('\n');
}
