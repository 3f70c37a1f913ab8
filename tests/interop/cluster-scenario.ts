/**
 * What an operator asks a cluster of three through etcdctl, with every answer written down in a form that is the same for
 * every program: ids, ports, versions, sizes, indexes and times are replaced by names.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from '../clients/client.js';
import {
  ClusterProcess,
  type MemberProcess,
  type Program,
  runCommand,
  sleep,
  waitUntil,
} from '../harness/index.js';

const PATIENCE_MS = 20_000;
const ENVIRONMENT = { ETCDCTL_API: '3' };
const UNKNOWN_ID = 'badbadbad';

export class ClusterScenario {
  /** What was asked, and what came of it. */
  readonly transcript: string[] = [];
  readonly #etcdctl: string;
  readonly #cluster: ClusterProcess;
  readonly #ids = new Map<string, bigint>();
  readonly #watches: ChildProcess[] = [];

  private constructor(etcdctl: string, cluster: ClusterProcess) {
    this.#etcdctl = etcdctl;
    this.#cluster = cluster;
  }

  /** Goes through everything with a new cluster of three, of which m1 leads. */
  static async run(program: Program, etcdctl: string): Promise<readonly string[]> {
    const cluster = await ClusterProcess.launch(program);
    const scenario = new ClusterScenario(etcdctl, cluster);
    try {
      await scenario.#learnIds();
      await scenario.#leadBy(cluster.members[0]!);
      await scenario.#play();
      return scenario.transcript;
    } finally {
      for (const watch of scenario.#watches) watch.kill('SIGKILL');
      await cluster.stop();
    }
  }

  async #play(): Promise<void> {
    const [first, second, third] = this.#cluster.members as [MemberProcess, MemberProcess, MemberProcess];
    await this.#overview(second);
    await this.#writesAndReads(first, second, third);
    await this.#watchThrough(second, third);
    await this.#watchThrough(first, second);
    await this.#moveLeader(first, second);
    await third.kill9();
    await this.#leadBy(first);
    await this.#overviewOfTwo(first);
    await this.#ctl(first, 'put', 'two of three', 'are enough');
    await third.start();
    await this.#cluster.agree();
    await this.#ctl(third, 'get', 'two of three', '--consistency=s');
    await this.#ctl(second, 'endpoint', 'health', '--cluster');
    await this.#withoutQuorum(first, second, third);
  }

  async #overview(member: MemberProcess): Promise<void> {
    for (const format of ['table', 'simple', 'json', 'fields']) {
      await this.#ctl(member, 'endpoint', 'status', '--cluster', '-w', format);
    }
    await this.#ctl(member, 'endpoint', 'health', '--cluster');
    await this.#ctl(member, 'endpoint', 'health', '--cluster', '-w', 'table');
    await this.#ctl(member, 'member', 'list', '-w', 'table');
    await this.#ctl(member, 'endpoint', 'hashkv', '--cluster');
    await this.#ctl(member, 'alarm', 'list');
  }

  /** What the missing one costs is two seconds each time. */
  async #overviewOfTwo(member: MemberProcess): Promise<void> {
    const ask = (...args: string[]): Promise<void> => this.#ctl(member, '--command-timeout=2s', ...args);
    await ask('endpoint', 'status', '--cluster', '-w', 'table');
    await ask('endpoint', 'status', '--cluster', '-w', 'json');
    await ask('endpoint', 'health', '--cluster');
    await ask('member', 'list', '-w', 'table');
    await ask('endpoint', 'hashkv', '--cluster');
  }

  async #writesAndReads(first: MemberProcess, second: MemberProcess, third: MemberProcess): Promise<void> {
    await this.#ctl(second, 'put', 'a', 'through a follower');
    await this.#ctl(third, 'get', 'a');
    await this.#ctl(first, 'get', 'a', '-w', 'json');
    await this.#ctl(third, 'put', 'a', 'through the other', '--prev-kv');
    await this.#ctl(second, 'get', 'a', '--rev=2');
    await this.#ctl(second, 'get', 'a', '--rev=1000');
    await this.#ctl(second, 'put', 'none', '--ignore-value');
    await this.#ctlWith(third, 'value("a") = "through the other"\n\nput b 1\nget a\n\nput b 2\n\n', 'txn');
    await this.#ctlWith(second, 'create("b") = "0"\n\nput b 1\n\nget b\nput c 3\n\n', 'txn');
    await this.#ctl(third, 'del', '', '--prefix', '--prev-kv');
    await this.#ctl(second, 'compaction', '4');
    await this.#ctl(third, 'get', 'a', '--rev=3');
    await this.#ctl(first, 'endpoint', 'hashkv', '--cluster');
  }

  /** A watch at one member sees what is written through another. */
  async #watchThrough(watched: MemberProcess, written: MemberProcess): Promise<void> {
    const child = spawn(
      this.#etcdctl,
      [`--endpoints=${watched.clientUrl}`, 'watch', 'w', '--prefix', '--rev=5'],
      {
        env: { ...process.env, ...ENVIRONMENT },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#watches.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    await this.#ctl(written, 'put', 'w1', 'first');
    await this.#ctl(written, 'put', 'w2', 'second');
    await this.#ctl(written, 'del', 'w', '--prefix');
    await waitUntil(() => text.endsWith('DELETE\nw1\n\nDELETE\nw2\n\n'), PATIENCE_MS, 10);
    child.kill('SIGKILL');
    this.transcript.push(`watch at ${watched.name}:\n${text}`);
  }

  async #moveLeader(first: MemberProcess, second: MemberProcess): Promise<void> {
    const id = (member: MemberProcess): string => this.#ids.get(member.name)!.toString(16);
    await this.#ctl(second, 'move-leader', id(second));
    await this.#ctl(first, 'move-leader', UNKNOWN_ID);
    await this.#ctl(first, 'move-leader', id(second));
    this.transcript.push(`then leads ${(await this.#cluster.leader()).name}`);
    await this.#ctl(first, 'move-leader', id(first));
    await this.#ctl(second, 'move-leader', id(first));
    this.transcript.push(`then leads ${(await this.#cluster.leader()).name}`);
  }

  async #withoutQuorum(first: MemberProcess, second: MemberProcess, third: MemberProcess): Promise<void> {
    await Promise.all([second.kill9(), third.kill9()]);
    // A leader without followers steps down after an election time-out.
    await sleep(2500);
    await this.#ctl(first, 'get', 'two of three', '--consistency=s');
    await this.#ctl(first, '--command-timeout=2s', 'get', 'two of three');
    await this.#ctl(first, '--command-timeout=2s', 'put', 'two of three', 'are gone');
    await this.#ctl(first, 'endpoint', 'status');
    await this.#cluster.start();
    await this.#cluster.leader();
    await this.#ctl(first, 'endpoint', 'health', '--cluster');
  }

  async #learnIds(): Promise<void> {
    for (const member of this.#cluster.members) {
      const status = await this.#cluster.status(member);
      this.#ids.set(member.name, status!.memberId);
    }
  }

  /** Moves the lead until the member has it. */
  async #leadBy(member: MemberProcess): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const leader = await this.#cluster.leader();
      if (leader === member) return;
      if (Date.now() > deadline) throw new Error(`${member.name} does not get the lead`);
      const client = connect(leader.endpoint);
      try {
        await client.maintenance.moveLeader({ targetId: this.#ids.get(member.name)! });
      } catch {
        await sleep(100);
      } finally {
        client.close();
      }
    }
  }

  #ctl(member: MemberProcess, ...args: string[]): Promise<void> {
    return this.#ctlWith(member, '', ...args);
  }

  /** Runs etcdctl, and writes down what it prints. */
  async #ctlWith(member: MemberProcess, input: string, ...args: string[]): Promise<void> {
    const options = { env: ENVIRONMENT, input };
    const result = await runCommand(this.#etcdctl, [`--endpoints=${member.clientUrl}`, ...args], options);
    const shown = this.#normal(result.stdout + result.stderr);
    this.transcript.push(`${member.name}: etcdctl ${this.#normal(args.join(' '))}: ${result.code}\n${shown}`);
  }

  /** What is of this run alone, replaced; lines in order of their text, since members are listed by id. */
  #normal(text: string): string {
    let result = text;
    for (const [name, id] of this.#ids) {
      for (const shown of [id.toString(16), String(id)]) result = result.replaceAll(shown, `<${name}>`);
    }
    for (const { name, clientPort, peerPort } of this.#cluster.members) {
      result = result.replaceAll(`127.0.0.1:${clientPort}`, `<${name}-client>`);
      result = result.replaceAll(`127.0.0.1:${peerPort}`, `<${name}-peer>`);
    }
    return normalLines(result);
  }
}

