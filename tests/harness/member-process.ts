/**
 * One member as a process of its own: real etcd or Quoin, told apart only by the executable, started with etcd's flags on
 * loopback ports and a data directory that outlives the process, so that a test can kill it and start it again.
 *
 * A started process is killed when the test process exits, whatever the reason.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from './free-port.js';
import { httpGet } from './http-get.js';
import { findServer, type Program } from './programs.js';
import { tempDir } from './temp-dir.js';
import type { TlsAccess } from './tls.js';
import { sleep } from './wait.js';

export interface MemberOptions {
  /** Default: a new temporary folder. */
  readonly dataDir?: string;
  readonly name?: string;
  /** Default: free ones. */
  readonly clientPort?: number;
  readonly peerPort?: number;
  /** `name=url,name=url`; default: this member alone. */
  readonly initialCluster?: string;
  /** Further flags, appended as they are. */
  readonly flags?: readonly string[];
  readonly readyTimeoutMs?: number;
  /** Its URLs begin with `https:`; which certificates it uses is for the flags to say. */
  readonly tls?: MemberTls;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface MemberTls {
  /** How the clients' port is reached. */
  readonly clients?: TlsAccess;
  readonly peers?: boolean;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LOG_CHARS_MAX = 4_000_000;
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class MemberProcess {
  readonly program: Program;
  readonly dataDir: string;
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Milliseconds from spawn to the first healthy answer of the last start. */
  readyMs = Number.NaN;
  /** What it was told of its cluster; a member with data ignores it. */
  readonly initialCluster: string;
  /** How it is reached; undefined for plain text. */
  readonly tls: TlsAccess | undefined;
  readonly #peersUseTls: boolean;
  #flags: readonly string[];
  #readyTimeoutMs: number;
  #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #exit: Promise<ExitStatus> | undefined;
  #exited: ExitStatus | undefined;
  #log = '';

  private constructor(program: Program, options: MemberOptions, clientPort: number, peerPort: number) {
    this.program = program;
    this.dataDir = options.dataDir ?? tempDir(program);
    this.name = options.name ?? 'm1';
    this.clientPort = clientPort;
    this.peerPort = peerPort;
    this.tls = options.tls?.clients;
    this.#peersUseTls = options.tls?.peers ?? false;
    this.initialCluster = options.initialCluster ?? `${this.name}=${this.peerUrl}`;
    this.#flags = options.flags ?? [];
    this.#readyTimeoutMs = options.readyTimeoutMs ?? 20_000;
    this.#env = options.env ?? {};
  }

  /** Picks ports, but starts nothing. */
  static async prepare(program: Program, options: MemberOptions = {}): Promise<MemberProcess> {
    const clientPort = options.clientPort ?? (await freePort());
    return new MemberProcess(program, options, clientPort, options.peerPort ?? (await freePort()));
  }

  /** Starts a member and waits until it serves. */
  static async launch(program: Program, options: MemberOptions = {}): Promise<MemberProcess> {
    const member = await MemberProcess.prepare(program, options);
    await member.start();
    return member;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.clientPort}`;
  }

  get clientUrl(): string {
    return `${this.tls === undefined ? 'http' : 'https'}://${this.endpoint}`;
  }

  get peerUrl(): string {
    return `${this.#peersUseTls ? 'https' : 'http'}://127.0.0.1:${this.peerPort}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#exited === undefined;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What the process wrote to stdout and stderr since its last start. */
  get log(): string {
    return this.#log;
  }

  /** The process's end, if it has ended. */
  get exited(): ExitStatus | undefined {
    return this.#exited;
  }

  flags(): string[] {
    return [
      `--name=${this.name}`,
      `--data-dir=${this.dataDir}`,
      `--listen-client-urls=${this.clientUrl}`,
      `--advertise-client-urls=${this.clientUrl}`,
      `--listen-peer-urls=${this.peerUrl}`,
      `--initial-advertise-peer-urls=${this.peerUrl}`,
      `--initial-cluster=${this.initialCluster}`,
      ...this.#flags,
    ];
  }

  /** Spawns the process without waiting for it to serve. */
  spawn(): void {
    const path = findServer(this.program);
    if (path === undefined) throw new Error(`there is no ${this.program} server`);
    if (this.isRunning) throw new Error('the member is running');
    const child = spawn(path, this.flags(), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
    });
    running.add(child);
    this.#child = child;
    this.#exited = undefined;
    this.#log = '';
    const append = (chunk: Buffer): void => {
      if (this.#log.length < LOG_CHARS_MAX) this.#log += chunk.toString('utf8');
    };
    child.stdout!.on('data', append);
    child.stderr!.on('data', append);
    this.#exit = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        running.delete(child);
        this.#exited = { code, signal };
        resolve(this.#exited);
      });
    });
    this.#exit.catch(() => {});
  }

  /** Starts (or restarts, on the same data and ports) and waits until `/health` answers that the member is healthy. */
  async start(): Promise<void> {
    const began = performance.now();
    this.spawn();
    await this.waitReady();
    this.readyMs = performance.now() - began;
  }

  async waitReady(): Promise<void> {
    const deadline = Date.now() + this.#readyTimeoutMs;
    for (;;) {
      if (this.#exited !== undefined) {
        throw new Error(
          `${this.program} ended with ${describeExit(this.#exited)} before it served:\n${tail(this.#log)}`,
        );
      }
      if (await this.isHealthy()) return;
      if (Date.now() > deadline) {
        throw new Error(
          `${this.program} does not serve after ${this.#readyTimeoutMs} ms:\n${tail(this.#log)}`,
        );
      }
      await sleep(5);
    }
  }

  async isHealthy(): Promise<boolean> {
    try {
      const answer = await httpGet(`${this.clientUrl}/health`, 3000, this.tls);
      return answer.status === 200 && answer.body.includes('"health":"true"');
    } catch {
      return false;
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<ExitStatus> {
    const child = this.#child;
    if (child === undefined || this.#exit === undefined) throw new Error('the member was never started');
    if (this.#exited !== undefined) return this.#exited;
    child.kill(signal);
    return this.waitExit(timeoutMs);
  }

  async kill9(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Stops the process's clock: it keeps its connections and answers nothing. */
  pause(): void {
    this.#child!.kill('SIGSTOP');
  }

  resume(): void {
    this.#child!.kill('SIGCONT');
  }

  /** Waits until the process has ended by itself. */
  async waitExit(timeoutMs: number): Promise<ExitStatus> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.program} has not ended after ${timeoutMs} ms:\n${tail(this.#log)}`)),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([this.#exit!, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export function describeExit(exit: ExitStatus): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}

function tail(log: string): string {
  return log.slice(-3000);
}
