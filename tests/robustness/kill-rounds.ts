/**
 * Rounds of kill -9 under load.
 *
 * Each round: many writers, SIGKILL at a moment nobody chose, restart on the same data, and then the complete history since
 * the last check is read and must be exactly what was acknowledged, plus at most each writer's unanswered call. In some
 * rounds what was checked is compacted under the load, and in some the member is killed again while it starts. At the end the whole history that is left is read once more and
 * must be the one that was seen piece by piece.
 */
import { Prng } from '../../src/stdx/index.js';
import { encode, MemberProcess, type Program, RawClient, sleep, tempDir } from '../harness/index.js';
import { checkRound, compareKeys, replay } from './check.js';
import { currentRevision, type Revision, readAll, readHistory } from './history.js';
import { type Write, Writer } from './writer.js';

export interface KillOptions {
  readonly program: Program;
  readonly rounds: number;
  readonly seed: number;
  readonly writers: number;
  /** Longest time under load before the kill. */
  readonly loadMsMax: number;
  readonly flags?: readonly string[];
  /** Size of the larger values, one in ten; default 4,000. */
  readonly valueBytesMax?: number;
  readonly onRound?: (round: number, text: string) => void;
}

export interface KillResult {
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly acknowledged: number;
  /** Calls without an answer: those that turned out done, and those that did not. */
  readonly unansweredDone: number;
  readonly unansweredNot: number;
  readonly revision: number;
  readonly killsDuringStart: number;
  /** Acknowledged compactions. */
  readonly compactions: number;
  /** Milliseconds from spawn to serving, per restart. */
  readonly startMs: readonly number[];
}

const FAULTS_MAX = 20;
const VALUE_BYTES_MAX = 4000;
const KILL_WHILE_STARTING = 0.25;
const COMPACT = 0.25;
/** What a member must not say when it starts after a crash. */
const BAD_LOG = /"level":"(error|dpanic|panic|fatal)"|^panic:|AssertionError|unhandled|uncaught/i;

export async function killRounds(options: KillOptions): Promise<KillResult> {
  const prng = new Prng(options.seed);
  const member = await MemberProcess.prepare(options.program, {
    dataDir: tempDir('kill9'),
    flags: options.flags ?? [],
    readyTimeoutMs: 30_000,
  });
  const writers = Array.from(
    { length: options.writers },
    (_, id) => new Writer(id, options.seed, options.valueBytesMax ?? VALUE_BYTES_MAX),
  );
  const run = new KillRun(member, writers, options, prng);
  try {
    await run.all();
  } catch (error) {
    run.faults.push(`${(error as Error).message}`);
  } finally {
    if (member.pid !== 0) await member.stop('SIGKILL');
  }
  return run.result();
}

class KillRun {
  readonly faults: string[] = [];
  #member: MemberProcess;
  #writers: readonly Writer[];
  #options: KillOptions;
  #prng: Prng;
  #history: Revision[] = [];
  #keys = new Map<string, { value: string; modRevision: number }>();
  #revision = 1;
  #round = 0;
  #startMs: number[] = [];
  #killsDuringStart = 0;
  #compactions = 0;
  /** Last compaction that was acknowledged, and last that was asked for: the truth may be either. */
  #compacted = 0;
  #compactedAsked = 0;
  #unansweredDone = 0;
  #unansweredNot = 0;

  constructor(member: MemberProcess, writers: readonly Writer[], options: KillOptions, prng: Prng) {
    this.#member = member;
    this.#writers = writers;
    this.#options = options;
    this.#prng = prng;
  }

  async all(): Promise<void> {
    await this.#start();
    for (
      this.#round = 1;
      this.#round <= this.#options.rounds && this.faults.length < FAULTS_MAX;
      this.#round++
    ) {
      const loadMs = await this.#loadAndKill();
      if (this.#prng.chance(KILL_WHILE_STARTING)) await this.#killWhileStarting();
      await this.#start();
      const revisions = await this.#check();
      this.#options.onRound?.(
        this.#round,
        `killed after ${loadMs} ms, ${revisions} revisions, start ${this.#member.readyMs.toFixed(0)} ms, faults ${this.faults.length}`,
      );
    }
    if (this.faults.length === 0) await this.#finalCheck();
  }

  result(): KillResult {
    return {
      faults: this.faults,
      rounds: Math.min(this.#round, this.#options.rounds),
      acknowledged: this.#writers.reduce((sum, writer) => sum + writer.acknowledgements, 0),
      unansweredDone: this.#unansweredDone,
      unansweredNot: this.#unansweredNot,
      revision: this.#revision,
      killsDuringStart: this.#killsDuringStart,
      compactions: this.#compactions,
      startMs: this.#startMs,
    };
  }

  async #start(): Promise<void> {
    await this.#member.start();
    this.#startMs.push(this.#member.readyMs);
    const bad = this.#member.log.split('\n').find((line) => BAD_LOG.test(line));
    if (bad !== undefined) this.#fault(`start says: ${bad.slice(0, 400)}`);
  }

