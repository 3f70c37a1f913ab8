/**
 * One run: a whole member, as the server program wires it, on a simulated disk, clock and chance, under clients and
 * faults; then the checks of what the clients saw. Everything follows from the seed, so a failure can be had again.
 */
import type { Sha1 } from '../membership/index.js';
import { Prng } from '../stdx/index.js';
import { checkHash } from './check/check-hash.js';
import { OperationCheck } from './check/check-operations.js';
import { checkWatch } from './check/check-watch.js';
import { Truth } from './check/truth.js';
import { EventHash } from './event-hash.js';
import { EventQueue } from './event-queue.js';
import { type FaultCounts, noFaults } from './fault-counts.js';
import { Nemesis } from './nemesis.js';
import { drawOptions, type SimulationOptions } from './options.js';
import { type PortWrappers, SimHost } from './sim-host.js';
import { Violation } from './violation.js';
import { Client, type ClientParts, send } from './workload/client.js';
import { RequestGenerator } from './workload/generate.js';
import { Session } from './workload/session.js';
import { drawWatch, WatchClient } from './workload/watch-client.js';

export interface SimulationInput {
  readonly seed: number;
  /** Simulated time under faults. */
  readonly minutes: number;
  readonly sha1: Sha1;
  /** Resolves when everything that resolved promises hold has run. */
  readonly settle: () => Promise<void>;
  readonly wrappers?: PortWrappers;
}

export interface SimulationResult {
  readonly seed: number;
  readonly hash: string;
  readonly violation: Error | undefined;
  /** The member's last log lines. */
  readonly log: readonly string[];
  readonly events: number;
  readonly lives: number;
  readonly simulatedMs: number;
  readonly faults: FaultCounts;
  readonly answered: number;
  readonly unknown: number;
  readonly revisions: number;
  readonly watchEvents: number;
  readonly compactions: number;
}

/** After the last fault a put must succeed within this time. */
const RECOVERY_MS_MAX = 60_000;
/** And watches must have everything this long after it. */
const CATCH_UP_MS = 5000;
/** Hashing the whole store at every start would take most of the time. */
const HASH_CHANCE = 0.25;
const ALL_KEYS = new Uint8Array([0]);

class Simulation {
  readonly #input: SimulationInput;
  readonly #prng: Prng;
  readonly #options: SimulationOptions;
  readonly #hash = new EventHash();
  readonly #queue = new EventQueue(this.#hash);
  readonly #counts = noFaults();
  readonly #session = new Session();
  readonly #generator: RequestGenerator;
  readonly #host: SimHost;
  readonly #nemesis: Nemesis;
  readonly #clients: Client[] = [];
  readonly #watches: WatchClient[] = [];
  readonly #parts: ClientParts;
  readonly #observer: WatchClient;
  #violation: Error | undefined;

