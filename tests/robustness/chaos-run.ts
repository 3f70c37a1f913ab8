/**
 * A chaos run: clients and watchers at all members without a break, while in every round one fault hurts the cluster and
 * heals. After each round all members must serve and hold the same; at the end the whole history is judged.
 */
import type { KvRequest } from '../../src/sim/check/model.js';
import { RequestGenerator } from '../../src/sim/workload/generate.js';
import { Session } from '../../src/sim/workload/session.js';
import { encodeUtf8, Prng } from '../../src/stdx/index.js';
import { RangeRequest } from '../../src/wire/index.js';
import { type MemberProcess, type Program, RawClient, sleep, waitUntil } from '../harness/index.js';
import { checkHashes, checkHistory, standOnOne } from './chaos-check.js';
import { ask, ChaosClient } from './chaos-client.js';
import { ChaosCluster } from './chaos-cluster.js';
import { FAULT_KINDS, type FaultKind, inflict } from './chaos-faults.js';
import { agreesInEtcd } from './chaos-requests.js';
import { ChaosWatcher, type WatchWish } from './chaos-watcher.js';

export interface ChaosOptions {
  readonly program: Program;
  readonly size: number;
  readonly rounds: number;
  readonly seed: number;
  readonly clients: number;
  /** Longest pause of a client between two requests. */
  readonly thinkMsMax: number;
  readonly flags: readonly string[];
  /** Default: all. */
  readonly kinds?: readonly FaultKind[];
  readonly onRound?: (text: string) => void;
}

export interface ChaosResult {
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly answered: number;
  readonly unknown: number;
  readonly revision: number;
  readonly compactions: number;
  readonly watchStreams: number;
  readonly watchedEvents: number;
  /** Milliseconds from the leader's death to the first acknowledgement of a write that was sent after it. */
  readonly healMs: readonly number[];
  readonly refusals: ReadonlyMap<string, number>;
}

const EVERYTHING = new Uint8Array([0]);
const WATCHERS = 6;
const KEYS = 24;
const VALUE_BYTES_MAX = 300;
const COMPACTION_MS = 2500;
/** What watchers that lag behind a little may still want. */
const COMPACTION_DISTANCE = 2000;
const SERVE_TIMEOUT_MS = 30_000;
const FINAL_TIMEOUT_MS = 30_000;
const HASH_ATTEMPTS = 50;
const HASH_RETRY_MS = 100;
const PROBE_KEY = encodeUtf8('probe');
const PROBE_TIMEOUT_MS = 100;

/** Flags with which a member that was away for a second or two has to be sent the whole state. */
export function shortLog(program: Program): readonly string[] {
  const catchUp =
    program === 'etcd' ? '--experimental-snapshot-catchup-entries' : '--snapshot-catchup-entries';
  return ['--snapshot-count=200', `${catchUp}=100`];
}

export async function chaosRun(options: ChaosOptions): Promise<ChaosResult> {
  const cluster = await ChaosCluster.launch(options.program, options.size, options.flags);
  const run = new ChaosRun(cluster, options);
  try {
    await run.all();
  } catch (error) {
    run.fault((error as Error).stack ?? String(error));
  } finally {
    await cluster.close();
  }
  return run.result();
}

class ChaosRun {
  readonly #faults: string[] = [];
  readonly #cluster: ChaosCluster;
  readonly #options: ChaosOptions;
  readonly #prng: Prng;
  readonly #session = new Session();
  readonly #generator: RequestGenerator;
  readonly #refusals = new Map<string, number>();
  readonly #healMs: number[] = [];
  #observer: ChaosWatcher;
  #watchers: ChaosWatcher[] = [];
  #round = 0;
  #compactions = 0;
  #stopped = false;

