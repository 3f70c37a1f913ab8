/**
 * Several members as processes of their own: real etcd or Quoin. Each can be killed, paused and started again on the data
 * it has; members can be added and removed while the rest runs.
 *
 *     const cluster = await ClusterProcess.launch('quoin', { size: 3 });
 *     const leader = await cluster.leader();
 *     await leader.kill9();
 *     await cluster.leader();
 *     await leader.start();
 *     await cluster.agree();
 *     await cluster.stop();
 */
import { freePort } from './free-port.js';
import { type MemberOptions, MemberProcess } from './member-process.js';
import type { Program } from './programs.js';
import { decode, encode, type Message } from './proto-codec.js';
import { RawClient } from './raw-client.js';
import { sleep } from './wait.js';

export interface ClusterOptions extends Pick<MemberOptions, 'env' | 'readyTimeoutMs' | 'flags' | 'tls'> {
  /** Default: 3. */
  readonly size?: number;
  /** Default: `quoin-test`. */
  readonly token?: string;
}

/** The part of Maintenance/Status that says where a member stands. */
export interface MemberStatus {
  readonly memberId: bigint;
  /** 0 if the member knows none. */
  readonly leader: bigint;
  readonly term: number;
  readonly raftIndex: number;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly isLearner: boolean;
}

const STATUS_TIMEOUT_MS = 1000;
/** A change of the membership that was lost on its way is asked for again. */
const CHANGE_TIMEOUT_MS = 3000;
const HASH_TIMEOUT_MS = 30_000;
const POLL_MS = 10;

export class ClusterProcess {
  readonly program: Program;
  /** Those who were there first, in the order of their names; {@link add} appends, {@link remove} takes out. */
  readonly members: MemberProcess[];
  readonly #options: ClusterOptions;
  /** Members are m1, m2, ...; no name is given twice. */
  #namesGiven: number;

  private constructor(program: Program, options: ClusterOptions, members: MemberProcess[]) {
    this.#namesGiven = members.length;
    this.program = program;
    this.#options = options;
    this.members = members;
  }

  /** Picks ports, but starts nothing. */
  static async prepare(program: Program, options: ClusterOptions = {}): Promise<ClusterProcess> {
    const names = Array.from({ length: options.size ?? 3 }, (_, i) => `m${i + 1}`);
    const peerPorts = new Map<string, number>();
    for (const name of names) peerPorts.set(name, await freePort());
    const scheme = options.tls?.peers === true ? 'https' : 'http';
    const initialCluster = names
      .map((name) => `${name}=${scheme}://127.0.0.1:${peerPorts.get(name)}`)
      .join(',');
    const members: MemberProcess[] = [];
    for (const name of names) {
      const peerPort = peerPorts.get(name)!;
      members.push(
        await MemberProcess.prepare(program, memberOptions(options, { name, peerPort, initialCluster })),
      );
    }
    return new ClusterProcess(program, options, members);
  }

  /** Starts a cluster and waits until every member serves. */
  static async launch(program: Program, options: ClusterOptions = {}): Promise<ClusterProcess> {
    const cluster = await ClusterProcess.prepare(program, options);
    await cluster.start();
    return cluster;
  }

  /** Client addresses of all members, as `--endpoints` takes them. */
  get endpoints(): string {
    return this.members.map((member) => member.endpoint).join(',');
  }

  get running(): MemberProcess[] {
    return this.members.filter((member) => member.isRunning);
  }

  /** Starts every member that does not run, and waits until all of them serve. */
  async start(): Promise<void> {
    const down = this.members.filter((member) => !member.isRunning);
    try {
      await Promise.all(down.map((member) => member.start()));
    } catch (error) {
      await this.stop('SIGKILL');
      throw error;
    }
  }

