/**
 * A machine and the member that runs on it, over many lives. What survives a life is the disk and the backend; a new
 * life begins from what its end left of them. Everything a process has under way dies with it: timers, completions of
 * the disk, calls.
 */
import type { Sha1 } from '../membership/index.js';
import type { ReplaceableBackend } from '../mvcc/index.js';
import type { Disk, LogLevel, LogSink, Random } from '../platform/index.js';
import type { Message, TraceEvent } from '../raft/index.js';
import { BootstrapError, type RaftChoices } from '../server/index.js';
import { AssertionError, assert, type Prng } from '../stdx/index.js';
import { MemoryBackend, MemoryDisk } from '../storage/index.js';
import type { ServiceTable } from '../transport/index.js';
import type { AppliedLog } from './check/applied-log.js';
import { MemberCheck } from './check/member-check.js';
import type { RaftTraffic } from './check/raft-traffic.js';
import type { EventQueue } from './event-queue.js';
import type { FaultCounts } from './fault-counts.js';
import { type MemberProcess, openProcess } from './member-process.js';
import type { Machine } from './network/machine.js';
import { type Identity, SimPeerNetwork } from './network/peer-network.js';
import { type ClusterNews, SimHttp } from './network/sim-http.js';
import type { SimNetwork } from './network/sim-network.js';
import type { SimulationOptions } from './options.js';
import { SimCall, type SimCallListener } from './sim-call.js';
import { SimClock } from './sim-clock.js';

/** Puts something between the member and its surroundings, to see whether the simulator notices a broken part. */
export interface PortWrappers {
  disk?(disk: Disk, later: (fn: () => void) => void): Disk;
  backend?(backend: ReplaceableBackend, later: (fn: () => void) => void): ReplaceableBackend;
  services?(services: ServiceTable): ServiceTable;
  /** Before a life begins on a disk that has been written. */
  beforeRestart?(disk: MemoryDisk, prng: Prng): void;
}

/** What all hosts of a run share. */
export interface HostParts {
  readonly queue: EventQueue;
  readonly network: SimNetwork;
  /** What the member at an address would tell a joiner. */
  readonly newsAt: (address: number) => ClusterNews | undefined;
  readonly traffic: RaftTraffic;
  readonly applied: AppliedLog;
  /** Hosts on which something has happened since they were looked at last. */
  readonly touched: Set<SimHost>;
  readonly prng: Prng;
  readonly options: Pick<SimulationOptions, 'member' | 'writeMsMax'>;
  readonly counts: FaultCounts;
  readonly sha1: Sha1;
  readonly wrappers: PortWrappers;
  /** Default: yes. */
  readonly preVote?: boolean;
  readonly raft?: Omit<RaftChoices, 'trace'>;
  /** How long a write takes that takes `msMax` at most; default: anything up to that. */
  readonly writeMs?: (msMax: number) => number;
  readonly observer?: HostObserver | undefined;
  /** Told of what must not happen in callbacks whose exceptions the member would take for its own. */
  readonly fail: (error: Error) => void;
}

/** Who looks at machines; changes nothing, unless it is to see what becomes of it. */
export interface HostObserver {
  trace(host: SimHost, event: TraceEvent): void;
  /** A life is about to take part. */
  opened(host: SimHost, opened: MemberProcess): void;
}

/** How a life ends: with the page cache lost or not. */
export type Death = 'power-failure' | 'kill';

/** What an operator says when a member is started for the first time. */
export interface FirstStart {
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterState: 'new' | 'existing';
}

export interface HostSettings {
  readonly name: string;
  readonly address: number;
}

const LOG_LINES_KEPT = 40;
/** A graceful stop that takes longer is ended by a kill, as init systems do. */
const STOP_MS_MAX = 30_000;

export class SimHost implements Machine {
  readonly name: string;
  readonly address: number;
  readonly clock: SimClock;
  /** Longest write; faults raise it. */
  writeMsMax: number;
  /** The last lines of the member's log, for the report of a failure. */
  readonly log: string[] = [];
  /** `joining`: takes part, but does not serve yet. */
  state: 'down' | 'starting' | 'joining' | 'up' | 'stopping' = 'down';
  disk!: MemoryDisk;
  backend!: MemoryBackend;
  /** A fault was injected into this life from which it may stop or fail to start. */
  mayFail = false;
  /** The process has found that it must stop and acknowledges nothing any more. */
  fatal: Error | undefined;
  /** No machine of the cluster: nothing runs on it, and its disk is empty. */
  isAbsent = true;
  /** Asked at each start; undefined: not now. */
  firstStart: () => FirstStart | undefined = () => undefined;
  /** Called when a life serves. */
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  readonly #parts: HostParts;
  readonly #calls = new Set<SimCall>();
  #process: MemberProcess | undefined;
  /** With what a life on these disks has begun. */
  #lastStart: FirstStart | undefined;
  #end: SimPeerNetwork | undefined;
  /** Changes when a life begins and when it ends. */
  #life = 0;
  #lives = 0;
  #pausedUntil = 0;
  /** What waits for the end of a pause without one. */
  #asleep: (() => void)[] = [];
  readonly #check: MemberCheck;

