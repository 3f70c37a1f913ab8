/** What a chaos run does to a cluster beyond stopping and starting its processes: disks that are lost, and what all must agree on. */
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  type MemberProcess,
  type Program,
  RawClient,
  removeDir,
  sleep,
} from '../harness/index.js';
import { readHistory } from './history.js';

const READY_TIMEOUT_MS = 60_000;
/** etcd refuses a change of members until all of them have been connected for five seconds. */
const RECONFIGURATION_TIMEOUT_MS = 40_000;
const REMOVED_EXIT_TIMEOUT_MS = 20_000;
const CALL_TIMEOUT_MS = 3000;
/** What a member must never say. */
const BAD_LOG = /"level":"(?:dpanic|panic|fatal)"|^panic:|^fatal error:|AssertionError|unhandled|uncaught/im;

export class ChaosCluster {
  readonly processes: ClusterProcess;
  readonly #clients = new Map<string, TestClient>();
  /** Removed while they ran; told apart from members that end by themselves. */
  readonly #former: MemberProcess[] = [];

  private constructor(processes: ClusterProcess) {
    this.processes = processes;
  }

  /** Starts a new cluster and waits until every member serves. */
  static async launch(program: Program, size: number, flags: readonly string[]): Promise<ChaosCluster> {
    const options = { size, flags, readyTimeoutMs: READY_TIMEOUT_MS };
    return new ChaosCluster(await ClusterProcess.launch(program, options));
  }

  get members(): readonly MemberProcess[] {
    return this.processes.members;
  }

  /** As many may be gone while a majority stays. */
  get minority(): number {
    return (this.members.length - 1) >> 1;
  }

  client(member: MemberProcess): TestClient {
    let client = this.#clients.get(member.endpoint);
    if (client === undefined) {
      const channel = { 'grpc.max_reconnect_backoff_ms': 200, 'grpc.initial_reconnect_backoff_ms': 20 };
      client = connect(member.endpoint, { channel });
      this.#clients.set(member.endpoint, client);
    }
    return client;
  }

  /**
   * The member's disk is lost: it is removed, its data deleted, and a new one added instead, which must learn everything
   * from the others. `alive`: it is removed while it runs, and must end by itself.
   */
  async replace(member: MemberProcess, alive: boolean): Promise<void> {
    if (!alive) await member.kill9();
    await this.#retried(
      'member remove',
      (via) => this.processes.remove(via, member),
      /is not a member/,
      member,
    );
    this.#former.push(member);
    if (alive) await member.waitExit(REMOVED_EXIT_TIMEOUT_MS);
    removeDir(member.dataDir);
    const add = (via: MemberProcess): Promise<MemberProcess> => this.processes.add(via);
    const added = await this.#retried('member add', add, undefined, member);
    await added!.start();
  }

  /** Repeats a change of members until it is done; an error that matches `done` says that an earlier attempt was. */
  async #retried<R>(
    what: string,
    run: (via: MemberProcess) => Promise<R>,
    done: RegExp | undefined,
    except: MemberProcess,
  ): Promise<R | undefined> {
    const deadline = Date.now() + RECONFIGURATION_TIMEOUT_MS;
    for (let attempt = 0; ; attempt++) {
      const others = this.processes.running.filter((member) => member !== except);
      try {
        return await run(others[attempt % others.length]!);
      } catch (error) {
        const { message } = error as Error;
        if (done?.test(message)) return undefined;
        if (Date.now() > deadline) throw new Error(`${what}: ${message}`);
        await sleep(200);
      }
    }
  }

  /** The checksum of every member at one revision, once each has reached it; as text, with the compaction it stands on. */
  hashes(revision: number, timeoutMs: number): Promise<readonly string[]> {
    return Promise.all(this.members.map((member) => this.#hash(member, revision, timeoutMs)));
  }

  async #hash(member: MemberProcess, revision: number, timeoutMs: number): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        const { maintenance } = this.client(member);
        const { hash, compactRevision } = await maintenance.hashKV(
          { revision },
          { timeoutMs: CALL_TIMEOUT_MS },
        );
        return `${hash} above ${compactRevision}`;
      } catch (error) {
        if (Date.now() > deadline) return `none (${member.name}: ${(error as Error).message})`;
        await sleep(50);
      }
    }
  }

  /** The first revision in `[from, to]` that two members tell differently, as text; for the report of a difference. */
  async divergence(from: number, to: number): Promise<string> {
    const told = await Promise.all(
      this.members.map(async ({ endpoint }) => {
        const client = new RawClient(endpoint);
        try {
          return await readHistory(client, from, to);
        } finally {
          client.close();
        }
      }),
    );
    for (let i = 0; i <= to - from; i++) {
      const each = told.map((revisions) => JSON.stringify(revisions[i]));
      if (new Set(each).size > 1) {
        return this.members.map(({ name }, m) => `${name} ${each[m]?.slice(0, 500)}`).join('\n  ');
      }
    }
    return `no difference from revision ${from} to ${to}`;
  }

  /** What the members' logs hold that they must not. */
  complaints(): string[] {
    const found: string[] = [];
    for (const member of [...this.members, ...this.#former]) {
      const line = member.log.split('\n').find((text) => BAD_LOG.test(text));
      if (line !== undefined) found.push(`${member.name} says: ${line.slice(0, 400)}`);
    }
    return found;
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await this.processes.stop('SIGKILL');
    for (const member of this.#former) if (member.isRunning) await member.kill9();
    for (const { dataDir } of this.members) removeDir(dataDir);
  }
}
