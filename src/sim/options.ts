/** What differs from seed to seed. Faults are drawn with zero among their rates, so that seeds differ in kind. */
import type { Prng } from '../stdx/index.js';
import { drawNetwork, type NetworkOptions } from './network/options.js';

/** Mean milliseconds between two faults of a kind in the whole cluster; 0: none of this kind. */
export interface FaultRates {
  readonly powerFailureMs: number;
  readonly killMs: number;
  readonly gracefulStopMs: number;
  readonly diskErrorMs: number;
  readonly backendErrorMs: number;
  readonly diskFullMs: number;
  readonly slowDiskMs: number;
  readonly pauseMs: number;
  readonly clockMs: number;
  readonly clusterCrashMs: number;
  readonly leaderCrashMs: number;
  readonly partitionMs: number;
  readonly clogMs: number;
  readonly flapMs: number;
  /** How long a machine stays down. */
  readonly downMsMax: number;
}

export interface WorkloadOptions {
  readonly clients: number;
  /** Clients that only read one key, linearizably and often, and do not wait long: they find a leader that is none. */
  readonly probes: number;
  readonly watchers: number;
  readonly keys: number;
  /** Between an answer and the client's next request, at most; some follow at once. */
  readonly thinkMsMax: number;
  /** After this long a client gives up. */
  readonly timeoutMs: number;
  readonly valueBytesMax: number;
  readonly compactionMs: number;
}

export interface MemberTuning {
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotCount: number;
  readonly snapshotCatchupEntries: number;
  readonly backendBatchMs: number;
  readonly backendBatchLimit: number;
  readonly compactionBatchLimit: number;
  readonly compactionSleepMs: number;
  readonly ringBytes: number;
  readonly watchLogBytes: number;
  readonly progressNotifyMs: number;
  /** Sizes of the log's segments; default: those of a server. */
  readonly segments?: { readonly segmentBytesFirst: number; readonly segmentBytesMax: number };
}

export interface SimulationOptions {
  readonly members: number;
  /** Machines that may join later. */
  readonly spares: number;
  /** Mean time between changes of the members; 0: none. */
  readonly membershipMs: number;
  readonly faults: FaultRates;
  readonly workload: WorkloadOptions;
  readonly member: MemberTuning;
  /** Largest payload of one append of the log. */
  readonly appendBytesMax: number;
  readonly network: NetworkOptions;
  /** Longest usual write of the disk. */
  readonly writeMsMax: number;
}

function drawMembers(prng: Prng): number {
  const roll = prng.below(10);
  if (roll === 0) return 1;
  return roll <= 5 ? 3 : 5;
}

function drawFaults(prng: Prng): FaultRates {
  const rate = (): number => prng.pick([0, 0, 3000, 10000, 30000]);
  return {
    powerFailureMs: prng.pick([0, 1500, 5000, 15000]),
    killMs: rate(),
    gracefulStopMs: rate(),
    diskErrorMs: rate(),
    backendErrorMs: rate(),
    diskFullMs: prng.pick([0, 0, 0, 8000]),
    slowDiskMs: rate(),
    pauseMs: rate(),
    clockMs: rate(),
    clusterCrashMs: prng.pick([0, 0, 20_000]),
    leaderCrashMs: prng.pick([0, 2000, 10_000]),
    partitionMs: prng.pick([0, 5000, 15_000]),
    clogMs: rate(),
    flapMs: prng.pick([0, 0, 30_000]),
    downMsMax: prng.pick([500, 500, 5000, 20_000]),
  };
}

/** Small ones are filled, left behind and used again all the time; those of a server hardly ever in a minute. */
const SMALL_SEGMENTS = { segmentBytesFirst: 64 * 1024, segmentBytesMax: 1024 * 1024 };
const LARGE_SEGMENTS = { segmentBytesFirst: 4 * 1024 * 1024, segmentBytesMax: 64 * 1024 * 1024 };

export function drawOptions(prng: Prng): SimulationOptions {
  const members = drawMembers(prng);
  const membershipMs = members === 1 ? 0 : prng.pick([0, 0, 3000, 8000]);
  const clients = prng.pick([1, 2, 4, 8, 16]);
  const faults = drawFaults(prng);
  // Only a log that needs new segments notices a full disk.
  const valueBytes = faults.diskFullMs > 0 ? [40_000, 100_000] : [8, 64, 600, 600, 40_000];
  return {
    members,
    spares: membershipMs > 0 ? 2 : 0,
    membershipMs,
    faults,
    workload: {
      clients,
      probes: members === 1 ? 0 : prng.pick([0, 2, 4]),
      watchers: prng.between(1, 6),
      keys: prng.pick([1, 3, 8, 24, 300]),
      thinkMsMax: prng.pick([20, 60, 200]) * Math.ceil(clients / 2) * Math.ceil(members / 2),
      timeoutMs: prng.pick([300, 300, 2000, Number.POSITIVE_INFINITY]),
      valueBytesMax: prng.pick(valueBytes),
      compactionMs: prng.pick([0, 300, 2000, 10_000]),
    },
    member: {
      heartbeatMs: 100,
      electionMs: 1000,
      snapshotCount: prng.pick([5, 50, 1000]),
      snapshotCatchupEntries: prng.pick([1, 20, 500]),
      backendBatchMs: prng.pick([1, 20, 100, 1000]),
      backendBatchLimit: prng.pick([1, 10, 1000]),
      compactionBatchLimit: prng.pick([1, 10, 1000]),
      compactionSleepMs: prng.pick([0, 10, 100]),
      ringBytes: prng.pick([0, 1 << 20, 8 << 20]),
      watchLogBytes: prng.pick([1 << 18, 1 << 19, 1 << 22]),
      progressNotifyMs: prng.pick([500, 5000]),
      segments: prng.pick([SMALL_SEGMENTS, SMALL_SEGMENTS, LARGE_SEGMENTS]),
    },
    appendBytesMax: prng.pick([1, 1000, 512 * 1024]),
    network: drawNetwork(prng),
    writeMsMax: prng.pick([0.1, 1, 10, 40]),
  };
}
