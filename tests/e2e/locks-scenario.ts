/**
 * Locks and elections as a list of calls whose outcomes are written down, one line each, so that two programs can be
 * compared and one can be held against what it must say. Calls may go through different members of a cluster.
 */
import type { KeyValue, LeaderKey, LeaderResponse, ResponseHeader } from '../../src/wire/index.js';
import { connect, type TestClient } from '../clients/client.js';
import type { RpcStream } from '../clients/stream.js';
import { sleep } from '../harness/index.js';

const ROOT = { name: 'root', password: 'secret' };
const USER = { name: 'u', password: 'password' };
const PATIENCE_MS = 15_000;
/** What a call that waits gets before it is given up. */
const DEADLINE_MS = 400;

interface Failure {
  readonly code: number;
  readonly details: string;
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

const shownLeader = (leader: LeaderKey | undefined): unknown =>
  leader === undefined ? 'none' : [text(leader.name), text(leader.key), leader.rev, String(leader.lease)];

const shownKv = (kv: KeyValue | undefined): unknown =>
  kv === undefined
    ? 'none'
    : [text(kv.key), text(kv.value), kv.createRevision, kv.modRevision, kv.version, String(kv.lease)];

const revisionOf = ({ header }: { readonly header: ResponseHeader | undefined }): number | undefined =>
  header?.revision;

export class LocksScenario {
  readonly lines: string[] = [];
  readonly #clients: readonly TestClient[];
  #turn = 0;

  private constructor(endpoints: readonly string[]) {
    this.#clients = endpoints.map((endpoint) => connect(endpoint));
  }

  /** Plays against new members; with several endpoints each call goes to the next one. */
  static async run(endpoints: readonly string[]): Promise<readonly string[]> {
    const scenario = new LocksScenario(endpoints);
    try {
      await scenario.#locks();
      await scenario.#expiry();
      await scenario.#elections();
      await scenario.#observers();
      await scenario.#rights();
      return scenario.lines;
    } finally {
      for (const client of scenario.#clients) client.close();
    }
  }

  get #client(): TestClient {
    return this.#clients[this.#turn++ % this.#clients.length]!;
  }

  /**
   * Writes down what became of a call, in the order in which calls begin. What a deadline is called is the client's choice
   * of words, not the server's.
   */
  async #note<T>(
    name: string,
    call: Promise<T>,
    show: (answer: T) => unknown = () => '',
  ): Promise<T | undefined> {
    const at = this.lines.push(`${name}: open`) - 1;
    try {
      const answer = await call;
      this.lines[at] = `${name}: OK ${JSON.stringify(show(answer))}`;
      return answer;
    } catch (error) {
      const { code, details } = error as Failure;
      // etcd resets a stream at its deadline; if that comes before the client's own timer, its library calls it cancelled.
      const isLate = code === 4 || (code === 1 && details === 'Call cancelled');
      this.lines[at] = isLate ? `${name}: 4` : `${name}: ${code} ${details}`.trimEnd();
      return undefined;
    }
  }

