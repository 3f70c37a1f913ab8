/** A cluster of one program under measurement: real etcd or Quoin, started alike with etcd's flags. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, type LoadConnection, STATUS } from '../src/bench/index.js';
import { connectForLoad } from '../src/cmd/bench-connect.js';
import { freePort, httpGet, sleep, tempDir } from '../tests/harness/index.js';

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 10;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface MemberProcess {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly folder: string;
  child: ChildProcess | undefined;
}

export class Contender {
  readonly label: string;
  /** Milliseconds from the start of the processes to the first healthy answer of all members. */
  readyMs = 0;
  readonly #program: string;
  readonly #members: readonly MemberProcess[];
  #leader: MemberProcess | undefined;

  private constructor(label: string, program: string, members: readonly MemberProcess[]) {
    this.label = label;
    this.#program = program;
    this.#members = members;
  }

  static async launch(label: string, program: string, memberCount: number): Promise<Contender> {
    const members: MemberProcess[] = [];
    for (let i = 0; i < memberCount; i++) {
      members.push({
        name: `m${i + 1}`,
        clientPort: await freePort(),
        peerPort: await freePort(),
        folder: tempDir(`versus-${label}`),
        child: undefined,
      });
    }
    const contender = new Contender(label, program, members);
    await contender.start();
    return contender;
  }

  /** Starts all members (again, on their data) and waits until they serve and know their leader. */
  async start(): Promise<void> {
    const beganMs = performance.now();
    for (const member of this.#members) this.#spawn(member);
    for (const member of this.#members) await this.#waitReady(member);
    this.readyMs = performance.now() - beganMs;
    this.#leader = await this.#findLeader();
  }

  /** `host:port` of the leader's client listener. */
  get leaderEndpoint(): string {
    return `127.0.0.1:${this.#leader!.clientPort}`;
  }

  get pids(): readonly number[] {
    return this.#members.map((member) => member.child?.pid ?? 0);
  }

  connect(): Promise<LoadConnection> {
    return connectForLoad({ host: '127.0.0.1', port: this.#leader!.clientPort });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await Promise.all(
      this.#members.map(({ child }) => {
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill(signal);
        return ended;
      }),
    );
  }

  #spawn(member: MemberProcess): void {
    const peerUrl = (port: number): string => `http://127.0.0.1:${port}`;
    const clientUrl = `http://127.0.0.1:${member.clientPort}`;
    const cluster = this.#members.map(({ name, peerPort }) => `${name}=${peerUrl(peerPort)}`).join(',');
    const log = openSync(join(member.folder, 'server.log'), 'a');
    const child = spawn(
      this.#program,
      [
        `--name=${member.name}`,
        `--data-dir=${join(member.folder, 'member.etcd')}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl(member.peerPort)}`,
        `--initial-advertise-peer-urls=${peerUrl(member.peerPort)}`,
        `--initial-cluster=${cluster}`,
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    running.add(child);
    child.once('exit', () => running.delete(child));
    member.child = child;
  }

  async #waitReady(member: MemberProcess): Promise<void> {
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const ended = member.child!.exitCode !== null || member.child!.signalCode !== null;
      if (ended || performance.now() > deadlineMs) {
        const log = readFileSync(join(member.folder, 'server.log'), 'utf8').slice(-2000);
        throw new Error(`${this.label} ${member.name} ${ended ? 'ended' : 'does not serve'}:\n${log}`);
      }
      try {
        const answer = await httpGet(`http://127.0.0.1:${member.clientPort}/health`, 1000);
        if (answer.status === 200 && answer.body.includes('"health":"true"')) return;
      } catch {
        // Not listening yet.
      }
      await sleep(READY_POLL_MS);
    }
  }

  async #findLeader(): Promise<MemberProcess> {
    for (const member of this.#members) {
      const connection = await connectForLoad({ host: '127.0.0.1', port: member.clientPort });
      const status = await call(connection, STATUS, {});
      connection.close();
      if (status.leader === status.header?.memberId) return member;
    }
    throw new Error(`${this.label}: no member says that it leads`);
  }
}
