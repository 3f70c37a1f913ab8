/**
 * A slow disk for one process: the kernel lets it write a few times a second only, through a control group of its own
 * (version 1: `blkio.throttle`, version 2: `io.max`). Needs root and a data directory on a block device. Where that is
 * not to be had, the process is stopped for most of the time instead, which is told apart in {@link SlowDisk.means}.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../harness/index.js';

const V1 = '/sys/fs/cgroup/blkio';
const V2_ROOTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
const STOPPED_MS = 150;
const RUNNING_MS = 30;

export interface SlowDisk {
  readonly means: 'blkio.throttle' | 'io.max' | 'stops';
  /** The process writes as fast as it can again. */
  release(): Promise<void>;
}

/** The whole disk's number, as control groups want it; partitions cannot be throttled. */
function deviceOf(path: string): string | undefined {
  const { dev } = statSync(path);
  const number = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  const block = `/sys/dev/block/${number}`;
  if (!existsSync(block)) return undefined;
  if (!existsSync(join(block, 'partition'))) return number;
  return readFileSync(join(block, '..', 'dev'), 'utf8').trim();
}

function throttleV1(pid: number, device: string, writesPerSecond: number): SlowDisk | undefined {
  if (!existsSync(join(V1, 'blkio.throttle.write_iops_device'))) return undefined;
  const group = join(V1, `quoin-slow-disk-${pid}`);
  mkdirSync(group);
  writeFileSync(join(group, 'blkio.throttle.write_iops_device'), `${device} ${writesPerSecond}`);
  writeFileSync(join(group, 'cgroup.procs'), `${pid}`);
  return {
    means: 'blkio.throttle',
    async release() {
      writeFileSync(join(group, 'blkio.throttle.write_iops_device'), `${device} 0`);
      if (existsSync(`/proc/${pid}`)) writeFileSync(join(V1, 'cgroup.procs'), `${pid}`);
      await removeGroup(group);
    },
  };
}

function throttleV2(pid: number, device: string, writesPerSecond: number): SlowDisk | undefined {
  const has = (path: string): boolean =>
    existsSync(join(path, 'cgroup.subtree_control')) &&
    readFileSync(join(path, 'cgroup.controllers'), 'utf8').split(/\s+/).includes('io');
  const root = V2_ROOTS.find(has);
  if (root === undefined) return undefined;
  writeFileSync(join(root, 'cgroup.subtree_control'), '+io');
  const group = join(root, `quoin-slow-disk-${pid}`);
  const before = join(root, readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('::')[1]!.trim());
  mkdirSync(group);
  writeFileSync(join(group, 'io.max'), `${device} wiops=${writesPerSecond}`);
  writeFileSync(join(group, 'cgroup.procs'), `${pid}`);
  return {
    means: 'io.max',
    async release() {
      writeFileSync(join(group, 'io.max'), `${device} wiops=max`);
      if (existsSync(`/proc/${pid}`)) writeFileSync(join(before, 'cgroup.procs'), `${pid}`);
      await removeGroup(group);
    },
  };
}

/** A group goes only when its last process has. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return rmdirSync(group);
    } catch {
      await sleep(20);
    }
  }
}

function stops(pid: number): SlowDisk {
  let released = false;
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      released = true;
    }
  };
  const done = (async () => {
    while (!released) {
      signal('SIGSTOP');
      await sleep(STOPPED_MS);
      signal('SIGCONT');
      await sleep(RUNNING_MS);
    }
  })();
  return {
    means: 'stops',
    async release() {
      released = true;
      await done;
    },
  };
}

/** Slows the writes of a running process until released. */
export function slowDisk(pid: number, dataDir: string, writesPerSecond: number): SlowDisk {
  const device = deviceOf(dataDir);
  if (device !== undefined && process.getuid?.() === 0) {
    for (const throttle of [throttleV1, throttleV2]) {
      try {
        const slow = throttle(pid, device, writesPerSecond);
        if (slow !== undefined) return slow;
      } catch {
        // Not permitted here: the next way.
      }
    }
  }
  return stops(pid);
}