  async #keysUnder(prefix: string): Promise<string[]> {
    const { kvs } = await this.#client.kv.range({ key: `${prefix}/`, rangeEnd: `${prefix}0` });
    return kvs.map(({ key }) => text(key));
  }

  async #untilKeys(prefix: string, count: number): Promise<void> {
    const givenUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const keys = await this.#keysUnder(prefix);
      if (keys.length === count) return;
      if (Date.now() > givenUpAt) throw new Error(`not ${count} keys under ${prefix}, but ${keys}`);
      await sleep(20);
    }
  }

  #lock(name: string, lease: bigint, timeoutMs = PATIENCE_MS): Promise<unknown> {
    return this.#note(
      `lock ${name} by ${lease}`,
      this.#client.lock.lock({ name, lease }, { timeoutMs }),
      (answer) => [text(answer.key), revisionOf(answer)],
    );
  }

  #unlock(key: string): Promise<unknown> {
    return this.#note(`unlock ${key}`, this.#client.lock.unlock({ key }), revisionOf);
  }

  #campaign(
    name: string,
    lease: bigint,
    value: string,
    timeoutMs = PATIENCE_MS,
  ): Promise<LeaderKey | undefined> {
    const call = this.#client.election.campaign({ name, lease, value }, { timeoutMs });
    return this.#note(`campaign ${name} by ${lease}: ${value}`, call, (answer) => [
      shownLeader(answer.leader),
      revisionOf(answer),
    ]).then((answer) => answer?.leader);
  }

  #leader(name: string): Promise<unknown> {
    return this.#note(`leader of ${name}`, this.#client.election.leader({ name }), (answer) => [
      shownKv(answer.kv),
      revisionOf(answer),
    ]);
  }

  async #locks(): Promise<void> {
    for (const id of [16n, 32n, 48n]) await this.#client.lease.grant({ id, ttl: 600 });
    await this.#lock('l', 16n);
    await this.#lock('l', 16n);
    await this.#lock('l', 99n);
    await this.#lock('', 16n);
    const second = this.#lock('l', 32n);
    await this.#untilKeys('l', 2);
    const third = this.#lock('l', 48n);
    await this.#untilKeys('l', 3);
    this.lines.push(`in the queue: ${await this.#keysUnder('l')}`);
    await this.#unlock('l/10');
    await second;
    await this.#unlock('l/20');
    await third;
    await this.#lock('l', 16n, DEADLINE_MS);
    await this.#untilKeys('l', 1);
    this.lines.push(`after a deadline: ${await this.#keysUnder('l')}`);
    await this.#unlock('l/20');
    await this.#unlock('');
    await this.#unlock('l/30');
    await this.#note('put between', this.#client.kv.put({ key: 'l/0', value: 'not by a lock' }));
    await this.#lock('l', 16n, DEADLINE_MS);
    await this.#untilKeys('l', 1);
    await this.#unlock('l/0');
  }

  async #expiry(): Promise<void> {
    await this.#client.lease.grant({ id: 64n, ttl: 2 });
    await this.#lock('e', 16n);
    const waiting = this.#lock('e', 64n);
    await this.#untilKeys('e', 2);
    await this.#untilKeys('e', 1);
    await this.#unlock('e/10');
    await waiting;
    await this.#client.lease.grant({ id: 80n, ttl: 600 });
    await this.#lock('e', 80n);
    const next = this.#lock('e', 16n);
    await this.#untilKeys('e', 2);
    await this.#note('revoke the lease of the holder', this.#client.lease.revoke({ id: 80n }), revisionOf);
    await next;
    const { key } = await this.#client.lock.lock({ name: 'own' });
    const id = text(key).replace(/^own\//, '');
    const left = this.#client.lease.timeToLive({ id: BigInt(`0x${id}`), keys: true });
    await this.#note('the lease that comes with a lock', left, (answer) => [
      answer.grantedTtl,
      answer.keys.map((each) => text(each) === text(key)),
    ]);
  }

  async #elections(): Promise<void> {
    const { election } = this.#clients[0]!;
    await this.#leader('n');
    const first = await this.#campaign('n', 16n, 'first');
    await this.#leader('n');
    await this.#campaign('n', 16n, 'first');
    await this.#campaign('n', 16n, 'again');
    await this.#leader('n');
    const second = this.#campaign('n', 32n, 'second');
    await this.#untilKeys('n', 2);
    await this.#campaign('n', 48n, 'impatient', DEADLINE_MS);
    await this.#untilKeys('n', 2);
    this.lines.push(`after a deadline: ${await this.#keysUnder('n')}`);
    const wrong = { ...first!, rev: first!.rev + 1 };
    await this.#note('proclaim', election.proclaim({ leader: first!, value: 'news' }), revisionOf);
    await this.#note('proclaim by the wrong one', election.proclaim({ leader: wrong, value: 'x' }));
    await this.#note('proclaim by nobody', election.proclaim({ value: 'x' }));
    await this.#note('proclaim with an empty key', election.proclaim({ leader: {}, value: 'x' }));
    await this.#leader('n');
    await this.#note('resign by the wrong one', election.resign({ leader: wrong }), revisionOf);
    await this.#note('resign by nobody', election.resign({}));
    await this.#note('resign with an empty key', election.resign({ leader: {} }));
    await this.#note('resign', election.resign({ leader: first! }), revisionOf);
    const leader = await second;
    await this.#leader('n');
    await this.#note('proclaim after resigning', election.proclaim({ leader: first!, value: 'x' }));
    await this.#note('resign by the second', election.resign({ leader: leader! }), revisionOf);
    await this.#note('resign again', election.resign({ leader: leader! }), revisionOf);
    await this.#leader('n');
    await this.#campaign('n', 99n, 'without a lease');
  }

  async #observers(): Promise<void> {
    const { election, kv } = this.#clients[0]!;
    const early = this.#clients.at(-1)!.election.observe({ name: 'o' });
    await sleep(200);
    const one = await this.#campaign('o', 16n, 'one');
    await this.#observed('early', early);
    const late = this.#clients[1 % this.#clients.length]!.election.observe({ name: 'o' });
    await this.#observed('late', late);
    const both = async (): Promise<void> => {
      await this.#observed('early', early);
      await this.#observed('late', late);
    };
    await this.#note('proclaim', election.proclaim({ leader: one!, value: 'uno' }), revisionOf);
    await both();
    await this.#note('put over it', kv.put({ key: 'o/10', value: 'eins', ignoreLease: true }), revisionOf);
    await both();
    const two = this.#campaign('o', 32n, 'two');
    await this.#untilKeys('o', 2);
    await this.#note('another key', kv.put({ key: 'other', value: 'x' }), revisionOf);
    await this.#note('resign', election.resign({ leader: one! }), revisionOf);
    await two;
    await both();
    await this.#note('resign', election.resign({ leader: (await two)! }), revisionOf);
    await this.#campaign('o', 48n, 'three');
    await both();
    early.cancel();
    late.cancel();
  }

  async #observed(name: string, stream: RpcStream<never, LeaderResponse>): Promise<void> {
    await this.#note(`${name} observes`, stream.must(), (answer) => [shownKv(answer.kv), revisionOf(answer)]);
  }

  async #rights(): Promise<void> {
    const { auth } = this.#clients[0]!;
    await auth.userAdd(ROOT);
    await auth.userGrantRole({ user: 'root', role: 'root' });
    await auth.userAdd(USER);
    await auth.roleAdd({ name: 'r' });
    await auth.roleGrantPermission({ name: 'r', perm: { permType: 2, key: 'mine/', rangeEnd: 'mine0' } });
    await auth.roleGrantPermission({ name: 'r', perm: { permType: 0, key: 'read/', rangeEnd: 'read0' } });
    await auth.userGrantRole({ user: 'u', role: 'r' });
    await auth.enable();
    await this.#everything('nobody');
    this.#useToken('garbage');
    await this.#everything('garbage');
    this.#useToken('');
    this.#useToken((await auth.authenticate(USER)).token);
    await this.#everything('u');
    this.#useToken((await auth.authenticate(ROOT)).token);
    await this.#lock('theirs', 16n);
  }

  #useToken(token: string): void {
    for (const client of this.#clients) client.token = token;
  }

  async #everything(who: string): Promise<void> {
    const { election } = this.#clients[0]!;
    this.lines.push(`as ${who}:`);
    for (const name of ['mine', 'read', 'theirs']) {
      await this.#lock(name, 112n);
      if (who === 'u' && name === 'mine') await this.#client.lease.grant({ id: 112n, ttl: 600 });
      await this.#lock(name, 112n);
      await this.#unlock(`${name}/70`);
      const leader = await this.#campaign(name, 112n, 'v');
      await this.#leader(name);
      const shown = leader ?? { name, key: `${name}/70`, rev: 5, lease: 112n };
      await this.#note('proclaim', election.proclaim({ leader: shown, value: 'x' }), revisionOf);
      await this.#note('resign', election.resign({ leader: shown }), revisionOf);
      const stream = election.observe({ name });
      // Who may observe is told nothing as long as nobody leads.
      if (who !== 'u' || name === 'theirs') {
        await this.#note(`observe ${name}`, stream.next(), (answer) => answer ?? 'the end');
      }
      stream.cancel();
    }
  }
}
