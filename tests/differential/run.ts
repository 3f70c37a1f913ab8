/** Runs one seeded sequence against two endpoints. */
import { Prng } from '../../src/stdx/index.js';
import { decode, RawClient, type RawClientOptions, render, renderBytes } from '../harness/index.js';
import { ACCEPTED_DIFFERENCES, SUPERSEDED_AT_COMPACTION } from './accepted-differences.js';
import { type ComparableAnswer, comparable, headerRevision } from './answer.js';
import { COMPACT, DELETE_RANGE, HASH_KV_PATH, nextOperation, PUT, TXN } from './generate.js';
import type { Operation, StoreState, UnaryOperation } from './operation.js';
import { SCENARIOS } from './scenarios.js';
import { WatchFleet } from './watch-fleet.js';

export interface RunOptions {
  readonly seed: number;
  readonly ops: number;
  /** host:port of the oracle and of the other. */
  readonly a: string;
  readonly b: string;
  /** Names of the scenarios that follow the random part; undefined runs all. */
  readonly scenarios?: readonly string[];
  readonly differencesMax?: number;
  /** Kills both servers and starts them again on their data. */
  readonly restart?: () => Promise<void>;
  /** Operations between two restarts; 0 never restarts. */
  readonly restartEvery?: number;
  readonly onDifference?: (difference: Difference) => void;
  readonly onOperation?: (index: number, operation: Operation) => void;
  /** Done instead of the seed's sequence. */
  readonly operations?: readonly Operation[];
}

export interface Difference {
  /** Index of the operation, or the name of the scenario. */
  readonly at: number | string;
  readonly text: string;
  readonly operation: string;
}

export interface RunResult {
  readonly differences: readonly Difference[];
  /** Times each accepted difference was met, by id. */
  readonly accepted: ReadonlyMap<string, number>;
  /** Operations done, by label and outcome. */
  readonly coverage: ReadonlyMap<string, number>;
  readonly operations: number;
  readonly eventsCompared: number;
  readonly watchersCreated: number;
  readonly revision: number;
  readonly compacted: number;
}

const SETTLE_EVERY = 50;
const UNAVAILABLE = 14;

/**
 * Time for etcd's backend to commit (every 100 ms) before both are killed: etcd 3.5.30 killed earlier may apply its last
 * transaction twice at the restart, and then holds a revision more than it had answered (etcd beside etcd shows it,
 * with seed 1027364362 and 1,401 operations without this wait). What Quoin does when it is killed at any moment is for
 * tests/robustness to try.
 */
const BACKEND_COMMIT_MS = 500;

/**
 * Time for etcd to remove what a compaction left for removal. Where no key lives at the hashed revision, etcd counts
 * all that is still stored, so that a hash asked for just after a compaction depends on how far the removal has come.
 */
const REMOVAL_MS = 500;
const WRITES: ReadonlySet<string> = new Set([PUT.path, DELETE_RANGE.path, TXN.path, COMPACT.path]);

/** Ends a run early: the stores are known to differ, or one of the servers is gone. */
class StoresDiverged extends Error {}

