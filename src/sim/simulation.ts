/**
 * One run: whole members, as the server program wires them, on simulated disks, clocks and chance and a simulated
 * network, under clients and faults; then the checks of what the clients saw. Everything follows from the seed, so a
 * failure can be had again.
 */
import type { Sha1 } from '../membership/index.js';
import { Prng } from '../stdx/index.js';
import { AppliedLog } from './check/applied-log.js';
import { checkHash } from './check/check-hash.js';
import { checkLeases } from './check/check-leases.js';
import { OperationCheck } from './check/check-operations.js';
import { RightsRecord } from './check/check-rights.js';
import { checkWatch } from './check/check-watch.js';
import type { KvRequest } from './check/model.js';
import { RaftTraffic } from './check/raft-traffic.js';
import { Truth } from './check/truth.js';
import { EventHash } from './event-hash.js';
import { EventQueue } from './event-queue.js';
import { type FaultCounts, noFaults } from './fault-counts.js';
import { ClusterNemesis } from './nemesis/cluster-nemesis.js';
import { HostNemesis } from './nemesis/host-nemesis.js';
import type { ClusterNews } from './network/sim-http.js';
import { SimNetwork } from './network/sim-network.js';
import { drawOptions, type SimulationOptions } from './options.js';
import { settle } from './settle.js';
import { type HostObserver, type HostParts, type PortWrappers, SimHost } from './sim-host.js';
import { Violation } from './violation.js';
import { AuthAdmin } from './workload/auth-admin.js';
import { AuthGuest } from './workload/auth-guest.js';
import { Client, type ClientParts, pickServing, send } from './workload/client.js';
import { RequestGenerator } from './workload/generate.js';
import { LeaseClient, type LeaseCounts } from './workload/lease-client.js';
import { Operator } from './workload/operator.js';
import { Session } from './workload/session.js';
import { drawWatch, WatchClient } from './workload/watch-client.js';

export interface SimulationInput {
  readonly seed: number;
  /** Simulated time under faults. */
  readonly minutes: number;
  readonly sha1: Sha1;
  /** Called between two events, and waited for; default: {@link settle}. `label`: of the event that has just happened. */
  readonly settle?: (label: string) => Promise<void>;
  readonly wrappers?: PortWrappers;
  /** Clients that hold leases, beside the others; default: none. */
  readonly leaseClients?: number;
  /** Users whose rights come and go, beside the others; default: none, and no auth. */
  readonly guests?: number;
  readonly observer?: SimulationObserver;
}

/** What there is to look at in a run. */
export interface ObservedWorld {
  readonly queue: EventQueue;
  readonly hash: EventHash;
  readonly network: SimNetwork;
  readonly applied: AppliedLog;
  readonly traffic: RaftTraffic;
  readonly hosts: readonly SimHost[];
  /** Hosts on which something has happened since the last time between two events. */
  readonly touched: Set<SimHost>;
}

/** Looks at a run, and changes nothing of it. */
export interface SimulationObserver extends HostObserver {
  /** Before anything happens. */
  begins(world: ObservedWorld): void;
  failed(error: Error): void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly members: number;
  readonly hash: string;
  readonly violation: Error | undefined;
  /** The members' last log lines. */
  readonly log: readonly string[];
  readonly events: number;
  readonly lives: number;
  readonly simulatedMs: number;
  /** From the last fault until a put succeeded. */
  readonly recoveryMs: number;
  readonly faults: FaultCounts;
  readonly elections: number;
  readonly membershipChanges: number;
  readonly answered: number;
  readonly unknown: number;
  readonly revisions: number;
  readonly watchEvents: number;
  readonly compactions: number;
  readonly leases: LeaseCounts;
  /** How often the guests lost their rights, and how often they were told so. */
  readonly revocations: number;
  readonly denials: number;
}

/** After the last fault a read and then a put must succeed within so many election time-outs... */
const RECOVERY_ELECTIONS_MAX = 10;
/** ...and the time in which everybody has started again. */
const RESTART_MS_MAX = 10_000;
/** Then requests of operators run out, and machines that were removed are switched off. */
const SETTLE_MS_MAX = 60_000;
/** And members and watches must have everything this long after it. */
const CATCH_UP_MS = 5000;
/** Hashing the whole store at every start would take most of the time. */
const HASH_CHANCE = 0.25;
const LOG_LINES_SHOWN = 60;
const ALL_KEYS = new Uint8Array([0]);
const PROBING = { thinkMsMax: 300, timeoutMs: 150 };
const WATCH_MOVE_MS_MAX = 20_000;
const LEASES_PER_CLIENT_MAX = 1_000_000;
/** A whole minute has a third as many; what goes on so long without time passing never ends. */
const EVENTS_AT_ONCE_MAX = 100_000;
/** How long an attempt may take once everything works. */
const INSISTING_MS_MAX = 1000;

