/**
 * Changes of a cluster's members as an operator makes them, good and bad, with every answer written down in a form that
 * is the same for every program: ids, ports and terms are replaced by names.
 */
import { connect, type TestClient } from '../clients/client.js';
import {
  ClusterProcess,
  freePort,
  type MemberProcess,
  type Program,
  runCommand,
  sleep,
} from '../harness/index.js';

/** Time after which etcd counts a connection as one to rely on, and some. */
const HEALTHY_AFTER_MS = 6000;
const PATIENCE_MS = 20_000;
/** As `transcript` shows it. */
const UNKNOWN_ID = 0xbadn;

export class MembershipScenario {
  /** What was asked, and what came of it. */
  readonly transcript: string[] = [];
  readonly #etcdctl: string;
  readonly #cluster: ClusterProcess;
  readonly #ids = new Map<string, bigint>();
  readonly #ports = new Map<number, string>();
  #clusterId = 0n;

  private constructor(etcdctl: string, cluster: ClusterProcess) {
    this.#etcdctl = etcdctl;
    this.#cluster = cluster;
    for (const member of cluster.members) this.#notePorts(member);
  }

  /** Goes through everything with a new cluster of three. */
  static async run(program: Program, etcdctl: string): Promise<readonly string[]> {
    const cluster = await ClusterProcess.launch(program);
    try {
      const scenario = new MembershipScenario(etcdctl, cluster);
      await scenario.#learnIds();
      await scenario.#play();
      return scenario.transcript;
    } finally {
      await cluster.stop();
    }
  }