  /** Ends all members at once. A paused one takes no signal but SIGKILL. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await Promise.all(this.running.map((member) => member.stop(signal)));
  }

  /** What the member says of itself; undefined if it does not answer. */
  async status(member: MemberProcess, timeoutMs = STATUS_TIMEOUT_MS): Promise<MemberStatus | undefined> {
    const client = new RawClient(member.endpoint, { tls: member.tls });
    try {
      const answer = await client.unary('/etcdserverpb.Maintenance/Status', new Uint8Array(0), {}, timeoutMs);
      return answer.code === 0 ? statusOf(decode('StatusResponse', answer.body!)) : undefined;
    } finally {
      client.close();
    }
  }

  /**
   * The running member that says that it leads, once a majority of all members follow it in its term. Fails after
   * `timeoutMs`.
   */
  async leader(timeoutMs = 15_000): Promise<MemberProcess> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await this.#findLeader();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`no leader in ${timeoutMs} ms:\n${this.describe()}`);
      await sleep(POLL_MS);
    }
  }

  /** Running members that do not lead. */
  async followers(): Promise<MemberProcess[]> {
    const leader = await this.leader();
    return this.running.filter((member) => member !== leader);
  }

  async #findLeader(): Promise<MemberProcess | undefined> {
    const running = this.running;
    const all = await Promise.all(running.map((member) => this.status(member)));
    for (const [i, status] of all.entries()) {
      if (status === undefined || status.leader === 0n || status.leader !== status.memberId) continue;
      const behind = all.filter((each) => each?.leader === status.leader && each.term === status.term);
      if (behind.length > Math.floor(this.members.length / 2)) return running[i];
    }
    return undefined;
  }

  /** Waits until all running members have applied the same index, and their hashes of all keys are equal; gives that hash. */
  async agree(timeoutMs = 20_000): Promise<number> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const running = this.running;
      const statuses = await Promise.all(running.map((member) => this.status(member)));
      const applied = new Set(statuses.map((status) => status?.appliedIndex));
      if (applied.size === 1 && !applied.has(undefined)) {
        const hashes = await Promise.all(running.map((member) => hashOf(member)));
        if (new Set(hashes).size === 1) return hashes[0]!;
      }
      if (Date.now() > deadline) {
        const shown = statuses.map(
          (status, i) => `${running[i]!.name}: ${JSON.stringify(status, withBigints)}`,
        );
        throw new Error(`the members do not agree after ${timeoutMs} ms:\n${shown.join('\n')}`);
      }
      await sleep(5 * POLL_MS);
    }
  }

  /**
   * Adds a member by MemberAdd through `via` and prepares its process with `existing`; it is not started. A cluster that
   * refuses for now, or whose answer does not come, is asked again until `timeoutMs` have passed.
   */
  async add(
    via: MemberProcess,
    options: { readonly isLearner?: boolean; readonly timeoutMs?: number; readonly peerPort?: number } = {},
  ): Promise<MemberProcess> {
    const name = `m${++this.#namesGiven}`;
    const peerPort = options.peerPort ?? (await freePort());
    const peerUrl = `${this.#options.tls?.peers === true ? 'https' : 'http'}://127.0.0.1:${peerPort}`;
    const request = encode('MemberAddRequest', {
      peerURLs: [peerUrl],
      isLearner: options.isLearner ?? false,
    });
    const deadline = Date.now() + (options.timeoutMs ?? 20_000);
    for (;;) {
      try {
        await unary(via, '/etcdserverpb.Cluster/MemberAdd', request, CHANGE_TIMEOUT_MS);
        break;
      } catch (error) {
        if (await this.#knows(via, peerUrl)) break;
        if (Date.now() > deadline) throw error;
        await sleep(10 * POLL_MS);
      }
    }
    const known = (await membersOf(via)).flatMap((each) =>
      (each['peerURLs'] as string[]).map((url) => `${String(each['name'] ?? '') || name}=${url}`),
    );
    return this.adopt(name, peerPort, known.join(','));
  }

  async #knows(via: MemberProcess, peerUrl: string): Promise<boolean> {
    try {
      return (await membersOf(via)).some((each) => (each['peerURLs'] as string[]).includes(peerUrl));
    } catch {
      return false;
    }
  }

  /** Prepares a process for a member that the cluster knows already. */
  async adopt(name: string, peerPort: number, initialCluster: string): Promise<MemberProcess> {
    const flags = [...(this.#options.flags ?? []), '--initial-cluster-state=existing'];
    const options = memberOptions({ ...this.#options, flags }, { name, peerPort, initialCluster });
    const member = await MemberProcess.prepare(this.program, options);
    this.members.push(member);
    return member;
  }

  /** Removes a member by MemberRemove through `via`; its process goes on until it learns of it. */
  async remove(via: MemberProcess, member: MemberProcess, timeoutMs = 20_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        const found = (await membersOf(via)).find((each) =>
          (each['peerURLs'] as string[]).includes(member.peerUrl),
        );
        if (found === undefined) break;
        const request = encode('MemberRemoveRequest', { ID: found['ID'] });
        await unary(via, '/etcdserverpb.Cluster/MemberRemove', request, CHANGE_TIMEOUT_MS);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(10 * POLL_MS);
      }
    }
    this.members.splice(this.members.indexOf(member), 1);
  }

  /** The end of every member's log, for a failure's message. */
  describe(): string {
    return this.members
      .map((member) => {
        const state = member.isRunning ? `runs as ${member.pid}` : 'does not run';
        return `--- ${member.name} ${state}\n${member.log.slice(-1500)}`;
      })
      .join('\n');
  }
}

function memberOptions(cluster: ClusterOptions, member: MemberOptions): MemberOptions {
  const token = `--initial-cluster-token=${cluster.token ?? 'quoin-test'}`;
  return {
    ...member,
    flags: [token, ...(cluster.flags ?? [])],
    ...(cluster.tls === undefined ? {} : { tls: cluster.tls }),
    ...(cluster.env === undefined ? {} : { env: cluster.env }),
    ...(cluster.readyTimeoutMs === undefined ? {} : { readyTimeoutMs: cluster.readyTimeoutMs }),
  };
}

async function membersOf(member: MemberProcess): Promise<Message[]> {
  const answer = await unary(
    member,
    '/etcdserverpb.Cluster/MemberList',
    new Uint8Array(0),
    CHANGE_TIMEOUT_MS,
  );
  return decode('MemberListResponse', answer)['members'] as Message[];
}

async function unary(
  member: MemberProcess,
  path: string,
  request: Uint8Array,
  timeoutMs: number,
): Promise<Uint8Array> {
  const client = new RawClient(member.endpoint, { tls: member.tls });
  try {
    const answer = await client.unary(path, request, {}, timeoutMs);
    if (answer.code !== 0)
      throw new Error(`${path} at ${member.name}: code ${answer.code} ${answer.message}`);
    return answer.body!;
  } finally {
    client.close();
  }
}

async function hashOf(member: MemberProcess): Promise<number> {
  const answer = await unary(member, '/etcdserverpb.Maintenance/HashKV', new Uint8Array(0), HASH_TIMEOUT_MS);
  return Number(decode('HashKVResponse', answer)['hash']);
}

function statusOf(status: Message): MemberStatus {
  const header = status['header'] as Message;
  const id = (value: Message[string]): bigint => BigInt((value as bigint | number | undefined) ?? 0);
  return {
    memberId: id(header['member_id']),
    leader: id(status['leader']),
    term: Number(status['raftTerm'] ?? 0),
    raftIndex: Number(status['raftIndex'] ?? 0),
    appliedIndex: Number(status['raftAppliedIndex'] ?? 0),
    revision: Number(header['revision'] ?? 0),
    isLearner: (status['isLearner'] as boolean | undefined) ?? false,
  };
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}
