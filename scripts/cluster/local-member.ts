/** One member of the local cluster: a process that can be killed, paused, and started again on its data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type MemberState = 'running' | 'paused' | 'stopped';

export interface LocalMemberHandlers {
  /** A line that the process wrote. */
  onLine(line: string): void;
  /** The process is gone. */
  onExit(how: string): void;
}

export class LocalMember {
  readonly name: string;
  readonly #command: readonly string[];
  readonly #handlers: LocalMemberHandlers;
  #child: ChildProcess | undefined;
  #isPaused = false;

  /** `command` is the program and its arguments. */
  constructor(name: string, command: readonly string[], handlers: LocalMemberHandlers) {
    this.name = name;
    this.#command = command;
    this.#handlers = handlers;
  }

  get state(): MemberState {
    if (this.#child === undefined) return 'stopped';
    return this.#isPaused ? 'paused' : 'running';
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const [program, ...args] = this.#command as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#handlers.onLine(line));
    }
    child.on('error', (error) => this.#handlers.onLine(error.message));
    child.on('close', (code, signal) => {
      this.#child = undefined;
      this.#isPaused = false;
      this.#handlers.onExit(signal === null ? `exit code ${code}` : signal);
    });
  }

  /** As a power cut would end it. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  pause(): void {
    if (this.#child?.kill('SIGSTOP')) this.#isPaused = true;
  }

  resume(): void {
    if (this.#child?.kill('SIGCONT')) this.#isPaused = false;
  }

  /** In order; a member that does not end in time is killed. */
  async stop(timeoutMs: number): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.resume();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(timer);
  }
}