  async #loadAndKill(): Promise<number> {
    // Two connections for all writers: calls share a connection, as those of real clients do.
    const clients = [new RawClient(this.#member.endpoint), new RawClient(this.#member.endpoint)];
    let stopped = false;
    const loads = this.#writers.map((writer, i) => writer.run(clients[i % clients.length]!, () => stopped));
    const loadMs = this.#prng.between(5, this.#options.loadMsMax);
    const compaction = this.#prng.chance(COMPACT)
      ? this.#compact(clients[0]!, this.#prng.below(loadMs))
      : undefined;
    await sleep(loadMs);
    const exited = this.#member.exited;
    if (exited !== undefined) this.#fault(`the member ended by itself:\n${this.#member.log.slice(-2000)}`);
    await this.#member.kill9();
    stopped = true;
    for (const client of clients) client.close();
    await Promise.all([...loads, compaction]);
    for (const writer of this.#writers) {
      for (const refusal of writer.refusals.splice(0)) this.#fault(`refused: ${refusal}`);
    }
    return loadMs;
  }

  /** Compacts what the last check has seen, while the writers go on. */
  async #compact(client: RawClient, afterMs: number): Promise<void> {
    if (this.#revision <= this.#compactedAsked) return;
    await sleep(afterMs);
    this.#compactedAsked = this.#revision;
    const body = encode('CompactionRequest', { revision: this.#revision, physical: this.#prng.chance(0.5) });
    const answer = await client.unary('/etcdserverpb.KV/Compact', body);
    if (answer.code === 0) {
      this.#compacted = this.#compactedAsked;
      this.#compactions++;
    } else if (answer.code !== 14) {
      this.#fault(`compaction refused: ${answer.code} ${answer.message}`);
    }
  }

  /** An acknowledged compaction holds after the restart. */
  async #checkCompacted(client: RawClient): Promise<void> {
    if (this.#compacted <= 1) return;
    const body = encode('RangeRequest', { key: Buffer.from('never'), revision: this.#compacted - 1 });
    const answer = await client.unary('/etcdserverpb.KV/Range', body);
    if (answer.code !== 11) this.#fault(`compaction to ${this.#compacted} is undone: code ${answer.code}`);
  }

  async #killWhileStarting(): Promise<void> {
    this.#member.spawn();
    await sleep(this.#prng.below(250));
    await this.#member.kill9();
    this.#killsDuringStart++;
  }

  async #check(): Promise<number> {
    const client = new RawClient(this.#member.endpoint);
    try {
      const revision = await currentRevision(client);
      if (revision < this.#revision) this.#fault(`revision went back from ${this.#revision} to ${revision}`);
      const revisions = await readHistory(client, this.#revision + 1, revision);
      await this.#checkCompacted(client);
      const writes = this.#writers.flatMap((writer) => writer.writes);
      for (const fault of checkRound(revisions, writes, this.#revision + 1)) this.#fault(fault);
      this.#countUnanswered(writes);
      replay(this.#keys, revisions);
      for (const fault of compareKeys(this.#keys, await readAll(client))) this.#fault(fault);
      this.#history.push(...revisions);
      this.#revision = revision;
      for (const writer of this.#writers) writer.resume(new Set(this.#keys.keys()));
      return revisions.length;
    } finally {
      client.close();
    }
  }

  #countUnanswered(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.acknowledged !== undefined) continue;
      if (write.found) this.#unansweredDone++;
      else this.#unansweredNot++;
    }
  }

  /** Everything that no compaction may have taken, once more. */
  async #finalCheck(): Promise<void> {
    const client = new RawClient(this.#member.endpoint);
    try {
      const seen = this.#history.filter(({ revision }) => revision > this.#compactedAsked);
      const again = await readHistory(client, this.#compactedAsked + 1, this.#revision);
      if (again.length !== seen.length) {
        this.#fault(`the final history has ${again.length} revisions, ${seen.length} were seen`);
      }
      for (let i = 0; i < Math.min(again.length, seen.length); i++) {
        const [now, then] = [JSON.stringify(again[i]), JSON.stringify(seen[i])];
        if (now === then) continue;
        this.#fault(`final history differs: ${now.slice(0, 300)}, was ${then.slice(0, 300)}`);
        break;
      }
    } finally {
      client.close();
    }
  }

  #fault(text: string): void {
    this.faults.push(`round ${this.#round}: ${text}`);
  }
}
