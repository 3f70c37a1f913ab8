/** The faults of a chaos run: each hurts the cluster, holds for a while, and heals; the load never stops. */
import type { Prng } from '../../src/stdx/index.js';
import { type MemberProcess, sleep } from '../harness/index.js';
import type { ChaosCluster } from './chaos-cluster.js';
import { slowDisk } from './slow-disk.js';

export const FAULT_KINDS = [
  'kill the leader',
  'kill one',
  'kill a minority',
  'kill all',
  'pause the leader',
  'pause a follower',
  'stop the leader gracefully',
  'restart one while it starts',
  'slow the disk of the leader',
  'slow the disk of a follower',
  'lose a disk',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultContext {
  readonly cluster: ChaosCluster;
  readonly prng: Prng;
  /** Writes at the members until one write is acknowledged. */
  readonly untilWritten: (members: readonly MemberProcess[]) => Promise<void>;
  /** Writes at the members all along, and gives back the longest time in which none was acknowledged. */
  readonly longestGapMs: (members: readonly MemberProcess[], work: () => Promise<unknown>) => Promise<number>;
  /** Told how long the cluster was without a leader that was killed. */
  readonly onHealed: (ms: number) => void;
}

const DOWN_MS_MAX = 2500;
const PAUSE_MS_MAX = 5000;
const SLOW_MS_MAX = 4000;
/** A leader's disk this slow holds up every write; one twice as slow as an election time-out would be no disk at all. */
const SLOW_WRITES_PER_SECOND = [5, 20, 50];

const STOP_TIMEOUT_MS = 30_000;

/** The others go on for a while without the old leader, so that it comes back to a history it does not know. */
const LEADER_DOWN_MS = 1000;

function names(members: readonly MemberProcess[]): string {
  return members.map(({ name }) => name).join(', ');
}

function some(prng: Prng, members: readonly MemberProcess[], count: number): MemberProcess[] {
  const left = [...members];
  return Array.from({ length: count }, () => left.splice(prng.below(left.length), 1)[0]!);
}

async function killFor(context: FaultContext, victims: readonly MemberProcess[]): Promise<string> {
  const downMs = context.prng.below(DOWN_MS_MAX);
  await Promise.all(victims.map((member) => member.kill9()));
  await sleep(downMs);
  await context.cluster.processes.start();
  return `${names(victims)} for ${downMs} ms`;
}

async function killLeader({ cluster, untilWritten, onHealed }: FaultContext): Promise<string> {
  const leader = await cluster.processes.leader();
  const killedMs = performance.now();
  await leader.kill9();
  await untilWritten(cluster.processes.running);
  const healMs = performance.now() - killedMs;
  onHealed(healMs);
  await sleep(LEADER_DOWN_MS);
  await cluster.processes.start();
  return `${leader.name}, a write after ${healMs.toFixed(0)} ms`;
}

async function stopLeader({ cluster, longestGapMs }: FaultContext): Promise<string> {
  const leader = await cluster.processes.leader();
  const others = await cluster.processes.followers();
  const beganMs = performance.now();
  const gapMs = await longestGapMs(others, () => leader.stop('SIGTERM', STOP_TIMEOUT_MS));
  const stopMs = performance.now() - beganMs;
  await cluster.processes.start();
  return `${leader.name} in ${stopMs.toFixed(0)} ms, at most ${gapMs.toFixed(0)} ms without a write`;
}

async function pauseFor({ prng }: FaultContext, member: MemberProcess): Promise<string> {
  const pausedMs = prng.between(200, PAUSE_MS_MAX);
  member.pause();
  await sleep(pausedMs);
  member.resume();
  return `${member.name} for ${pausedMs} ms`;
}

async function slowFor({ prng }: FaultContext, member: MemberProcess): Promise<string> {
  const slowMs = prng.between(1000, SLOW_MS_MAX);
  const writes = SLOW_WRITES_PER_SECOND[prng.below(SLOW_WRITES_PER_SECOND.length)]!;
  const slow = slowDisk(member.pid, member.dataDir, writes);
  await sleep(slowMs);
  await slow.release();
  return `${member.name}, ${writes} writes/s for ${slowMs} ms by ${slow.means}`;
}

async function restartTwice({ cluster, prng }: FaultContext, member: MemberProcess): Promise<string> {
  await member.kill9();
  member.spawn();
  const aliveMs = prng.below(600);
  await sleep(aliveMs);
  await member.kill9();
  await cluster.processes.start();
  return `${member.name}, killed again after ${aliveMs} ms`;
}

async function loseDisk({ cluster, prng }: FaultContext): Promise<string> {
  const [member] = some(prng, cluster.members, 1);
  const alive = prng.chance(0.5);
  await cluster.replace(member!, alive);
  return `${member!.name}, removed ${alive ? 'alive' : 'when dead'}`;
}

/** Hurts the cluster in one way; all members run again when it is done. Gives back whom it hit, and how long. */
export async function inflict(kind: FaultKind, context: FaultContext): Promise<string> {
  const { cluster, prng } = context;
  const leader = (): Promise<MemberProcess> => cluster.processes.leader();
  const follower = async (): Promise<MemberProcess> => some(prng, await cluster.processes.followers(), 1)[0]!;
  switch (kind) {
    case 'kill the leader':
      return killLeader(context);
    case 'kill one':
      return killFor(context, some(prng, cluster.members, 1));
    case 'kill a minority':
      return killFor(context, some(prng, cluster.members, cluster.minority));
    case 'kill all':
      return killFor(context, cluster.members);
    case 'pause the leader':
      return pauseFor(context, await leader());
    case 'pause a follower':
      return pauseFor(context, await follower());
    case 'stop the leader gracefully':
      return stopLeader(context);
    case 'restart one while it starts':
      return restartTwice(context, some(prng, cluster.members, 1)[0]!);
    case 'slow the disk of the leader':
      return slowFor(context, await leader());
    case 'slow the disk of a follower':
      return slowFor(context, await follower());
    case 'lose a disk':
      return loseDisk(context);
  }
}
