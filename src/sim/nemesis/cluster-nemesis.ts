/** Faults of the whole: links that are cut, clogged or flap, and machines that all lose their power at once. */
import type { SimNetwork } from '../network/sim-network.js';
import type { SimHost } from '../sim-host.js';
import type { NemesisParts } from './host-nemesis.js';
import { type Cut, drawPartition } from './partition.js';

const PARTITION_MS_MAX = 12_000;
const CLOG_MS_MAX = 5000;
const FLAPPING_MS_MAX = 20_000;

export class ClusterNemesis {
  readonly #parts: NemesisParts;
  readonly #network: SimNetwork;
  readonly #hosts: readonly SimHost[];
  #active = true;

  constructor(parts: NemesisParts, network: SimNetwork, hosts: readonly SimHost[]) {
    this.#parts = parts;
    this.#network = network;
    this.#hosts = hosts;
  }

  start(): void {
    if (this.#hosts.length === 1) return;
    const { rates } = this.#parts;
    this.#repeat(rates.clusterCrashMs, () => this.#crashAll());
    this.#repeat(rates.leaderCrashMs, () => this.#crashLeader());
    this.#repeat(rates.partitionMs, () => this.#partition());
    this.#repeat(rates.clogMs, () => this.#clog());
    this.#repeat(rates.flapMs, () => this.#flap());
  }

  stop(): void {
    this.#active = false;
    this.#network.heal();
  }

  #repeat(meanMs: number, fault: () => void): void {
    if (meanMs === 0) return;
    const { queue, prng } = this.#parts;
    queue.after(-Math.log(1 - prng.float()) * meanMs, 'fault', () => {
      if (!this.#active) return;
      fault();
      this.#repeat(meanMs, fault);
    });
  }

  #crashAll(): void {
    const { prng, counts } = this.#parts;
    counts.clusterCrashes++;
    const death = prng.chance(0.7) ? 'power-failure' : 'kill';
    for (const host of this.#hosts) host.die(death);
  }

  #crashLeader(): void {
    const { prng, counts } = this.#parts;
    const leader = this.#hosts.find((host) => host.isLeader);
    if (leader === undefined) return;
    counts.leaderCrashes++;
    leader.die(prng.chance(0.5) ? 'power-failure' : 'kill');
  }

  #partition(): void {
    const { prng, queue, counts, rates } = this.#parts;
    counts.partitions++;
    const leader = this.#hosts.find((host) => host.isLeader);
    const addresses = this.#hosts.map((host) => host.address);
    const cuts = drawPartition(prng, addresses, leader?.address);
    for (const [from, to] of cuts) this.#network.cut(from, to);
    // The deposed leader learns of it late, and the others miss it early.
    const isSkewed = rates.clockMs > 0 && leader !== undefined && prng.chance(0.5);
    if (isSkewed) for (const host of this.#hosts) host.clock.setRate(host === leader ? 0.5 : 2);
    queue.after(prng.float() * PARTITION_MS_MAX, 'heal', () => {
      this.#mend(cuts);
      if (isSkewed && this.#active) for (const host of this.#hosts) host.clock.setRate(1);
    });
  }

  #mend(cuts: readonly Cut[]): void {
    if (!this.#active) return;
    for (const [from, to] of cuts) this.#network.mend(from, to);
  }

  #clog(): void {
    const { prng, counts } = this.#parts;
    counts.clogs++;
    const ms = prng.float() * CLOG_MS_MAX;
    const one = prng.pick(this.#hosts).address;
    const other = prng.pick(this.#hosts).address;
    this.#network.clog(one, other, ms);
    if (prng.chance(0.5)) this.#network.clog(other, one, ms);
  }

  /** Every pair comes and goes in a rhythm of its own. */
  #flap(): void {
    const { prng, queue, counts } = this.#parts;
    counts.flaps++;
    const end = queue.now + prng.float() * FLAPPING_MS_MAX;
    for (const { address: one } of this.#hosts) {
      for (const { address: other } of this.#hosts) {
        if (one < other) this.#flapPair(one, other, prng.pick([50, 300, 2000]), end);
      }
    }
  }

  #flapPair(one: number, other: number, meanMs: number, end: number): void {
    const { prng, queue } = this.#parts;
    const cuts: Cut[] = [
      [one, other],
      [other, one],
    ];
    const toggle = (isCut: boolean): void => {
      if (!this.#active) return;
      if (isCut) this.#mend(cuts);
      else for (const [from, to] of cuts) this.#network.cut(from, to);
      if (isCut && queue.now >= end) return;
      queue.after(-Math.log(1 - prng.float()) * meanMs, 'flap', () => toggle(!isCut));
    };
    toggle(false);
  }
}
