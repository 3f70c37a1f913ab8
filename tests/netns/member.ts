/** A member in a network namespace of its own: real etcd or Quoin, on the node's address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type CallOptions, connect, type TestClient } from '../clients/client.js';
import { findServer, httpGet, type Program, removeDir, sleep, tempDir } from '../harness/index.js';
import type { Network } from './network.js';

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
const READY_TIMEOUT_MS = 30_000;
const LOG_CHARS_MAX = 2_000_000;

/** What came of a call: undefined for success. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly tookMs: number;
}

export class NetnsMember {
  readonly index: number;
  readonly name: string;
  readonly client: TestClient;
  readonly #network: Network;
  readonly #program: Program;
  readonly #dataDir: string;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(network: Network, program: Program, index: number) {
    this.index = index;
    this.name = `m${index + 1}`;
    this.#network = network;
    this.#program = program;
    this.#dataDir = tempDir(`netns-${program}`);
    this.client = connect(`${network.address(index)}:${CLIENT_PORT}`);
  }

  /** Starts a cluster with one member at each node, and waits until all serve. */
  static async launchAll(network: Network, program: Program): Promise<NetnsMember[]> {
    const members = Array.from({ length: network.size }, (_, i) => new NetnsMember(network, program, i));
    for (const member of members) member.#spawn();
    await Promise.all(members.map((member) => member.#waitReady()));
    return members;
  }

  get log(): string {
    return this.#log;
  }

  #peerUrl(index: number): string {
    return `http://${this.#network.address(index)}:${PEER_PORT}`;
  }

  #spawn(): void {
    const clientUrl = `http://${this.#network.address(this.index)}:${CLIENT_PORT}`;
    const all = Array.from({ length: this.#network.size }, (_, i) => `m${i + 1}=${this.#peerUrl(i)}`);
    const [command, args] = this.#network.within(this.index, findServer(this.#program)!, [
      `--name=${this.name}`,
      `--data-dir=${this.#dataDir}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${this.#peerUrl(this.index)}`,
      `--initial-advertise-peer-urls=${this.#peerUrl(this.index)}`,
      `--initial-cluster=${all.join(',')}`,
    ]);
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const append = (chunk: Buffer): void => {
      if (this.#log.length < LOG_CHARS_MAX) this.#log += chunk.toString('utf8');
    };
    child.stdout!.on('data', append);
    child.stderr!.on('data', append);
    process.once('exit', () => child.kill('SIGKILL'));
    this.#child = child;
  }

  async #waitReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      try {
        const url = `http://${this.#network.address(this.index)}:${CLIENT_PORT}/health`;
        const { body } = await httpGet(url, 1000);
        if (body.includes('"health":"true"')) return;
      } catch {
        // Not listening yet.
      }
      if (this.#child!.exitCode !== null || Date.now() > deadline) {
        throw new Error(`${this.name} does not serve:\n${this.#log.slice(-3000)}`);
      }
      await sleep(20);
    }
  }

  put(key: string, value: string, options?: CallOptions): Promise<Refusal | undefined> {
    return settled(() => this.client.kv.put({ key, value }, options));
  }

  /** A linearizable read. */
  read(key: string, options?: CallOptions): Promise<Refusal | undefined> {
    return settled(() => this.client.kv.range({ key }, options));
  }

  /** The value by a serializable read; undefined if there is none. */
  async own(key: string): Promise<string | undefined> {
    const { kvs } = await this.client.kv.range({ key, serializable: true });
    return kvs[0] === undefined ? undefined : Buffer.from(kvs[0].value).toString();
  }

  async status(): Promise<{ readonly id: bigint; readonly leader: bigint; readonly term: number }> {
    const { header, leader, raftTerm } = await this.client.maintenance.status();
    return { id: header!.memberId, leader, term: Number(raftTerm) };
  }

  async close(): Promise<void> {
    this.client.close();
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    removeDir(this.#dataDir);
  }
}

async function settled(run: () => Promise<unknown>): Promise<Refusal | undefined> {
  const began = performance.now();
  try {
    await run();
    return undefined;
  } catch (error) {
    const { code, details } = error as { code: number; details: string };
    return { code, message: details, tookMs: performance.now() - began };
  }
}