  constructor(cluster: ChaosCluster, options: ChaosOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.#generator = new RequestGenerator(new Prng(options.seed + 1), {
      keys: KEYS,
      valueBytesMax: VALUE_BYTES_MAX,
    });
    this.#observer = this.#watcher({
      key: EVERYTHING,
      rangeEnd: EVERYTHING,
      start: 2,
      prevKv: false,
      wantsPuts: true,
      wantsDeletes: true,
    });
  }

  readonly #endpoints = (): readonly string[] => this.#cluster.members.map(({ endpoint }) => endpoint);

  readonly #parts = {
    session: this.#session,
    next: (): KvRequest => {
      const known = { revision: this.#session.seenRevision, compactionMax: this.#compactionMax() };
      let request = this.#generator.next(known);
      while (this.#options.program === 'etcd' && !agreesInEtcd(request))
        request = this.#generator.next(known);
      return request;
    },
    endpoints: this.#endpoints,
    refusals: this.#refusals,
  };

  #compactionMax(): number {
    return Math.max(1, this.#observer.reached - COMPACTION_DISTANCE);
  }

  fault(text: string): void {
    this.#faults.push(`round ${this.#round}: ${text}`);
  }

  async all(): Promise<void> {
    const { clients: count, thinkMsMax, rounds, seed } = this.#options;
    const watching = [this.#observer.run()];
    const clients = Array.from({ length: count }, (_, i) => {
      const parts = { ...this.#parts, prng: new Prng(seed * 1000 + i) };
      return new ChaosClient(parts, i, thinkMsMax);
    });
    const loads = [...clients.map((client) => client.run()), this.#compactNowAndThen()];
    for (let i = 0; i < WATCHERS; i++) watching.push(this.#startWatcher());
    try {
      const kinds = this.#plan();
      for (this.#round = 1; this.#round <= rounds && this.#faults.length === 0; this.#round++) {
        await this.#oneRound(kinds[this.#round - 1]!);
      }
    } finally {
      this.#stopped = true;
      for (const client of clients) client.stop();
      await Promise.all(loads);
      if (this.#faults.length === 0) await this.#settle();
      for (const watcher of [this.#observer, ...this.#watchers]) watcher.stop();
      await Promise.all(watching);
    }
    this.#judge();
  }

  /**
   * Every kind of fault once in a random order, then once more in another, and so on; the leader is killed twice as
   * often, so that the median of the healing times means something.
   */
  #plan(): FaultKind[] {
    const { rounds, kinds = FAULT_KINDS } = this.#options;
    const plan: FaultKind[] = [];
    while (plan.length < rounds) {
      const left = [...kinds, ...kinds.filter((kind) => kind === 'kill the leader')];
      while (left.length > 0) plan.push(left.splice(this.#prng.below(left.length), 1)[0]!);
    }
    return plan;
  }

  async #oneRound(kind: FaultKind): Promise<void> {
    const cluster = this.#cluster;
    await sleep(this.#prng.between(200, 1200));
    const before = this.#session.operations.length;
    const report = await inflict(kind, {
      cluster,
      prng: this.#prng,
      untilWritten: (members) => this.#untilWritten(members),
      longestGapMs: (members, work) => this.#longestGapMs(members, work),
      onHealed: (ms) => this.#healMs.push(ms),
    });
    await this.#mustServe();
    const revision = this.#session.seenRevision;
    await this.#mustAgree(revision);
    for (const text of cluster.complaints()) this.fault(text);
    const unknown = this.#session.operations
      .slice(before)
      .filter(({ outcome }) => outcome?.kind === 'lost').length;
    const total = this.#session.operations.length - before;
    this.#options.onRound?.(
      `round ${this.#round}: ${kind}: ${report}; ${total} calls, ${unknown} without an answer, revision ${revision}`,
    );
  }

  /** One client at each member writes in short attempts, one after the other, until any of them succeeds. */
  async #untilWritten(members: readonly MemberProcess[]): Promise<void> {
    const deadline = Date.now() + SERVE_TIMEOUT_MS;
    let isWritten = false;
    await this.#probe(
      members,
      () => isWritten || Date.now() > deadline,
      () => {
        isWritten = true;
      },
    );
    if (!isWritten) this.fault(`no write in ${SERVE_TIMEOUT_MS} ms:\n${this.#cluster.processes.describe()}`);
  }

  /** The longest time in which no such client got a write acknowledged while `work` was done. */
  async #longestGapMs(members: readonly MemberProcess[], work: () => Promise<unknown>): Promise<number> {
    let longestMs = 0;
    let lastMs = performance.now();
    const note = (): void => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    };
    let isDone = false;
    const done = work().finally(() => {
      isDone = true;
    });
    await Promise.all([this.#probe(members, () => isDone, note), done]);
    note();
    return longestMs;
  }

  async #probe(members: readonly MemberProcess[], isOver: () => boolean, onWrite: () => void): Promise<void> {
    const one = async ({ endpoint }: MemberProcess): Promise<void> => {
      const client = new RawClient(endpoint);
      while (!isOver()) {
        const request: KvRequest = { kind: 'put', put: this.#generator.put(PROBE_KEY, false) };
        const { outcome } = await ask(client, request, this.#parts, PROBE_TIMEOUT_MS);
        if (outcome?.kind === 'answered') onWrite();
        await sleep(5);
      }
      client.close();
    };
    await Promise.all(members.map(one));
  }

  async #mustAgree(revision: number): Promise<void> {
    const cluster = this.#cluster;
    let hashes = await cluster.hashes(revision, SERVE_TIMEOUT_MS);
    // A compaction that some have not applied yet: what they count is not the same.
    for (let attempt = 0; attempt < HASH_ATTEMPTS && !standOnOne(hashes); attempt++) {
      await sleep(HASH_RETRY_MS);
      hashes = await cluster.hashes(revision, SERVE_TIMEOUT_MS);
    }
    const names = cluster.members.map(({ name }) => name);
    for (const text of checkHashes(names, hashes, revision)) {
      const from = this.#session.compactedCeiling + 1;
      const where = await cluster.divergence(from, revision).catch((error: Error) => error.message);
      this.fault(`${text}\n  ${where}`);
    }
  }

  /** Every member must answer a linearizable read of everything soon after the fault has healed. */
  async #mustServe(): Promise<void> {
    const request = RangeRequest.create({ key: EVERYTHING, rangeEnd: EVERYTHING });
    await Promise.all(
      this.#cluster.members.map(async (member) => {
        const client = new RawClient(member.endpoint);
        const deadline = Date.now() + SERVE_TIMEOUT_MS;
        try {
          for (;;) {
            const { outcome } = await ask(client, { kind: 'range', range: request }, this.#parts);
            if (outcome?.kind === 'answered') return;
            if (Date.now() > deadline) {
              return this.fault(`${member.name} does not serve:\n${this.#cluster.processes.describe()}`);
            }
            await sleep(20);
          }
        } finally {
          client.close();
        }
      }),
    );
  }

  async #compactNowAndThen(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.#prng.float() * 2 * COMPACTION_MS);
      const endpoints = this.#endpoints();
      const client = new RawClient(endpoints[this.#prng.below(endpoints.length)]!);
      const known = { revision: this.#session.seenRevision, compactionMax: this.#compactionMax() };
      const { outcome } = await ask(client, this.#generator.compaction(known), this.#parts);
      if (outcome?.kind === 'answered') this.#compactions++;
      client.close();
    }
  }

  #watcher(wish: WatchWish): ChaosWatcher {
    const prng = new Prng(this.#options.seed * 100 + this.#watchers.length);
    return new ChaosWatcher({ session: this.#session, prng, endpoints: this.#endpoints }, wish);
  }

  #startWatcher(): Promise<void> {
    const kinds = this.#prng.below(4);
    const watcher = this.#watcher({
      ...this.#generator.watchRange(),
      start: Math.max(2, this.#session.seenRevision - this.#prng.below(50)),
      prevKv: this.#prng.chance(0.5),
      wantsPuts: kinds !== 0,
      wantsDeletes: kinds !== 1,
    });
    this.#watchers.push(watcher);
    return watcher.run();
  }

  /** Nothing changes any more: all members get to the same state, and all watchers to its revision. */
  async #settle(): Promise<void> {
    await this.#mustServe();
    const last = this.#session.seenRevision;
    await this.#mustAgree(last);
    const all = [this.#observer, ...this.#watchers];
    const reached = (): boolean => all.every((watcher) => watcher.isOver || watcher.reached >= last);
    if (!(await waitUntil(reached, FINAL_TIMEOUT_MS, 20))) {
      this.fault(
        `after ${FINAL_TIMEOUT_MS} ms watches are at ${all.map((w) => w.reached).join()} of ${last}`,
      );
    }
  }

  #judge(): void {
    const history = {
      operations: this.#session.operations,
      observer: this.#observer.record,
      watches: this.#watchers.map(({ record }) => record),
    };
    for (const text of checkHistory(history)) this.fault(text);
  }

  result(): ChaosResult {
    const { operations, seenRevision } = this.#session;
    const all = [this.#observer, ...this.#watchers];
    return {
      faults: this.#faults,
      rounds: Math.min(this.#round, this.#options.rounds),
      answered: operations.filter(({ outcome }) => outcome?.kind === 'answered').length,
      unknown: operations.filter(({ outcome }) => outcome?.kind === 'lost').length,
      revision: seenRevision,
      compactions: this.#compactions,
      watchStreams: all.reduce((sum, { streams }) => sum + streams, 0),
      watchedEvents: all.reduce(
        (sum, { record }) => sum + record.deliveries.reduce((n, { events }) => n + events.length, 0),
        0,
      ),
      healMs: this.#healMs,
      refusals: this.#refusals,
    };
  }
}
