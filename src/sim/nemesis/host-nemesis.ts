/** Injects faults into one machine at random times, each kind at the rate that the seed drew, and lifts them again. */
import type { DiskOperation } from '../../platform/index.js';
import { DiskError } from '../../platform/index.js';
import type { Prng } from '../../stdx/index.js';
import type { EventQueue } from '../event-queue.js';
import type { FaultCounts } from '../fault-counts.js';
import type { FaultRates } from '../options.js';
import type { SimHost } from '../sim-host.js';

const DISK_OPERATIONS: readonly DiskOperation[] = [
  'write',
  'write',
  'write',
  'sync',
  'create',
  'rename',
  'sync-dir',
];
const START_OPERATIONS: readonly DiskOperation[] = ['open', 'read', 'write', 'list', 'sync', 'sync-dir'];
const START_ERROR_CHANCE = 0.1;
/** Once faults are over, nobody stays down for longer. */
const LAST_RESTART_MS_MAX = 500;

export interface NemesisParts {
  readonly queue: EventQueue;
  readonly prng: Prng;
  readonly counts: FaultCounts;
  readonly rates: FaultRates;
}

export class HostNemesis {
  readonly #queue: EventQueue;
  readonly #prng: Prng;
  readonly #host: SimHost;
  readonly #counts: FaultCounts;
  readonly #rates: FaultRates;
  readonly #usualWriteMsMax: number;
  /** The rates are those of so many machines together. */
  readonly #hosts: number;
  #active = true;

  constructor(parts: NemesisParts, host: SimHost, hosts: number) {
    this.#queue = parts.queue;
    this.#prng = parts.prng;
    this.#counts = parts.counts;
    this.#rates = parts.rates;
    this.#host = host;
    this.#hosts = hosts;
    this.#usualWriteMsMax = host.writeMsMax;
  }

  start(): void {
    const rates = this.#rates;
    this.#repeat(rates.powerFailureMs, () => this.#kill('power-failure'));
    this.#repeat(rates.killMs, () => this.#kill('kill'));
    this.#repeat(rates.gracefulStopMs, () => this.#stop());
    this.#repeat(rates.diskErrorMs, () => this.#breakDisk());
    this.#repeat(rates.backendErrorMs, () => this.#breakBackend());
    this.#repeat(rates.diskFullMs, () => this.#fillDisk());
    this.#repeat(rates.slowDiskMs, () => this.#slowDisk());
    this.#repeat(rates.pauseMs, () => this.#pause());
    this.#repeat(rates.clockMs, () => this.#changeClock());
  }

  /** Heals everything; no fault happens afterwards. */
  stop(): void {
    this.#active = false;
    this.#host.disk.clearFaults();
    this.#host.backend.failCommits(undefined);
    this.#host.disk.capacityBytes = Number.POSITIVE_INFINITY;
    this.#host.writeMsMax = this.#usualWriteMsMax;
    this.#host.clock.setRate(1);
    this.#host.pause(0);
    if (this.#host.state === 'down') this.restartSoon();
  }

  /** Somebody starts a member that is down, and sometimes its disk fails on the way up. */
  restartSoon(): void {
    const msMax = this.#active ? this.#rates.downMsMax : LAST_RESTART_MS_MAX;
    this.#queue.after(this.#prng.between(1, msMax), 'restart', () => {
      const { disk } = this.#host;
      if (this.#host.state !== 'down' || this.#host.isAbsent) return;
      if (disk.capacityBytes !== Number.POSITIVE_INFINITY) this.#host.mayFail = true;
      if (this.#active && this.#rates.diskErrorMs > 0 && this.#prng.chance(START_ERROR_CHANCE)) {
        this.#counts.diskErrors++;
        this.#host.mayFail = true;
        const operation = this.#prng.pick(START_OPERATIONS);
        disk.inject({ operation, code: 'EIO', skip: this.#prng.below(4), times: 1 });
      }
      this.#host.start();
    });
  }

  #repeat(meanMs: number, fault: () => void): void {
    if (meanMs === 0) return;
    const ms = -Math.log(1 - this.#prng.float()) * meanMs * this.#hosts;
    this.#queue.after(ms, 'fault', () => {
      if (!this.#active) return;
      if (this.#host.state !== 'down') fault();
      this.#repeat(meanMs, fault);
    });
  }

  /** Heals after a while, unless that has happened. */
  #during(msMax: number, heal: () => void): void {
    this.#queue.after(this.#prng.float() * msMax, 'heal', () => {
      if (this.#active) heal();
    });
  }

  #kill(death: 'power-failure' | 'kill'): void {
    if (this.#host.state === 'down') return;
    if (death === 'kill') this.#counts.kills++;
    else this.#counts.powerFailures++;
    this.#host.die(death);
  }

  #stop(): void {
    if (this.#host.state !== 'up' && this.#host.state !== 'joining') return;
    this.#counts.gracefulStops++;
    this.#host.stop();
  }

  #breakDisk(): void {
    this.#counts.diskErrors++;
    this.#host.mayFail = true;
    const operation = this.#prng.pick(DISK_OPERATIONS);
    this.#host.disk.inject({
      operation,
      code: 'EIO',
      skip: this.#prng.below(3),
      times: this.#prng.pick([1, 1, 1000]),
    });
  }

  #breakBackend(): void {
    this.#counts.backendErrors++;
    this.#host.mayFail = true;
    this.#host.backend.failCommits(new DiskError('EIO', 'write', 'db', 'EIO (injected)'));
  }

  #fillDisk(): void {
    const host = this.#host;
    this.#counts.diskFullPeriods++;
    // A member that serves lives through it; one that is being opened need not.
    if (host.state !== 'up' && host.state !== 'joining') host.mayFail = true;
    let used = 0;
    for (const path of host.disk.paths()) used += host.disk.contentOf(path).length;
    host.disk.capacityBytes = used + this.#prng.below(200_000);
    this.#during(12_000, () => {
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
    });
  }

  #slowDisk(): void {
    this.#counts.slowDiskPeriods++;
    this.#host.writeMsMax = this.#prng.pick([50, 300, 3000]);
    // Power that fails while many writes are under way leaves any part of them.
    if (this.#prng.chance(0.5)) {
      this.#during(this.#host.writeMsMax, () => this.#kill('power-failure'));
    }
    this.#during(3000, () => {
      this.#host.writeMsMax = this.#usualWriteMsMax;
    });
  }

  #pause(): void {
    this.#counts.pauses++;
    this.#host.pause(this.#prng.pick([20, 300, 4000]));
  }

  #changeClock(): void {
    this.#counts.clockChanges++;
    this.#host.clock.setRate(this.#prng.pick([0.5, 0.8, 1, 1.2, 2]));
    this.#host.clock.jumpWallTime(this.#prng.between(-3_600_000, 3_600_000));
  }
}
