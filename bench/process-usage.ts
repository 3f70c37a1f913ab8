/** What processes use, from Linux's /proc (proc(5)). */
import { readFileSync } from 'node:fs';

/** USER_HZ: what Linux counts ticks in towards programs, on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time that all threads of the processes, ended ones too, have used so far; steps of one clock tick. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) ticks += parseCpuTicks(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return ticks / TICKS_PER_SECOND;
}

/** utime + stime of a `stat` line. The second field is a name in parentheses and may hold anything. */
export function parseCpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export interface Memory {
  /** All resident pages, mapped files included. */
  readonly residentBytes: number;
  /** Those that belong to no file: heaps, buffers, stacks. */
  readonly anonymousBytes: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  let residentBytes = 0;
  let anonymousBytes = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    residentBytes += kibibytes(status, 'VmRSS');
    anonymousBytes += kibibytes(status, 'RssAnon');
  }
  return { residentBytes, anonymousBytes };
}

function kibibytes(status: string, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status);
  return match === null ? 0 : Number(match[1]) * 1024;
}
