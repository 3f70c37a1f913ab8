/** `--auto-compaction-mode` and `--auto-compaction-retention`, with etcd's reading of the retention. */
import type { AutoCompaction } from '../../server/index.js';
import { parseDuration, parseInteger } from '../flags/go-flags.js';

const HOUR_MS = 60 * 60 * 1000;
const NANOSECONDS_PER_MS = 1e6;

export class AutoCompactionError extends Error {
  override readonly name = 'AutoCompactionError';
}

/**
 * A plain number is hours or revisions, by mode. Otherwise it is a duration; in revision mode that counts as so many
 * nanoseconds, as in etcd. Undefined for 0: switched off.
 */
export function parseAutoCompaction(mode: string, retention: string): AutoCompaction | undefined {
  if (mode !== 'periodic' && mode !== 'revision') {
    throw new AutoCompactionError(
      mode === '' ? 'undefined auto-compaction-mode' : `unknown auto-compaction-mode ${JSON.stringify(mode)}`,
    );
  }
  const count = /^\d+$/.test(retention) ? parseInteger(retention) : undefined;
  const durationMs = count === undefined ? parseDuration(retention) : undefined;
  if (count === undefined && durationMs === undefined) {
    throw new AutoCompactionError(
      `error parsing CompactionRetention: time: invalid duration ${JSON.stringify(retention)}`,
    );
  }
  if (mode === 'periodic') {
    const periodMs = count === undefined ? durationMs! : count * HOUR_MS;
    return periodMs > 0 ? { mode, periodMs } : undefined;
  }
  const revisions = count ?? Math.round(durationMs! * NANOSECONDS_PER_MS);
  return revisions > 0 ? { mode, revisions } : undefined;
}
