import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/**
 * Lets the calling worker thread run only when nobody else wants the processor (`SCHED_IDLE`, by `chrt` of util-linux). For
 * clients that take the place of other machines: their work must not hold up the server or the clients that are measured.
 * Where that cannot be had the thread keeps its place, and says so: figures are worse then.
 */
export function yieldProcessor(): void {
  if (process.platform === 'linux') {
    const thread = readlinkSync('/proc/thread-self').split('/').at(-1)!;
    if (spawnSync('chrt', ['--idle', '--pid', '0', thread]).status === 0) return;
  }
  console.error(
    'a client that stands for another machine shares the processors like any other (no chrt here)',
  );
}