  constructor(parts: HostParts, settings: HostSettings) {
    this.#parts = parts;
    this.name = settings.name;
    this.address = settings.address;
    this.#check = new MemberCheck(settings.name, parts.traffic, parts.applied);
    this.clock = new SimClock({
      now: () => parts.queue.now,
      later: (ms, label, fn) => this.later(ms, label, fn),
    });
    this.writeMsMax = parts.options.writeMsMax;
    this.wipe();
  }

  /** Puts empty disks into the machine. */
  wipe(): void {
    assert(this.state === 'down', 'disks are changed while nothing runs');
    this.#lastStart = undefined;
    const { prng } = this.#parts;
    this.disk = new MemoryDisk({
      schedule: (operation, bytes, complete) => {
        const ms = operation === 'read' ? 0.01 : this.#writeMs() + bytes / 500_000;
        this.later(ms, operation, complete);
      },
    });
    this.backend = new MemoryBackend({
      schedule: (complete) => this.later(0.1 + prng.float() * 3 * this.writeMsMax, 'commit', complete),
    });
  }

  #writeMs(): number {
    const { writeMs, prng } = this.#parts;
    return writeMs === undefined ? prng.float() * this.writeMsMax : writeMs(this.writeMsMax);
  }

  get life(): number {
    return this.#life;
  }

  /** How many lives there were. */
  get lives(): number {
    return this.#lives;
  }

  get process(): MemberProcess | undefined {
    return this.#process;
  }

  /** Who runs here; undefined while nobody does. */
  get memberId(): bigint | undefined {
    return this.#process?.member.options.memberId;
  }

  get isLeader(): boolean {
    return this.#check.isLeader;
  }

  localTime(): number {
    return this.clock.now();
  }

  /** Runs `fn` in the present life after simulated milliseconds. */
  later(ms: number, label: string, fn: () => void): void {
    const life = this.#life;
    this.#parts.queue.after(ms, label, () => {
      if (life === this.#life) this.whenAwake(label, fn);
    });
  }

  whenAwake(label: string, fn: () => void): void {
    const { queue } = this.#parts;
    if (this.#pausedUntil === Number.POSITIVE_INFINITY) {
      this.#asleep.push(() => this.later(0, label, fn));
      return;
    }
    if (queue.now < this.#pausedUntil) return this.later(this.#pausedUntil - queue.now, label, fn);
    this.#parts.touched.add(this);
    fn();
  }

  /** The process gets no time for so long; the world goes on. */
  pause(ms: number): void {
    this.#pausedUntil = this.#parts.queue.now + ms;
  }

  get isPaused(): boolean {
    return this.#parts.queue.now < this.#pausedUntil;
  }

  /** Ends a pause; what has gathered meanwhile comes in its order. */
  resume(): void {
    this.#pausedUntil = 0;
    for (const wake of this.#asleep.splice(0)) wake();
  }

  start(): void {
    assert(this.state === 'down' && !this.isAbsent, 'a life begins when the last one is over');
    // Once there is a log, settings count for nothing.
    const firstStart = this.firstStart() ?? this.#lastStart;
    if (firstStart === undefined) return this.onDown?.();
    this.state = 'starting';
    this.#lives++;
    const life = ++this.#life;
    const rejected = (error: unknown): void => {
      if (life === this.#life) this.#onStartFailed(error as Error, firstStart);
    };
    this.#open(life, firstStart).catch(rejected);
  }

  async #open(life: number, firstStart: FirstStart): Promise<void> {
    const { options, prng, wrappers, sha1, applied, traffic, network, newsAt, fail, observer } = this.#parts;
    const { name } = this;
    const trace = observer === undefined ? null : (event: TraceEvent) => observer.trace(this, event);
    const later = (fn: () => void): void => this.later(0, 'wrapper', fn);
    const random: Random = { float: () => prng.float(), bytes: (length) => prng.bytes(length) };
    const settings = {
      name,
      tuning: options.member,
      ...firstStart,
      hashSeed: prng.uint32(),
      preVote: this.#parts.preVote ?? true,
      raft: { ...this.#parts.raft, trace },
    };
    const opened = await openProcess(settings, {
      disk: wrappers.disk?.(this.disk, later) ?? this.disk,
      backend: wrappers.backend?.(this.backend, later) ?? this.backend,
      clock: this.clock,
      random,
      sink: this.#sink(),
      sha1,
      http: new SimHttp(network, this, newsAt),
      openNetwork: (self) => this.#openNetwork(self),
    });
    if (life !== this.#life) return;
    const { member } = opened;
    traffic.restarted(member.raftStatus());
    applied.observe(member.machine, name, fail);
    this.#process = { ...opened, services: wrappers.services?.(opened.services) ?? opened.services };
    observer?.opened(this, opened);
    this.#check.forget();
    this.#lastStart = firstStart;
    this.state = 'joining';
    member.onFatal = (error) => this.#onFatal(error);
    member.onRemoved = () => this.#onRemoved();
    await member.start();
    if (life !== this.#life || this.state !== 'joining') return;
    this.state = 'up';
    this.onUp?.();
  }

  #openNetwork(self: Identity): SimPeerNetwork {
    this.#end = new SimPeerNetwork(this.#parts.network, this, self, (message) => this.#overhear(message));
    return this.#end;
  }

  #overhear(message: Message): void {
    const { traffic, fail } = this.#parts;
    try {
      traffic.note(message, () => this.#process!.member.raftStatus().confState.voters);
    } catch (error) {
      fail(error as Error);
    }
  }

  #sink(): LogSink {
    return {
      log: (level: LogLevel, message, fields = {}) => {
        const { counts, queue } = this.#parts;
        if (message.startsWith('an unfinished write was cut')) counts.tornTails++;
        if (message.startsWith('the disk is full')) counts.diskFullRetries++;
        const words = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
        this.log.push(`${queue.now.toFixed(1)} ${this.name} ${level} ${message} ${words.join(' ')}`);
        if (this.log.length > LOG_LINES_KEPT) this.log.shift();
      },
    };
  }

  #onStartFailed(error: Error, firstStart: FirstStart): void {
    const { counts, fail } = this.#parts;
    counts.failedStarts++;
    // What a joiner is told may be old.
    const isMisled = firstStart.initialClusterState === 'existing' && error instanceof BootstrapError;
    if (!(this.mayFail || isMisled) || error instanceof AssertionError) fail(error);
    this.die('kill');
  }

  /** A server exits at once; here it lives on a little, so that an acknowledgement after the failure is seen. */
  #onFatal(error: Error): void {
    const { counts, fail, queue, prng } = this.#parts;
    counts.memberStops++;
    this.fatal = error;
    if (!this.mayFail || error instanceof AssertionError) fail(error);
    const life = this.#life;
    queue.after(prng.float() * 20, 'exit', () => {
      if (life === this.#life) this.die('kill');
    });
  }

  /** A server that was removed ends itself; whoever starts it again will see the same. */
  #onRemoved(): void {
    this.#parts.counts.removedStops++;
    const life = this.#life;
    this.#parts.queue.after(0, 'exit', () => {
      if (life === this.#life) this.die('kill');
    });
  }

  /** Ends the life; the next one begins from what this leaves on the disk. */
  die(death: Death): void {
    if (this.state === 'down') return;
    const { prng, wrappers } = this.#parts;
    this.#life++;
    this.state = 'down';
    this.#process = undefined;
    this.#check.forget();
    this.#end?.stop();
    this.#end = undefined;
    this.#pausedUntil = 0;
    this.#asleep = [];
    this.fatal = undefined;
    this.mayFail = false;
    this.disk.halt();
    this.disk = death === 'kill' ? this.disk.killClone() : this.disk.crashClone(prng);
    this.backend = this.backend.crashClone(prng);
    wrappers.beforeRestart?.(this.disk, prng);
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const call of calls) call.cut();
    this.onDown?.();
  }

  /** As on SIGTERM: finishes what is under way and closes. */
  stop(): void {
    const opened = this.#process;
    if ((this.state !== 'up' && this.state !== 'joining') || opened === undefined) return;
    this.state = 'stopping';
    const life = this.#life;
    const close = async (): Promise<void> => {
      await opened.member.handOver();
      await opened.member.stop();
      await opened.wal.close();
      await opened.backend.close();
    };
    const over = (): void => {
      if (life === this.#life) this.die('kill');
    };
    close().then(over, (error: unknown) => {
      if (life === this.#life && !this.mayFail) this.#parts.fail(error as Error);
      over();
    });
    this.#parts.queue.after(STOP_MS_MAX, 'stop-timeout', over);
  }

  /** Begins a call; its first message, if any, arrives a little later. */
  call(path: string, first: Uint8Array | undefined, listener: SimCallListener, user = 'root'): SimCall {
    const call: SimCall = new SimCall(path, user, {
      message: (bytes) => listener.message(bytes),
      end: (code, message) => {
        this.#calls.delete(call);
        listener.end(code, message);
      },
      lost: () => listener.lost(),
    });
    this.#calls.add(call);
    this.later(this.#parts.prng.float() * 0.2, 'request', () => {
      const handler = this.#process?.services.get(path);
      assert(handler !== undefined, 'clients call methods that exist, of a member that serves');
      if (call.finished) return;
      if (handler.kind === 'unary') handler.handle(call, first!, 0, first!.length);
      else handler.handle(call);
      if (handler.kind === 'stream' && first !== undefined) call.write(first);
    });
    return call;
  }

  /** Between two events: what must hold of this member at any time. */
  assertInvariants(): void {
    const member = this.#process?.member;
    if (member !== undefined && this.fatal === undefined) this.#check.look(member);
  }
}