  async #play(): Promise<void> {
    await this.#lists();
    await sleep(HEALTHY_AFTER_MS);
    await this.#badCalls();
    const learner = await this.#addLearner();
    await this.#learner(learner);
    await this.#promote(learner);
    await this.#remove(learner);
    await this.#loseQuorum();
  }

  async #lists(): Promise<void> {
    const { members } = this.#cluster;
    for (const format of ['simple', 'table', 'json', 'fields'])
      await this.#ctl(members[0]!, 'member', 'list', '-w', format);
    await this.#ctl(members[1]!, 'member', 'list', '--hex', '-w', 'json');
  }

  async #badCalls(): Promise<void> {
    const leader = await this.#cluster.leader();
    const [follower] = await this.#cluster.followers();
    for (const [role, member] of [
      ['leader', leader],
      ['follower', follower!],
    ] as const) {
      const say = (what: string, call: (client: TestClient) => Promise<unknown>): Promise<void> =>
        this.#call(member, `${role}: ${what}`, call);
      const id = this.#ids.get('m1')!;
      const used = [this.#cluster.members[1]!.peerUrl];
      const badUrls = [[], ['foo'], ['http://127.0.0.1'], ['http://127.0.0.1:1/x'], ['ftp://a:1'], used];
      for (const peerUrls of badUrls) {
        await say(`add ${peerUrls.join()}`, (c) => c.cluster.memberAdd({ peerUrls }));
        await say(`add learner ${peerUrls}`, (c) => c.cluster.memberAdd({ peerUrls, isLearner: true }));
      }
      await say('remove unknown', (c) => c.cluster.memberRemove({ id: UNKNOWN_ID }));
      await say('remove nobody', (c) => c.cluster.memberRemove({}));
      await say('update unknown', (c) => c.cluster.memberUpdate({ id: UNKNOWN_ID, peerUrls: used }));
      await say('update to used URL', (c) => c.cluster.memberUpdate({ id, peerUrls: used }));
      await say('promote unknown', (c) => c.cluster.memberPromote({ id: UNKNOWN_ID }));
      await say('promote a voter', (c) => c.cluster.memberPromote({ id }));
      await say('move to unknown', (c) => c.maintenance.moveLeader({ targetId: UNKNOWN_ID }));
    }
    const targetId = this.#ids.get(leader.name)!;
    await this.#call(leader, 'move to itself', (c) => c.maintenance.moveLeader({ targetId }));
    const [next] = await this.#cluster.followers();
    const moved = await runCommand(this.#etcdctl, [
      `--endpoints=${leader.clientUrl}`,
      'move-leader',
      this.#hex(next!.name),
    ]);
    const roles = moved.stdout
      .replace(this.#hex(leader.name), '<leader>')
      .replace(this.#hex(next!.name), '<next>');
    this.transcript.push(`etcdctl move-leader: ${moved.code} ${roles}`);
    this.transcript.push(`it leads: ${(await this.#cluster.leader()) === next}`);
  }

  async #addLearner(): Promise<MemberProcess> {
    const [m1, m2] = this.#cluster.members;
    const peerPort = await freePort();
    this.#ports.set(peerPort, 'm4-peer');
    const url = `--peer-urls=http://127.0.0.1:${peerPort}`;
    // The line of initial members that follows is in the order of their ids.
    await this.#ctl(m1!, 'member', 'add', 'm4', '--learner', url, '-w', 'json');
    await this.#learnIds();
    await this.#ctl(m1!, 'member', 'list');
    await this.#ctl(m2!, 'member', 'add', 'm5', '--learner', '--peer-urls=http://127.0.0.1:1');
    // Two URLs: one alone would give the same id within the same second.
    await this.#ctl(m2!, 'member', 'add', 'm5', `${url},http://127.0.0.1:1`);
    const id = this.#ids.get('m4')!;
    const leader = await this.#cluster.leader();
    for (const member of [leader, ...(await this.#cluster.followers())]) {
      const role = member === leader ? 'leader' : 'follower';
      await this.#call(member, `${role}: promote too early`, (c) => c.cluster.memberPromote({ id }));
    }
    await this.#call(leader, 'move to a learner', (c) => c.maintenance.moveLeader({ targetId: id }));
    const peers = this.#cluster.members.map((each) => `${each.name}=${each.peerUrl}`);
    const learner = await this.#cluster.adopt(
      'm4',
      peerPort,
      [...peers, `m4=http://127.0.0.1:${peerPort}`].join(),
    );
    this.#notePorts(learner);
    await learner.start();
    return learner;
  }

  async #learner(learner: MemberProcess): Promise<void> {
    const key = 'a';
    await this.#ctl(this.#cluster.members[0]!, 'member', 'list');
    await this.#call(learner, 'status', async (c) => {
      const { isLearner, errors } = await c.maintenance.status();
      return { isLearner, errors };
    });
    await this.#call(learner, 'list', (c) => c.cluster.memberList());
    await this.#call(learner, 'remove', (c) => c.cluster.memberRemove({ id: UNKNOWN_ID }));
    await this.#call(learner, 'range', (c) => c.kv.range({ key }));
    await this.#call(learner, 'range, serializable', async (c) => {
      return { count: (await c.kv.range({ key, serializable: true })).count };
    });
    await this.#call(learner, 'put', (c) => c.kv.put({ key }));
    await this.#call(learner, 'txn', (c) => c.kv.txn());
    await this.#call(learner, 'compact', (c) => c.kv.compact({ revision: 1 }));
    await this.#call(learner, 'hash', (c) => c.maintenance.hashKV());
    await this.#call(learner, 'alarms', (c) => c.maintenance.alarm());
    await this.#call(learner, 'move', (c) => c.maintenance.moveLeader({ targetId: UNKNOWN_ID }));
    await this.#call(learner, 'watch', async (c) => {
      const watch = c.watch();
      watch.send({ createRequest: { key } });
      return watch.next();
    });
  }

  async #promote(learner: MemberProcess): Promise<void> {
    const [m1, m2] = this.#cluster.members;
    const id = this.#hex('m4');
    const follower = (await this.#cluster.followers()).find((each) => each !== learner);
    await this.#ctl(follower!, 'member', 'promote', id);
    await this.#ctl(follower!, 'member', 'promote', id);
    await this.#ctl(m1!, 'member', 'list');
    await this.#ctl(learner, 'put', 'now', 'it votes');
    // Not before: etcd 3.5 forgets in an update that a learner is one.
    await this.#ctl(m1!, 'member', 'update', id, `--peer-urls=http://127.0.0.1:1,${learner.peerUrl}`);
    await this.#ctl(m2!, 'member', 'update', id, `--peer-urls=${learner.peerUrl}`, '-w', 'json');
  }

  async #remove(removed: MemberProcess): Promise<void> {
    await sleep(HEALTHY_AFTER_MS);
    const [m1] = this.#cluster.members;
    const id = this.#hex('m4');
    await this.#ctl(m1!, 'member', 'remove', id);
    for (const verb of ['remove', 'promote']) await this.#ctl(m1!, 'member', verb, id);
    await this.#ctl(m1!, 'member', 'update', id, '--peer-urls=http://127.0.0.1:1');
    const again = 'the member has been permanently removed from the cluster';
    await removed.waitExit(PATIENCE_MS);
    this.transcript.push(`the removed member says so: ${removed.log.includes(again)}`);
    removed.spawn();
    await removed.waitExit(PATIENCE_MS);
    this.transcript.push('and stays out');
    this.#cluster.members.splice(this.#cluster.members.indexOf(removed), 1);
  }

  /** From three to one, with refusals of what would cost the quorum. */
  async #loseQuorum(): Promise<void> {
    const leader = await this.#cluster.leader();
    const [other, dead] = await this.#cluster.followers();
    await dead!.kill9();
    await sleep(HEALTHY_AFTER_MS);
    const remove = (what: string, id: bigint): Promise<void> =>
      this.#call(leader, what, async (c) => {
        return { left: (await c.cluster.memberRemove({ id })).members.length };
      });
    const add = (peerUrl: string): Promise<void> =>
      this.#call(leader, 'add another', async (c) => {
        return { members: (await c.cluster.memberAdd({ peerUrls: [peerUrl] })).members.length };
      });
    await add('http://127.0.0.1:1');
    await remove('remove one that runs', this.#ids.get(other!.name)!);
    await remove('remove itself', this.#ids.get(leader.name)!);
    await remove('remove the dead one', this.#ids.get(dead!.name)!);
    await add('http://127.0.0.1:1');
    await add('http://127.0.0.1:2');
    await remove('remove one of two started ones', this.#ids.get(other!.name)!);
    await this.#learnIds();
    await remove('remove one that never ran', this.#ids.get('unstarted')!);
    await remove('remove the other', this.#ids.get(other!.name)!);
    await remove('remove the last', this.#ids.get(leader.name)!);
    await this.#ctl(leader, 'put', 'last', 'one standing');
  }

  #notePorts(member: MemberProcess): void {
    this.#ports.set(member.clientPort, `${member.name}-client`);
    this.#ports.set(member.peerPort, `${member.name}-peer`);
  }

  /** Whose ids are whose, by the ports of their peer URLs. */
  async #learnIds(): Promise<void> {
    const client = connect(this.#cluster.running[0]!.endpoint);
    try {
      const list = await client.cluster.memberList();
      this.#clusterId = list.header!.clusterId;
      for (const { id, peerUrls } of list.members) {
        const port = Number(peerUrls[0]!.split(':').at(-1));
        this.#ids.set(this.#ports.get(port)?.replace('-peer', '') ?? 'unstarted', id);
      }
    } finally {
      client.close();
    }
  }

  #hex(name: string): string {
    return this.#ids.get(name)!.toString(16);
  }

  /** What is of this run alone, replaced. */
  #normal(text: string): string {
    let result = text;
    for (const [name, id] of [...this.#ids, ['cluster', this.#clusterId] as const]) {
      for (const shown of [id.toString(16), String(id)]) result = result.replaceAll(shown, `<${name}>`);
    }
    for (const [port, name] of this.#ports) result = result.replaceAll(`127.0.0.1:${port}`, `<${name}>`);
    return (
      result
        .replace(/("raft_term"|"RaftTerm") ?: ?\d+/g, '$1:0')
        .replace(/^\{"level".*\n/gm, '')
        // The columns of a table are as wide as what stood there before.
        .replace(/-{3,}/g, '---')
        .replace(/ +/g, ' ')
        .trimEnd()
    );
  }

  /** Runs etcdctl, and writes down what it prints. */
  async #ctl(member: MemberProcess, ...args: string[]): Promise<void> {
    const options = { env: { ETCDCTL_API: '3' } };
    const result = await runCommand(this.#etcdctl, [`--endpoints=${member.clientUrl}`, ...args], options);
    if (args[1] === 'add' && result.code === 0) await this.#learnIds();
    const shown = this.#sorted(this.#normal(result.stdout + result.stderr));
    this.transcript.push(`etcdctl ${this.#normal(args.join(' '))}: ${result.code}\n${shown}`);
  }

  /** Members are listed by id, which is not the same order in two clusters. */
  #sorted(output: string): string {
    if (!output.startsWith('{')) return output.split('\n').sort().join('\n');
    const answer = JSON.parse(output.replace(/:(<[\w-]+>)/g, ':"$1"')) as {
      members?: { peerURLs: string[] }[];
    };
    answer.members?.sort((a, b) => (a.peerURLs.join() < b.peerURLs.join() ? -1 : 1));
    return JSON.stringify(answer, undefined, 1);
  }

  /** Makes a call, and writes down its code and text, or what `call` shows of the answer. */
  async #call(
    member: MemberProcess,
    what: string,
    call: (client: TestClient) => Promise<unknown>,
  ): Promise<void> {
    const client = connect(member.endpoint);
    let outcome: string;
    try {
      const answer = await call(client);
      outcome = JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    } catch (error) {
      const { code, details } = error as { code: number; details: string };
      outcome = `${code} ${details}`;
    } finally {
      client.close();
    }
    this.transcript.push(this.#normal(`${what}: ${outcome}`));
  }
}