  constructor(input: SimulationInput) {
    this.#input = input;
    this.#prng = new Prng(input.seed);
    this.#options = drawOptions(this.#prng);
    const fail = (error: Error): void => {
      this.#violation ??= error;
    };
    const queue = this.#queue;
    const prng = this.#prng;
    this.#host = new SimHost({
      queue,
      prng,
      options: this.#options,
      counts: this.#counts,
      sha1: input.sha1,
      wrappers: input.wrappers ?? {},
      fail,
    });
    this.#nemesis = new Nemesis(queue, prng, this.#host, this.#counts, this.#options.faults);
    this.#generator = new RequestGenerator(prng, this.#options.workload);
    this.#parts = { queue, prng, host: this.#host, session: this.#session, hash: this.#hash, fail };
    this.#observer = this.#addObserver();
    this.#addClients();
    this.#host.onDown = () => this.#nemesis.restartSoon();
    this.#host.onUp = () => this.#onUp();
  }

  async run(): Promise<SimulationResult> {
    try {
      this.#host.start();
      this.#nemesis.start();
      await this.#runUntil(() => false, this.#input.minutes * 60_000);
      await this.#recover();
      if (this.#violation === undefined) this.#checkAll();
    } catch (error) {
      this.#violation ??= error as Error;
    }
    return this.#result();
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
    this.#watches.push(observer);
    return observer;
  }

  #addClients(): void {
    const { workload } = this.#options;
    const known = () => ({
      revision: this.#session.seenRevision,
      compactionMax: this.#observer.record.next - 1,
    });
    for (let i = 0; i < workload.clients; i++) {
      this.#clients.push(new Client(this.#parts, workload.thinkMsMax, () => this.#generator.next(known())));
    }
    if (workload.compactionMs > 0) {
      const next = () => this.#generator.compaction(known());
      this.#clients.push(new Client(this.#parts, workload.compactionMs * 2, next));
    }
    for (let i = 0; i < workload.watchers; i++) {
      this.#queue.after(this.#prng.float() * 5000, 'watcher', () => this.#addWatcher());
    }
  }

  #addWatcher(): void {
    const options = drawWatch(this.#prng, this.#generator.watchRange(), this.#session.seenRevision);
    const watcher = new WatchClient(this.#parts, options);
    this.#watches.push(watcher);
    if (this.#host.state === 'up') watcher.wake();
    const ask = (): void => {
      watcher.askProgress();
      this.#queue.after(500 + this.#prng.float() * 5000, 'ask-progress', ask);
    };
    ask();
  }

  #onUp(): void {
    const { store } = this.#host.process!;
    store.validate();
    if (this.#prng.chance(HASH_CHANCE)) {
      const run = store.hashKv(0);
      while (!run.step(1000));
      const { hashRevision: revision, compactRevision, hash } = run;
      this.#session.hashes.push({ revision, compactRevision, hash });
    }
    // What a life begins with is read before anything else, and judged like any other answer.
    send(this.#parts, this.#generator.everything(), () => {});
    for (const client of this.#clients) client.wake();
    for (const watch of this.#watches) watch.wake();
  }

  async #runUntil(isDone: () => boolean, ms: number): Promise<boolean> {
    const end = this.#queue.now + ms;
    while (this.#queue.now < end && this.#violation === undefined) {
      if (isDone()) return true;
      if (!this.#queue.step()) throw new Violation('nothing is left to happen');
      await this.#input.settle();
      this.#host.assertInvariants();
    }
    if (this.#violation !== undefined) throw this.#violation;
    return isDone();
  }

  /** Liveness: without faults a change is soon possible again, and everybody hears of all changes. */
  async #recover(): Promise<void> {
    this.#nemesis.stop();
    for (const client of this.#clients) client.stop();
    for (const watch of this.#watches) watch.hurry();
    let isDone = false;
    const put = (): void => {
      if (this.#host.state !== 'up') {
        this.#queue.after(100, 'last-put', put);
        return;
      }
      const request = { kind: 'put', put: this.#generator.put(ALL_KEYS, false) } as const;
      send(this.#parts, request, (operation) => {
        if (operation.outcome?.kind === 'answered') isDone = true;
        else this.#queue.after(100, 'last-put', put);
      });
    };
    put();
    const recovered = await this.#runUntil(() => isDone, RECOVERY_MS_MAX);
    if (!recovered) throw new Violation(`no put succeeded within ${RECOVERY_MS_MAX} ms after the last fault`);
    send(this.#parts, this.#generator.everything(), () => {});
    await this.#runUntil(() => false, CATCH_UP_MS);
  }

  #checkAll(): void {
    const truth = new Truth(this.#observer.record);
    const open = new Set(this.#watches.map((watch) => watch.record));
    for (const record of this.#session.watches) checkWatch(truth, record, open.has(record));
    for (const sample of this.#session.hashes) checkHash(truth, sample);
    new OperationCheck(truth).check(this.#session.operations);
  }

  #result(): SimulationResult {
    const { operations, watches } = this.#session;
    const answered = operations.filter(({ outcome }) => outcome?.kind === 'answered');
    const unknown = operations.filter(({ outcome }) => outcome === undefined || outcome.kind === 'lost');
    let watchEvents = 0;
    for (const { deliveries } of watches) for (const { events } of deliveries) watchEvents += events.length;
    return {
      seed: this.#input.seed,
      hash: this.#hash.hex,
      violation: this.#violation,
      log: this.#host.log,
      events: this.#queue.executed,
      lives: this.#host.lives,
      simulatedMs: this.#queue.now,
      faults: this.#counts,
      answered: answered.length,
      unknown: unknown.length,
      revisions: this.#observer.record.next - 1,
      watchEvents,
      compactions: answered.filter(({ request }) => request.kind === 'compact').length,
    };
  }
}

/** Runs one seed; what goes wrong is in the result. */
export function simulate(input: SimulationInput): Promise<SimulationResult> {
  return new Simulation(input).run();
}
