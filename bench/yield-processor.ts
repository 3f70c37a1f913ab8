import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Lets the calling worker thread run only when nobody else wants the processor (`SCHED_IDLE`). For clients that take the place
 * of other machines: their work must not hold up the server or the clients that are measured. Where there is no such
 * thing the thread keeps its place.
 */
export function yieldProcessor(): void {
  if (isMainThread || process.platform !== 'linux') return;
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1)!;
  spawnSync('chrt', ['--idle', '--pid', '0', thread]);
}