export class Run {
  readonly state: StoreState = { revision: 1, compacted: -1 };
  readonly fleet: WatchFleet;
  clients: readonly [RawClient, RawClient];
  #gzipClients: readonly [RawClient, RawClient];
  #options: RunOptions;
  #differences: Difference[] = [];
  #accepted = new Map<string, number>();
  #coverage = new Map<string, number>();
  #at: number | string = 0;
  #operation = '';
  #operations = 0;
  /** The two stores no longer hold the same: whatever comes after says nothing. */
  #diverged = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.clients = this.#connect();
    this.#gzipClients = this.#connect({ gzip: true });
    this.fleet = new WatchFleet(...this.clients, this.state, (text) => this.report(text));
  }

  async run(): Promise<RunResult> {
    const prng = new Prng(this.#options.seed);
    try {
      await this.fleet.open();
      const given = this.#options.operations;
      const count = given?.length ?? this.#options.ops;
      for (let index = 0; index < count && !this.#isOver(); index++) {
        this.#at = index;
        const operation = given?.[index] ?? nextOperation(prng, this.state);
        this.#operation = describeOperation(operation);
        this.#options.onOperation?.(index, operation);
        await this.#execute(operation);
        if (index % SETTLE_EVERY === SETTLE_EVERY - 1) await this.fleet.settle();
        if (isRestart(index, this.#options.restartEvery)) await this.#restart();
      }
      if (!this.#isOver()) await this.fleet.settle();
      for (const scenario of SCENARIOS) {
        const wanted = this.#options.scenarios?.includes(scenario.name) ?? true;
        if (!wanted || this.#isOver()) continue;
        this.#at = scenario.name;
        await scenario.run(this);
        await this.fleet.settle();
      }
      if (!this.#isOver()) await this.fleet.close();
    } catch (error) {
      if (!(error instanceof StoresDiverged)) throw error;
      if (this.#differences.length === 0)
        this.report('the stores differ, though every difference was accepted');
    } finally {
      this.#disconnect();
    }
    if (this.fleet.superseded > 0) this.#accepted.set(SUPERSEDED_AT_COMPACTION.id, this.fleet.superseded);
    return {
      differences: this.#differences,
      accepted: this.#accepted,
      coverage: this.#coverage,
      operations: this.#operations,
      eventsCompared: this.fleet.eventsCompared,
      watchersCreated: this.fleet.watchersCreated,
      ...this.state,
    };
  }

  report(text: string): void {
    const difference = { at: this.#at, text, operation: this.#operation };
    this.#differences.push(difference);
    this.#options.onDifference?.(difference);
  }

  /** Performs one unary call on both and compares. Gives back the oracle's answer. */
  async unary(operation: UnaryOperation): Promise<ComparableAnswer> {
    this.#operation = describeOperation(operation);
    if (operation.path === COMPACT.path) await this.fleet.settleHistory();
    let [a, b] = await this.#callBoth(operation);
    if (operation.path === HASH_KV_PATH && a.text !== b.text && ruleFor(operation, a, b) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, REMOVAL_MS));
      [a, b] = await this.#callBoth(operation);
    }
    this.#operations++;
    this.#count(`${operation.label}: ${a.code === 0 ? 'OK' : `${a.code} ${a.message.slice(0, 60)}`}`);
    if (a.text !== b.text) this.#judge(operation, a, b);
    this.#learn(operation, a, b);
    if (this.#diverged) throw new StoresDiverged();
    return a;
  }

  async watch(operation: Exclude<Operation, UnaryOperation>): Promise<void> {
    this.#operation = describeOperation(operation);
    this.#operations++;
    this.#count(operation.label);
    if (operation.kind === 'watch-create') await this.fleet.create(operation);
    else if (operation.kind === 'watch-cancel') await this.fleet.cancel(operation);
    else if (operation.kind === 'watch-progress') await this.fleet.progress(operation);
    else this.fleet.silent(operation);
  }

  #connect(options: RawClientOptions = {}): readonly [RawClient, RawClient] {
    return [new RawClient(this.#options.a, options), new RawClient(this.#options.b, options)];
  }

  #disconnect(): void {
    for (const client of [...this.clients, ...this.#gzipClients]) client.close();
  }

  /** What a store knows after a crash and a recovery must be what it knew before. */
  async #restart(): Promise<void> {
    if (this.#options.restart === undefined || this.#isOver()) return;
    this.#operation = 'restart';
    this.#count('restart');
    await this.fleet.close();
    this.#disconnect();
    await new Promise((resolve) => setTimeout(resolve, BACKEND_COMMIT_MS));
    await this.#options.restart();
    this.clients = this.#connect();
    this.#gzipClients = this.#connect({ gzip: true });
    await this.fleet.reopen(this.clients);
  }

  async #execute(operation: Operation): Promise<void> {
    if (operation.kind === 'unary') await this.unary(operation);
    else await this.watch(operation);
  }

  #callBoth(operation: UnaryOperation): Promise<[ComparableAnswer, ComparableAnswer]> {
    return Promise.all([this.#call(operation, 0), this.#call(operation, 1)]);
  }

  async #call(operation: UnaryOperation, side: 0 | 1): Promise<ComparableAnswer> {
    const client = (operation.gzip === true ? this.#gzipClients : this.clients)[side];
    const answer =
      operation.copies === undefined
        ? await client.unary(operation.path, operation.body, operation.metadata)
        : await client.unaryWithMessages(operation.path, Array(operation.copies).fill(operation.body));
    return comparable(operation, answer);
  }

  #judge(operation: UnaryOperation, a: ComparableAnswer, b: ComparableAnswer): void {
    const rule = ruleFor(operation, a, b);
    if (rule !== undefined) this.#accepted.set(rule.id, (this.#accepted.get(rule.id) ?? 0) + 1);
    else this.report(`answers differ:\n    a ${a.text}\n    b ${b.text}`);
  }

  #learn(operation: UnaryOperation, a: ComparableAnswer, b: ComparableAnswer): void {
    const [revisionA, revisionB] = [headerRevision(a), headerRevision(b)];
    const isWrite = WRITES.has(operation.path);
    if (revisionA !== revisionB && (isWrite || (a.code === 0 && b.code === 0))) this.#diverged = true;
    if (a.code === UNAVAILABLE || b.code === UNAVAILABLE) {
      if (a.text === b.text) this.report(`a server is gone: ${a.text}`);
      this.#diverged = true;
    }
    if (revisionA !== undefined) this.state.revision = Math.max(this.state.revision, revisionA);
    if (operation.path === COMPACT.path && a.code === 0) {
      this.state.compacted = Number(decode('CompactionRequest', operation.body)['revision'] ?? 0);
    }
  }

  #count(label: string): void {
    this.#coverage.set(label, (this.#coverage.get(label) ?? 0) + 1);
  }

  #isOver(): boolean {
    return this.#diverged || this.#differences.length >= (this.#options.differencesMax ?? 20);
  }
}

function ruleFor(operation: UnaryOperation, a: ComparableAnswer, b: ComparableAnswer) {
  return ACCEPTED_DIFFERENCES.find((candidate) => candidate.accepts(operation, a, b));
}

function isRestart(index: number, every = 0): boolean {
  return every > 0 && index % every === every - 1;
}

export function describeOperation(operation: Operation): string {
  if (operation.kind === 'unary') {
    const request =
      operation.request === undefined
        ? `bytes ${operation.body.length > 200 ? renderBytes(operation.body) : Buffer.from(operation.body).toString('hex')}`
        : render(operation.request);
    const extra = `${operation.gzip === true ? ' gzip' : ''}${operation.metadata === undefined ? '' : ` ${JSON.stringify(operation.metadata)}`}`;
    return `${operation.path}${extra} ${request.length > 2000 ? `${request.slice(0, 2000)}…` : request}`;
  }
  if (operation.kind === 'watch-create') {
    return `watch create${operation.sharedStream === undefined ? '' : ` on shared stream ${operation.sharedStream}`} ${render(operation.request)}`;
  }
  return `${operation.label} ${JSON.stringify({ ...operation, body: undefined })}`;
}