class Simulation {
  readonly #input: SimulationInput;
  readonly #prng: Prng;
  readonly #options: SimulationOptions;
  readonly #hash = new EventHash();
  readonly #queue = new EventQueue(this.#hash);
  readonly #counts = noFaults();
  readonly #session = new Session();
  readonly #traffic = new RaftTraffic();
  readonly #applied = new AppliedLog();
  readonly #touched = new Set<SimHost>();
  readonly #generator: RequestGenerator;
  readonly #hosts: readonly SimHost[];
  readonly #nemeses: readonly HostNemesis[];
  readonly #clusterNemesis: ClusterNemesis;
  readonly #operator: Operator;
  readonly #clients: Client[] = [];
  readonly #watches: WatchClient[] = [];
  readonly #leaseClients: LeaseClient[] = [];
  readonly #rights = new RightsRecord();
  readonly #guests: (AuthAdmin | AuthGuest)[] = [];
  readonly #leases: LeaseCounts = { granted: 0, renewed: 0, ended: 0 };
  readonly #parts: ClientParts;
  readonly #observer: WatchClient;
  #violation: Error | undefined;
  #recoveryMs = 0;

  constructor(input: SimulationInput) {
    this.#input = input;
    this.#prng = new Prng(input.seed);
    this.#options = drawOptions(this.#prng);
    const queue = this.#queue;
    const prng = this.#prng;
    const counts = this.#counts;
    const { fail } = this;
    const network = new SimNetwork({ queue, prng, counts, options: this.#options.network, fail });
    this.#hosts = this.#makeHosts(network);
    input.observer?.begins({
      queue,
      hash: this.#hash,
      network,
      applied: this.#applied,
      traffic: this.#traffic,
      hosts: this.#hosts,
      touched: this.#touched,
    });
    const nemesis = { queue, prng, counts, rates: this.#options.faults };
    const { members, membershipMs: changeMs } = this.#options;
    this.#nemeses = this.#hosts.map((host) => new HostNemesis(nemesis, host, members));
    this.#clusterNemesis = new ClusterNemesis(nemesis, network, this.#hosts);
    this.#generator = new RequestGenerator(prng, this.#options.workload);
    this.#parts = { queue, prng, hosts: this.#hosts, session: this.#session, hash: this.#hash, fail };
    const client = this.#parts;
    this.#operator = new Operator({
      client,
      hosts: this.#hosts,
      network,
      counts,
      changeMs,
      membersWanted: members,
    });
    this.#observer = this.#addObserver();
    this.#addClients();
    this.#hosts.forEach((host, i) => {
      host.onDown = () => this.#nemeses[i]!.restartSoon();
      host.onUp = () => this.#onUp(host);
    });
  }

  readonly fail = (error: Error): void => {
    if (this.#violation === undefined) this.#input.observer?.failed(error);
    this.#violation ??= error;
  };

  async run(): Promise<SimulationResult> {
    try {
      this.#operator.found(this.#hosts.slice(0, this.#options.members));
      for (const nemesis of this.#nemeses) nemesis.start();
      for (const client of this.#leaseClients) client.start();
      for (const guest of this.#guests) guest.start();
      this.#clusterNemesis.start();
      await this.#runUntil(() => false, this.#input.minutes * 60_000);
      await this.#recover();
      if (this.#violation === undefined) this.#checkAll();
    } catch (error) {
      this.fail(error as Error);
    }
    return this.#result();
  }

  #makeHosts(network: SimNetwork): SimHost[] {
    const parts: HostParts = {
      queue: this.#queue,
      network,
      newsAt: (address) => this.#newsAt(address),
      traffic: this.#traffic,
      applied: this.#applied,
      touched: this.#touched,
      prng: this.#prng,
      options: this.#options,
      counts: this.#counts,
      raft: { bytesPerMessageMax: this.#options.appendBytesMax },
      sha1: this.#input.sha1,
      wrappers: this.#input.wrappers ?? {},
      observer: this.#input.observer,
      fail: this.fail,
    };
    const { members, spares } = this.#options;
    const names = Array.from({ length: members + spares }, (_, i) => `m${i + 1}`);
    return names.map((name) => new SimHost(parts, { name, address: network.addAddress() }));
  }

  /** What the member at an address tells a joiner. */
  #newsAt(address: number): ClusterNews | undefined {
    const member = this.#hosts[address]!.process?.member;
    return member && { clusterId: member.options.clusterId, members: member.machine.cluster.list() };
  }

  #addObserver(): WatchClient {
    const observer = new WatchClient(this.#parts, {
      key: ALL_KEYS,
      rangeEnd: ALL_KEYS,
      start: 1,
      wantsPuts: true,
      wantsDeletes: true,
      prevKv: true,
      fragment: false,
      progressNotify: false,
      stallChance: 0,
    });
    this.#keep(observer);
    return observer;
  }

  /** A watch moves to another member now and then. */
  #keep(watch: WatchClient): void {
    this.#watches.push(watch);
    const move = (): void => {
      watch.move();
      this.#queue.after(this.#prng.float() * WATCH_MOVE_MS_MAX, 'watch-move', move);
    };
    if (this.#hosts.length > 1) move();
  }

  #addClients(): void {
    const { workload } = this.#options;
    const { timeoutMs } = workload;
    const known = () => ({
      revision: this.#session.seenRevision,
      compactionMax: this.#observer.record.next - 1,
    });
    for (let i = 0; i < workload.clients; i++) {
      const options = { thinkMsMax: workload.thinkMsMax, timeoutMs };
      this.#clients.push(new Client(this.#parts, options, () => this.#generator.next(known())));
    }
    for (let i = 0; i < workload.probes; i++) {
      this.#clients.push(new Client(this.#parts, PROBING, () => this.#generator.probe()));
    }
    if (workload.compactionMs > 0) {
      const options = { thinkMsMax: workload.compactionMs * 2, timeoutMs };
      this.#clients.push(new Client(this.#parts, options, () => this.#generator.compaction(known())));
    }
    for (let i = 1; i <= (this.#input.leaseClients ?? 0); i++) {
      const firstId = BigInt(i * LEASES_PER_CLIENT_MAX);
      this.#leaseClients.push(new LeaseClient(this.#parts, this.#leases, timeoutMs, firstId));
    }
    this.#addGuests(timeoutMs);
    for (let i = 0; i < workload.watchers; i++) {
      this.#queue.after(this.#prng.float() * 5000, 'watcher', () => this.#addWatcher());
    }
  }

  #addGuests(timeoutMs: number): void {
    const { guests = 0 } = this.#input;
    if (guests === 0) return;
    this.#session.rightsChange = true;
    this.#guests.push(new AuthAdmin(this.#parts, this.#rights));
    for (let i = 1; i <= guests; i++) {
      this.#guests.push(new AuthGuest(this.#parts, this.#rights, i, timeoutMs));
    }
  }

  #addWatcher(): void {
    const options = drawWatch(this.#prng, this.#generator.watchRange(), this.#session.seenRevision);
    const watcher = new WatchClient(this.#parts, options);
    watcher.wake();
    this.#keep(watcher);
    const ask = (): void => {
      watcher.askProgress();
      this.#queue.after(500 + this.#prng.float() * 5000, 'ask-progress', ask);
    };
    ask();
  }

  #onUp(host: SimHost): void {
    host.process!.store.validate();
    if (this.#prng.chance(HASH_CHANCE)) this.#sampleHash(host);
    // What a life begins with is read before anything else, and judged like any other answer.
    const { timeoutMs } = this.#options.workload;
    send(this.#parts, { host, request: this.#generator.everything(), timeoutMs }, () => {});
    for (const client of this.#clients) client.wake();
    for (const watch of this.#watches) watch.wake();
  }

  #sampleHash(host: SimHost): void {
    const run = host.process!.store.hashKv(0);
    while (!run.step(1000));
    const { hashRevision: revision, compactRevision, hash } = run;
    this.#session.hashes.push({ revision, compactRevision, hash });
  }

  async #runUntil(isDone: () => boolean, ms: number): Promise<boolean> {
    const end = this.#queue.now + ms;
    while (this.#queue.now < end && this.#violation === undefined) {
      if (isDone()) return true;
      if (!this.#queue.step()) throw new Violation('nothing is left to happen');
      if (this.#queue.executedNow > EVENTS_AT_ONCE_MAX) throw new Violation('time stands still');
      await (this.#input.settle ?? settle)(this.#queue.label);
      for (const host of this.#touched) host.assertInvariants();
      this.#touched.clear();
    }
    if (this.#violation !== undefined) throw this.#violation;
    return isDone();
  }

  /** Liveness: without faults a change is soon possible again, and every member and everybody hears of all changes. */
  async #recover(): Promise<void> {
    this.#clusterNemesis.stop();
    for (const nemesis of this.#nemeses) nemesis.stop();
    this.#operator.stop();
    for (const client of this.#clients) client.stop();
    for (const client of this.#leaseClients) client.stop();
    for (const guest of this.#guests) guest.stop();
    for (const watch of this.#watches) watch.hurry();
    const healedAt = this.#queue.now;
    const msMax = RECOVERY_ELECTIONS_MAX * this.#options.member.electionMs + RESTART_MS_MAX;
    let isDone = false;
    const request = { kind: 'put', put: this.#generator.put(ALL_KEYS, false) } as const;
    // A read comes first: it must not need a change of anybody to be answered.
    this.#insist(this.#generator.everything(), () => {
      this.#insist(request, () => {
        isDone = true;
      });
    });
    const recovered = await this.#runUntil(() => isDone, msMax);
    if (!recovered) throw new Violation(`no read and put succeeded within ${msMax} ms after the last fault`);
    this.#recoveryMs = this.#queue.now - healedAt;
    const isEqual = await this.#runUntil(() => this.#areEqual(), SETTLE_MS_MAX);
    if (!isEqual) throw new Violation(`the members were not equal ${SETTLE_MS_MAX} ms after a put`);
    const host = pickServing(this.#parts)!;
    const timeoutMs = Number.POSITIVE_INFINITY;
    send(this.#parts, { host, request: this.#generator.everything(), timeoutMs }, () => {});
    await this.#runUntil(() => false, CATCH_UP_MS);
  }

  /** Sends a request until it is answered. */
  #insist(request: KvRequest, done: () => void): void {
    const again = (): void => this.#queue.after(100, 'insist', () => this.#insist(request, done));
    const host = pickServing(this.#parts);
    if (host === undefined) return again();
    send(this.#parts, { host, request, timeoutMs: INSISTING_MS_MAX }, ({ outcome }) => {
      if (outcome?.kind === 'answered') done();
      else again();
    });
  }

  /** Whether all members serve, and have applied the same. */
  #areEqual(): boolean {
    if (!this.#operator.isSettled) return false;
    // Leases that nobody keeps alive any more go on ending, and each makes a revision.
    const isQuiet = this.#hosts.every((host) => (host.process?.member.machine.lessor.count ?? 0) === 0);
    if (!isQuiet) return false;
    const members = this.#hosts.filter((host) => !host.isAbsent);
    const first = members[0]!.process?.member.machine.appliedIndex;
    return members.every(
      (host) => host.state === 'up' && host.process!.member.machine.appliedIndex === first,
    );
  }

  #checkAll(): void {
    const serving = this.#hosts.filter((host) => host.state === 'up');
    for (const host of serving) this.#sampleHash(host);
    checkLeases(serving.map((host) => host.process!.member.machine));
    const truth = new Truth(this.#observer.record);
    const open = new Set(this.#watches.map((watch) => watch.record));
    for (const record of this.#session.watches) checkWatch(truth, record, open.has(record));
    for (const sample of this.#session.hashes) checkHash(truth, sample);
    this.#rights.check(truth);
    new OperationCheck(truth).check(this.#session.operations);
  }

  /** Of all hosts, by time, each line beginning with it. */
  #lastLog(): string[] {
    const lines = this.#hosts.flatMap((host) => host.log);
    return lines.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b)).slice(-LOG_LINES_SHOWN);
  }

  #result(): SimulationResult {
    const { operations, watches } = this.#session;
    const answered = operations.filter(({ outcome }) => outcome?.kind === 'answered');
    const unknown = operations.filter(({ outcome }) => outcome === undefined || outcome.kind === 'lost');
    let watchEvents = 0;
    for (const { deliveries } of watches) for (const { events } of deliveries) watchEvents += events.length;
    return {
      seed: this.#input.seed,
      members: this.#options.members,
      hash: this.#hash.hex,
      violation: this.#violation,
      log: this.#lastLog(),
      events: this.#queue.executed,
      lives: this.#hosts.reduce((sum, host) => sum + host.lives, 0),
      simulatedMs: this.#queue.now,
      recoveryMs: this.#recoveryMs,
      faults: this.#counts,
      elections: this.#traffic.elections,
      membershipChanges: this.#applied.confChanges - this.#options.members,
      answered: answered.length,
      unknown: unknown.length,
      revisions: this.#observer.record.next - 1,
      watchEvents,
      leases: this.#leases,
      revocations: this.#rights.forbidden.length,
      denials: this.#rights.answers.filter(({ kind }) => kind === 'denied').length,
      compactions: answered.filter(({ request }) => request.kind === 'compact').length,
    };
  }
}

/** Runs one seed; what goes wrong is in the result. */
export function simulate(input: SimulationInput): Promise<SimulationResult> {
  return new Simulation(input).run();
}