function normalLines(text: string): string {
  const lines = splitJson(text)
    .replace(/^\{"level".*\n/gm, '')
    .replace(/ +/g, ' ')
    .replace(/"cluster_id":\d+|"ClusterID" : \d+/g, 'cluster <id>')
    .replace(/("?raft[A-Za-z_ ]*"?|"RaftTerm"|"RaftIndex"|"RaftAppliedIndex") ?: ?\d+/gi, '$1: <n>')
    .replace(/("?db ?size[A-Za-z_ ]*"?) ?: ?\d+/gi, '$1: <n>')
    .replace(/\d+(\.\d+)? [kM]?B/g, '<size>')
    .replace(/\b3\.\d+\.\d+\b/g, '<version>')
    .replace(/(true|false), \d+, \d+, \d+/g, '$1, <n>, <n>, <n>')
    .replace(/(true|false) │ \d+ │ \d+ │ \d+/g, '$1 │ <n> │ <n> │ <n>')
    .replace(/─+/g, '─')
    .replace(/\d+(\.\d+)?(ms|s|µs)\b/g, '<time>')
    .split('\n');
  return lines.sort().join('\n').trim();
}

/** A list of members in JSON, one a line. */
function splitJson(text: string): string {
  return text.replace(/^\[\{.*\}\]$/m, (list) =>
    list.slice(1, -1).replaceAll('},{"Endpoint"', '}\n{"Endpoint"'),
  );
}
