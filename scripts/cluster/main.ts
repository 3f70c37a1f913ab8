/**
 * A cluster of real processes on this machine, in one terminal: their output with the member's name in front, and a key
 * each to kill, pause, continue and start a member, to see what the others make of it. Without a terminal it just runs.
 */
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../../tests/harness/index.js';
import { Controls, KEYS_HELP } from './controls.js';
import { LocalMember } from './local-member.js';
import { type LogLine, readLogLine } from './log-line.js';
import {
  type Address,
  addressesOf,
  type ClusterOptions,
  flagsOf,
  OptionsError,
  readOptions,
  USAGE,
} from './options.js';

/** Longer than a member gives the calls under way. */
const STOP_TIMEOUT_MS = 15_000;

const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92];
const usesColour = process.stdout.isTTY === true && !process.env['NO_COLOR'];

function paint(code: number, text: string): string {
  return usesColour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function say(text: string): void {
  process.stdout.write(`${paint(1, text)}\n`);
}

class LocalCluster {
  readonly #options: ClusterOptions;
  readonly #addresses: readonly Address[];
  readonly #members: LocalMember[];
  readonly #roles = new Map<string, string>();
  readonly #served = new Set<string>();
  readonly #controls: Controls;
  #isQuitting = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#addresses = addressesOf(options);
    const program = [process.execPath, join(REPOSITORY_ROOT, 'bin', 'quoin')];
    this.#members = this.#addresses.map((address, i) => {
      const command = [...program, ...flagsOf(address, options)];
      return new LocalMember(address.name, command, {
        onLine: (line) => this.#onLine(i, readLogLine(line)),
        onExit: (how) => this.#onExit(address.name, how),
      });
    });
    this.#controls = new Controls(this.#members, {
      say,
      roleOf: (name) => this.#roles.get(name) ?? 'starting',
      quit: () => void this.quit(0),
    });
  }

  start(): void {
    for (const member of this.#members) member.start();
    // Whatever ends this program: nobody else would end them.
    process.on('exit', () => {
      for (const member of this.#members) member.kill();
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => void this.quit(signal === 'SIGINT' ? 130 : 143));
    }
    const { stdin } = process;
    if (stdin.isTTY !== true) return;
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', (keys: string) => {
      for (const key of keys) this.#controls.press(key);
    });
  }

  async quit(exitCode: number): Promise<void> {
    if (this.#isQuitting) return;
    this.#isQuitting = true;
    await Promise.all(this.#members.map((member) => member.stop(STOP_TIMEOUT_MS)));
    process.exit(exitCode);
  }

  #onLine(index: number, line: LogLine): void {
    const { name } = this.#addresses[index]!;
    const text = line.level === 'info' ? line.text : paint(31, line.text);
    process.stdout.write(`${paint(COLOURS[index]!, `${name} |`)} ${text}\n`);
    if (line.role !== undefined) this.#roles.set(name, line.role);
    if (!line.serves || this.#served.has(name)) return;
    this.#served.add(name);
    if (this.#served.size === this.#members.length) this.#printNextSteps();
  }

  #onExit(name: string, how: string): void {
    this.#roles.delete(name);
    say(`${name} ended: ${how}`);
    const isOver = this.#members.every((member) => member.state === 'stopped');
    // With keys, somebody can start them again.
    if (isOver && process.stdin.isTTY !== true) void this.quit(1);
  }

  #printNextSteps(): void {
    const endpoints = this.#addresses.map(({ clientUrl }) => clientUrl.replace('http://', '')).join(',');
    const lines = [
      '',
      `${this.#members.length} members serve the etcd v3 API; their data is in ${this.#options.dataDir}. In another terminal:`,
      '',
      `  export ETCDCTL_ENDPOINTS=${endpoints}`,
      '  etcdctl put greeting "hello"',
      '  etcdctl endpoint status -w table',
      '  etcdctl member list -w table',
      '',
      process.stdin.isTTY === true ? KEYS_HELP : 'SIGINT or SIGTERM stops it; what was acknowledged stays.',
      '',
    ];
    say(lines.join('\n'));
  }
}

function main(): void {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) return console.log(USAGE);
  try {
    new LocalCluster(readOptions(argv)).start();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

main();
